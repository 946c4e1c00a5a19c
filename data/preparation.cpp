// Taking out parts, and scaling, as a config describes them.
#include <hinge/data/preparation.h>

#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/imputation.h>
#include <hinge/data/split.h>

namespace hinge {

std::vector<Option> PartOptions::options() {
  return {
      {"fraction", &fraction, Range::from_below(0, 1),
       "the share of the samples, drawn at random; classes keep their proportions"},
      {"seed", &seed, {}, "of the draw"},
      {"every", &every, {}, "instead of a share: sample i where i mod every = offset; 0: no"},
      {"offset", &offset, {}, "the first sample of `every`, counted from 0"},
  };
}

std::vector<OptionError> PartOptions::errors() const {
  std::vector<OptionError> found;
  if (fraction > 0 && every > 0) found.push_back({"every", "cannot stand beside fraction; keep one of them"});
  if (every == 1) found.push_back({"every", "must be 0 or >= 2: every single sample would leave none"});
  if (every == 0 && offset > 0) found.push_back({"offset", "needs every, such as 5"});
  if (every > 1 && offset >= every) found.push_back({"offset", "must be below every"});
  return found;
}

std::optional<Dataset<float>> PartOptions::take_from(Dataset<float>& data) const {
  if (!wanted()) return std::nullopt;
  auto [rest, part] = every > 0 ? split_every(data, every, offset) : split_stratified(data, fraction, seed);
  data = std::move(rest);
  return std::move(part);
}

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

namespace {

std::optional<Dataset<float>> take(const PartOptions& options, const char* name, Dataset<float>& data) {
  try {
    return options.take_from(data);
  } catch (const DataError&) {
    throw ConfigError("with " + std::to_string(data.size()) + (data.size() == 1 ? " sample" : " samples") +
                          " to draw from, the " + name + " part or what it leaves would be empty",
                      std::string("/data/") + name);
  }
}

}  // namespace

// The test part first: then it does not depend on whether, or how, a validation part is taken.
DataParts Preparation::split(Dataset<float> all) const {
  std::optional<Dataset<float>> test_part = take(test, "test", all);
  std::optional<Dataset<float>> validation_part = take(validation, "validation", all);
  return {std::move(all), std::move(validation_part), std::move(test_part)};
}

namespace {

void fill_and_scale(const DataFit& fit, Dataset<float>& part) {
  if (!fit.imputed_values.empty()) impute(part.inputs(), fit.imputed_values);
  fit.inputs.apply(part.inputs());
  if (part.task() == Task::regression) fit.targets.apply(part.values());
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

std::string RowReport::text() const {
  std::string text;
  if (dropped > 0) text = rows_are(dropped, read) + " left out for gaps " + listed(dropped_by);
  if (!filled.empty()) text += (text.empty() ? "" : "; ") + ("gaps are filled " + listed(filled));
  return text;
}

DataParts Preparation::prepared(DataParts raw, const SampleRequest& request) const {
  DataFit fit{.imputed_values = raw.imputed_values};
  if (request.fit != nullptr) fit = *request.fit;
  if (!fit.imputed_values.empty()) impute(raw.train.inputs(), fit.imputed_values);
  if (request.fit == nullptr) {
    fit.inputs = fit_inputs(raw.train);
    if (request.scales_targets) fit.targets = fit_targets(raw.train);
  }
  fill_and_scale(fit, raw.train);
  if (raw.validation) fill_and_scale(fit, *raw.validation);
  if (raw.test) fill_and_scale(fit, *raw.test);
  raw.imputed_values = std::move(fit.imputed_values);
  raw.inputs = std::move(fit.inputs);
  raw.targets = std::move(fit.targets);
  return raw;
}

Preprocessing Preparation::fit_inputs(const Dataset<float>& train) const {
  if (preprocess == "none") return {};
  if (preprocess == "divide") return Preprocessing::divide(train.features(), divisor);
  return Preprocessing::fit(scaling_named(preprocess), train.inputs());
}

Preprocessing Preparation::fit_targets(const Dataset<float>& train) const {
  if (train.task() == Task::classification || preprocess == "none" || preprocess == "divide") return {};
  const Preprocessing fit = Preprocessing::fit(scaling_named(preprocess), train.values());
  return preprocess == "robust" ? Preprocessing(fit.offsets(), fit.divisors()) : fit;
}

}  // namespace hinge
