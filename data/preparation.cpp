// Taking out parts, and scaling, as a config describes them.
#include <hinge/data/preparation.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/text.h>
#include <hinge/data/imputation.h>
#include <hinge/data/split.h>

namespace hinge {

std::vector<Option> PartOptions::options() {
  return {
      {"fraction", &fraction, Range::from_below(0, 1), "the share of the samples"},
      {"seed", &seed, {}, "of the draw"},
      {"every", &every, {}, "instead of a share: sample i where i mod every = offset; 0: no"},
      {"offset", &offset, {}, "the first sample of `every`, counted from 0"},
      {"folds", &folds, {}, "instead of a share: one of so many parts of equal size; 0: no"},
      {"fold", &fold, {}, "which of the `folds`, counted from 0"},
      {.name = "by",
       .place = &by,
       .meaning =
           "how a share or a fold is chosen: class (at random, and classes keep their proportions), random, order "
           "(the last samples; folds of neighbours), group (at random, equal values of `column` in one part); auto: "
           "class for classes, random for values",
       .choices = {"auto", "class", "random", "order", "group"}},
      {"column", &column, {}, "with by group: the column whose values are the groups"},
  };
}

std::vector<OptionError> PartOptions::errors() const {
  std::vector<OptionError> found;
  if (fraction > 0 && every > 0) found.push_back({"every", "cannot stand beside fraction; keep one of them"});
  if (folds > 0 && (fraction > 0 || every > 0))
    found.push_back({"folds", "cannot stand beside fraction or every; keep one of them"});
  if (every == 1) found.push_back({"every", "must be 0 or >= 2: every single sample would leave none"});
  if (every == 0 && offset > 0) found.push_back({"offset", "needs every, such as 5"});
  if (every > 1 && offset >= every) found.push_back({"offset", "must be below every"});
  if (folds == 1) found.push_back({"folds", "must be 0 or >= 2: one fold would leave no training part"});
  if (folds == 0 && fold > 0) found.push_back({"fold", "needs folds, such as 5"});
  if (folds > 1 && fold >= folds) found.push_back({"fold", "must be below folds"});
  if (every > 0 && by != "auto") found.push_back({"by", "cannot stand beside every, which goes by the order alone"});
  if (!wanted() && by != "auto") found.push_back({"by", "needs a share, such as \"fraction\": 0.2, or folds"});
  if (by == "group" && column.empty()) found.push_back({"column", "is missing; by group needs the name of a column"});
  if (by != "group" && !column.empty()) found.push_back({"column", "needs \"by\": \"group\""});
  return found;
}

namespace {

// The group of each row of `rest`.
std::vector<double> groups_of(const SampleColumns& samples, const std::string& column,
                              const std::vector<std::size_t>& rest) {
  const std::vector<double> all = samples.column(column);
  std::vector<double> groups;
  for (const std::size_t row : rest) {
    groups.push_back(all[row]);
    if (!std::isnan(all[row])) continue;
    throw DataError("\"" + printable(column) + "\" has no value for sample " + std::to_string(row) +
                    ", counted from 0; every sample needs a group");
  }
  return groups;
}

// Positions in `rest`.
std::vector<std::size_t> chosen_positions(const PartOptions& options, const std::string& pointer,
                                          const SampleColumns& samples, const std::vector<std::size_t>& rest) {
  if (options.every > 0) return every_row(rest.size(), options.every, options.offset);
  if (options.by == "order") {
    return options.folds > 0 ? block_of_rows(rest.size(), options.folds, options.fold)
                             : last_rows(rest.size(), options.fraction);
  }
  if (options.by == "class" && samples.classes.empty()) {
    throw ConfigError("class needs classes, but the data has values; use random or order", pointer + "/by");
  }
  std::vector<std::int32_t> classes;
  std::vector<double> groups;
  if (options.by == "group") {
    try {
      groups = groups_of(samples, options.column, rest);
    } catch (const DataError& error) {
      throw ConfigError(error.what(), pointer + "/column");
    }
  } else if (options.by != "random" && !samples.classes.empty()) {
    for (const std::size_t row : rest) classes.push_back(samples.classes[row]);
  }
  const SampleKeys keys{.count = rest.size(), .classes = classes, .groups = groups};
  return options.folds > 0 ? draw_fold(keys, options.folds, options.fold, options.seed)
                           : draw_part(keys, options.fraction, options.seed);
}

std::vector<std::size_t> at(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& positions) {
  std::vector<std::size_t> result;
  for (const std::size_t position : positions) result.push_back(rows[position]);
  return result;
}

std::vector<double> feature_values(const Dataset<float>& data, const std::string& name) {
  const std::vector<std::string>& names = data.feature_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw DataError("no feature is called \"" + printable(name) + "\"" + suggestion(name, names));
  }
  std::vector<double> values;
  for (std::size_t i = 0; i < data.size(); ++i) {
    values.push_back(static_cast<double>(data.inputs()(static_cast<std::size_t>(found - names.begin()), i)));
  }
  return values;
}

// Moves the rows of a part from `rest` to the result.
std::vector<std::size_t> take(const PartOptions& options, const std::string& name, const SampleColumns& samples,
                              std::vector<std::size_t>& rest) {
  if (!options.wanted()) return {};
  const std::string pointer = "/data/" + name;
  const std::vector<std::size_t> chosen = chosen_positions(options, pointer, samples, rest);
  if (chosen.empty() || chosen.size() == rest.size()) {
    throw ConfigError("with " + std::to_string(rest.size()) + (rest.size() == 1 ? " sample" : " samples") +
                          (options.by == "group" ? ", grouped by \"" + printable(options.column) + "\"," : "") +
                          " to draw from, the " + name + " part or what it leaves would be empty",
                      pointer);
  }
  std::vector<std::size_t> part = at(rest, chosen);
  rest = at(rest, rows_except(rest.size(), chosen));
  return part;
}

}  // namespace

