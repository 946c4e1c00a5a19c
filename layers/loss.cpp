// What all losses share: the checks of a call, sums of weights, and the output transforms.
#include <hinge/layers/loss.h>

#include <algorithm>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/math.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

template <typename Scalar>
void require_a_weight_each(std::size_t samples, std::span<const Scalar> weights) {
  if (weights.empty() || weights.size() == samples) return;
  throw ShapeError("loss: " + std::to_string(samples) + " samples, but " + std::to_string(weights.size()) + " weights");
}

template <typename Scalar>
void softmax(MatrixView<Scalar> outputs) {
  for (std::size_t first = 0; first < outputs.cols; first += block_size) {
    const MatrixView<Scalar> block = outputs.columns(first, std::min(block_size, outputs.cols - first));
    const BlockRow<Scalar> maxima = column_maxima<Scalar>(block);
    const BlockRow<Scalar> totals = sum_of_exponentials<Scalar>(block, maxima, block);
    for (std::size_t k = 0; k < block.rows; ++k) {
      Scalar* row = block.row(k).data();
      for (std::size_t i = 0; i < block.cols; ++i) row[i] /= totals[i];
    }
  }
}

}  // namespace

template <typename Scalar>
LossSums Loss<Scalar>::evaluate(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                                std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const {
  if (targets.size() != output.cols) {
    throw ShapeError("loss: " + std::to_string(output.cols) + " outputs, but " + std::to_string(targets.size()) +
                     " targets");
  }
  require_a_weight_each(output.cols, weights);
  if (!dz.empty() && (dz.rows != output.rows || dz.cols != output.cols)) {
    throw ShapeError("loss: the gradient must have the shape of the output");
  }
  check_targets(output.rows, targets);
  return compute(output, targets, weights, scale, dz);
}

template <typename Scalar>
double Loss<Scalar>::weight_sum(const Targets<Scalar>& targets, std::span<const Scalar> weights) const {
  require_a_weight_each(targets.size(), weights);
  return add_weights(targets, weights);
}

template <typename Scalar>
double Loss<Scalar>::add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const {
  if (weights.empty()) return static_cast<double>(targets.size());
  double sum = 0;
  for (const Scalar w : weights) sum += static_cast<double>(w);
  return sum;
}

template class Loss<float>;
template class Loss<double>;

template <typename Scalar>
void apply_output_transform(OutputTransform transform, MatrixView<Scalar> outputs) {
  if (outputs.empty() || transform == OutputTransform::identity) return;
  if (transform == OutputTransform::softmax) return softmax(outputs);
  for (std::size_t k = 0; k < outputs.rows; ++k) {
    for (Scalar& value : outputs.row(k)) value = math::sigmoid(value);
  }
}

template HINGE_API void apply_output_transform<float>(OutputTransform, MatrixView<float>);
template HINGE_API void apply_output_transform<double>(OutputTransform, MatrixView<double>);

}  // namespace hinge
