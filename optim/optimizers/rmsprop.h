// RMSprop.
#pragma once

#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

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

}  // namespace hinge
