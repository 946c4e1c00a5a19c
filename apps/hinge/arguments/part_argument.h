// Activations and losses as the command line names them.
#pragma once

#include <string>

#include <hinge/core/config/json.h>
#include <hinge/layers/activation.h>
#include <hinge/layers/loss.h>

namespace hinge_command {

/// `relu`, or with options `leaky_relu:alpha=0.1,derivative_at_zero=0`. Throws ConfigError for what is unknown or out of
/// range.
hinge::ActivationSpec parse_activation(const std::string& argument);

/// `mse`, or with options `huber:delta=2`. Throws as parse_activation does.
hinge::LossSpec parse_loss(const std::string& argument);
/// The loss that a config calls `json`, a text or an object. Throws ConfigError.
hinge::LossSpec loss_of(const hinge::JsonValue& json);
/// That json, with every option.
hinge::JsonValue json_of(const hinge::LossSpec& loss);

/// Sets the option `alpha`, where the activation has one. Returns whether it has.
bool set_alpha(hinge::ActivationSpec& activation, double alpha);

/// The name with those options that are not as usual: `leaky_relu α = 0.1`.
std::string activation_label(const hinge::ActivationSpec& activation);

}  // namespace hinge_command
