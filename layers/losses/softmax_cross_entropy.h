// Cross-entropy of softmax probabilities, for one class of several.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Cross-entropy of softmax probabilities p = softmax(o): lᵢ = −Σₖ yₖ·log pₖ, ∂lᵢ/∂o = p − y (docs/backprop.md, eq. 12).
/// Targets are class indices, or K values y ≥ 0 for each sample, as a rule probabilities; where they do not sum to 1,
/// ∂lᵢ/∂o = p·Σₖ yₖ − y.
///
/// With label smoothing ε the targets are (1 − ε)·y + (ε/K)·Σₖ yₖ. [Szegedy et al., CVPR 2016]
/// With class weights a sample of class c counts as class_weights[c] samples, in the loss and in what it is divided by;
/// they need class indices. A run makes the list of names, or of "balanced" (optim/run/resolution.h).
struct HINGE_API SoftmaxCrossEntropy {
  static constexpr std::string_view type = "softmax_cross_entropy";
  double label_smoothing = 0;
  NamedNumbers class_weights = {};
  std::vector<Option> options() {
    return {{"label_smoothing", &label_smoothing, Range::from_below(0, 1),
             "the share of each target that is spread over all classes"},
            {"class_weights",
             &class_weights,
             Range::at_least(0),
             "how much a sample of each class counts: in the order of the classes, or by name, others 1; balanced: n / "
             "(classes * n_c) for n_c of n training samples; empty: all the same",
             false,
             {"balanced"}}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
