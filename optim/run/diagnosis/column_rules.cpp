// Rules about the columns of the inputs.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include <hinge/core/text.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/diagnosis/data_sample.h>

namespace hinge {

namespace {

// What one rule has found in one column.
struct ColumnHit {
  std::string column = {};
  std::string text = {};
  bool is_certain = true;
  std::string token = {};  // of a sentinel
  std::string key = {};    // instead of the rule's
};

using Hits = std::vector<ColumnHit>;
using HitOf = std::optional<ColumnHit> (*)(const SampledColumn&, const DataSample&);
using CureOf = std::vector<std::string> (*)(const DataSample&, const Hits&);

struct ColumnRule {
  const char* name;
  const char* key;
  HitOf look;
  CureOf cure;
};

using NamedPart = std::pair<const char*, const Dataset<float>*>;

std::vector<NamedPart> judging_parts(const DataParts& parts) {
  std::vector<NamedPart> named;
  if (parts.validation) named.emplace_back("validation", &*parts.validation);
  if (parts.test) named.emplace_back("test", &*parts.test);
  return named;
}

// The values of a column in another part, from evenly spread rows.
std::vector<double> values_elsewhere(const Dataset<float>& part, std::size_t feature, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<double>(part.inputs()(feature, i * part.size() / count)));
  }
  return values;
}

// ---------------------------------------------------------------- sentinels: -999 for a missing value

// A value that stands three times is no accident of continuous numbers.
constexpr std::size_t sentinel_repeats = 3;
// How far it is from all others, in widths of the middle 90 % of them: one for the usual codes, whose digits are all 9;
// ten for any other number (a normal sample of a million reaches 1.0 beyond that middle, a lognormal one of 1,000 some 5).
constexpr double sentinel_gap = 1;
constexpr double odd_value_gap = 10;
constexpr std::size_t sentinel_others = 20;

// The number as a table writes it; single precision and scaling leave whole ones whole to within some 1e-6.
std::string text_in_table(double raw) {
  const double whole = std::round(raw);
  const bool is_whole = std::abs(raw - whole) < 1e-5 * std::max(1.0, std::abs(raw)) && std::abs(raw) < 1e15;
  return is_whole ? std::to_string(static_cast<long long>(whole)) : to_text(raw, 6);
}

bool is_all_nines(double raw) {
  const std::string digits = text_in_table(std::abs(raw));
  return digits.size() >= 2 && digits.find_first_not_of('9') == std::string::npos;
}

// The value that stands at one end of the column, the nearest of the others, and their places [first, last) in the order.
std::optional<ColumnHit> sentinel_at(const SampledColumn& column, double value, std::size_t repeats, double nearest,
                                     std::size_t first, std::size_t last) {
  if (repeats < sentinel_repeats || last - first < sentinel_others) return std::nullopt;
  const std::size_t tail = (last - first) / 20;
  const double width = column.raw(column.at(last - 1 - tail)) - column.raw(column.at(first + tail));
  const double raw = column.raw(value);
  const double wanted = is_all_nines(raw) ? sentinel_gap : odd_value_gap;
  if (width <= 0 || std::abs(raw - column.raw(nearest)) < wanted * width) return std::nullopt;
  const double share = static_cast<double>(repeats) / static_cast<double>(column.order.size());
  const std::string token = text_in_table(raw);
  return ColumnHit{.column = column.name,
                   .text = "column " + in_quotes(column.name) + ": the single value " + token + " stands " +
                           std::to_string(repeats) + " times (" + percent_text(share) + "), far from all others (" +
                           to_text(column.raw(column.at(first)), 4) + " to " +
                           to_text(column.raw(column.at(last - 1)), 4) +
                           "): it looks like a code for missing values, which the network takes for numbers",
                   .is_certain = column.scaling.method != ColumnScaling::Method::robust,
                   .token = token};
}

std::optional<ColumnHit> sentinel_in(const SampledColumn& column, const DataSample&) {
  const std::size_t count = column.order.size();
  std::size_t low = 0;
  while (low < count && column.at(low) == column.smallest()) ++low;
  std::size_t high = count;
  while (high > low && column.at(high - 1) == column.largest()) --high;
  if (high <= low) return std::nullopt;
  auto hit = sentinel_at(column, column.largest(), count - high, column.at(high - 1), 0, high);
  return hit ? hit : sentinel_at(column, column.smallest(), low, column.at(low), low, count);
}

