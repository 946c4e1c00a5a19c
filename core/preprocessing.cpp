// Fits and applies transforms of columns. All arithmetic is in double, in the order of the samples.
#include <hinge/core/preprocessing.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <hinge/core/error.h>

namespace hinge {

namespace {

// Calls visit(r, c) for every element in memory order, because a data set may be much larger than the cache. In any
// order the elements of one row come in the order of the samples, so a sum over a row always has the same bits.
template <typename Scalar, typename Visit>
void for_each_element(MatrixView<Scalar> data, const Visit& visit) {
  if (data.sample_contiguous()) {
    for (std::size_t c = 0; c < data.cols; ++c) {
      for (std::size_t r = 0; r < data.rows; ++r) visit(r, c);
    }
  } else {
    for (std::size_t r = 0; r < data.rows; ++r) {
      for (std::size_t c = 0; c < data.cols; ++c) visit(r, c);
    }
  }
}

template <typename Scalar>
void check_data(MatrixView<const Scalar> data) {
  if (data.cols == 0) throw DataError("preprocessing: no samples to fit on");
  bool is_finite = true;
  for_each_element(data, [&](std::size_t r, std::size_t c) { is_finite = is_finite && std::isfinite(data(r, c)); });
  if (is_finite) return;
  for (std::size_t r = 0; r < data.rows; ++r) {  // the first place, whatever the memory order
    for (std::size_t c = 0; c < data.cols; ++c) {
      if (std::isfinite(data(r, c))) continue;
      throw DataError("preprocessing: column " + std::to_string(r) + " of sample " + std::to_string(c) +
                      " is not finite");
    }
  }
}

// An offset and a divisor for each row.
struct Affine {
  std::vector<double> offsets;
  std::vector<double> divisors;
};

// Two passes: Σx² − n·mean² in one pass would cancel for a mean far from 0, such as that of a time stamp.
template <typename Scalar>
Affine fit_standard(MatrixView<const Scalar> data) {
  const auto count = static_cast<double>(data.cols);
  std::vector<double> means(data.rows);
  for_each_element(data, [&](std::size_t r, std::size_t c) { means[r] += static_cast<double>(data(r, c)); });
  for (double& mean : means) mean /= count;
  std::vector<double> deviations(data.rows);
  for_each_element(data, [&](std::size_t r, std::size_t c) {
    const double deviation = static_cast<double>(data(r, c)) - means[r];
    deviations[r] += deviation * deviation;
  });
  for (double& deviation : deviations) deviation = std::sqrt(deviation / count);
  return {std::move(means), std::move(deviations)};
}

template <typename Scalar>
Affine fit_minmax(MatrixView<const Scalar> data) {
  std::vector<double> lowest(data.rows);
  for (std::size_t r = 0; r < data.rows; ++r) lowest[r] = static_cast<double>(data(r, 0));
  std::vector<double> ranges = lowest;  // the highest, at first
  for_each_element(data, [&](std::size_t r, std::size_t c) {
    lowest[r] = std::min(lowest[r], static_cast<double>(data(r, c)));
    ranges[r] = std::max(ranges[r], static_cast<double>(data(r, c)));
  });
  for (std::size_t r = 0; r < data.rows; ++r) ranges[r] -= lowest[r];
  return {std::move(lowest), std::move(ranges)};
}

template <typename Scalar>
Preprocessing fit(MatrixView<const Scalar> data, Affine (*fit_affine)(MatrixView<const Scalar>)) {
  check_data(data);
  auto [offsets, divisors] = fit_affine(data);
  // Not the deviations: rounding of the mean can make that of a constant column nonzero.
  const std::vector<double> ranges = fit_minmax(data).divisors;
  for (std::size_t r = 0; r < data.rows; ++r) {
    if (ranges[r] == 0) {
      divisors[r] = 1;
    } else if (!std::isfinite(offsets[r]) || !(divisors[r] > 0) || !std::isfinite(divisors[r])) {
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

Preprocessing Preprocessing::standard(MatrixView<const float> data) { return fit(data, fit_standard); }
Preprocessing Preprocessing::standard(MatrixView<const double> data) { return fit(data, fit_standard); }
Preprocessing Preprocessing::minmax(MatrixView<const float> data) { return fit(data, fit_minmax); }
Preprocessing Preprocessing::minmax(MatrixView<const double> data) { return fit(data, fit_minmax); }

Preprocessing Preprocessing::divide(std::size_t columns, double divisor) {
  return {std::vector<double>(columns, 0.0), std::vector<double>(columns, divisor)};
}

template <typename Scalar>
void Preprocessing::apply(MatrixView<Scalar> data) const {
  check_rows(data.rows);
  if (is_identity()) return;
  const double* const offsets = offsets_.data();
  const double* const divisors = divisors_.data();
  for_each_element(data, [=](std::size_t r, std::size_t c) {
    data(r, c) = static_cast<Scalar>((static_cast<double>(data(r, c)) - offsets[r]) / divisors[r]);
  });
}

template <typename Scalar>
void Preprocessing::invert(MatrixView<Scalar> data) const {
  check_rows(data.rows);
  if (is_identity()) return;
  const double* const offsets = offsets_.data();
  const double* const divisors = divisors_.data();
  for_each_element(data, [=](std::size_t r, std::size_t c) {
    data(r, c) = static_cast<Scalar>(static_cast<double>(data(r, c)) * divisors[r] + offsets[r]);
  });
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

}  // namespace hinge
