// What a model does before and behind its network, and what it must know for that: for Model and for Predictor.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include <hinge/core/matrix.h>
#include <hinge/layers/model.h>

namespace hinge {

/// What model files call the methods of preprocessing, in the order of ColumnScaling::Method; and the versions of their format that
/// can be read, the last one is written. Version 1 has no methods.
inline constexpr std::array<std::string_view, 3> method_names = {"affine", "log1p", "robust"};
inline constexpr std::array<std::string_view, 2> model_format_versions = {"1", "2"};

/// Throws ModelError when names, preprocessing or output transform do not fit a network of so many inputs and outputs.
HINGE_API void check_fit(const ModelInfo& info, std::size_t inputs, std::size_t outputs);

/// Throws ModelError when two features, two classes, or a feature and a target have one name: columns are found by their names.
HINGE_API void check_unique_names(const ModelInfo& info);

/// How many classes a model tells apart; 0 where it predicts values, or several answers of yes or no. A single output that is a
/// probability tells two apart.
HINGE_API std::size_t count_classes(const ModelInfo& info, std::size_t outputs);

/// A raw value, or where it is missing (NaN) what the model has to put in its place, if it has that.
template <typename Scalar>
Scalar imputed(const ModelInfo& info, std::size_t feature, Scalar value) {
  if (info.imputed_values.empty() || !std::isnan(value)) return value;
  return static_cast<Scalar>(info.imputed_values[feature]);
}

/// The same in place, for features × samples.
template <typename Scalar>
void impute(const ModelInfo& info, MatrixView<Scalar> x) {
  if (info.imputed_values.empty()) return;
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (Scalar& value : x.row(r)) value = imputed(info, r, value);
  }
}

[[noreturn]] HINGE_API void fail_not_finite(std::size_t feature, std::size_t sample);

/// Scaled outputs × samples back to the units of the targets; several outputs may be of one target.
template <typename Scalar>
void put_back(const Preprocessing& targets, MatrixView<Scalar> values) {
  if (targets.offsets().size() != 1) return targets.invert(values);
  for (std::size_t r = 0; r < values.rows; ++r) {
    targets.invert(MatrixView<Scalar>{&values(r, 0), 1, values.cols, values.row_stride, values.col_stride});
  }
}

/// The class of each sample, an index into its outputs or the two of a single one. Throws ModelError where an output is not
/// finite.
template <typename Scalar>
HINGE_API void find_classes(const ModelInfo& info, MatrixView<const Scalar> predictions,
                            std::span<std::size_t> classes);

}  // namespace hinge
