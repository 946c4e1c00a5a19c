// Fits and applies transforms of columns. All arithmetic is in double, in the order of the samples.
#include <hinge/core/preprocessing.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/math.h>
#include <hinge/core/statistics.h>
#include <hinge/core/text.h>

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

constexpr double clip = 3;  // of robust

[[noreturn]] void fail_fit(const std::string& name, const std::string& what) {
  throw DataError("preprocessing: " + name + " " + what);
}

void check_values(std::span<const double> values, const std::string& name) {
  if (values.empty()) throw DataError("preprocessing: no samples to fit on");
  const auto wrong = std::find_if_not(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
  if (wrong != values.end()) fail_fit(name, "of sample " + std::to_string(wrong - values.begin()) + " is not finite");
}

// Two passes: Σx² − n·mean² in one pass would cancel for a mean far from 0, such as that of a time stamp.
ColumnScaling fit_standard(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  double mean = 0;
  for (const double x : values) mean += x;
  mean /= count;
  double squares = 0;
  for (const double x : values) squares += (x - mean) * (x - mean);
  return {.offset = mean, .divisor = std::sqrt(squares / count)};
}

ColumnScaling fit_robust(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  const auto [lower, median, upper] = quartiles(copy);
  constexpr double of_normal = 1.3489795003921634;  // the distance of the quartiles of N(0, 1)
  const double divisor = upper > lower ? (upper - lower) / of_normal : fit_standard(values).divisor;
  return {ColumnScaling::Method::robust, median, divisor};
}

ColumnScaling fit_log1p(std::span<const double> values, const std::string& name) {
  std::vector<double> logarithms;
  logarithms.reserve(values.size());
  for (const double x : values) {
    if (!(x > -1)) fail_fit(name, "has the value " + to_text(x) + "; log1p wants values > -1");
    logarithms.push_back(math::log(1 + x));
  }
  ColumnScaling scaling = fit_standard(logarithms);
  scaling.method = ColumnScaling::Method::log1p;
  return scaling;
}

// Of a sample-contiguous view 16 rows share a cache line of floats, so they are gathered together.
template <typename Scalar>
Preprocessing fit_rows(Scaling scaling, MatrixView<const Scalar> data) {
  constexpr std::size_t at_once = 16;
  if (data.cols == 0) throw DataError("preprocessing: no samples to fit on");
  std::vector<ColumnScaling> columns;
  std::vector<std::vector<double>> rows(at_once, std::vector<double>(data.cols));
  for (std::size_t first = 0; first < data.rows; first += at_once) {
    const std::size_t count = std::min(at_once, data.rows - first);
    for (std::size_t c = 0; c < data.cols; ++c) {
      for (std::size_t r = 0; r < count; ++r) rows[r][c] = static_cast<double>(data(first + r, c));
    }
    for (std::size_t r = 0; r < count; ++r) {
      columns.push_back(ColumnScaling::fit(scaling, rows[r], "column " + std::to_string(first + r)));
    }
  }
  return Preprocessing(columns);
}

}  // namespace

ColumnScaling ColumnScaling::fit(Scaling scaling, std::span<const double> values, const std::string& name) {
  check_values(values, name);
  if (scaling == Scaling::none) return {};
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  const double range = *highest - *lowest;
  ColumnScaling fitted = scaling == Scaling::standard ? fit_standard(values)
                         : scaling == Scaling::robust ? fit_robust(values)
                         : scaling == Scaling::log1p  ? fit_log1p(values, name)
                                                      : ColumnScaling{.offset = *lowest, .divisor = range};
  // Not the deviation: rounding of the mean can make that of a constant column nonzero.
  if (range == 0) {
    fitted.divisor = 1;
  } else if (!std::isfinite(fitted.offset) || !(fitted.divisor > 0) || !std::isfinite(fitted.divisor)) {
    throw DataError("preprocessing: the values of " + name +
                    " are too large or too close together to be scaled; leave the column out, or scale it beforehand");
  }
  return fitted;
}

