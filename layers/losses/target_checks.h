// Checks of targets that several losses make. Each throws an error that names the loss.
#pragma once

#include <string_view>

#include <hinge/core/batch.h>

namespace hinge {

/// Throws DataError for class indices, ShapeError unless there is a target value for each output.
HINGE_API void require_values(std::string_view loss, bool are_classes, std::size_t outputs, std::size_t target_rows);

/// Throws DataError for a class outside 0 … count − 1.
HINGE_API void require_classes_below(std::string_view loss, std::size_t count, std::span<const std::int32_t> classes);

/// Throws DataError for a value outside [0, highest], or NaN; `wanted` says that range in words.
template <typename Scalar>
HINGE_API void require_values_between(std::string_view loss, const MatrixView<const Scalar>& values, Scalar highest,
                                      std::string_view wanted);

extern template void require_values_between<float>(std::string_view, const MatrixView<const float>&, float,
                                                   std::string_view);
extern template void require_values_between<double>(std::string_view, const MatrixView<const double>&, double,
                                                    std::string_view);

}  // namespace hinge
