// What a model does around its network: a transform for each column of the data.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/matrix.h>

namespace hinge {

/// How the transform of a column is fitted on its values.
enum class Scaling {
  none,      ///< the identity
  standard,  ///< mean 0 and population standard deviation 1: √(Σ(x − mean)²/n)
  minmax,    ///< range [0, 1]
  robust,    ///< median 0 and distance of the quartiles 1.349, as N(0, 1) has; smoothly clipped to (−3, 3)
  log1p,     ///< standard of ln(1 + x), for values > −1 with a long tail
};

/// The transform of one column, where t = (x − offset)/divisor:
///   affine  scaled = t(raw)
///   log1p   scaled = t(ln(1 + raw)), NaN or infinite unless raw > −1
///   robust  scaled = z/√(1 + (z/3)²) with z = t(raw), so outliers come close to ±3 and the middle stays as it is
///           [Holzmüller et al. 2024, Better by Default, section 3]
struct HINGE_API ColumnScaling {
  enum class Method { affine, log1p, robust };

  Method method = Method::affine;
  double offset = 0;
  double divisor = 1;

  /// Fits on finite values. A constant column has divisor 1. Where the quartiles are equal, the deviation
  /// stands in for their distance. Throws DataError `preprocessing: NAME …` if there are no values, if one is not finite (for
  /// log1p: not above −1), or if the divisor of a column that is not constant over- or underflows.
  static ColumnScaling fit(Scaling scaling, std::span<const double> values, const std::string& name);

  double apply(double raw) const;
  /// The raw value of a scaled one. What robust never gives (beyond ±3) becomes the raw value of nearly ±3.
  double invert(double scaled) const;
  /// The same without the clip of robust, for targets: else no prediction could lie far out.
  ColumnScaling unclipped() const;

  bool operator==(const ColumnScaling&) const = default;
};

/// A transform for each column of data, and its inverse up to rounding.
///
/// It works on views with one row for each column of the data (features × samples), in any memory order. A
/// default-constructed object is the identity for any number of columns. Const members are safe from any number of
/// threads.
class HINGE_API Preprocessing {
 public:
  using Method = ColumnScaling::Method;

  Preprocessing() = default;
  /// scaled = (raw − offset) / divisor. Throws ShapeError if the sizes differ, ConfigError if a number is not finite or a
  /// divisor is 0.
  Preprocessing(std::vector<double> offsets, std::vector<double> divisors);
  /// The same with a method for each column; no methods: all are affine.
  Preprocessing(std::vector<double> offsets, std::vector<double> divisors, std::vector<Method> methods);
  explicit Preprocessing(std::span<const ColumnScaling> columns);

  /// Fits each row of `data`, as ColumnScaling::fit does. Throws as that.
  static Preprocessing fit(Scaling scaling, MatrixView<const float> data);
  static Preprocessing fit(Scaling scaling, MatrixView<const double> data);
  static Preprocessing standard(MatrixView<const float> data) { return fit(Scaling::standard, data); }
  static Preprocessing standard(MatrixView<const double> data) { return fit(Scaling::standard, data); }
  static Preprocessing minmax(MatrixView<const float> data) { return fit(Scaling::minmax, data); }
  static Preprocessing minmax(MatrixView<const double> data) { return fit(Scaling::minmax, data); }
  /// raw / divisor for each of `columns` columns, such as 255 for bytes.
  static Preprocessing divide(std::size_t columns, double divisor);

  bool is_identity() const { return offsets_.empty(); }
  const std::vector<double>& offsets() const { return offsets_; }
  const std::vector<double>& divisors() const { return divisors_; }
  /// Empty if all columns are affine.
  const std::vector<Method>& methods() const { return methods_; }
  /// The transform of one column.
  ColumnScaling column(std::size_t row) const;
  /// The same with each column unclipped.
  Preprocessing unclipped() const;

  /// Transforms in place. Throws ShapeError if the data has another number of rows.
  template <typename Scalar>
  void apply(MatrixView<Scalar> data) const;
  template <typename Scalar>
  void invert(MatrixView<Scalar> data) const;

  bool operator==(const Preprocessing&) const = default;

 private:
  void check_rows(std::size_t rows) const;

  std::vector<double> offsets_;
  std::vector<double> divisors_;
  std::vector<Method> methods_;
};

}  // namespace hinge