double ColumnScaling::apply(double raw) const {
  const double z = ((method == Method::log1p ? math::log(1 + raw) : raw) - offset) / divisor;
  if (method != Method::robust) return z;
  constexpr double far_out = 1e100;  // beyond, the square could overflow, and the clip is reached anyhow
  return std::abs(z) > far_out ? std::copysign(clip, z) : z / std::sqrt(1 + (z / clip) * (z / clip));
}

double ColumnScaling::invert(double scaled) const {
  if (method != Method::robust) {
    const double z = scaled * divisor + offset;
    return method == Method::log1p ? math::exp(z) - 1 : z;
  }
  constexpr double nearly_clip = clip * (1 - 1e-6);
  const double s = std::isnan(scaled) ? scaled : std::clamp(scaled, -nearly_clip, nearly_clip);
  return s / std::sqrt(1 - (s / clip) * (s / clip)) * divisor + offset;
}

ColumnScaling ColumnScaling::unclipped() const {
  return {method == Method::robust ? Method::affine : method, offset, divisor};
}

Preprocessing::Preprocessing(std::vector<double> offsets, std::vector<double> divisors)
    : Preprocessing(std::move(offsets), std::move(divisors), {}) {}

Preprocessing::Preprocessing(std::vector<double> offsets, std::vector<double> divisors, std::vector<Method> methods)
    : offsets_(std::move(offsets)), divisors_(std::move(divisors)), methods_(std::move(methods)) {
  const auto check_count = [&](std::size_t count, const char* what) {
    if (count == offsets_.size()) return;
    throw ShapeError("preprocessing: " + std::to_string(offsets_.size()) + " offsets, but " + std::to_string(count) +
                     what);
  };
  check_count(divisors_.size(), " divisors");
  if (!methods_.empty()) check_count(methods_.size(), " methods");
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    if (!std::isfinite(offsets_[i]) || !std::isfinite(divisors_[i]) || divisors_[i] == 0) {
      throw ConfigError("preprocessing: column " + std::to_string(i) +
                        " needs a finite offset and a finite divisor other than 0");
    }
  }
}

Preprocessing::Preprocessing(std::span<const ColumnScaling> columns) {
  bool is_affine = true;
  for (const ColumnScaling& column : columns) {
    offsets_.push_back(column.offset);
    divisors_.push_back(column.divisor);
    methods_.push_back(column.method);
    is_affine = is_affine && column.method == Method::affine;
  }
  if (is_affine) methods_.clear();
}

Preprocessing Preprocessing::fit(Scaling scaling, MatrixView<const float> data) { return fit_rows(scaling, data); }
Preprocessing Preprocessing::fit(Scaling scaling, MatrixView<const double> data) { return fit_rows(scaling, data); }

Preprocessing Preprocessing::divide(std::size_t columns, double divisor) {
  return {std::vector<double>(columns, 0.0), std::vector<double>(columns, divisor)};
}

ColumnScaling Preprocessing::column(std::size_t row) const {
  if (is_identity()) return {};
  return {methods_.empty() ? Method::affine : methods_[row], offsets_[row], divisors_[row]};
}

Preprocessing Preprocessing::unclipped() const {
  std::vector<ColumnScaling> columns;
  for (std::size_t row = 0; row < offsets_.size(); ++row) columns.push_back(column(row).unclipped());
  return Preprocessing(columns);
}

template <typename Scalar>
void Preprocessing::apply(MatrixView<Scalar> data) const {
  check_rows(data.rows);
  if (is_identity()) return;
  if (!methods_.empty()) {
    return for_each_element(data, [&](std::size_t r, std::size_t c) {
      data(r, c) = static_cast<Scalar>(column(r).apply(static_cast<double>(data(r, c))));
    });
  }
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
  for_each_element(data, [&](std::size_t r, std::size_t c) {
    data(r, c) = static_cast<Scalar>(column(r).invert(static_cast<double>(data(r, c))));
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
