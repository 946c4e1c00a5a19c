// Cross-entropy of sigmoid probabilities, for independent yes-or-no outputs.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Binary cross-entropy on logits: lᵢ = (1/K)·Σₖ [softplus(oₖ) − yₖ·oₖ], ∂lᵢ/∂o = (σ(o) − y)/K (docs/backprop.md,
/// eq. 13). Targets are K values in [0, 1], or the classes 0 and 1 for a single output.
///
/// With a positive weight q it is lᵢ = (1/K)·Σₖ [q·yₖ·softplus(−oₖ) + (1 − yₖ)·softplus(oₖ)]: q = 3 counts every 1 among
/// the targets three times. What the loss is divided by stays the number of samples.
struct HINGE_API BinaryCrossEntropy {
  static constexpr std::string_view type = "bce_with_logits";
  std::vector<double> pos_weight = {};
  std::vector<Option> options() {
    return {{"pos_weight", &pos_weight, Range::above(0),
             "how often a target of 1 counts: a number for each output, or one for all; empty: once"}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
