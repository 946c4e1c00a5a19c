// From cells to a data set: which columns, what kind of each, and the numbers.
#include <hinge/data/csv.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/csv_table.h>

namespace hinge {

namespace {

// The input that is 1 where the column holds that text.
std::string input_name(std::string_view column, std::string_view category) {
  std::string name(column);
  name += '=';
  name += category;
  return name;
}

using detail::quoted;
using detail::trimmed;
using Strings = std::vector<std::string>;

constexpr std::size_t max_categories = 1000;  // a column with more is a name, a date, an identifier

// "; did you mean "width"? (known: width, height)", or less where the names are many.
std::string names_hint(std::string_view wanted, std::span<const std::string> names) {
  constexpr std::size_t max_listed = 20;
  Strings safe;
  for (const std::string& name : names) safe.push_back(printable(name));
  if (names.size() <= max_listed) return suggestion(wanted, safe);
  const std::string guess = nearest(wanted, safe);
  return guess.empty() ? "" : "; did you mean \"" + guess + "\"?";
}

// Texts, numbered in the order in which they are added.
class Labels {
 public:
  std::size_t size() const { return texts_.size(); }
  const Strings& texts() const { return texts_; }

  std::int32_t add(std::string_view text) {
    texts_.emplace_back(text);
    return indices_.emplace(text, static_cast<std::int32_t>(texts_.size() - 1)).first->second;
  }

  std::optional<std::int32_t> find(std::string_view text) const {
    const auto found = indices_.find(text);
    return found == indices_.end() ? std::nullopt : std::optional(found->second);
  }

  // Puts the texts into this order. Element i of the result is the new number of what had the number i.
  std::vector<std::int32_t> reorder(Strings texts) {
    std::vector<std::int32_t> renumbered(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto number = static_cast<std::int32_t>(i);
      renumbered[static_cast<std::size_t>(std::exchange(indices_.find(texts[i])->second, number))] = number;
    }
    texts_ = std::move(texts);
    return renumbered;
  }

 private:
  Strings texts_;
  std::map<std::string, std::int32_t, std::less<>> indices_;
};

enum class Kind { unknown, number, text };

struct Feature {
  std::size_t column = 0;
  Kind kind = Kind::number;  // unknown until the first value is seen
  Labels categories = {};    // of a text

  std::size_t width() const { return kind == Kind::text ? categories.size() : 1; }
};

// What to do with which column.
struct Plan {
  bool learns = false;  // kinds, categories and classes, from this table; otherwise they are given
  std::vector<Feature> features = {};
  std::vector<std::size_t> targets = {};
  Task task = Task::regression;
  Labels classes = {};
  Missing missing = Missing::error;
  std::string instead_of_text = {};  // what is wanted where a column of numbers holds a text
};

std::size_t column_called(const CsvTable& table, const std::string& name, const std::string& wanted) {
  if (const auto column = table.find(name)) return *column;
  const std::size_t count = table.names().size();
  table.fail(table.header_line(), "found " + std::to_string(count) + (count == 1 ? " column" : " columns") +
                                      ", none called " + quoted(name) + "; wanted " + wanted +
                                      names_hint(name, table.names()) + table.header_hint());
}

// Two lists of which only one may be given, and names given twice.
void check_options(const CsvOptions& options) {
  const auto refuse = [](const std::string& reason) { throw ConfigError("csv: " + reason); };
  if (!options.target.empty() && !options.targets.empty()) refuse("target and targets are both given; wanted one");
  if (!options.features.empty() && !options.ignore.empty()) {
    refuse("features and ignore are both given; wanted the columns to take or those to leave out");
  }
  if (options.task == Task::classification && options.targets.size() > 1) {
    refuse("targets names " + std::to_string(options.targets.size()) + " columns; classification has one target");
  }
  for (const Strings* names : {&options.targets, &options.features, &options.ignore}) {
    Strings sorted = *names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) refuse("the column " + quoted(*twice) + " is named twice in one list");
  }
}

std::vector<std::size_t> choose_targets(const CsvTable& table, const CsvOptions& options) {
  if (options.target.empty() && options.targets.empty()) return {table.names().size() - 1};
  if (options.targets.empty()) return {column_called(table, options.target, "the name of the target column")};
  std::vector<std::size_t> targets;
  for (const std::string& name : options.targets) {
    targets.push_back(column_called(table, name, "the name of a target column"));
  }
  return targets;
}

std::vector<std::size_t> choose_features(const CsvTable& table, const CsvOptions& options,
                                         const std::vector<std::size_t>& targets) {
  std::vector<bool> is_target(table.names().size());
  for (const std::size_t column : targets) is_target[column] = true;
  const auto named = [&](const std::string& name, const std::string& list) {
    const std::size_t column = column_called(table, name, "the name of a column for \"" + list + "\"");
    if (!is_target[column]) return column;
    throw ConfigError("csv: " + list + " names the column " + quoted(name) +
                      ", which is a target (the last column is, unless one is named)");
  };
  std::vector<std::size_t> features;
  for (const std::string& name : options.features) features.push_back(named(name, "features"));
  if (!features.empty()) return features;
  std::vector<bool> is_left_out = is_target;
  for (const std::string& name : options.ignore) is_left_out[named(name, "ignore")] = true;
  for (std::size_t column = 0; column < is_left_out.size(); ++column) {
    if (!is_left_out[column]) features.push_back(column);
  }
  return features;
}

// Whether the features' names are numbers, but do not just count the columns: then the first row is a sample.
bool looks_like_sample(const CsvTable& table, const std::vector<std::size_t>& features) {
  double previous = 0;
  bool counts = true;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto number = parse_double(table.names()[features[i]]);
    if (!number) return false;
    counts = counts && *number == std::floor(*number) && (i == 0 || *number == previous + 1);
    previous = *number;
  }
  return !counts || features.size() == 1;
}

