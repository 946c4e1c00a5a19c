// Losses: how far the outputs of a batch are from its targets, and ∂L/∂output.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/config/spec.h>
#include <hinge/core/matrix.h>
#include <hinge/core/preprocessing.h>

namespace hinge {

/// Σ wᵢ·lᵢ and Σ wᵢ over samples i, added in double in the order of the samples.
struct LossSums {
  double loss = 0;
  double weight = 0;
};

/// A loss L over a batch of samples with weights wᵢ (1 where none are given) and losses lᵢ:
///   a mean loss is L = Σ wᵢ·lᵢ / Σ wᵢ, a sum loss is L = Σ wᵢ·lᵢ.
/// Where a loss weighs classes, wᵢ is the sample's weight times that of its class.
/// The loss owns the only 1/batch: nothing else divides by the number of samples. Sigmoid and softmax are part of their
/// cross-entropies, so outputs are logits; with class indices any finite logits, however large, give a finite loss, unless
/// their difference overflows. A squared error overflows where the error is beyond the root of the largest number.
/// Const members are safe from any number of threads, and allocate nothing.
template <typename Scalar>
class HINGE_API Loss {
 public:
  static constexpr std::string_view kind = "loss";

  Loss() = default;
  Loss(const Loss&) = delete;
  Loss& operator=(const Loss&) = delete;
  virtual ~Loss() = default;

  /// The loss of a description: `Loss<float>::from(MeanSquaredError{})`.
  template <typename T>
    requires requires(const T& description) { description.template build<Scalar>(); }
  static std::unique_ptr<Loss> from(const T& description) { return description.template build<Scalar>(); }

