// Stochastic gradient descent.
#pragma once

#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

/// Stochastic gradient descent, with parameter p, gradient g, velocity v (0 at first):
///   g ← g + weight_decay·p + l1·sign(p)
///   v ← momentum·v + (1 − dampening)·g, in the first step v ← g
///   p ← p − learning_rate·v,                   or with nesterov
///   p ← p − learning_rate·(g + momentum·v)
/// [Polyak 1964; Nesterov 1983 in the form of Sutskever et al., ICML 2013, as PyTorch computes it]
struct HINGE_API Sgd {
  static constexpr std::string_view type = "sgd";

  double learning_rate = 0.01;
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options() {
    return {
        {"learning_rate", &learning_rate, Range::above(0), "how far a step goes along the gradient"},
        {"momentum", &momentum, Range::from_below(0, 1), "how much of the last step is kept"},
        {"dampening", &dampening, Range::between(0, 1), "the share of the gradient that momentum leaves out"},
        {"nesterov", &nesterov, {}, "whether the gradient is applied a second time, one momentum step ahead"},
        {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
        {"l1", &l1, Range::at_least(0), l1_meaning},
        {"decay_biases", &decay_biases, {}, decay_biases_meaning},
    };
  }

  std::vector<OptionError> errors() const {
    std::vector<OptionError> found;
    if (nesterov && momentum == 0) found.push_back({"nesterov", "needs momentum > 0, such as 0.9"});
    if (nesterov && dampening > 0) found.push_back({"dampening", "cannot stand beside nesterov; keep one of them"});
    if (dampening > 0 && momentum == 0) found.push_back({"dampening", "needs momentum > 0, such as 0.9"});
    return found;
  }

  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
