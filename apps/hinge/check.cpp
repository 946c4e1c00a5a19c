// hinge check: reports every mistake in a config and its data, without training.
#include <cstdio>
#include <string>

#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/run_folder.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"

namespace hinge_command {

namespace {

struct CheckArguments {
  ConfigArgument config;
  bool resolved = false;
};

int check(const CheckArguments& arguments) {
  const hinge::LoadedConfig loaded = load_config_argument(arguments.config);
  const hinge::Run run(loaded);
  for (const std::string& text : hinge::part_warnings(run.data())) print_text(stderr, "warning: " + text);
  if (arguments.resolved) {
    std::printf("%s\n", hinge::to_json(hinge::resolved_config(loaded, loaded.folder)).c_str());
    return exit_success;
  }
  const auto size = [](const std::optional<hinge::Dataset<float>>& part) {
    return std::to_string(part ? part->size() : 0);
  };
  std::printf("%s is right: %zu training, %s validation, %s test samples\n%s",
              hinge::printable(arguments.config.path).c_str(), run.data().train.size(),
              size(run.data().validation).c_str(), size(run.data().test).c_str(), run.network().summary().c_str());
  if (const std::string rows = run.data().rows.text(); !rows.empty()) std::printf("%s\n", rows.c_str());
  return exit_success;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "check", "Checks a config and its data, without training", check);
  add_config(command, arguments.config);
  command.add_flag("--resolved", arguments.resolved, "prints the config with every option");
}

}  // namespace hinge_command
