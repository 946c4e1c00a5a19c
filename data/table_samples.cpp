// From columns to what a network gets: filled, scaled, and only then rounded.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/statistics.h>
#include <hinge/core/text.h>
#include <hinge/data/table.h>

namespace hinge {

namespace {

using Kind = TableColumn::Kind;
using Strings = std::vector<std::string>;

double mean_of(std::span<const double> values) {
  RunningMean mean;
  for (const double x : values) mean.add(x);
  return mean.mean();
}

std::vector<std::size_t> all_rows(const Table& table) {
  std::vector<std::size_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
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

  void add_target(const TableColumn& column) {
    targets_.push_back(is_scaled(column) ? scaling_of(column, values_of(column, "")).unclipped() : ColumnScaling());
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
    const double imputed = column.column.missing == "median" ? median(values) : mean_of(values);
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
    throw DataError(table_.source + ": column " + in_quotes(column.name) + ": none of the " +
                    std::to_string(rows_.size()) +
                    " training rows has a value; wanted at least one (leave the column out)");
  }

  ColumnScaling scaling_of(const TableColumn& column, std::span<const double> values) const {
    if (column.column.preprocess == "divide") return {.divisor = divisor_};
    return ColumnScaling::fit(scaling_named(column.column.preprocess), values, "column " + in_quotes(column.name));
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

// Makes the inputs of samples.
template <typename Scalar>
class Table::Encoder {
 public:
  Encoder(const Table& table, const DataFit& fit) : table_(table), fit_(fit) {
    for (const TableColumn& column : table.columns) {
      if (!column.is_input()) continue;
      inputs_.push_back({&column, names_.size(), column.column.has_indicator()});
      for (std::string& name : input_names(column.name, column.column)) {
        scalings_.push_back(fit.inputs.column(names_.size()));
        is_scaled_.push_back(!(scalings_.back() == ColumnScaling()));
        // Indicators are not scaled, but in models of version 1 they were.
        inputs_.back().is_scaled = inputs_.back().is_scaled || is_scaled_.back();
        names_.push_back(std::move(name));
      }
    }
  }

  std::size_t width() const { return names_.size(); }

  /// Sample after sample. Without imputed values gaps are 0 and listed in `gaps`.
  Buffer<Scalar> encode(std::span<const std::size_t> rows) {
    Buffer<Scalar> samples(rows.size() * width());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      row_ = rows[i];
      sample_ = samples.data() + i * width();
      for (const Input& input : inputs_) encode(input);
      for (const std::size_t k : row_gaps_) gaps_.push_back(i * width() + k);
      row_gaps_.clear();
    }
    return samples;
  }
  /// Indices into what `encode` returned.
  const std::vector<std::size_t>& gaps() const { return gaps_; }

  Scalar rounded(double scaled, std::size_t row, const std::string& name, double raw) const {
    if (std::abs(scaled) > static_cast<double>(std::numeric_limits<Scalar>::max()) || std::isnan(scaled)) {
      fail_rounding(scaled, row, name, raw);
    }
    return static_cast<Scalar>(scaled);
  }

 private:
  // Apart, as each call of `rounded` would protect the stack for the strings of an error.
  [[noreturn]] void fail_rounding(double scaled, std::size_t row, const std::string& name, double raw) const {
    const std::string wanted =
        std::isfinite(scaled)
            ? "; wanted a number that single precision can hold (scale the column, or train in double)"
            : ", whose scaled value is not finite";
    table_.fail(row, name, "found " + to_text(raw) + wanted);
  }

  struct Input {
    const TableColumn* column;
    std::size_t first;  // of its inputs
    bool has_indicator;
    bool is_scaled = false;
  };

  void encode(const Input& input) {
    const TableColumn& column = *input.column;
    if (column.kind == Kind::number && !input.has_indicator) return write(input.first, column.numbers[row_]);
    std::size_t k = input.first;
    bool is_gap = false;
    if (column.kind == Kind::category) {
      is_gap = column.codes[row_] == TableColumn::gap;
      k = encode_category(input, is_gap && column.column.missing != "category");
    } else {
      const double x = column.numbers[row_];
      is_gap = std::isnan(x);
      if (column.kind == Kind::number) write(k++, x);
      for (std::size_t part = 0; part < column.column.parts.size(); ++part) {
        write(k++, is_gap ? x : time_part(column.column.parts[part], x));
      }
    }
    if (input.has_indicator) write(k, is_gap ? 1 : 0);
  }

  // The samples are 0 at first, so that most often a 1 is all there is to write.
  std::size_t encode_category(const Input& input, bool is_unknown) {
    const std::int32_t code = input.column->codes[row_];
    const std::size_t end = input.first + input.column->column.categories.size();
    if (!is_unknown && !input.is_scaled) {
      if (code >= 0) sample_[input.first + static_cast<std::size_t>(code)] = 1;
      return end;
    }
    for (std::size_t k = input.first; k < end; ++k) {
      const bool is_it = code >= 0 && k == input.first + static_cast<std::size_t>(code);
      write(k, is_unknown ? TableColumn::no_number : is_it ? 1.0 : 0.0);
    }
    return end;
  }

  // Input k of the sample, filled and scaled.
  void write(std::size_t k, double raw) {
    if (std::isnan(raw)) {
      if (fit_.imputed_values.empty()) return row_gaps_.push_back(k);
      raw = fit_.imputed_values[k];
    }
    sample_[k] = rounded(is_scaled_[k] ? scalings_[k].apply(raw) : raw, row_, names_[k], raw);
  }

  const Table& table_;
  const DataFit& fit_;
  std::vector<Input> inputs_;
  std::vector<ColumnScaling> scalings_;
  std::vector<char> is_scaled_;  // not of bool: bits are slow for each cell
  Strings names_;
  std::size_t row_ = 0;       // of the sample that is written
  Scalar* sample_ = nullptr;  // where
  std::vector<std::size_t> row_gaps_;
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
Dataset<Scalar> Table::dataset(const DataFit& fit) const {
  return dataset<Scalar>(all_rows(*this), fit);
}

template <typename Scalar>
Buffer<Scalar> Table::inputs(const DataFit& fit) const {
  Encoder<Scalar> encoder(*this, fit);
  Buffer<Scalar> inputs = encoder.encode(all_rows(*this));
  for (const std::size_t gap : encoder.gaps()) inputs.data()[gap] = static_cast<Scalar>(TableColumn::no_number);
  return inputs;
}

template HINGE_API Dataset<float> Table::dataset<float>(std::span<const std::size_t>, const DataFit&) const;
template HINGE_API Dataset<double> Table::dataset<double>(std::span<const std::size_t>, const DataFit&) const;
template HINGE_API Dataset<float> Table::dataset<float>(const DataFit&) const;
template HINGE_API Dataset<double> Table::dataset<double>(const DataFit&) const;
template HINGE_API Buffer<float> Table::inputs<float>(const DataFit&) const;
template HINGE_API Buffer<double> Table::inputs<double>(const DataFit&) const;

}  // namespace hinge