Plan plan_by_options(const CsvTable& table, const CsvOptions& options) {
  if (table.names().size() == 1) {
    table.fail(table.header_line(), "found one column, " + quoted(table.names()[0]) +
                                        "; wanted at least a feature and a target" + table.header_hint());
  }
  Plan plan{.learns = true,
            .targets = choose_targets(table, options),
            .task = options.task,
            .missing = options.missing,
            .instead_of_text = "a number"};
  const std::vector<std::size_t> features = choose_features(table, options, plan.targets);
  if (features.empty()) {
    table.fail(table.header_line(), "found no column left to learn from; wanted at least one feature");
  }
  if (looks_like_sample(table, features)) {
    table.fail(table.header_line(),
               "found numbers where the names of the features should be; wanted a header (add a first line with a "
               "name for each column)");
  }
  const bool encodes = options.encode == Encode::onehot;
  for (const std::size_t column : features) {
    plan.features.push_back({.column = column, .kind = encodes ? Kind::unknown : Kind::number});
  }
  plan.instead_of_text += encodes ? ", as in the rows above (a column holds numbers or texts, not both)"
                                  : " (encode: onehot makes inputs of a column of texts; else leave it out, or name it "
                                    "as the target if it is)";
  return plan;
}

// The columns behind inputs of these names: `width` is a column; `colour=red` is one too, or else a category of `colour`.
std::vector<Feature> features_called(const CsvTable& table, std::span<const std::string> names) {
  std::vector<Feature> features;
  for (const std::string& name : names) {
    const std::string text_name = name.substr(0, name.find('='));
    if (table.find(name) || !table.find(text_name)) {
      features.push_back({.column = column_called(table, name, "a column for every input of the network")});
      continue;
    }
    const std::size_t column = table.find(text_name).value();
    const bool goes_on = !features.empty() && features.back().kind == Kind::text && features.back().column == column;
    if (!goes_on) features.push_back({.column = column, .kind = Kind::text});
    features.back().categories.add(name.substr(text_name.size() + 1));
  }
  return features;
}

Plan plan_by_names(const CsvTable& table, const DatasetNames& names, const CsvOptions& options) {
  if (names.features.empty()) throw ConfigError("csv: found no names of features; wanted one for each input");
  Plan plan{.features = features_called(table, names.features),
            .missing = options.missing,
            .instead_of_text = "a number, as in the training data"};
  for (const std::string& name : names.targets) {
    plan.targets.push_back(column_called(table, name, "the name of a target column"));
    const auto reads_target = [&](const Feature& feature) { return feature.column == plan.targets.back(); };
    if (std::any_of(plan.features.begin(), plan.features.end(), reads_target)) {
      throw ConfigError("csv: the column " + quoted(name) + " is a feature and a target; wanted one of the two");
    }
  }
  if (!names.classes.empty()) plan.task = Task::classification;
  for (const std::string& name : names.classes) plan.classes.add(name);
  return plan;
}

