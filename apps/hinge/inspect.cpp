// hinge inspect: what a model file holds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>

#include "arguments/arguments.h"
#include "command.h"

namespace hinge_command {

namespace {

struct InspectArguments {
  std::string model;
  bool json = false;
};

// A text of the metadata; those that the format or a run writes as JSON as what they are. Notes of others are texts,
// whatever they look like.
hinge::JsonValue value_of(const std::string& key, const std::string& text) {
  constexpr std::array<std::string_view, 6> written_as_json = {"columns", "data",    "loss",
                                                               "names",   "network", "preprocessing"};
  if (std::find(written_as_json.begin(), written_as_json.end(), key) == written_as_json.end()) {
    return text;
  }
  try {
    return hinge::parse_json(text, key);
  } catch (const hinge::ConfigError&) {  // another program's note of this name
    return text;
  }
}

void print_json(const std::string& path) {
  const std::string bytes = hinge::read_tensor_file(path);
  hinge::JsonValue json = hinge::JsonValue::object();
  for (const auto& [key, text] : hinge::read_tensors(bytes, path).metadata) {
    json.set(key, value_of(key, text));
  }
  std::printf("%s\n", hinge::to_json(json).c_str());
}

void print_names(const char* what, const std::vector<std::string>& names) {
  constexpr std::size_t most = 12;
  if (names.empty()) return;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) shown.push_back(hinge::printable(names[i]));
  if (names.size() > most) shown.push_back("… " + std::to_string(names.size() - most) + " more");
  std::printf("%s  %s\n", what, hinge::join(shown).c_str());
}

int inspect(const InspectArguments& arguments) {
  const auto stored = load_model_argument(arguments.model);
  if (arguments.json) {
    print_json(model_path(arguments.model));
    return exit_success;
  }
  const hinge::ModelInfo& info = stored.model.info();
  std::fputs(stored.model.network().summary().c_str(), stdout);
  print_names("features", info.feature_names);
  print_names("classes", info.class_names);
  print_names("targets", info.target_names);
  std::printf("inputs are %s\n", info.inputs.is_identity() ? "used as they are" : "scaled");
  for (const auto& [key, text] : stored.notes) {
    std::printf("%s  %s\n", hinge::printable(key).c_str(), hinge::printable(text).c_str());
  }
  return exit_success;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
  const auto [command, arguments] = add_command(app, action, "inspect", "Shows what a model holds", inspect);
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_flag("--json", arguments.json, "prints the metadata as JSON");
}

}  // namespace hinge_command
