// Taking out parts, and scaling, as a config describes them.
#include <hinge/data/preparation.h>

#include <utility>

#include <hinge/core/error.h>
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
                         "minmax (0 to 1), divide (by `divisor`); regression targets likewise, but not by divide and "
                         "not for a loss of counts",
                     .choices = {"none", "standard", "minmax", "divide"}});
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
  return {std::move(all), std::move(validation_part), std::move(test_part), {}};
}

Preprocessing Preparation::fit_inputs(const Dataset<float>& train) const {
  if (preprocess == "standard") return Preprocessing::standard(train.inputs());
  if (preprocess == "minmax") return Preprocessing::minmax(train.inputs());
  if (preprocess == "divide") return Preprocessing::divide(train.features(), divisor);
  return {};
}

Preprocessing Preparation::fit_targets(const Dataset<float>& train) const {
  if (train.task() == Task::classification) return {};
  if (preprocess == "standard") return Preprocessing::standard(train.values());
  if (preprocess == "minmax") return Preprocessing::minmax(train.values());
  return {};
}

}  // namespace hinge
