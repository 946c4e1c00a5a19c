// Losses: how far the outputs of a batch are from its targets, and ∂L/∂output.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/config/spec.h>
#include <hinge/core/equation.h>
#include <hinge/core/matrix.h>
#include <hinge/core/output_transform.h>
#include <hinge/core/task.h>

namespace hinge {

/// Σ wᵢ·lᵢ and Σ wᵢ over samples i, added in double in the order of the samples.
struct LossSums {
  double loss = 0;
  double weight = 0;
};

/// One sample in the equations of a loss.
struct LossSample {
  std::vector<double> outputs = {};      ///< o
  std::vector<double> predictions = {};  ///< p, the output transform of o
  std::vector<double> targets = {};      ///< y; a class is a 1 at its output, or its number if there is one output
  std::vector<double> gradient = {};     ///< ∂L/∂o
  double loss = 0;                       ///< lᵢ
  double factor = 0;  ///< s·wᵢ, which ∂lᵢ/∂o is multiplied by: 1/B for the mean of B samples
};

/// A loss L over a batch of samples with weights wᵢ (1 where none are given) and losses lᵢ:
///   a mean loss is L = Σ wᵢ·lᵢ / Σ wᵢ, a sum loss is L = Σ wᵢ·lᵢ.
/// With the class weights of softmax_cross_entropy, wᵢ is the sample's weight times that of its class.
/// The loss owns the only 1/batch: nothing else divides by the number of samples. Sigmoid and softmax are part of their
/// cross-entropies, so outputs are logits. With class indices, finite logits of any size give a finite loss unless their
/// difference overflows. A squared error overflows beyond the root of the largest number.
/// Const members are safe from any number of threads and allocate nothing.
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
  /// The same for a step, whose samples may all weigh 0: then 0, because such a batch has no loss and moves nothing.
  double step_scale(double weight_sum) const { return weight_sum > 0 ? scale(weight_sum) : 0; }

  /// Σ wᵢ over the samples of `targets`, as `evaluate` returns it.
  /// Throws ShapeError when sizes differ, DataError for a class without a weight.
  double weight_sum(const Targets<Scalar>& targets, std::span<const Scalar> weights) const;

  /// Errors o − y at which the slope of the loss jumps or bends, in ascending order.
  virtual std::vector<double> kinks() const { return {}; }
  /// Numbers that are 0 where the slope of the loss of this batch jumps or bends: gradient checks step around their
  /// changes of sign. By default o − y − kink for each of `kinks()`.
  virtual std::vector<double> distances_from_kinks(const MatrixView<const Scalar>& output,
                                                   const Targets<Scalar>& targets) const;

  virtual bool is_mean() const { return true; }
  virtual OutputTransform output_transform() const { return OutputTransform::identity; }
  /// By default classes for a softmax, labels for a sigmoid, else values.
  virtual Task task() const;
  bool is_classification() const { return hinge::is_classification(task()); }
  /// Whether a run may scale target values as it scales features. By default only what is read as it comes out.
  virtual bool scales_targets() const {
    return !is_classification() && output_transform() == OutputTransform::identity;
  }
  /// The number of target values of a sample that suits so many outputs; class indices are one a sample.
  virtual std::size_t target_rows(std::size_t outputs) const { return outputs; }
  /// What the outputs predict, from the names of the target columns.
  virtual std::vector<std::string> output_names(std::vector<std::string> targets) const { return targets; }
  /// The name of the metric that judges the outputs: accuracy, r2, d2, mae or rmse. `loss`: none does but the loss itself.
  virtual std::string_view metric() const { return is_classification() ? "accuracy" : "r2"; }

  /// Throws DataError or ShapeError when the loss cannot use these targets with that many outputs. `evaluate` calls it.
  virtual void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const = 0;

  // Equations with the numbers of a sample, for `hinge explain`. By default they show the values alone.

  /// The target y that output k is compared with, as label smoothing leaves it.
  virtual double target(const LossSample& sample, std::size_t k) const;
  /// The sides of the equation for lᵢ: `0.5·(0.75 − 0.01)²`, and the value.
  virtual std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const;
  /// The sides of the equation for ∂L/∂oₖ: `o − y`, `0.75 − 0.01`, and the value.
  virtual std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                                  const EquationFormat& format) const;

 protected:
  /// `weight_sum` after the check of sizes. By default the sum of the samples' own weights.
  virtual double add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const;
  /// `evaluate` after all checks.
  virtual LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                           std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const = 0;
};

extern template class HINGE_API Loss<float>;
extern template class HINGE_API Loss<double>;

/// Any loss description, by value: `LossSpec loss = SoftmaxCrossEntropy{};`. layers/losses/ has Hinge's own. An
/// application's loss is a class derived from Loss<Scalar> and a struct with
/// `template <typename Scalar> std::unique_ptr<Loss<Scalar>> build() const`.
using LossSpec = Spec<Builder<Loss>>;

}  // namespace hinge
