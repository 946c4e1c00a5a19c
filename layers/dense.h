// The dense layer: every unit reads every input.
#pragma once

#include <hinge/layers/activation.h>
#include <hinge/layers/activations/identity.h>
#include <hinge/layers/initializer.h>
#include <hinge/layers/layer.h>

namespace hinge {

/// Describes a dense layer: `Dense{64, Relu{}}`, `Dense{.units = 10, .bias = false}`.
///
/// z = W x + b 1ᵀ and y = φ(z), with W units × inputs, b units × 1, x inputs × batch, y and z units × batch
/// (docs/backprop.md, eq. 1 and 2). Backward, with dy = ∂L/∂y:
///   dz = dy ⊙ φ′(z)   (eq. 5)    ∂L/∂W = dz xᵀ   (eq. 6)    ∂L/∂b = dz 1   (eq. 7)    dx = Wᵀ dz   (eq. 8)
/// The parameters of the activation follow W and b. Without an activation, z is y and dz is dy.
struct HINGE_API Dense {
  static constexpr std::string_view type = "dense";

  std::size_t units = 0;  ///< 0: a run's last layer gets what its data and loss want; a network refuses it
  ActivationSpec activation = Identity{};
  bool bias = true;
  InitializerSpec weight_init = HeNormal{};
  InitializerSpec bias_init = Zeros{};
  bool train_weight = true;
  bool train_bias = true;

  std::vector<Option> options() {
    constexpr double max_units = 1 << 20;
    return {
        {"units",
         &units,
         Range::between(1, max_units),
         "number of outputs; auto, in the last layer of a config: as many as the data and the loss want",
         true,
         {},
         "auto"},
        {"activation", &activation, {}, "the function applied to each output"},
        {"bias", &bias, {}, "whether each unit adds a learned constant"},
        {"weight_init", &weight_init, {}, "how the weights start"},
        {"bias_init", &bias_init, {}, "how the biases start; randomized_asymmetric belongs in both"},
        {"train_weight", &train_weight, {}, "false keeps the weights as they start"},
        {"train_bias", &train_bias, {}, "false keeps the biases as they start"},
    };
  }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