std::optional<std::string> decimal_comma(std::string_view text) {
  std::string with_point(text);
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  if (with_point == text || !parse_double(with_point)) return std::nullopt;
  return "a decimal point in place of the decimal comma, " + quoted(with_point);
}

// Reads the rows as a plan says, and learns what it leaves open: kinds, categories, classes.
template <typename Scalar>
class Rows {
 public:
  Rows(CsvTable& table, Plan plan) : table_(table), plan_(std::move(plan)) {}

  void read() {
    while (table_.next()) {
      if (plan_.missing == Missing::drop && has_gap()) {
        report_.dropped.push_back(table_.line());
        continue;
      }
      for (std::size_t f = 0; f < plan_.features.size(); ++f) read_feature(f);
      for (const std::size_t column : plan_.targets) read_target(column);
      report_.lines.push_back(table_.line());
    }
    check_rows();
    if (plan_.learns) settle();
  }

  Dataset<Scalar> dataset() {
    DatasetNames names{.features = input_names(), .classes = plan_.classes.texts()};
    for (const std::size_t column : plan_.targets) names.targets.push_back(table_.names()[column]);
    auto data =
        plan_.task == Task::classification
            ? Dataset<Scalar>::classification(inputs_without_gaps(), input_count(), std::move(classes_), names)
            : Dataset<Scalar>::regression(inputs_without_gaps(), input_count(), values(), names.targets.size(), names);
    mark_gaps(data.inputs());
    return data;
  }

  CsvInputs<Scalar> inputs() const {
    CsvInputs<Scalar> result{.values = inputs_without_gaps(), .features = input_count(), .report = report()};
    mark_gaps(result.view());
    return result;
  }

  CsvReport report() const {
    CsvReport report = report_;
    std::vector<bool> is_used(table_.names().size());
    for (const Feature& feature : plan_.features) is_used[feature.column] = true;
    for (const std::size_t column : plan_.targets) is_used[column] = true;
    for (std::size_t column = 0; column < is_used.size(); ++column) {
      if (!is_used[column]) report.unused.push_back(table_.names()[column]);
    }
    report.gaps = gaps_.size();
    return report;
  }

 private:
  struct Gap {
    std::size_t sample;
    std::size_t feature;
  };

  const CsvCell& cell(std::size_t column) const { return table_.cells()[column]; }

  bool has_gap() const {
    const auto is_gap = [&](std::size_t column) { return cell(column).is_gap(); };
    return std::any_of(plan_.targets.begin(), plan_.targets.end(), is_gap) ||
           std::any_of(plan_.features.begin(), plan_.features.end(), [&](const auto& f) { return is_gap(f.column); });
  }

  void read_feature(std::size_t f) {
    Feature& feature = plan_.features[f];
    if (feature.kind != Kind::text) {
      if (const auto number = number_in(feature.column)) {
        feature.kind = Kind::number;
        numbers_.push_back(*number);
        return;
      }
    }
    if (plan_.missing == Missing::keep && cell(feature.column).is_gap()) {
      gaps_.push_back({report_.lines.size(), f});
      numbers_.push_back(0);
      return;
    }
    numbers_.push_back(static_cast<Scalar>(category_in(feature)));
  }

  // The number in a cell, or nothing when it holds none.
  std::optional<Scalar> number_in(std::size_t column) const {
    const CsvCell& cell = this->cell(column);
    const auto value = parse_double(cell.quoted ? trimmed(cell.text) : cell.text);
    if (!value) return std::nullopt;
    if (std::abs(*value) > static_cast<double>(std::numeric_limits<Scalar>::max())) {
      table_.fail_cell(column, "a number that single precision can hold (scale the column, or train in double)");
    }
    return static_cast<Scalar>(*value);
  }

