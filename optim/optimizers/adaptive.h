// Optimisers that give every parameter a step of its own: Adam, AdamW, RMSprop, Adagrad, Rprop.
//
// In all equations p is a parameter, g its gradient, k the number of the step from 1, and everything remembered is 0 at
// first. With weight_decay or l1, g ← g + weight_decay·p + l1·sign(p) comes first, but for AdamW.
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

/// RMSprop:
///   s ← α·s + (1 − α)·g²
///   d = g / (√s + epsilon), centered: g / (√(s − ḡ²) + epsilon) with ḡ ← α·ḡ + (1 − α)·g
///   p ← p − learning_rate·d, with momentum: p ← p − learning_rate·v with v ← momentum·v + d
/// [Tieleman & Hinton, 2012; centered: Graves, arXiv 1308.0850]
struct HINGE_API RmsProp {
  static constexpr std::string_view type = "rmsprop";

  double learning_rate = 0.01;
  double alpha = 0.99;
  double epsilon = 1e-8;
  bool centered = false;
  double momentum = 0;
  double weight_decay = 0;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options();
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

/// Adagrad: s ← s + g², p ← p − learning_rate·g / (√(initial_accumulator + s) + epsilon). Steps only ever shrink.
/// [Duchi, Hazan & Singer, JMLR 12, 2011]
struct HINGE_API Adagrad {
  static constexpr std::string_view type = "adagrad";

  double learning_rate = 0.01;
  double initial_accumulator = 0;
  double epsilon = 1e-10;
  double weight_decay = 0;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options();
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

/// Resilient backpropagation: only the signs of gradients count, so it wants the gradient over all samples: a batch_size
/// of at least their number. Every parameter has a step length, learning_rate at first:
///   where g has the sign of the last step's gradient, the length is multiplied by `increase`;
///   where it has the other sign, the length is multiplied by `decrease`, and g is taken as 0 in this step and as the
///   last gradient in the next;
///   p ← p − sign(g)·length
/// The learning rate matters in the first step of an element alone.
/// [Riedmiller & Braun, 1993; iRprop− of Igel & Hüsken, 2000]
struct HINGE_API Rprop {
  static constexpr std::string_view type = "rprop";

  double learning_rate = 0.01;
  double decrease = 0.5;
  double increase = 1.2;
  double smallest_step = 1e-6;
  double largest_step = 50;

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
