// What several commands take from the command line: configs, models, tables, numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <hinge/data/table.h>
#include <hinge/data/table_plan.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/run.h>

namespace hinge_command {

/// The number that `text` is, `otherwise` without one. Throws ConfigError, which names the option, for what is no whole
/// number from `least` to `most`, and what else may stand there.
std::size_t parse_count(const char* option, const std::optional<std::string>& text, std::size_t otherwise,
                        std::size_t least, std::size_t most = 1'000'000, const char* or_else = "");

// A config: a file, and changes to it.

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

// A model, a file or the folder of a run, and the tables that it is used on.

/// The model file of a run's folder, or the path itself.
std::string model_path(const std::string& argument);

/// Warns on stderr where the folder of the run, or of the model file, holds a newer run that did not finish.
void warn_of_unfinished(const std::string& argument);

/// Loads it, in single precision as it was trained. Warns of a newer run that did not finish.
hinge::StoredModel<float> load_model_argument(const std::string& argument);

/// Adds the option --delimiter.
void add_delimiter(CLI::App& command, std::string& delimiter);

/// The cells of a table, from a file or, for `-`, from stdin, in the format that the model knows; the delimiter is guessed
/// for `auto`.
hinge::TableReader open_table(const std::string& path, const hinge::StoredModel<float>& stored,
                              const std::string& delimiter);
/// What messages call it: `stdin` for `-`.
std::string table_name(const std::string& path);

/// How a table for the model is read: as its file says, or by the names of its features if that says nothing (version 1 of
/// the format); gaps are allowed then where the model knows what to fill them with.
hinge::Columns table_columns(const hinge::StoredModel<float>& stored, const hinge::TableReader& cells,
                             const std::vector<std::string>& targets = {});

/// What the model learned about its data.
hinge::DataFit fit_of(const hinge::StoredModel<float>& stored);

// Where explain and gradcheck start: a config's network as it begins, or that of a run as it was trained.

/// The file of the config, and whether the weights beside it are wanted.
struct StartArgument {
  std::string what;
  std::string config;
  bool is_trained;
};

/// `what` is a config, the folder of a run, or the model in it. Throws ConfigError where a model has no config beside it.
StartArgument start_argument(const std::string& what);

/// Replaces the weights of `network` by those of the trained model, if there is one to start from. Throws ModelError for a
/// run without a model, and for one with other layers than the config, as --set may change it.
void load_trained(const StartArgument& start, const hinge::Run& run, hinge::Network<double>& network);

}  // namespace hinge_command
