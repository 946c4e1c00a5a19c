// hinge init: a first config to run and to change.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

#include "command.h"
#include "schema.h"

namespace hinge_command {

namespace {

constexpr std::string_view starter = R"({
  // Editors that know JSON Schema complete and check the keys of this file.
  "$schema": "hinge.schema.json",

  // Two half moons, made on the spot. For a table of yours:
  //   "data": {"type": "csv", "path": "table.csv", "target": "the column to learn", …}
  "data": {
    "type": "moons",
    "samples": 400,
    "noise": 0.15,
    "test": {"fraction": 0.25},        // to judge by at the end
    "validation": {"fraction": 0.2},   // to watch while learning, from what the test part leaves
    "preprocess": "standard"
  },

  // The last layer has one output for each class.
  "model": {
    "layers": [
      {"type": "dense", "units": 16, "activation": "relu"},
      {"type": "dense", "units": 16, "activation": {"type": "leaky_relu", "alpha": 0.01}},
      {"type": "dense", "units": 2}
    ]
  },

  "loss": "softmax_cross_entropy",     // "mse" for numbers instead of classes
  "optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
  "train": {"epochs": 40, "batch_size": 32, "seed": 1}
}
)";

void write_new(const std::string& path, std::string_view text) {
  if (hinge::file_exists(path)) {
    throw hinge::ConfigError(hinge::printable(path) + " is there already, and is not overwritten");
  }
  hinge::write_file(path, text);
}

int init(const std::string& folder) {
  const std::string config = hinge::join_path(folder, "moons.json");
  const std::string schema = hinge::join_path(folder, "hinge.schema.json");
  hinge::create_folders(folder);
  write_new(config, starter);
  hinge::write_file(schema, schema_text());
  std::printf("wrote %s and %s; now: hinge train %s\n", hinge::printable(config).c_str(),
              hinge::printable(schema).c_str(), hinge::printable(config).c_str());
  return exit_success;
}

}  // namespace

void add_init(CLI::App& app, Action& action) {
  const auto folder = std::make_shared<std::string>(".");
  CLI::App* command = app.add_subcommand("init", "Writes a first config, and the schema of configs");
  command->add_option("folder", *folder, "where to; without it here");
  command->callback([&action, folder] { action = [folder] { return init(*folder); }; });
}

}  // namespace hinge_command
