// From columns to what a network gets: filled, scaled, and only then rounded.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table.h>

namespace hinge {

namespace {

using Kind = TableColumn::Kind;
using Strings = std::vector<std::string>;
using detail::quoted;

double mean_of(std::span<const double> values) {
  double mean = 0;
  double count = 0;
  for (const double x : values) {  // a running mean, because a sum of large numbers could overflow
    const double weight = 1.0 / ++count;
    mean = (1 - weight) * mean + weight * x;
  }
  return mean;
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// How often each category occurs among the values of some rows.
std::vector<double> shares_in(const TableColumn& column, std::span<const std::size_t> rows) {
  std::vector<double> shares(column.column.categories.size());
  double count = 0;
  for (const std::size_t i : rows) {
    if (column.codes[i] == TableColumn::gap) continue;
    ++count;
    if (column.codes[i] >= 0) ++shares[static_cast<std::size_t>(column.codes[i])];
  }
  for (double& share : shares) share = count > 0 ? share / count : 0;
  return shares;
}

// Fits imputed values and scalings, column by column.
class TableFit {
 public:
  TableFit(const Table& table, std::span<const std::size_t> rows, double divisor)
      : table_(table), rows_(rows), divisor_(divisor) {
    for (const TableColumn& column : table.columns) fills_ = fills_ || column.column.keeps_gaps();
  }

  void add_input(const TableColumn& column) {
    if (column.kind == Kind::category) {
      add_categories(column);
    } else if (column.kind == Kind::number) {
      add_numbers(column, "");
    } else {
      for (const std::string& part : column.column.parts) add_numbers(column, part);
    }
    if (column.column.has_indicator()) add(0, {});
  }

  // The clip of robust is meant for inputs.
  void add_target(const TableColumn& column) {
    targets_.push_back(is_scaled(column) ? scaling_of(column, values_of(column, "")) : ColumnScaling());
    if (targets_.back().method == ColumnScaling::Method::robust) targets_.back().method = ColumnScaling::Method::affine;
  }

  DataFit result() const {
    return {preprocessing_of(inputs_), preprocessing_of(targets_), fills_ ? imputed_ : std::vector<double>(),
            table_.descriptions()};
  }

 private:
  static bool is_scaled(const TableColumn& column) { return column.column.preprocess != "none"; }

  void add(double imputed, const ColumnScaling& scaling) {
    imputed_.push_back(imputed);
    inputs_.push_back(scaling);
  }

  void add_numbers(const TableColumn& column, const std::string& part) {
    if (!fills_ && !is_scaled(column)) return add(0, {});
    std::vector<double> values = values_of(column, part);
    const double imputed = column.column.missing == "median" ? median_of(values) : mean_of(values);
    values.resize(rows_.size(), imputed);  // what stands in the place of gaps is a value like any other
    add(imputed, scaling_of(column, values));
  }

  void add_categories(const TableColumn& column) {
    for (const double share : shares_in(column, rows_)) add(column.column.missing == "category" ? 0 : share, {});
  }

  // The values of the rows, or a part of these times.
  std::vector<double> values_of(const TableColumn& column, const std::string& part) const {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const std::size_t i : rows_) {
      const double x = column.numbers[i];
      if (!std::isnan(x)) values.push_back(part.empty() ? x : time_part(part, x));
    }
    if (!values.empty()) return values;
    throw DataError(table_.source + ": column " + quoted(column.name) + ": none of the " +
                    std::to_string(rows_.size()) +
                    " training rows has a value; wanted at least one (leave the column out)");
  }

  ColumnScaling scaling_of(const TableColumn& column, std::span<const double> values) const {
    if (column.column.preprocess == "divide") return {.divisor = divisor_};
    return ColumnScaling::fit(scaling_named(column.column.preprocess), values, "column " + quoted(column.name));
  }

  static Preprocessing preprocessing_of(const std::vector<ColumnScaling>& scalings) {
    const auto is_identity = [](const ColumnScaling& scaling) { return scaling == ColumnScaling(); };
    return std::all_of(scalings.begin(), scalings.end(), is_identity) ? Preprocessing() : Preprocessing(scalings);
  }

  const Table& table_;
  std::span<const std::size_t> rows_;
  double divisor_;
  bool fills_ = false;
  std::vector<double> imputed_;
  std::vector<ColumnScaling> inputs_;
  std::vector<ColumnScaling> targets_;
};

}  // namespace

DataFit Table::fit(std::span<const std::size_t> rows, double divisor) const {
  TableFit fit(*this, rows, divisor);
  for (const TableColumn& column : columns) {
    if (column.is_input()) fit.add_input(column);
    if (column.kind == Kind::values) fit.add_target(column);
  }
  return fit.result();
}

// Makes the samples of a table, one at a time.
template <typename Scalar>
class Table::Encoder {
 public:
  Encoder(const Table& table, const DataFit& fit) : table_(table), fit_(fit) {
    for (const TableColumn& column : table.columns) {
      if (!column.is_input()) continue;
      for (std::string& name : input_names(column.name, column.column)) {
        scalings_.push_back(fit.inputs.column(names_.size()));
        names_.push_back(std::move(name));
      }
    }
    sample_.resize(names_.size());
  }

