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

  std::vector<Option> options() {
    return {
        {"learning_rate", &learning_rate, Range::above(0),
         "about how far every parameter moves in a step; at first 1/√(1 − alpha) times as far"},
        {"alpha", &alpha, Range::from_below(0, 1), "how much of the mean of squared gradients is kept in a step"},
        {"epsilon", &epsilon, Range::at_least(0), "keeps the step finite where gradients vanish"},
        {"centered", &centered, {}, "whether the variance of gradients divides, not their mean square"},
        {"momentum", &momentum, Range::from_below(0, 1), "how much of the last step is kept"},
        {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
        {"l1", &l1, Range::at_least(0), l1_meaning},
        {"decay_biases", &decay_biases, {}, decay_biases_meaning},
    };
  }
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