bool is_plain_key(const std::string& name) { return name.find_first_of(".[]=\"'") == std::string::npos; }

std::vector<std::string> read_as_gaps(const DataSample& sample, const Hits& hits) {
  std::vector<std::string> overrides;
  if (sample.parts.columns.size() == 0) return {};
  for (const ColumnHit& hit : hits) {
    if (!is_plain_key(hit.column)) continue;
    overrides.push_back("data.columns." + hit.column + ".tokens=[\"" + hit.token + "\"]");
    overrides.push_back("data.columns." + hit.column + ".missing=median");
  }
  return overrides;
}

// ---------------------------------------------------------------- values far out

// Where scaling leaves the middle 90 % of the values (normal: 3.3 deviations; lognormal σ = 1: 2.3; σ = 2: 0.5).
constexpr double squeezed_standard = 0.1;
// Of the range [0, 1]; a normal sample of 1,000 fills a half, a lognormal one a fifth.
constexpr double squeezed_minmax = 0.02;
// The range in widths of the middle 90 %: a lognormal sample (σ = 1.5) of 1,000 has 9.
constexpr double odd_range = 20;
constexpr std::size_t outlier_rows = 50;  // fewer have no middle 90 % to speak of

std::optional<ColumnHit> outlier_in(const SampledColumn& column, const DataSample& sample) {
  const double width = column.width();
  const double range = column.largest() - column.smallest();
  if (column.seen.size() < outlier_rows || width <= 0 || range < odd_range * width) return std::nullopt;
  const std::string preprocess = option_at(sample.tree, "data.preprocess").text;
  const bool is_squeezed =
      (preprocess == "minmax" && width < squeezed_minmax) || (preprocess == "standard" && width < squeezed_standard);
  const double middle = column.value_above(0.5);
  const double farthest = column.largest() - middle > middle - column.smallest() ? column.largest() : column.smallest();
  return ColumnHit{
      .column = column.name,
      .text = "column " + in_quotes(column.name) + ": an outlier, " + to_text(column.raw(farthest), 4) +
              ", far from the others (90 % lie between " + to_text(column.raw(column.value_above(0.05)), 4) + " and " +
              to_text(column.raw(column.value_above(0.95)), 4) +
              (is_squeezed ? "), squeezes them into " + to_text(width, 2) + " of what the network sees" : ")"),
      .is_certain = is_squeezed};
}

// The key that scales a column: its own, where it has one.
std::string preprocess_key(const DataSample& sample, const std::string& column) {
  const JsonValue* own = option_at(sample.tree, "data.columns").find(column);
  const std::string word = own == nullptr ? "" : option_at(*own, "preprocess").text;
  return word.empty() || word == "auto" || !is_plain_key(column) ? "data.preprocess"
                                                                 : "data.columns." + column + ".preprocess";
}

std::vector<std::string> scale_robustly(const DataSample& sample, const Hits& hits) {
  std::vector<std::string> overrides;
  for (const ColumnHit& hit : hits) {
    std::string text = preprocess_key(sample, hit.column) + "=robust";
    if (std::find(overrides.begin(), overrides.end(), text) == overrides.end()) overrides.push_back(std::move(text));
  }
  return overrides;
}

// ---------------------------------------------------------------- ids

// Row numbers and numbers given one after the other lie on a line over the rows.
constexpr double id_line = 0.999;
constexpr std::size_t id_rows = 20;
// Beside inputs of size 1 such a column drowns the others.
constexpr double id_size = 20;

std::optional<ColumnHit> id_in(const SampledColumn& column, const DataSample& sample) {
  if (sample.features() < 2 || column.seen.size() < id_rows) return std::nullopt;
  const double rounding = 1e-6 * (std::abs(column.scaling.offset) + 4 * std::abs(column.scaling.divisor));
  std::vector<double> raw;
  std::vector<double> places;
  for (std::size_t i = 0; i < column.seen.size(); ++i) {
    raw.push_back(column.raw(static_cast<double>(column.seen[i])));
    places.push_back(static_cast<double>(sample.rows[i]));
    const double whole = std::round(raw[i]);
    if (std::abs(raw[i] - whole) > std::max(rounding, 1e-6 * std::abs(whole))) return std::nullopt;
    if (i > 0 && raw[i] - raw[i - 1] < 0.5) return std::nullopt;
  }
  if (correlation(raw, places) < id_line) return std::nullopt;
  return ColumnHit{.column = column.name,
                   .text = "column " + in_quotes(column.name) + " counts the rows, from " +
                           to_text(std::round(raw.front())) + " to " + to_text(std::round(raw.back())) +
                           ": an id or a row number tells nothing about another sample",
                   .is_certain = std::max(std::abs(column.smallest()), std::abs(column.largest())) > id_size};
}