  std::int32_t category_in(Feature& feature) const {
    const std::string_view text = cell(feature.column).text;
    if (feature.kind == Kind::number || cell(feature.column).is_gap()) fail_feature(feature);
    if (const auto known = feature.categories.find(text)) return *known;
    if (!plan_.learns) {
      table_.fail_cell(feature.column,
                       "a category of the training data" + names_hint(text, feature.categories.texts()));
    }
    feature.kind = Kind::text;
    if (parse_double(trimmed(text)) || decimal_comma(trimmed(text))) fail_feature(feature);
    if (feature.categories.size() == max_categories) {
      table_.fail_cell(feature.column, "one of the " + std::to_string(max_categories) +
                                           " categories above, the most there may be (a name, a date, an identifier? "
                                           "leave the column out)");
    }
    return feature.categories.add(text);
  }

  // A cell that is neither a number, nor a text in a column of texts.
  [[noreturn]] void fail_feature(const Feature& feature) const {
    const bool wants_text = feature.kind == Kind::text;
    std::string wanted =
        wants_text ? "a text, as in the rows above (a column holds numbers or texts, not both)" : plan_.instead_of_text;
    if (cell(feature.column).is_gap()) {
      wanted = std::string(wants_text ? "a text" : "a number") +
               (!plan_.targets.empty() ? " (fill gaps; or missing: drop leaves such rows out, missing: mean fills them)"
                                       : " (fill gaps; a model that was trained with missing: mean fills them itself)");
    } else if (const auto comma = decimal_comma(trimmed(cell(feature.column).text))) {
      wanted = *comma;
    }
    table_.fail_cell(feature.column, wanted);
  }

  void read_target(std::size_t column) {
    const CsvCell& cell = this->cell(column);
    const std::string rows_without = " (leave rows without one out; missing: drop does)";
    if (plan_.task == Task::regression) {
      const auto number = number_in(column);
      if (!number) table_.fail_cell(column, "a number" + (cell.is_gap() ? rows_without : text_target_hint(cell)));
      values_.push_back(*number);
      return;
    }
    if (cell.is_gap()) table_.fail_cell(column, "a class label" + rows_without);
    classes_.push_back(class_of(column));
  }

  static std::string text_target_hint(const CsvCell& cell) {
    if (const auto comma = decimal_comma(trimmed(cell.text))) return " with " + *comma;
    return " (are these class labels? then the task is classification)";
  }

  std::int32_t class_of(std::size_t column) {
    const std::string_view label = cell(column).text;
    if (const auto known = plan_.classes.find(label)) return *known;
    if (plan_.learns) return plan_.classes.add(label);
    table_.fail_cell(column, "a class of the training data" + names_hint(label, plan_.classes.texts()));
  }

  void check_rows() const {
    if (!report_.lines.empty()) return;
    if (report_.dropped.empty()) table_.fail_file("found a header but no rows; wanted at least one row");
    table_.fail_file("found a gap in every row, so that missing: drop leaves none; wanted at least one whole row");
  }

  // Once all rows are read: sorts what was learned from them.
  void settle() {
    std::vector<std::size_t> gaps(plan_.features.size());
    for (const Gap& gap : gaps_) ++gaps[gap.feature];
    for (std::size_t f = 0; f < gaps.size(); ++f) {
      if (gaps[f] == report_.lines.size()) {
        table_.fail_file("column " + column_name(plan_.features[f].column) +
                         ": found no value in any row; wanted at least one (leave the column out)");
      }
      if (plan_.features[f].kind == Kind::text) sort_categories(f);
    }
    if (plan_.task == Task::classification) sort_classes();
  }

  std::string column_name(std::size_t column) const { return quoted(table_.names()[column]); }

  void sort_categories(std::size_t f) {
    Feature& feature = plan_.features[f];
    Strings sorted = feature.categories.texts();
    std::sort(sorted.begin(), sorted.end());
    const std::vector<std::int32_t> renumbered = feature.categories.reorder(std::move(sorted));
    for (std::size_t i = f; i < numbers_.size(); i += plan_.features.size()) {
      numbers_[i] = static_cast<Scalar>(renumbered[static_cast<std::size_t>(numbers_[i])]);
    }
    check_input_names(feature);
  }

