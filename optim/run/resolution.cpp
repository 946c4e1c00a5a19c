// Numbers for what a config leaves to the data.
#include <hinge/optim/run/resolution.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

std::string counted(std::size_t count, const char* what) { return std::to_string(count) + " " + what; }

// The option of a layer that waits for the data; null if none does.
std::size_t* open_units(Description& layer) {
  const std::vector<Option> options = layer.options();
  const Option* units = find_option(options, "units");
  if (units == nullptr || !std::holds_alternative<std::size_t*>(units->place)) return nullptr;
  std::size_t* place = std::get<std::size_t*>(units->place);
  return *place == 0 ? place : nullptr;
}

void resolve_units(RunConfig& config, const Dataset<float>& train) {
  for (std::size_t i = 0; i < config.model.layers.size(); ++i) {
    std::size_t* units = open_units(config.model.layers.at(i).held());
    if (units == nullptr) continue;
    if (i + 1 < config.model.layers.size()) {
      throw ConfigError("auto is for the last layer, whose outputs the data decides; give a number",
                        "/model/layers/" + std::to_string(i) + "/units");
    }
    *units = wanted_outputs(train, *config.loss->build<float>()).count;
  }
}

std::vector<double> balanced_weights(const Dataset<float>& train) {
  std::vector<double> sums(train.class_count());
  for (std::size_t i = 0; i < train.size(); ++i) {
    sums[static_cast<std::size_t>(train.classes()[i])] +=
        train.has_weights() ? static_cast<double>(train.weights()[i]) : 1;
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  const auto present =
      static_cast<double>(sums.size()) - static_cast<double>(std::count(sums.begin(), sums.end(), 0.0));
  for (double& sum : sums) sum = sum > 0 ? total / (present * sum) : 1;
  return sums;
}

std::vector<double> weights_by_name(const NamedNumbers& weights, const std::vector<std::string>& classes,
                                    const std::string& pointer) {
  std::vector<double> list(classes.size(), 1);
  for (const auto& [name, weight] : weights.named) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end()) {
      throw ConfigError("no class is called \"" + printable(name) + "\"" + suggestion(name, classes), pointer);
    }
    list[static_cast<std::size_t>(found - classes.begin())] = weight;
  }
  return list;
}

void resolve_class_weights(RunConfig& config, const Dataset<float>& train) {
  for (const Option& option : config.loss.held().options()) {
    auto* const* place = std::get_if<NamedNumbers*>(&option.place);
    if (place == nullptr || (*place)->is_list()) continue;
    NamedNumbers& weights = **place;
    const std::string pointer = "/loss/" + std::string(option.name);
    if (train.task() != Task::classes) throw ConfigError("needs classes, but the data has target values", pointer);
    weights = weights.named.empty() ? balanced_weights(train) : weights_by_name(weights, train.class_names(), pointer);
  }
}

}  // namespace

WantedOutputs wanted_outputs(const Dataset<float>& train, const Loss<float>& loss) {
  if (train.task() == Task::classes) {
    if (loss.task() == Task::labels) return {1, "one output tells two classes apart"};
    return {train.class_count(), "the data has " + counted(train.class_count(), "classes")};
  }
  std::vector<std::string> columns = train.target_names();
  if (columns.empty()) columns = numbered_names("", train.target_rows());
  const std::size_t count = loss.output_names(std::move(columns)).size();  // of quantiles: one for each level
  if (count != train.target_rows()) return {count, "the loss has " + counted(count, "outputs")};
  return {count, "the data has " + counted(count, "target columns")};
}

RunConfig resolve_by_data(RunConfig config, const Dataset<float>& train) {
  resolve_class_weights(config, train);
  resolve_units(config, train);
  return config;
}

}  // namespace hinge
