// Rprop.
#pragma once

#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

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

  std::vector<Option> options() {
    return {
        {"learning_rate", &learning_rate, Range::above(0), "the length of the first step"},
        {"decrease", &decrease, Range::between(1e-9, 1), "the factor where a gradient changes its sign"},
        {"increase", &increase, Range::at_least(1), "the factor where it keeps its sign"},
        {"smallest_step", &smallest_step, Range::above(0), "the least that `decrease` leads to"},
        {"largest_step", &largest_step, Range::above(0), "the most that `increase` leads to"},
    };
  }
  std::vector<OptionError> errors() const {
    if (smallest_step > largest_step) return {{"smallest_step", "must not be above largest_step"}};
    return {};
  }
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