  // The names of the inputs must lead back to the column.
  void check_input_names(const Feature& feature) const {
    const std::string& name = table_.names()[feature.column];
    if (name.find('=') != std::string::npos) {
      table_.fail(table_.header_line(),
                  "found the name " + quoted(name) + " of a column of texts; wanted one without =");
    }
    for (const std::string& category : feature.categories.texts()) {
      const std::string input = input_name(name, category);
      if (!table_.find(input)) continue;
      table_.fail(table_.header_line(), "found the column " + quoted(input) + ", which is also the " +
                                            "input for a category of " + quoted(name) + "; wanted another name for it");
    }
  }

  void sort_classes() {
    Strings sorted = plan_.classes.texts();
    if (sorted.size() < 2) {
      table_.fail_file("column " + column_name(plan_.targets[0]) + ": found only the class " + quoted(sorted[0]) +
                       "; wanted at least two (is this the target column?)");
    }
    check_header(sorted);
    std::sort(sorted.begin(), sorted.end());
    sort_numbers(sorted);
    const std::vector<std::int32_t> renumbered = plan_.classes.reorder(std::move(sorted));
    for (std::int32_t& index : classes_) index = renumbered[static_cast<std::size_t>(index)];
  }

  // A first sample in place of the header would be lost without a word: its label is one of the classes then.
  void check_header(const Strings& classes) const {
    const auto name = [&](std::size_t column) -> const std::string& { return table_.names()[column]; };
    const std::string& target = name(plan_.targets[0]);
    if (std::find(classes.begin(), classes.end(), target) == classes.end()) return;
    for (const Feature& feature : plan_.features) {
      if (!parse_double(name(feature.column))) continue;
      table_.fail(table_.header_line(), "found the name " + quoted(target) + " of the target among its classes, and " +
                                            column_name(feature.column) +
                                            " as the name of a feature: this line looks like a sample; wanted a header "
                                            "(add a first line with a name for each column)");
    }
  }

  // By value if every label is a number; otherwise the labels stay in the order of their bytes.
  void sort_numbers(Strings& labels) const {
    std::vector<std::pair<double, std::string>> numbers;
    for (const std::string& label : labels) {
      const auto value = parse_double(label);
      if (!value) return;
      numbers.emplace_back(*value, label);
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      labels[i] = numbers[i].second;
      if (i == 0 || numbers[i].first != numbers[i - 1].first) continue;
      table_.fail_file("column " + column_name(plan_.targets[0]) + ": found the labels " + quoted(labels[i - 1]) +
                       " and " + quoted(labels[i]) + ", the same number; wanted one spelling for each class");
    }
  }

  std::size_t input_count() const {
    std::size_t count = 0;
    for (const Feature& feature : plan_.features) count += feature.width();
    return count;
  }

  Strings input_names() const {
    Strings names;
    for (const Feature& feature : plan_.features) {
      const std::string& name = table_.names()[feature.column];
      if (feature.kind == Kind::number) names.push_back(name);
      for (const std::string& category : feature.categories.texts()) names.push_back(input_name(name, category));
    }
    return names;
  }

  // Sample after sample, with some number in the place of a gap.
  Buffer<Scalar> inputs_without_gaps() const {
    Buffer<Scalar> inputs(input_count() * report_.lines.size());
    const Scalar* from = numbers_.data();
    Scalar* to = inputs.data();
    for (std::size_t sample = 0; sample < report_.lines.size(); ++sample) {
      for (const Feature& feature : plan_.features) {
        if (feature.kind == Kind::number) {
          *to = *from;
        } else {
          to[static_cast<std::size_t>(*from)] = 1;
        }
        to += feature.width();
        ++from;
      }
    }
    return inputs;
  }

  Buffer<Scalar> values() const {
    Buffer<Scalar> values(values_.size());
    std::copy(values_.begin(), values_.end(), values.data());
    return values;
  }

  void mark_gaps(MatrixView<Scalar> inputs) const {
    std::vector<std::size_t> first(plan_.features.size() + 1);
    for (std::size_t f = 0; f < plan_.features.size(); ++f) first[f + 1] = first[f] + plan_.features[f].width();
    for (const Gap& gap : gaps_) {
      for (std::size_t row = first[gap.feature]; row < first[gap.feature + 1]; ++row) {
        inputs(row, gap.sample) = std::numeric_limits<Scalar>::quiet_NaN();
      }
    }
  }

