// Adagrad.
#pragma once

#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

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

  std::vector<Option> options() {
    return {
        {"learning_rate", &learning_rate, Range::above(0), "how far every parameter moves in its first step"},
        {"initial_accumulator", &initial_accumulator, Range::at_least(0), "the sum of squared gradients at the start"},
        {"epsilon", &epsilon, Range::at_least(0), "keeps the step finite where gradients vanish"},
        {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
        {"l1", &l1, Range::at_least(0), l1_meaning},
        {"decay_biases", &decay_biases, {}, decay_biases_meaning},
    };
  }
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
