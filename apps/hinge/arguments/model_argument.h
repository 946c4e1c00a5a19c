// A model as the command line names it, a file or the folder of a run, and the tables that it is used on.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include <hinge/data/csv.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

namespace hinge_command {

/// The model file of a run's folder, or the path itself.
std::string model_path(const std::string& argument);

/// Warns on stderr where the folder of the run, or of the model file, holds a newer run that did not finish.
void warn_of_unfinished(const std::string& argument);

/// Loads it, in single precision as it was trained. Warns of a newer run that did not finish.
hinge::StoredModel<float> load_model_argument(const std::string& argument);

/// Adds the option --delimiter.
void add_delimiter(CLI::App& command, std::string& delimiter);

/// How a table for the model is read: gaps are allowed where the model knows what to fill them with.
hinge::CsvOptions table_options(const hinge::Model<float>& model, const std::string& delimiter);

}  // namespace hinge_command