// Beside `features`, which may say the order of a run's inputs, no `ignore` may stand.
std::vector<std::string> ignore_columns(const DataSample& sample, const Hits& hits) {
  JsonValue features = option_at(sample.tree, "data.features");
  if (!features.elements.empty()) {
    std::erase_if(features.elements, [&](const JsonValue& name) {
      return std::any_of(hits.begin(), hits.end(), [&](const ColumnHit& hit) { return hit.column == name.text; });
    });
    return {"data.features=" + to_json_line(features)};
  }
  const JsonValue& ignored = option_at(sample.tree, "data.ignore");
  if (ignored.kind != JsonValue::Kind::array) return {};
  JsonValue list = ignored;
  for (const ColumnHit& hit : hits) list.elements.emplace_back(hit.column);
  return {"data.ignore=" + to_json_line(list)};
}

// ---------------------------------------------------------------- leaks

// A column alone that is right for 98 % of the samples, or is a line of the target, does what a whole network would.
constexpr double leak_agreement = 0.98;
constexpr double leak_correlation = 0.99;
// And with rare classes it is ten times better than chance.
constexpr double leak_error = 0.1;
// If it fails in another part, it is no law of the data: there it would have to be nearly as right.
constexpr double leak_elsewhere = 0.9;
constexpr std::size_t leak_rows = 50;

// Whether the sample beside this one in the order, the nearer one, has its class.
bool agrees_with_neighbour(const SampledColumn& column, const DataSample& sample, std::size_t place) {
  const std::size_t last = column.order.size() - 1;
  const bool is_left = place == last || (place > 0 && column.at(place) - column.at(place - 1) <=
                                                          column.at(place + 1) - column.at(place));
  return sample.classes[column.order[place]] == sample.classes[column.order[is_left ? place - 1 : place + 1]];
}

double agreement_within(const SampledColumn& column, const DataSample& sample) {
  std::size_t right = 0;
  for (std::size_t place = 0; place < column.order.size(); ++place) {
    if (agrees_with_neighbour(column, sample, place)) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(column.order.size());
}

// The same for the samples of another part, whose neighbours are training samples.
double agreement_elsewhere(const SampledColumn& column, const DataSample& sample, const Dataset<float>& part) {
  const std::size_t count = std::min<std::size_t>(part.size(), 1000);
  const std::vector<double> values = values_elsewhere(part, column.feature, count);
  std::size_t right = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found =
        std::lower_bound(column.order.begin(), column.order.end(), values[i],
                         [&](std::size_t row, double value) { return static_cast<double>(column.seen[row]) < value; });
    std::size_t place = static_cast<std::size_t>(found - column.order.begin());
    if (place == column.order.size() ||
        (place > 0 && values[i] - column.at(place - 1) <= column.at(place) - values[i])) {
      --place;
    }
    if (sample.classes[column.order[place]] == part.classes()[i * part.size() / count]) ++right;
  }
  return static_cast<double>(right) / static_cast<double>(count);
}

std::optional<ColumnHit> leak_of_class(const SampledColumn& column, const DataSample& sample) {
  const double agreement = agreement_within(column, sample);
  if (agreement < leak_agreement) return std::nullopt;
  if (1 - agreement > leak_error * chance_of_difference(sample.shares)) return std::nullopt;
  ColumnHit hit{.column = column.name,
                .text = "column " + in_quotes(column.name) + " alone determines the class of " +
                        percent_text(agreement) + " of the training samples",
                .is_certain = false};
  for (const auto& [name, part] : judging_parts(sample.parts)) {
    const double elsewhere = agreement_elsewhere(column, sample, *part);
    if (elsewhere >= leak_elsewhere) continue;
    hit.text += ", but of " + percent_text(elsewhere) + " of the " + name + " samples";
    hit.is_certain = true;
    break;
  }
  hit.text += ": it looks like a leak of the target, known only afterwards";
  return hit;
}

