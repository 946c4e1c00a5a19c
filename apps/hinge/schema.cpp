// hinge schema: everything that a config may hold, as a JSON Schema or as tables.
#include <cstdio>

#include <hinge/core/config/config.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "command.h"
#include "parts.h"

namespace hinge_command {

namespace {

// A heading and a table; nothing without options.
std::string section(const std::string& title, hinge::Description& description) {
  if (description.options().empty()) return "";
  return "\n" + title + "\n\n" + hinge::options_table(description);
}

std::string tables() {
  hinge::RunConfig config;
  std::string text = section("## The config", config);
  text += section("## `model`", config.model) + section("## `train`", config.train) +
          section("### `early_stopping`, in `train`", config.train.early_stopping) +
          section("### `checkpoint`, in `train`", config.train.checkpoint) + section("## `health`", config.health) +
          section("### `recycle`, in `health`", config.health.recycle);
  hinge::PartOptions part;
  hinge::Column column;
  text += section("## `test` and `validation`, in `data`", part) +
          section("## each of `columns`, in `data` of `csv`", column);
  const hinge::Registries registries = known_parts();
  for (const char* kind : {"data", "layer", "activation", "initializer", "loss", "optimizer", "schedule", "metric"}) {
    const hinge::RegistryBase& registry = registries.of_kind(kind);
    text += "\n## " + std::string(kind) + "\n\n";
    std::string names;
    for (const std::string& name : registry.names()) names += (names.empty() ? "`" : ", `") + name + "`";
    text += "One of " + names + ".\n";
    for (const std::string& name : registry.names()) {
      text += section("### " + std::string(kind) + " `" + name + "`", registry.make(name)->held());
    }
  }
  return text.substr(1);
}

struct SchemaArguments {
  bool markdown = false;
};

int print_schema(const SchemaArguments& arguments) {
  std::fputs((arguments.markdown ? tables() : schema_text()).c_str(), stdout);
  return exit_success;
}

}  // namespace

std::string schema_text() {
  hinge::RunConfig config;
  return hinge::to_json(hinge::json_schema(config, known_parts(), "A config of hinge train")) + "\n";
}

void add_schema(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "schema", "Prints the JSON Schema of configs", print_schema);
  command.add_flag("--markdown", arguments.markdown, "tables for people instead, as in configs/README.md");
}

}  // namespace hinge_command
