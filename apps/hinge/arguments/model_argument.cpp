#include "arguments/model_argument.h"

#include <cstdio>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/run/result_folder.h>

#include "console.h"

namespace hinge_command {

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
  return hinge::load_model<float>(model_path(argument));
}

void add_delimiter(CLI::App& command, std::string& delimiter) {
  command.add_option("--delimiter", delimiter, "what separates the file's cells: , ; | or tab")
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

hinge::CsvOptions table_options(const hinge::Model<float>& model, const std::string& delimiter) {
  hinge::CsvOptions options;
  options.delimiter = hinge::delimiter_named(delimiter);
  if (!model.info().imputed_values.empty()) options.missing = hinge::Missing::keep;
  return options;
}

}  // namespace hinge_command
