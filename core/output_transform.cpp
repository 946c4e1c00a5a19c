// Applying, naming and writing out the output transforms.
#include <hinge/core/output_transform.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <hinge/core/math.h>
#include <hinge/core/softmax.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr std::array<std::string_view, 4> transform_names = {"identity", "sigmoid", "softmax", "exp"};

// Of one sample, whose outputs lie side by side: the same bits without the kernels, whose vectors lie along the samples.
template <typename Scalar>
void softmax_of_sample(std::span<Scalar> outputs) {
  Scalar largest = outputs[0];
  for (const Scalar output : outputs) largest = output > largest ? output : largest;
  for (Scalar& output : outputs) output = math::exp(output - largest);
  Scalar total = 0;
  for (const Scalar power : outputs) total += power;
  for (Scalar& power : outputs) power /= total;
}

template <typename Scalar>
void softmax(MatrixView<Scalar> outputs) {
  if (outputs.cols == 1 && outputs.row_stride == 1) return softmax_of_sample(std::span(outputs.data, outputs.rows));
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

std::string softmax_quotient(std::span<const double> outputs, std::size_t k, const EquationFormat& format) {
  const double largest = *std::max_element(outputs.begin(), outputs.end());
  // A common shift of all exponents cancels. It is subtracted only if exp would overflow, or round to 0 for all
  // outputs.
  constexpr double max_exponent = 600;
  const double common = std::abs(largest) > max_exponent ? largest : 0;
  const auto power = [&](double output) { return format.fill("exp({})", {output - common}); };
  Sum sum = format.sum();
  for (const double output : outputs) sum.add(power(output));
  return power(outputs[k]) + "/(" + sum.text() + ")";
}

}  // namespace

template <typename Scalar>
void apply_output_transform(OutputTransform transform, MatrixView<Scalar> outputs) {
  if (outputs.empty() || transform == OutputTransform::identity) return;
  if (transform == OutputTransform::softmax) return softmax(outputs);
  const bool is_sigmoid = transform == OutputTransform::sigmoid;
  for (std::size_t k = 0; k < outputs.rows; ++k) {
    for (Scalar& value : outputs.row(k)) value = is_sigmoid ? math::sigmoid(value) : math::exp(value);
  }
}

template HINGE_API void apply_output_transform<float>(OutputTransform, MatrixView<float>);
template HINGE_API void apply_output_transform<double>(OutputTransform, MatrixView<double>);

std::string_view name_of(OutputTransform transform) { return transform_names[static_cast<std::size_t>(transform)]; }

std::optional<OutputTransform> output_transform_named(std::string_view name) {
  const auto found = std::find(transform_names.begin(), transform_names.end(), name);
  if (found == transform_names.end()) return std::nullopt;
  return static_cast<OutputTransform>(found - transform_names.begin());
}

std::string output_transform_names() {
  const std::vector<std::string> all(transform_names.begin(), transform_names.end());
  return join(std::span(all).first(all.size() - 1)) + " or " + all.back();
}

std::vector<std::string> prediction_sides(OutputTransform transform, std::span<const double> outputs, std::size_t k,
                                          double prediction, const EquationFormat& format) {
  const std::string value = format.number(prediction);
  if (transform == OutputTransform::identity) return {value};
  if (transform == OutputTransform::sigmoid) return {format.fill("σ({})", {outputs[k]}), value};
  if (transform == OutputTransform::exp) return {format.fill("exp({})", {outputs[k]}), value};
  return {"softmax(o)_" + std::to_string(k + 1), softmax_quotient(outputs, k, format), value};
}

}  // namespace hinge
