// Metrics of classes that count each class the same, however rare it is.
#pragma once

#include <hinge/optim/metrics/metric.h>

namespace hinge {

/// The mean recall of the classes that have samples, in [0, 1]. Larger is better.
///
/// The prediction is the largest output; of a single output it is class 1 above 0, else 0. Targets are class indices, or
/// values whose largest is the class (of a single one: yes above one half). Several yes-or-no outputs are no classes to
/// choose from. Weights do not count.
struct HINGE_API BalancedAccuracy {
  static constexpr std::string_view type = "balanced_accuracy";
  template <typename Scalar>
  std::unique_ptr<Metric<Scalar>> build() const;
};

/// The mean F1 of the classes that have a sample or a prediction, in [0, 1]; predictions as for BalancedAccuracy. Larger is
/// better.
struct HINGE_API MacroF1 {
  static constexpr std::string_view type = "f1_macro";
  template <typename Scalar>
  std::unique_ptr<Metric<Scalar>> build() const;
};

}  // namespace hinge
