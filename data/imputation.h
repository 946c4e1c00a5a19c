// Gaps in the inputs, which are NaN: what to put in their places.
#pragma once

#include <span>
#include <vector>

#include <hinge/core/matrix.h>
#include <hinge/data/dataset.h>

namespace hinge {

/// The mean of each feature over the samples that have it, one for each row of the inputs. Take it from the training
/// part alone, after the split: a mean of all samples would tell the network about those it is tested on.
/// Throws DataError with the feature's name where no sample has it.
template <typename Scalar>
HINGE_API std::vector<double> feature_means(const Dataset<Scalar>& data);

/// Puts imputed_values[r] in the place of every NaN in row r of `inputs` (features × samples, of either order).
/// Throws ShapeError when there is not one filler for each row.
template <typename Scalar>
HINGE_API void impute(MatrixView<Scalar> inputs, std::span<const double> imputed_values);

}  // namespace hinge
