#include "arguments/arguments.h"

#include <algorithm>
#include <cstdio>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/csv.h>
#include <hinge/optim/run/result_folder.h>

#include "console.h"
#include "parts.h"
#include "ranks.h"

namespace hinge_command {

std::size_t parse_count(const char* option, const std::optional<std::string>& text, std::size_t otherwise,
                        std::size_t least, std::size_t most, const char* or_else) {
  if (!text) return otherwise;
  const auto count = hinge::parse_size(*text);
  if (count && *count >= least && *count <= most) return *count;
  throw hinge::ConfigError(std::string(option) + " " + hinge::printable(*text) + ": wanted a whole number from " +
                           std::to_string(least) + " to " + std::to_string(most) + or_else);
}

void add_config(CLI::App& command, ConfigArgument& argument) {
  command.add_option("config", argument.path, "the config, a JSON file")->required();
  add_overrides(command, argument.overrides, "changes the config, as in hinge train");
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides, const char* meaning) {
  command.add_option("--set", overrides, meaning)->take_all()->expected(1)->type_name("PATH=VALUE");
}

hinge::LoadedConfig load_config_argument(const ConfigArgument& argument) {
  hinge::LoadedConfig loaded = hinge::load_config(argument.path, argument.overrides, known_parts());
  for (const std::string& text : loaded.notes) note(Display::of_stderr(!ranks().is_first()), text);
  return loaded;
}

std::string model_path(const std::string& argument) {
  return hinge::is_folder(argument) ? hinge::join_path(argument, "model.safetensors") : argument;
}

void warn_of_unfinished(const std::string& argument) {
  const std::string text =
      hinge::unfinished_warning(hinge::is_folder(argument) ? argument : hinge::folder_of(argument));
  if (!text.empty()) print_text(stderr, "warning: " + text);
}

hinge::StoredModel<float> load_model_argument(const std::string& argument) {
  warn_of_unfinished(argument);
  return hinge::load_model<float>(model_path(argument), known_parts());
}

void add_delimiter(CLI::App& command, std::string& delimiter) {
  command.add_option("--delimiter", delimiter, "what separates the file's cells: , ; | tab or blanks; auto: guessed")
      ->type_name("CHAR")
      ->check(
          [](const std::string& name) {
            try {
              hinge::delimiter_named(name);
              return std::string();
            } catch (const hinge::ConfigError& error) {
              return std::string(error.what());
            }
          },
          "");
}

hinge::TableReader open_table(const std::string& path, const hinge::StoredModel<float>& stored,
                              const std::string& delimiter) {
  hinge::TableFormat format = fit_of(stored).format;
  format.delimiter = delimiter;
  return {hinge::ByteReader(path), table_name(path), format};
}

std::string table_name(const std::string& path) { return path == "-" ? "stdin" : path; }

hinge::Columns table_columns(const hinge::StoredModel<float>& stored, const hinge::TableReader& cells,
                             const std::vector<std::string>& targets) {
  hinge::Columns columns = fit_of(stored).columns;
  if (columns.size() > 0) return columns;
  const hinge::ModelInfo& info = stored.model.info();
  return hinge::columns_of(cells, {info.feature_names, info.class_names, targets},
                           info.imputed_values.empty() ? "error" : "mean");
}

hinge::DataFit fit_of(const hinge::StoredModel<float>& stored) {
  const hinge::ModelInfo& info = stored.model.info();
  hinge::DataFit fit{.inputs = info.inputs, .targets = info.targets, .imputed_values = info.imputed_values};
  const auto note = stored.notes.find("columns");
  if (note != stored.notes.end()) fit.columns = hinge::parse_columns(note->second, stored.name + ": columns");
  const auto format = stored.notes.find("format");
  if (format != stored.notes.end()) fit.format = hinge::parse_format(format->second, stored.name + ": format");
  return fit;
}

StartArgument start_argument(const std::string& what) {
  const bool is_model = what.ends_with(".safetensors");
  if (!is_model && !hinge::is_folder(what)) return {what, what, false};
  const std::string config = hinge::join_path(is_model ? hinge::folder_of(what) : what, "config.json");
  if (hinge::file_exists(config)) return {what, config, true};
  throw hinge::ConfigError(hinge::printable(what) +
                           ": there is no config.json beside the model, which says what its samples, "
                           "loss and optimiser are; give a config, or the folder of a run");
}

void load_trained(const StartArgument& start, const hinge::Run& run, hinge::Network<double>& network) {
  if (!start.is_trained) return;
  if (!hinge::file_exists(model_path(start.what))) {
    throw hinge::ModelError(hinge::printable(model_path(start.what)) +
                            ": there is no model; train it, or give the config to see it untrained");
  }
  const auto stored = load_model_argument(start.what);
  if (stored.model.network().summary() != run.network().summary()) {
    throw hinge::ModelError(hinge::printable(start.what) +
                            ": the model has other layers than the config beside it, as --set changes it");
  }
  const auto values = stored.model.network().values();
  std::copy(values.begin(), values.end(), network.values().begin());
  const auto state = stored.model.network().state_values();
  std::copy(state.begin(), state.end(), network.state_values().begin());
}

}  // namespace hinge_command