std::optional<ColumnHit> leak_of_value(const SampledColumn& column, const DataSample& sample) {
  const std::vector<double> seen(column.seen.begin(), column.seen.end());
  for (std::size_t k = 0; k < sample.values.size(); ++k) {
    const std::vector<double>& target = sample.values[k];
    double size = std::abs(correlation(seen, target));
    if (size < leak_correlation && size > leak_elsewhere) {
      size = std::max(size, std::abs(correlation(ranks_of(seen), ranks_of(target))));
    }
    if (size < leak_correlation) continue;
    ColumnHit hit{.column = column.name,
                  .text = "column " + in_quotes(column.name) + " correlates with the target by " + to_text(size, 4),
                  .is_certain = false};
    for (const auto& [name, part] : judging_parts(sample.parts)) {
      const std::size_t count = std::min<std::size_t>(part->size(), 1000);
      std::vector<double> targets;
      for (std::size_t i = 0; i < count; ++i) {
        targets.push_back(static_cast<double>(part->values()(k, i * part->size() / count)));
      }
      const double elsewhere = std::abs(correlation(values_elsewhere(*part, column.feature, count), targets));
      if (count < leak_rows || elsewhere >= leak_elsewhere) continue;
      hit.text += ", but by " + to_text(elsewhere, 2) + " in the " + name + " part";
      hit.is_certain = true;
      break;
    }
    hit.text += ": it looks like a leak of the target, known only afterwards";
    return hit;
  }
  return std::nullopt;
}

std::optional<ColumnHit> leak_in(const SampledColumn& column, const DataSample& sample) {
  // Of a single input the target may well be a function.
  if (sample.features() < 2 || column.seen.size() < leak_rows) return std::nullopt;
  return sample.has_classes() ? leak_of_class(column, sample) : leak_of_value(column, sample);
}

// ---------------------------------------------------------------- drift

// Means that differ by three deviations; 30 % beyond the range of the training part by a twentieth of it; a deviation of a
// tenth: none comes about in a random split of 20 samples or more (the mean of 20 differs by 3/√20 at most).
constexpr double drift_mean = 3;
constexpr double drift_outside = 0.3;
constexpr double drift_margin = 0.05;
constexpr double drift_deviation = 0.1;
constexpr std::size_t drift_rows = 20;

// The values, those far out moved in: they are no drift, but would decide about means and deviations.
template <typename Values>
std::vector<double> without_far_values(const Values& values, const SampledColumn& column) {
  const double low = column.value_above(0.05) - 2 * column.width();
  const double high = column.value_above(0.95) + 2 * column.width();
  std::vector<double> clamped;
  for (const auto value : values) clamped.push_back(std::clamp(static_cast<double>(value), low, high));
  return clamped;
}

std::optional<ColumnHit> drift_to(const SampledColumn& column, const char* name, const Dataset<float>& part) {
  const std::size_t count = std::min<std::size_t>(part.size(), 1000);
  const std::vector<double> values = values_elsewhere(part, column.feature, count);
  const Moments here = moments_of(without_far_values(column.seen, column));
  const Moments there = moments_of(without_far_values(values, column));
  const double margin = drift_margin * (column.largest() - column.smallest());
  const auto outside =
      static_cast<double>(std::count_if(
          values.begin(), values.end(),
          [&](double value) { return value < column.smallest() - margin || value > column.largest() + margin; })) /
      static_cast<double>(count);
  const bool is_moved = std::abs(there.mean - here.mean) > drift_mean * here.deviation;
  const bool is_binary =
      column.value_above(0.5) == column.value_above(0.05) || column.value_above(0.5) == column.value_above(0.95);
  const bool is_narrow = !is_binary && there.deviation < drift_deviation * here.deviation;
  if (!is_moved && !is_narrow && outside <= drift_outside) return std::nullopt;
  return ColumnHit{.column = column.name,
                   .text = "column " + in_quotes(column.name) + ": the " + name +
                           " samples differ from the training samples: mean " + to_text(column.raw(there.mean), 4) +
                           " instead of " + to_text(column.raw(here.mean), 4) + ", deviation " +
                           to_text(std::round(1000 * there.deviation / here.deviation) / 1000, 2) + " times theirs, " +
                           percent_text(outside) + " outside of their range",
                   .key = "data." + std::string(name)};
}

