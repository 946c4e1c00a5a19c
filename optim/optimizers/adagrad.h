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

  std::vector<Option> options();
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