  /// Writes dz(·, i) = scale·wᵢ·∂lᵢ/∂output(·, i), unless dz is empty, and returns the sums.
  /// The trainer passes scale(Σ wᵢ) of the whole step, so a step may consist of several batches. `output` and `dz` are
  /// outputs × batch and batch-contiguous, and may be the same memory; `weights` is empty or has one element a sample.
  /// Throws ShapeError when sizes differ, DataError when a class or a target value is out of range or the kind of
  /// target is wrong.
  LossSums evaluate(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                    std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const;

  /// What Σ wᵢ·lᵢ is multiplied by to give L: 1 / weight_sum for a mean, 1 for a sum.
  double scale(double weight_sum) const { return is_mean() ? 1 / weight_sum : 1; }
  /// The same for a step, whose samples may all weigh 0: then 0, for such a batch has no loss and moves nothing.
  double step_scale(double weight_sum) const { return weight_sum > 0 ? scale(weight_sum) : 0; }

  /// Σ wᵢ over the samples of `targets`, as `evaluate` returns it.
  /// Throws ShapeError when sizes differ, DataError for a class without a weight.
  double weight_sum(const Targets<Scalar>& targets, std::span<const Scalar> weights) const;

  /// Errors o − y at which the slope of the loss jumps or bends, in ascending order. Gradient checks step around them.
  virtual std::vector<double> kinks() const { return {}; }

  virtual bool is_mean() const { return true; }
  virtual OutputTransform output_transform() const { return OutputTransform::identity; }
  /// A classification loss is measured by accuracy, a regression loss by R² and mean absolute error.
  bool is_classification() const { return output_transform() != OutputTransform::identity; }

  /// Throws DataError or ShapeError when the loss cannot use such targets for that many outputs; `evaluate` does so too.
  virtual void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const = 0;

 protected:
  /// `weight_sum` after the check of sizes: the sum of the samples' own weights, unless the loss weighs classes.
  virtual double add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const;
  /// `evaluate` after all checks.
  virtual LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                           std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const = 0;
};

extern template class HINGE_API Loss<float>;
extern template class HINGE_API Loss<double>;

/// Any loss description, by value: `LossSpec loss = SoftmaxCrossEntropy{};`. An application's own loss is a class
/// derived from Loss<Scalar> and a struct with `template <typename Scalar> std::unique_ptr<Loss<Scalar>> build() const`.
using LossSpec = Spec<Builder<Loss>>;

/// The losses that Hinge brings, by name.
HINGE_API Registry<Builder<Loss>> standard_losses();

/// Mean squared error: lᵢ = (1/K)·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = (2/K)·(o − y), over K outputs (docs/backprop.md, eq. 10).
struct HINGE_API MeanSquaredError {
  static constexpr std::string_view type = "mse";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Half the squared error, summed over outputs and samples: lᵢ = ½·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = o − y. The form of many
/// textbooks (docs/backprop.md, eq. 9). A sum, not a mean: the gradient grows with the batch.
struct HINGE_API HalfSquaredSum {
  static constexpr std::string_view type = "half_squared_sum";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Half the squared error, summed over outputs, averaged over samples: lᵢ = ½·Σₖ (oₖ − yₖ)², ∂lᵢ/∂o = o − y. The same as
/// HalfSquaredSum for a single sample, but the size of a step does not depend on the batch (docs/backprop.md, eq. 9).
struct HINGE_API HalfSquaredMean {
  static constexpr std::string_view type = "half_squared_mean";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Mean absolute error: lᵢ = (1/K)·Σₖ |oₖ − yₖ|, ∂lᵢ/∂o = sign(o − y)/K, and 0 where o = y. Its minimum is the median, so
/// a few wild targets do not move it.
struct HINGE_API MeanAbsoluteError {
  static constexpr std::string_view type = "mae";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Huber's loss, squared near 0 and absolute beyond δ: lᵢ = (1/K)·Σₖ h(oₖ − yₖ) with h(e) = ½e² for |e| ≤ δ, else
/// δ·(|e| − ½δ); ∂lᵢ/∂o = max(−δ, min(o − y, δ))/K. [Huber, Annals of Mathematical Statistics 35, 1964]
struct HINGE_API Huber {
  static constexpr std::string_view type = "huber";
  double delta = 1;
  std::vector<Option> options() {
    return {{"delta", &delta, Range::above(0), "the error from which on the loss is linear"}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Cross-entropy of softmax probabilities p = softmax(o): lᵢ = −Σₖ yₖ·log pₖ, ∂lᵢ/∂o = p − y (docs/backprop.md, eq. 12).
/// Targets are class indices, or K values y ≥ 0 for each sample, as a rule probabilities; where they do not sum to 1,
/// ∂lᵢ/∂o = p·Σₖ yₖ − y.
///
/// With label smoothing ε the targets are (1 − ε)·y + (ε/K)·Σₖ yₖ. [Szegedy et al., CVPR 2016]
/// With class weights a sample of class c counts as class_weights[c] samples, in the loss and in what it is divided by;
/// they need class indices.
struct HINGE_API SoftmaxCrossEntropy {
  static constexpr std::string_view type = "softmax_cross_entropy";
  double label_smoothing = 0;
  std::vector<double> class_weights = {};
  std::vector<Option> options() {
    return {{.name = "label_smoothing",
             .place = &label_smoothing,
             .range = Range::from_below(0, 1),
             .meaning = "the share of each target that is spread over all classes"},
            {.name = "class_weights",
             .place = &class_weights,
             .range = Range::at_least(0),
             .meaning = "how much a sample of each class counts, in the order of the classes; empty: all the same"}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Binary cross-entropy on logits: lᵢ = (1/K)·Σₖ [softplus(oₖ) − yₖ·oₖ], ∂lᵢ/∂o = (σ(o) − y)/K (docs/backprop.md,
/// eq. 13). Targets are K values in [0, 1], or the classes 0 and 1 for a single output.
///
/// With a positive weight q it is lᵢ = (1/K)·Σₖ [q·yₖ·softplus(−oₖ) + (1 − yₖ)·softplus(oₖ)]: q = 3 counts every 1 among
/// the targets three times. What the loss is divided by stays the number of samples.
struct HINGE_API BinaryCrossEntropy {
  static constexpr std::string_view type = "bce_with_logits";
  std::vector<double> pos_weight = {};
  std::vector<Option> options() {
    return {{.name = "pos_weight",
             .place = &pos_weight,
             .range = Range::above(0),
             .meaning = "how often a target of 1 counts: a number for each output, or one for all; empty: once"}};
  }
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

/// Turns raw outputs (outputs × batch, batch-contiguous) into probabilities in place; identity leaves them as they are.
template <typename Scalar>
HINGE_API void apply_output_transform(OutputTransform transform, MatrixView<Scalar> outputs);

extern template HINGE_API void apply_output_transform<float>(OutputTransform, MatrixView<float>);
extern template HINGE_API void apply_output_transform<double>(OutputTransform, MatrixView<double>);

}  // namespace hinge
