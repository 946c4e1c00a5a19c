// Fitting and applying per-column transforms. All arithmetic is in double, in the order of the samples.
#include <hinge/core/preprocessing.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <hinge/core/error.h>

namespace hinge::inline HINGE_ABI {

namespace {

template <typename Scalar>
void check_data(MatrixView<const Scalar> data) {
  if (data.cols == 0) throw DataError("preprocessing: no samples to fit on");
  for (std::size_t r = 0; r < data.rows; ++r) {
    for (std::size_t c = 0; c < data.cols; ++c) {
      if (!std::isfinite(data(r, c))) {
        throw DataError("preprocessing: column " + std::to_string(r) + " of sample " + std::to_string(c) +
                        " is not finite");
      }
    }
  }
}

template <typename Scalar>
double mean_of_row(MatrixView<const Scalar> data, std::size_t r) {
  double sum = 0;
  for (std::size_t c = 0; c < data.cols; ++c) sum += static_cast<double>(data(r, c));
  return sum / static_cast<double>(data.cols);
}

template <typename Scalar>
double deviation_of_row(MatrixView<const Scalar> data, std::size_t r, double mean) {
  double squares = 0;
  for (std::size_t c = 0; c < data.cols; ++c) {
    const double deviation = static_cast<double>(data(r, c)) - mean;
    squares += deviation * deviation;
  }
  return std::sqrt(squares / static_cast<double>(data.cols));
}

template <typename Scalar>
bool is_constant_row(MatrixView<const Scalar> data, std::size_t r) {
  for (std::size_t c = 1; c < data.cols; ++c) {
    if (data(r, c) != data(r, 0)) return false;
  }
  return true;
}

struct Affine {
  double offset = 0;
  double divisor = 1;
};

template <typename Scalar>
Affine standard_of_row(MatrixView<const Scalar> data, std::size_t r) {
  const double mean = mean_of_row(data, r);
  return {mean, deviation_of_row(data, r, mean)};
}

template <typename Scalar>
Affine minmax_of_row(MatrixView<const Scalar> data, std::size_t r) {
  auto lowest = static_cast<double>(data(r, 0));
  double highest = lowest;
  for (std::size_t c = 1; c < data.cols; ++c) {
    lowest = std::min(lowest, static_cast<double>(data(r, c)));
    highest = std::max(highest, static_cast<double>(data(r, c)));
  }
  return {lowest, highest - lowest};
}

template <typename Scalar>
Preprocessing fit(MatrixView<const Scalar> data, Affine (*of_row)(MatrixView<const Scalar>, std::size_t)) {
  check_data(data);
  std::vector<double> offsets(data.rows);
  std::vector<double> divisors(data.rows, 1);
  for (std::size_t r = 0; r < data.rows; ++r) {
    const Affine affine = of_row(data, r);
    offsets[r] = affine.offset;
    // Asked of the values, not of the divisor: the mean of a constant column may be off by a rounding error.
    if (is_constant_row(data, r)) continue;
    divisors[r] = affine.divisor;
    if (!std::isfinite(affine.offset) || !(affine.divisor > 0) || !std::isfinite(affine.divisor)) {
      throw DataError(
          "preprocessing: the values of column " + std::to_string(r) +
          " are too large or too close together to be scaled; leave the column out, or scale it beforehand");
    }
  }
  return Preprocessing(std::move(offsets), std::move(divisors));
}

}  // namespace

Preprocessing::Preprocessing(std::vector<double> offsets, std::vector<double> divisors)
    : offsets_(std::move(offsets)), divisors_(std::move(divisors)) {
  if (offsets_.size() != divisors_.size()) {
    throw ShapeError("preprocessing: " + std::to_string(offsets_.size()) + " offsets, but " +
                     std::to_string(divisors_.size()) + " divisors");
  }
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    if (!std::isfinite(offsets_[i]) || !std::isfinite(divisors_[i]) || divisors_[i] == 0) {
      throw ConfigError("preprocessing: column " + std::to_string(i) +
                        " needs a finite offset and a finite divisor other than 0");
    }
  }
}

Preprocessing Preprocessing::standard(MatrixView<const float> data) { return fit(data, standard_of_row); }
Preprocessing Preprocessing::standard(MatrixView<const double> data) { return fit(data, standard_of_row); }
Preprocessing Preprocessing::minmax(MatrixView<const float> data) { return fit(data, minmax_of_row); }
Preprocessing Preprocessing::minmax(MatrixView<const double> data) { return fit(data, minmax_of_row); }

Preprocessing Preprocessing::divide(std::size_t columns, double divisor) {
  return {std::vector<double>(columns, 0.0), std::vector<double>(columns, divisor)};
}

template <typename Scalar>
void Preprocessing::apply(MatrixView<Scalar> data) const {
  check_rows(data.rows);
  if (is_identity()) return;
  for (std::size_t r = 0; r < data.rows; ++r) {
    for (std::size_t c = 0; c < data.cols; ++c) {
      data(r, c) = static_cast<Scalar>((static_cast<double>(data(r, c)) - offsets_[r]) / divisors_[r]);
    }
  }
}

template <typename Scalar>
void Preprocessing::invert(MatrixView<Scalar> data) const {
  check_rows(data.rows);
  if (is_identity()) return;
  for (std::size_t r = 0; r < data.rows; ++r) {
    for (std::size_t c = 0; c < data.cols; ++c) {
      data(r, c) = static_cast<Scalar>(static_cast<double>(data(r, c)) * divisors_[r] + offsets_[r]);
    }
  }
}

void Preprocessing::check_rows(std::size_t rows) const {
  if (is_identity() || rows == offsets_.size()) return;
  throw ShapeError("preprocessing: fitted on " + std::to_string(offsets_.size()) + " columns, but the data has " +
                   std::to_string(rows));
}

template HINGE_API void Preprocessing::apply<float>(MatrixView<float>) const;
template HINGE_API void Preprocessing::apply<double>(MatrixView<double>) const;
template HINGE_API void Preprocessing::invert<float>(MatrixView<float>) const;
template HINGE_API void Preprocessing::invert<double>(MatrixView<double>) const;

}  // namespace hinge::inline HINGE_ABI
