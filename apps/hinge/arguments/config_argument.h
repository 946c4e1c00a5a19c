// A config as the command line names it: a file, and changes to it.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <hinge/optim/run/run.h>

namespace hinge_command {

struct ConfigArgument {
  std::string path = {};
  std::vector<std::string> overrides = {};
};

/// Adds the positional `config` and the option --set.
void add_config(CLI::App& command, ConfigArgument& argument);

/// Adds the option --set alone.
void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const char* meaning);

/// Loads it, and writes to stderr what the changes dropped.
hinge::LoadedConfig load_config_argument(const ConfigArgument& argument);

}  // namespace hinge_command