void Preparation::append_options(std::vector<Option>& options) {
  options.push_back({"test", &test, {}, "the part to judge by at the end"});
  options.push_back({"validation", &validation, {}, "the part to watch while learning, after the test part"});
  options.push_back({.name = "preprocess",
                     .place = &preprocess,
                     .meaning =
                         "how columns are scaled, fitted on the training part: standard (mean 0, deviation 1), "
                         "minmax (0 to 1), robust (median and quartiles, smoothly clipped to ±3), log1p (standard of "
                         "ln(1 + x)), divide (by `divisor`); never the 0 and 1 of categories; regression targets "
                         "likewise, but not by divide and not for a loss of counts",
                     .choices = {"none", "standard", "minmax", "robust", "log1p", "divide"}});
  options.push_back({"divisor", &divisor, Range::above(0), "what `divide` divides every feature by"});
}

// The test part first: then it does not depend on whether, or how, a validation part is taken.
PartRows Preparation::rows(const SampleColumns& samples) const {
  PartRows rows;
  rows.train.resize(samples.count);
  std::iota(rows.train.begin(), rows.train.end(), std::size_t{0});
  rows.test = take(test, "test", samples, rows.train);
  rows.validation = take(validation, "validation", samples, rows.train);
  return rows;
}

DataParts Preparation::split(Dataset<float> all) const {
  if (!test.wanted() && !validation.wanted()) return {std::move(all)};
  const PartRows parts = rows({.count = all.size(), .classes = all.classes(), .column = [&](const std::string& name) {
                                 return feature_values(all, name);
                               }});
  const auto part = [&](const std::vector<std::size_t>& chosen) {
    return chosen.empty() ? std::nullopt : std::optional(all.subset(chosen));
  };
  return {all.subset(parts.train), part(parts.validation), part(parts.test)};
}

namespace {

template <typename Parts>
auto named_parts(Parts& data) {
  std::vector<std::pair<const char*, decltype(&data.train)>> parts = {{"training", &data.train}};
  if (data.validation) parts.emplace_back("validation", &*data.validation);
  if (data.test) parts.emplace_back("test", &*data.test);
  return parts;
}

// `12 rows are` or `1 row is`
std::string rows_are(std::size_t count, std::size_t of) {
  return std::to_string(count) + " of " + std::to_string(of) + (count == 1 ? " rows is" : " rows are");
}

std::string listed(const RowReport::Counts& counts) {
  constexpr std::size_t max_listed = 8;
  std::vector<std::string> words;
  for (const auto& [name, count] : counts) {
    if (words.size() < max_listed) words.push_back(printable(name) + " " + std::to_string(count));
  }
  if (counts.size() > max_listed) words.push_back(std::to_string(counts.size() - max_listed) + " more columns");
  return "(" + join(words) + ")";
}

}  // namespace

std::vector<std::pair<const char*, const Dataset<float>*>> DataParts::named() const { return named_parts(*this); }
std::vector<std::pair<const char*, Dataset<float>*>> DataParts::named() { return named_parts(*this); }

std::string RowReport::text() const {
  std::string text;
  if (dropped > 0) text = rows_are(dropped, read) + " left out for gaps " + listed(dropped_by);
  if (!filled.empty()) text += (text.empty() ? "" : "; ") + ("gaps are filled " + listed(filled));
  return text;
}

DataParts Preparation::prepared(DataParts raw, const SampleRequest& request) const {
  DataFit fit{.imputed_values = raw.imputed_values};
  if (request.fit != nullptr) fit = *request.fit;
  for (const auto& [name, part] : raw.named()) {
    if (!fit.imputed_values.empty()) impute(part->inputs(), fit.imputed_values);
  }
  if (request.fit == nullptr) {
    fit.inputs = fit_inputs(raw.train);
    if (request.scales_targets) fit.targets = fit_targets(raw.train);
  }
  for (const auto& [name, part] : raw.named()) {
    fit.inputs.apply(part->inputs());
    if (part->task() == Task::regression) fit.targets.apply(part->values());
  }
  raw.imputed_values = std::move(fit.imputed_values);
  raw.inputs = std::move(fit.inputs);
  raw.targets = std::move(fit.targets);
  return raw;
}

std::string digest_of(const Dataset<float>& part) {
  Checksum sum;
  const auto add = [&](const auto* data, std::size_t count) {
    sum.add({reinterpret_cast<const char*>(data), count * sizeof(*data)});
  };
  add(part.inputs().data, part.size() * part.features());
  add(part.values().data, part.size() * part.target_rows());
  add(part.classes().data(), part.classes().size());
  add(part.weights().data(), part.weights().size());
  return sum.text();
}

Preprocessing Preparation::fit_inputs(const Dataset<float>& train) const {
  if (preprocess == "none") return {};
  if (preprocess == "divide") return Preprocessing::divide(train.features(), divisor);
  return Preprocessing::fit(scaling_named(preprocess), train.inputs());
}

Preprocessing Preparation::fit_targets(const Dataset<float>& train) const {
  if (train.task() == Task::classes || preprocess == "none" || preprocess == "divide") return {};
  return Preprocessing::fit(scaling_named(preprocess), train.values()).unclipped();
}

}  // namespace hinge