  std::size_t width() const { return names_.size(); }
  /// The inputs that stayed gaps, as indices into the samples of all calls. They hold 0.
  const std::vector<std::size_t>& gaps() const { return gaps_; }

  Buffer<Scalar> encode(std::span<const std::size_t> rows) {
    Buffer<Scalar> inputs(rows.size() * width());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      double* to = sample_.data();
      for (const TableColumn& column : table_.columns) {
        if (column.is_input()) to = encode_column(column, rows[i], to);
      }
      for (std::size_t k = 0; k < width(); ++k) inputs.data()[i * width() + k] = input(i, rows[i], k);
    }
    return inputs;
  }

  Scalar rounded(double scaled, std::size_t row, const std::string& name, double raw) const {
    if (std::abs(scaled) <= static_cast<double>(std::numeric_limits<Scalar>::max())) return static_cast<Scalar>(scaled);
    const std::string wanted =
        std::isfinite(scaled)
            ? "; wanted a number that single precision can hold (scale the column, or train in double)"
            : ", whose scaled value is not finite";
    table_.fail(row, name, "found " + to_text(raw) + wanted);
  }

 private:
  // Input k of the sample.
  Scalar input(std::size_t i, std::size_t row, std::size_t k) {
    double x = sample_[k];
    if (std::isnan(x)) {
      if (fit_.imputed_values.empty()) {
        gaps_.push_back(i * width() + k);
        return 0;
      }
      x = fit_.imputed_values[k];
    }
    return rounded(scalings_[k].apply(x), row, names_[k], x);
  }

  // Writes the raw inputs of a column, and returns where the next one's begin.
  static double* encode_column(const TableColumn& column, std::size_t row, double* to) {
    const bool is_gap =
        column.kind == Kind::category ? column.codes[row] == TableColumn::gap : std::isnan(column.numbers[row]);
    if (column.kind == Kind::category) {
      const std::size_t width = column.column.categories.size();
      std::fill(to, to + width, is_gap && column.column.missing != "category" ? TableColumn::no_number : 0.0);
      if (column.codes[row] >= 0) to[column.codes[row]] = 1;
      to += width;
    } else if (column.kind == Kind::time) {
      const double time = column.numbers[row];
      for (const std::string& part : column.column.parts) *to++ = is_gap ? time : time_part(part, time);
    } else {
      *to++ = column.numbers[row];
    }
    if (column.column.has_indicator()) *to++ = is_gap ? 1 : 0;
    return to;
  }

  const Table& table_;
  const DataFit& fit_;
  std::vector<ColumnScaling> scalings_;
  Strings names_;
  std::vector<double> sample_;  // raw
  std::vector<std::size_t> gaps_;
};

template <typename Scalar>
Dataset<Scalar> Table::dataset(std::span<const std::size_t> rows, const DataFit& fit) const {
  Encoder<Scalar> encoder(*this, fit);
  Buffer<Scalar> inputs = encoder.encode(rows);
  std::vector<Scalar> weights;
  std::vector<std::int32_t> classes;
  std::vector<const TableColumn*> targets;
  for (const TableColumn& column : columns) {
    if (column.kind == Kind::values) targets.push_back(&column);
    for (const std::size_t row : rows) {
      if (column.kind == Kind::classes) classes.push_back(column.codes[row]);
      if (column.kind == Kind::weight)
        weights.push_back(encoder.rounded(column.numbers[row], row, column.name, column.numbers[row]));
    }
  }
  Buffer<Scalar> values(rows.size() * targets.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = rows[i / targets.size()];
    const std::size_t k = i % targets.size();
    const double raw = targets[k]->numbers[row];
    values.data()[i] = encoder.rounded(fit.targets.column(k).apply(raw), row, targets[k]->name, raw);
  }
  auto data = targets.empty() ? Dataset<Scalar>::classification(std::move(inputs), encoder.width(), std::move(classes),
                                                                names(), std::move(weights))
                              : Dataset<Scalar>::regression(std::move(inputs), encoder.width(), std::move(values),
                                                            targets.size(), names(), std::move(weights));
  for (const std::size_t gap : encoder.gaps()) data.inputs().data[gap] = static_cast<Scalar>(TableColumn::no_number);
  return data;
}

template <typename Scalar>
Buffer<Scalar> Table::inputs(const DataFit& fit) const {
  Encoder<Scalar> encoder(*this, fit);
  std::vector<std::size_t> rows(size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  Buffer<Scalar> inputs = encoder.encode(rows);
  for (const std::size_t gap : encoder.gaps()) inputs.data()[gap] = static_cast<Scalar>(TableColumn::no_number);
  return inputs;
}

template HINGE_API Dataset<float> Table::dataset<float>(std::span<const std::size_t>, const DataFit&) const;
template HINGE_API Dataset<double> Table::dataset<double>(std::span<const std::size_t>, const DataFit&) const;
template HINGE_API Buffer<float> Table::inputs<float>(const DataFit&) const;
template HINGE_API Buffer<double> Table::inputs<double>(const DataFit&) const;

}  // namespace hinge
