// hinge schema: the JSON Schema of configs, for editors.
#include <cstdio>

#include <hinge/optim/run.h>

#include "command.h"
#include "schema.h"

namespace hinge_command {

std::string schema_text() {
  hinge::RunConfig config;
  return hinge::to_json(hinge::json_schema(config, hinge::standard_registries(), "A config of hinge train")) + "\n";
}

void add_schema(CLI::App& app, Action& action) {
  app.add_subcommand("schema", "Prints the JSON Schema of configs")->callback([&action] {
    action = [] {
      std::fputs(schema_text().c_str(), stdout);
      return exit_success;
    };
  });
}

}  // namespace hinge_command
