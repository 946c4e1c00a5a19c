// Imputation: replacing missing values of the inputs, which are NaN, by means.
#pragma once

#include <span>
#include <vector>

#include <hinge/core/matrix.h>
#include <hinge/data/dataset.h>

namespace hinge {

/// The mean of each feature over the samples that have a value, one for each row of the inputs. Compute it on the
/// training part alone, after the split: a mean over all samples would leak the test samples into training.
/// Throws DataError with the feature's name if no sample has a value.
template <typename Scalar>
HINGE_API std::vector<double> feature_means(const Dataset<Scalar>& data);

/// Replaces every NaN in row r of `inputs` (features × samples, in any memory order) by imputed_values[r].
/// Throws ShapeError unless there is one imputed value for each row.
template <typename Scalar>
HINGE_API void impute(MatrixView<Scalar> inputs, std::span<const double> imputed_values);

}  // namespace hinge