  CsvTable& table_;
  Plan plan_;
  CsvReport report_;
  std::vector<Gap> gaps_;
  std::vector<Scalar> numbers_;  // of each sample a number for each feature: itself, or that of its category
  std::vector<Scalar> values_;
  std::vector<std::int32_t> classes_;
};

template <typename Scalar>
Dataset<Scalar> read_dataset(CsvTable& table, Plan plan, CsvReport* report) {
  Rows<Scalar> rows(table, std::move(plan));
  rows.read();
  if (report != nullptr) *report = rows.report();
  return rows.dataset();
}

}  // namespace

char delimiter_named(const std::string& name) {
  if (name == "tab" || name == "\t") return '\t';
  if (name == "," || name == ";" || name == "|") return name.front();
  throw ConfigError("delimiter: found \"" + printable(name) + "\"; wanted , ; | or tab");
}

template <typename Scalar>
Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options, CsvReport* report) {
  check_options(options);
  CsvTable table(text, name, options.delimiter);
  return read_dataset<Scalar>(table, plan_by_options(table, options), report);
}

template <typename Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options, CsvReport* report) {
  return parse_csv<Scalar>(read_file(path), path, options, report);
}

template <typename Scalar>
Dataset<Scalar> parse_csv_like(std::string_view text, std::string_view name, const DatasetNames& names,
                               const CsvOptions& options, CsvReport* report) {
  if (names.targets.empty()) throw ConfigError("csv: found no names of targets; wanted those of the first data set");
  CsvTable table(text, name, options.delimiter);
  return read_dataset<Scalar>(table, plan_by_names(table, names, options), report);
}

template <typename Scalar>
Dataset<Scalar> read_csv_like(const std::string& path, const DatasetNames& names, const CsvOptions& options,
                              CsvReport* report) {
  return parse_csv_like<Scalar>(read_file(path), path, names, options, report);
}

template <typename Scalar>
CsvInputs<Scalar> parse_csv_inputs(std::string_view text, std::string_view name,
                                   std::span<const std::string> feature_names, const CsvOptions& options) {
  CsvTable table(text, name, options.delimiter);
  const DatasetNames names{.features = {feature_names.begin(), feature_names.end()}};
  Rows<Scalar> rows(table, plan_by_names(table, names, options));
  rows.read();
  return rows.inputs();
}

template <typename Scalar>
CsvInputs<Scalar> read_csv_inputs(const std::string& path, std::span<const std::string> feature_names,
                                  const CsvOptions& options) {
  return parse_csv_inputs<Scalar>(read_file(path), path, feature_names, options);
}

template Dataset<float> read_csv<float>(const std::string&, const CsvOptions&, CsvReport*);
template Dataset<double> read_csv<double>(const std::string&, const CsvOptions&, CsvReport*);
template Dataset<float> parse_csv<float>(std::string_view, std::string_view, const CsvOptions&, CsvReport*);
template Dataset<double> parse_csv<double>(std::string_view, std::string_view, const CsvOptions&, CsvReport*);
template Dataset<float> read_csv_like<float>(const std::string&, const DatasetNames&, const CsvOptions&, CsvReport*);
template Dataset<double> read_csv_like<double>(const std::string&, const DatasetNames&, const CsvOptions&, CsvReport*);
template Dataset<float> parse_csv_like<float>(std::string_view, std::string_view, const DatasetNames&,
                                              const CsvOptions&, CsvReport*);
template Dataset<double> parse_csv_like<double>(std::string_view, std::string_view, const DatasetNames&,
                                                const CsvOptions&, CsvReport*);
template CsvInputs<float> read_csv_inputs<float>(const std::string&, std::span<const std::string>, const CsvOptions&);
template CsvInputs<double> read_csv_inputs<double>(const std::string&, std::span<const std::string>, const CsvOptions&);
template CsvInputs<float> parse_csv_inputs<float>(std::string_view, std::string_view, std::span<const std::string>,
                                                  const CsvOptions&);
template CsvInputs<double> parse_csv_inputs<double>(std::string_view, std::string_view, std::span<const std::string>,
                                                    const CsvOptions&);

}  // namespace hinge
