// What a model does around its network: an affine transform for each column of the data.
#pragma once

#include <cstddef>
#include <vector>

#include <hinge/core/matrix.h>

namespace hinge {

/// scaled = (raw − offset) / divisor, column by column; `invert` is its inverse up to rounding.
///
/// It works on views with one row for each column of the data (features × samples), in any memory order. A
/// default-constructed object is the identity for any number of columns. Const members are safe from any number of
/// threads.
class HINGE_API Preprocessing {
 public:
  Preprocessing() = default;
  /// Throws ShapeError if the sizes differ, ConfigError if a number is not finite or a divisor is 0.
  Preprocessing(std::vector<double> offsets, std::vector<double> divisors);

  /// Mean 0 and standard deviation 1 on `data`: offset = mean, divisor = population standard deviation
  /// √(Σ(x − mean)²/n). A constant column has divisor 1. Throws DataError if there are no samples, if a value is not
  /// finite, or if the deviation of a column that is not constant over- or underflows.
  static Preprocessing standard(MatrixView<const float> data);
  static Preprocessing standard(MatrixView<const double> data);
  /// Range [0, 1] on `data`: offset = minimum, divisor = maximum − minimum. A constant column has divisor 1.
  /// Throws as `standard` does.
  static Preprocessing minmax(MatrixView<const float> data);
  static Preprocessing minmax(MatrixView<const double> data);
  /// raw / divisor for each of `columns` columns, such as 255 for bytes.
  static Preprocessing divide(std::size_t columns, double divisor);

  bool is_identity() const { return offsets_.empty(); }
  const std::vector<double>& offsets() const { return offsets_; }
  const std::vector<double>& divisors() const { return divisors_; }

  /// Transforms in place. Throws ShapeError if the data has another number of rows.
  template <typename Scalar>
  void apply(MatrixView<Scalar> data) const;
  template <typename Scalar>
  void invert(MatrixView<Scalar> data) const;

 private:
  void check_rows(std::size_t rows) const;

  std::vector<double> offsets_;
  std::vector<double> divisors_;
};

}  // namespace hinge
