// From the raw outputs of a network to what people read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/equation.h>
#include <hinge/core/matrix.h>

namespace hinge {

/// The function from raw outputs o to predictions p: the values themselves, pₖ = σ(oₖ), pₖ = exp(oₖ) / Σⱼ exp(oⱼ), or
/// pₖ = exp(oₖ).
enum class OutputTransform { identity, sigmoid, softmax, exp };

/// Turns raw outputs (outputs × batch, batch-contiguous) into predictions in place; identity leaves them as they are.
template <typename Scalar>
HINGE_API void apply_output_transform(OutputTransform transform, MatrixView<Scalar> outputs);

/// Whether the predictions are probabilities.
constexpr bool gives_probabilities(OutputTransform transform) {
  return transform == OutputTransform::sigmoid || transform == OutputTransform::softmax;
}

/// The name in model files: `identity`.
HINGE_API std::string_view name_of(OutputTransform transform);
/// Nothing for an unknown name.
HINGE_API std::optional<OutputTransform> output_transform_named(std::string_view name);
/// `identity, sigmoid, softmax or exp`
HINGE_API std::string output_transform_names();

/// The sides of the equation for the prediction p of output k of one sample: `σ(0.5)`, and its value.
HINGE_API std::vector<std::string> prediction_sides(OutputTransform transform, std::span<const double> outputs,
                                                    std::size_t k, double prediction, const EquationFormat& format);

}  // namespace hinge