std::optional<ColumnHit> drift_in(const SampledColumn& column, const DataSample& sample) {
  if (column.width() <= 0) return std::nullopt;  // nearly constant: chance decides what a part has of it
  for (const auto& [name, part] : judging_parts(sample.parts)) {
    if (part->size() < drift_rows || column.seen.size() < drift_rows) continue;
    if (auto hit = drift_to(column, name, *part)) return hit;
  }
  return std::nullopt;
}

std::vector<std::string> no_cure(const DataSample&, const Hits&) { return {}; }

constexpr std::array column_rules = {
    ColumnRule{"sentinel", "data.columns", sentinel_in, read_as_gaps},
    ColumnRule{"id_column", "data.ignore", id_in, ignore_columns},
    ColumnRule{"leak", "data.ignore", leak_in, ignore_columns},
    ColumnRule{"drift", "data.test", drift_in, no_cure},
    ColumnRule{"outlier", "data.preprocess", outlier_in, scale_robustly},
};

// One finding for all columns in which a rule found the same.
Finding joined(const ColumnRule& rule, Hits hits, const DataSample& sample) {
  const bool is_certain = std::any_of(hits.begin(), hits.end(), [](const ColumnHit& hit) { return hit.is_certain; });
  if (is_certain) std::erase_if(hits, [](const ColumnHit& hit) { return !hit.is_certain; });
  Finding finding{.name = rule.name,
                  .key = hits[0].key.empty() ? rule.key : hits[0].key,
                  .evidence = hits[0].text,
                  .set = rule.cure(sample, hits),
                  .is_certain = is_certain};
  std::vector<std::string> others;
  for (std::size_t i = 1; i < hits.size(); ++i) others.push_back(hits[i].column);
  if (!others.empty()) finding.evidence += "; likewise " + quoted_names(others);
  return finding;
}

// ---------------------------------------------------------------- all columns together

// Half of the columns without a value that varies is no plan (digits have 5 % of them, MNIST 20 %).
constexpr double constant_share = 0.5;
constexpr std::size_t constant_rows = 10;
// The network sees columns of a root mean square that a first layer by He or Glorot, made for 1, takes to saturation or
// to steps of that size squared (inputs of 0 to 10, or bytes divided by 16, train soundly).
constexpr double unscaled_size = 20;
// Deviations that differ by as much make the curvature of the loss differ by the square. [LeCun et al. 1998, section 4.3]
constexpr double unscaled_ratio = 100;
// All values this close to 0: bytes divided by 255 twice reach 0.004, sparse counts reach 1.
constexpr double tiny_size = 0.05;

struct ColumnsAtOnce {
  std::vector<std::string> constant = {};
  std::map<std::vector<float>, std::string> varying = {};
  std::vector<std::string> duplicates = {};
  double largest_size = 0;
  std::string largest_name = {};
  double smallest_deviation = 0;  // of the columns that are not nearly constant
  double largest_deviation = 0;
  std::string smallest_name = {};
  double reach = 0;

  void add(const SampledColumn& column) {
    reach = std::max({reach, std::abs(column.smallest()), std::abs(column.largest())});
    if (column.is_constant()) return constant.push_back(column.name);
    const Moments moments = moments_of(column.seen);
    const double size = std::hypot(moments.mean, moments.deviation);
    if (size > largest_size) largest_name = column.name;
    largest_size = std::max(largest_size, size);
    if (column.width() > 0) {
      if (smallest_name.empty() || moments.deviation < smallest_deviation) {
        smallest_deviation = moments.deviation;
        smallest_name = column.name;
      }
      largest_deviation = std::max(largest_deviation, moments.deviation);
    }
    if (!varying.emplace(column.seen, column.name).second) duplicates.push_back(column.name);
  }
};

// Certain where they are so many that the table was made wrongly: images have some at their borders.
void add_constant(const ColumnsAtOnce& columns, const DataSample& sample, std::vector<Finding>& findings) {
  if (columns.constant.empty()) return;
  const auto share = static_cast<double>(columns.constant.size()) / static_cast<double>(sample.features());
  const bool is_certain = sample.rows.size() >= constant_rows && columns.constant.size() > 1 && share >= constant_share;
  add_finding(findings, "zero_features", is_certain ? "data.path" : "data.ignore",
              std::to_string(columns.constant.size()) + " of " + quantity(sample.features(), "column") +
                  " are constant, the same value in all " + "training samples (" + quoted_names(columns.constant) +
                  ")" + (is_certain ? ": check how the table was made" : ""))
      .is_certain = is_certain;
}

