// What all losses share: the checks of a call, sums of weights, and what a loss says of itself unless it knows better.
#include <hinge/layers/loss.h>

#include <algorithm>
#include <string>

#include <hinge/core/error.h>

namespace hinge {

namespace {

template <typename Scalar>
void require_a_weight_each(std::size_t samples, std::span<const Scalar> weights) {
  if (weights.empty() || weights.size() == samples) return;
  throw ShapeError("loss: " + std::to_string(samples) + " samples, but " + std::to_string(weights.size()) + " weights");
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

template <typename Scalar>
std::vector<double> Loss<Scalar>::distances_from_kinks(const MatrixView<const Scalar>& output,
                                                       const Targets<Scalar>& targets) const {
  std::vector<double> distances;
  for (const double kink : kinks()) {
    require_same_shape("gradient check: the outputs and the targets of a loss with kinks", output, targets.values);
    for (std::size_t r = 0; r < output.rows; ++r) {
      for (std::size_t c = 0; c < output.cols; ++c) {
        distances.push_back(static_cast<double>(output(r, c)) - static_cast<double>(targets.values(r, c)) - kink);
      }
    }
  }
  return distances;
}

template <typename Scalar>
Task Loss<Scalar>::task() const {
  if (output_transform() == OutputTransform::softmax) return Task::classes;
  return output_transform() == OutputTransform::sigmoid ? Task::labels : Task::values;
}

// An application's loss may have fewer target values than outputs: then the last one serves all that are left.
template <typename Scalar>
double Loss<Scalar>::target(const LossSample& sample, std::size_t k) const {
  return sample.targets[std::min(k, sample.targets.size() - 1)];
}

template <typename Scalar>
std::vector<std::string> Loss<Scalar>::loss_sides(const LossSample& sample, const EquationFormat& format) const {
  return {format.number(sample.loss)};
}

template <typename Scalar>
std::vector<std::string> Loss<Scalar>::gradient_sides(const LossSample& sample, std::size_t k,
                                                      const EquationFormat& format) const {
  return {format.number(sample.gradient[k])};
}

template class Loss<float>;
template class Loss<double>;

}  // namespace hinge
