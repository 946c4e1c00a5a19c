// Activations as the command line names them.
#pragma once

#include <string>

#include <hinge/layers/activation.h>

namespace hinge_command {

/// `relu`, or with options `leaky_relu:alpha=0.1,derivative_at_zero=0`. Throws ConfigError for what is unknown or out of
/// range.
hinge::ActivationSpec parse_activation(const std::string& argument);

/// Sets the option `alpha`, where the activation has one. Returns whether it has.
bool set_alpha(hinge::ActivationSpec& activation, double alpha);

/// The name with those options that are not as usual: `leaky_relu α = 0.1`.
std::string activation_label(const hinge::ActivationSpec& activation);

}  // namespace hinge_command
