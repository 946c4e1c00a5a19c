// Functions of whole arrays.
#pragma once

#include <span>

#include <hinge/core/export.h>

namespace hinge {

/// Σ vᵢ² in double, added in 32 partial sums of an order that depends on nothing: the same bits on every processor.
HINGE_API double sum_of_squares(std::span<const float> values);
HINGE_API double sum_of_squares(std::span<const double> values);

/// v ← factor·v
HINGE_API void scale(std::span<float> values, float factor);
HINGE_API void scale(std::span<double> values, double factor);

}  // namespace hinge
