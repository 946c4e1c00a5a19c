// hinge predict: a CSV file in, predictions as CSV out.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <unistd.h>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/csv.h>

#include "arguments/arguments.h"
#include "command.h"

namespace hinge_command {

namespace {

struct PredictArguments {
  std::string model;
  std::string data;
  std::string delimiter = ",";
};

// A name may hold any byte, a zero byte too.
void print_line(const std::string& text) { std::fwrite((text + "\n").data(), 1, text.size() + 1, stdout); }

// A cell of RFC 4180: quoted where it must be.
std::string cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// The names as they are; made safe where a terminal shows them.
std::vector<std::string> named(std::vector<std::string> names, std::size_t count, const char* prefix) {
  if (names.empty()) return hinge::numbered_names(prefix, count);
  if (isatty(STDOUT_FILENO) == 1) {
    for (std::string& name : names) name = hinge::printable(name);
  }
  return names;
}

// A probability for each class; a single output is that of the second one.
std::vector<float> probabilities(hinge::MatrixView<const float> outputs, std::size_t sample) {
  if (outputs.rows == 1) return {1 - outputs(0, sample), outputs(0, sample)};
  std::vector<float> column(outputs.rows);
  for (std::size_t k = 0; k < column.size(); ++k) column[k] = outputs(k, sample);
  return column;
}

void print_classes(const hinge::Model<float>& model, hinge::MatrixView<const float> x,
                   hinge::MatrixView<const float> outputs) {
  const std::size_t count = std::max<std::size_t>(2, outputs.rows);
  const std::vector<std::string> names = named(model.info().class_names, count, "");
  const std::vector<std::size_t> classes = model.classify(x);
  const bool has_probabilities = gives_probabilities(model.info().output_transform);
  std::string text = "class";
  for (const std::string& name : names) text += "," + cell((has_probabilities ? "p(" : "score(") + name + ")");
  for (std::size_t i = 0; i < outputs.cols; ++i) {
    text += "\n" + cell(names[classes[i]]);
    for (const float p : probabilities(outputs, i)) text += "," + hinge::to_text(p);
  }
  print_line(text);
}

void print_values(const hinge::Model<float>& model, hinge::MatrixView<const float> outputs) {
  std::string text;
  for (const std::string& name : named(model.info().target_names, outputs.rows, "output_")) text += "," + cell(name);
  text.erase(0, 1);
  for (std::size_t i = 0; i < outputs.cols; ++i) {
    for (std::size_t k = 0; k < outputs.rows; ++k) text += (k == 0 ? "\n" : ",") + hinge::to_text(outputs(k, i));
  }
  print_line(text);
}

// A row whose values are too large to compute with has no prediction.
void check_finite(const std::string& path, const hinge::CsvReport& report, hinge::MatrixView<const float> outputs) {
  for (std::size_t i = 0; i < outputs.cols; ++i) {
    for (std::size_t k = 0; k < outputs.rows; ++k) {
      if (std::isfinite(outputs(k, i))) continue;
      throw hinge::DataError(hinge::printable(path) + ":" + std::to_string(report.lines[i]) + ": output " +
                             std::to_string(k) + " is " + hinge::to_text(outputs(k, i)) +
                             "; the values of this row, or the weights, are too large");
    }
  }
}

int predict(const PredictArguments& arguments) {
  const auto stored = load_model_argument(arguments.model);
  const hinge::Model<float>& model = stored.model;
  if (model.info().feature_names.empty()) {
    throw hinge::ModelError("the model does not know the names of its features, so no columns can be found for them");
  }
  const hinge::CsvOptions options = table_options(model, arguments.delimiter);
  const auto inputs = hinge::read_csv_inputs<float>(arguments.data, model.info().feature_names, options);
  const hinge::Matrix<float> outputs = model.predict(inputs.view());
  check_finite(arguments.data, inputs.report, outputs.view());
  if (model.is_classifier()) {
    print_classes(model, inputs.view(), outputs);
  } else {
    print_values(model, outputs);
  }
  return exit_success;
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "predict", "Predicts for each row of a CSV file; writes CSV", predict);
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_option("data", arguments.data, "a CSV file with the features, found by their names")->required();
  add_delimiter(command, arguments.delimiter);
}

}  // namespace hinge_command