void add_duplicates(const ColumnsAtOnce& columns, const DataSample& sample, std::vector<Finding>& findings) {
  if (columns.duplicates.empty()) return;
  add_finding(findings, "duplicate_columns", "data.ignore",
              std::to_string(columns.duplicates.size()) + " of " + std::to_string(sample.features()) +
                  " columns are copies of another one (" + quoted_names(columns.duplicates) + ")")
      .is_certain = false;
}

// A first layer that normalises makes up for it: its outputs do not grow with its inputs.
bool begins_with_normalisation(const DataSample& sample) {
  const std::vector<LayerSpec>& layers = sample.config.model.layers.specs();
  const std::size_t samples = std::min<std::size_t>(sample.rows.size(), 32);
  if (layers.size() < 2 || samples < 2) return false;
  const auto size_of_outputs = [&](float factor) {
    Network<float> first(sample.features(), {layers[0]});
    Matrix<float> x(sample.features(), samples);
    for (std::size_t f = 0; f < sample.features(); ++f) {
      for (std::size_t i = 0; i < samples; ++i) x(f, i) = factor * sample.parts.train.inputs()(f, sample.rows[i]);
    }
    const MatrixView<const float> y = first.forward(x.view(), {.updates_state = false});
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += std::abs(static_cast<double>(y.data[i]));
    return sum;
  };
  return size_of_outputs(100) < 2 * size_of_outputs(1);
}

void add_unscaled(const ColumnsAtOnce& columns, const DataSample& sample, std::vector<Finding>& findings) {
  const std::string preprocess = option_at(sample.tree, "data.preprocess").text;
  if (columns.reach < tiny_size && columns.largest_size > 0 && !begins_with_normalisation(sample)) {
    add_finding(findings, "inputs_tiny", preprocess == "divide" ? "data.divisor" : "data.preprocess",
                "the inputs are tiny: no value that the network sees is beyond " + to_text(columns.reach, 2) +
                    (preprocess == "divide" ? "; they are divided by " + option_at(sample.tree, "data.divisor").text +
                                                  ", perhaps after being scaled already"
                                            : ""),
                {preprocess == "divide"
                     ? "data.divisor=" + to_text(columns.reach * sample.config.data->preparation().divisor, 3)
                     : "data.preprocess=standard"});
  }
  const bool is_large = columns.largest_size > unscaled_size;
  const bool is_uneven = columns.largest_deviation > unscaled_ratio * columns.smallest_deviation;
  if (preprocess != "none" && preprocess != "divide") return;
  if ((!is_large && !is_uneven) || begins_with_normalisation(sample)) return;
  std::string text = "the inputs are not scaled: column " + in_quotes(columns.largest_name) + " has values of size " +
                     to_text(columns.largest_size, 3);
  if (is_uneven) {
    text += ", and the deviations of the columns differ by a factor of " +
            to_text(columns.largest_deviation / columns.smallest_deviation, 2);
  }
  add_finding(findings, "inputs_unscaled", "data.preprocess", text, {"data.preprocess=standard"}).is_certain = is_large;
}

}  // namespace

std::vector<Finding> column_findings(const DataSample& sample) {
  std::array<Hits, column_rules.size()> hits;
  ColumnsAtOnce columns;
  for (std::size_t f = 0; f < sample.features(); ++f) {
    const SampledColumn column = sample.column(f);
    columns.add(column);
    for (std::size_t i = 0; i < column_rules.size() && !column.is_constant(); ++i) {
      auto hit = column_rules[i].look(column, sample);
      if (!hit) continue;
      hits[i].push_back(std::move(*hit));
      if (hits[i].back().is_certain) break;  // the rules after it would see the same once more
    }
  }
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < column_rules.size(); ++i) {
    if (!hits[i].empty()) findings.push_back(joined(column_rules[i], std::move(hits[i]), sample));
  }
  add_constant(columns, sample, findings);
  add_duplicates(columns, sample, findings);
  add_unscaled(columns, sample, findings);
  return findings;
}

}  // namespace hinge
