// Adam and AdamW.
#pragma once

#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

/// Adam:
///   m ← β₁·m + (1 − β₁)·g
///   s ← β₂·s + (1 − β₂)·g²
///   p ← p − learning_rate·m̂ / (√ŝ + epsilon) with m̂ = m / (1 − β₁ᵏ), ŝ = s / (1 − β₂ᵏ)
/// With amsgrad the largest s so far stands in the place of s. [Kingma & Ba, ICLR 2015; Reddi, Kale & Kumar, ICLR 2018]
struct HINGE_API Adam {
  static constexpr std::string_view type = "adam";

  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool amsgrad = false;
  double weight_decay = 0;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options();
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

/// Adam with the decay taken out of the gradient: p ← p − learning_rate·(weight_decay·p + l1·sign(p)), then a step of
/// Adam. A weight decays at the same pace however large its gradients are. [Loshchilov & Hutter, ICLR 2019]
struct HINGE_API AdamW {
  static constexpr std::string_view type = "adamw";

  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  bool amsgrad = false;
  double weight_decay = 0.01;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options();
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
