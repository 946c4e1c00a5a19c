// The hinge loss of several classes.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Multiclass hinge loss: the output of class y should exceed every other one by 1.
/// lᵢ = (w_y/K)·Σ_{j ≠ y} max(0, 1 − o_y + oⱼ); ∂lᵢ/∂oⱼ = w_y/K where 1 − o_y + oⱼ > 0, else 0, and ∂lᵢ/∂o_y is minus
/// their sum. Targets are class indices. Outputs are scores, not probabilities; the largest one predicts. A class weight
/// w multiplies the loss of a sample, but not what it is divided by, which stays the number of samples.
/// [Weston & Watkins, ESANN 1999]
struct HINGE_API MulticlassHinge {
  static constexpr std::string_view type = "multiclass_hinge";
  NamedNumbers class_weights = {};
  std::vector<Option> options() {
    return {
        {"class_weights",
         &class_weights,
         Range::at_least(0),
         "what the loss of a sample of each class is multiplied by: in the order of the classes, or by name, others "
         "1; balanced: n / (classes * n_c) for n_c of n training samples; empty: 1",
         false,
         {"balanced"}}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
