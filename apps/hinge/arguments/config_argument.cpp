#include "arguments/config_argument.h"

#include <hinge/optim/run/run.h>

#include "console.h"

namespace hinge_command {

void add_config(CLI::App& command, ConfigArgument& argument) {
  command.add_option("config", argument.path, "the config, a JSON file")->required();
  add_overrides(command, argument.overrides, "changes the config, as in hinge train");
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const char* meaning) {
  command.add_option("--set", overrides, meaning)->take_all()->expected(1)->type_name("PATH=VALUE");
}

hinge::LoadedConfig load_config_argument(const ConfigArgument& argument) {
  hinge::LoadedConfig loaded = hinge::load_config(argument.path, argument.overrides, hinge::standard_registries());
  for (const std::string& text : loaded.notes) note(Display::of_stderr(false), text);
  return loaded;
}

}  // namespace hinge_command
