// Activations as the command line names them.
#pragma once

#include <string>
#include <string_view>

#include <hinge/layers/activation.h>
#include <hinge/layers/activation_facts.h>

namespace hinge_command {

/// `relu`, or with options `leaky_relu:alpha=0.1,derivative_at_zero=0`. Throws ConfigError for what is unknown or out of
/// range.
hinge::ActivationSpec parse_activation(const std::string& argument);

/// Sets the option `alpha`, where the activation has one. Returns whether it has.
bool set_alpha(hinge::ActivationSpec& activation, double alpha);

/// What there is to know of a type that the command line takes; all have facts.
const hinge::ActivationFacts& facts_of(std::string_view type);

/// The name with those options that are not as usual: `leaky_relu α = 0.1`.
std::string activation_label(const hinge::ActivationSpec& activation);

}  // namespace hinge_command
