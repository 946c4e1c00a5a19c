// What Hinge's own losses share. They work on blocks of samples, side by side, so that the loops over a block are vector
// code and its scratch fits on the stack.
#pragma once

#include <string_view>

#include <hinge/core/softmax.h>
#include <hinge/layers/loss.h>

namespace hinge {

/// Up to `block_size` samples of a batch, as `Loss::compute` gets them.
template <typename Scalar>
struct SampleBlock {
  MatrixView<const Scalar> output;
  Targets<Scalar> targets = {};
  BlockRow<Scalar> weights;
  Scalar scale;
  MatrixView<Scalar> dz;  ///< empty: no gradient wanted

  std::size_t size() const { return output.cols; }
  /// The target values of output k, side by side: where they lie, or copied to `scratch` if they lie apart.
  const Scalar* target_row(std::size_t k, BlockRow<Scalar>& scratch) const {
    if (targets.values.batch_contiguous()) return targets.values.row(k).data();
    for (std::size_t i = 0; i < size(); ++i) scratch[i] = targets.values(k, i);
    return scratch.data();
  }
  /// scale·wᵢ·share, which the slopes of a sample are multiplied by; `share` is that of one output.
  BlockRow<Scalar> factors(Scalar share) const {
    BlockRow<Scalar> row;
    for (std::size_t i = 0; i < size(); ++i) row[i] = scale * weights[i] * share;
    return row;
  }
  /// Adds wᵢ·share·loss and wᵢ in the order of the samples.
  void add(const BlockRow<Scalar>& losses, Scalar share, LossSums& sums) const {
    for (std::size_t i = 0; i < size(); ++i) {
      sums.loss += static_cast<double>(weights[i] * share * losses[i]);
      sums.weight += static_cast<double>(weights[i]);
    }
  }
};

/// A loss that takes a batch block by block. No sample's sums depend on the block that it is in.
template <typename Scalar>
class BlockLoss : public Loss<Scalar> {
 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override;
  /// Adds the losses and weights of a block to `sums` and writes its gradient.
  virtual void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const = 0;
};

extern template class BlockLoss<float>;
extern template class BlockLoss<double>;

/// The sides of the equation for a gradient that is factor·(from − to): in letters (`o − y`), with numbers, and the value.
HINGE_API std::vector<std::string> scaled_difference(std::string_view letters, double factor, double from, double to,
                                                     double value, const EquationFormat& format);

/// −factor·log(probability), without a factor of 1. If `rest`, 1 − probability, is given and small, it is shown.
HINGE_API std::string minus_log(double factor, double probability, const EquationFormat& format, double rest = 1);

// Checks of targets that several losses make. The errors name the loss.

/// Throws DataError for class indices, ShapeError unless there is a target value for each output.
HINGE_API void require_values(std::string_view loss, bool are_classes, std::size_t outputs, std::size_t target_rows);

/// Throws ConfigError for class weights that wait for the data, ShapeError unless there are none, or one for each output.
HINGE_API void require_class_weights(std::string_view loss, const NamedNumbers& weights, std::size_t outputs);

/// Throws DataError for a class outside 0 … count − 1.
HINGE_API void require_classes_below(std::string_view loss, std::size_t count, std::span<const std::int32_t> classes);

/// Throws DataError for a value outside [0, highest], or NaN; `wanted` says that range in words.
template <typename Scalar>
HINGE_API void require_values_between(std::string_view loss, const MatrixView<const Scalar>& values, Scalar highest,
                                      std::string_view wanted);

}  // namespace hinge
