// hinge import: the weights of another program as a model to predict with, to measure, to train on.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/layers/weight_file.h>

#include "arguments/arguments.h"
#include "arguments/part_argument.h"
#include "command.h"
#include "console.h"

namespace hinge_command {

namespace {

struct ImportArguments {
  std::string file;
  std::string activation;
  std::string loss;
  std::vector<std::string> names;
  std::vector<std::string> features;
  std::vector<std::string> outputs;
  std::string out;
};

void check_count(const char* option, const std::vector<std::string>& names, std::size_t wanted, const char* what) {
  if (names.empty() || names.size() == wanted) return;
  throw hinge::ConfigError(std::string(option) + " has " + hinge::quantity(names.size(), "name") +
                           ", but the network has " + std::to_string(wanted) + " " + what);
}

// Without names the columns of a table count: first the inputs, then what is learned.
std::vector<std::string> columns(std::size_t first, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("column " + std::to_string(first + i));
  return names;
}

// The columns of a table that the outputs learned.
std::vector<std::string> target_columns(const hinge::Network<float>& network, const hinge::Loss<float>& loss) {
  const bool is_class = loss.task() == hinge::Task::classes;
  return columns(network.inputs() + 1, is_class ? 1 : loss.target_rows(network.outputs()));
}

hinge::ModelInfo info_of(const ImportArguments& arguments, const hinge::Network<float>& network,
                         const hinge::Loss<float>& loss) {
  hinge::ModelInfo info{.output_transform = loss.output_transform()};
  check_count("--features", arguments.features, network.inputs(), "inputs");
  info.feature_names = arguments.features.empty() ? columns(1, network.inputs()) : arguments.features;
  const std::size_t outputs = network.outputs();
  if (loss.task() == hinge::Task::classes && outputs == 1) {
    throw hinge::ConfigError("--loss " + arguments.loss +
                             ": wants an output for each class, and the network has one output; for one of two classes "
                             "it is bce_with_logits");
  }
  if (loss.task() == hinge::Task::values && loss.output_names(target_columns(network, loss)).size() != outputs) {
    throw hinge::ConfigError("--loss " + arguments.loss +
                             ": has another number of outputs than the network, which has " + std::to_string(outputs));
  }
  if (loss.task() == hinge::Task::classes || (loss.task() == hinge::Task::labels && outputs == 1)) {
    const std::size_t classes = std::max<std::size_t>(2, outputs);
    check_count("--outputs", arguments.outputs, classes, "classes");
    info.class_names = arguments.outputs.empty() ? hinge::numbered_names("", classes) : arguments.outputs;
  } else {
    check_count("--outputs", arguments.outputs, outputs, "outputs");
    info.target_names =
        arguments.outputs.empty() ? loss.output_names(target_columns(network, loss)) : arguments.outputs;
  }
  return info;
}

// A tensor that nothing takes may be a layer that the network lacks.
void check_left(const ImportArguments& arguments, const std::vector<std::string>& left,
                const std::vector<std::string>& layers) {
  if (!arguments.names.empty()) return;
  for (const std::string& name : left) {
    if (name.ends_with("num_batches_tracked")) continue;  // a counter of PyTorch
    throw hinge::ModelError(hinge::printable(arguments.file) + ": " + hinge::printable(name) +
                            " belongs to no layer; to leave it out, name those to take: --names " +
                            hinge::join(layers, ","));
  }
}

int import(const ImportArguments& arguments) {
  const std::string path = hinge::join_path(arguments.out, "model.safetensors");
  if (hinge::file_exists(path)) {
    throw hinge::ConfigError(hinge::printable(path) + " is there already, and is not overwritten");
  }
  const hinge::LossSpec spec = parse_loss(arguments.loss);
  const auto loss = spec->build<float>();
  auto [network, weights, layers] =
      hinge::import_network<float>(arguments.file, parse_activation(arguments.activation), arguments.names);
  check_left(arguments, weights.left, layers);
  hinge::ModelInfo info = info_of(arguments, network, *loss);
  const hinge::ModelNotes notes = {
      {"imported_from", arguments.file.substr(arguments.file.find_last_of('/') + 1)},  // no path, as in all models
      {"loss", hinge::to_json_line(json_of(spec))},
      {"target_columns", hinge::to_json_line(hinge::list_of(target_columns(network, *loss)))}};
  const hinge::Model<float> model(std::move(network), std::move(info));
  hinge::create_folders(arguments.out);
  hinge::save_model(path, model, notes);
  for (std::string& name : weights.left) name = hinge::printable(name);
  if (!weights.left.empty()) note(Display::of_stderr(false), "not used: " + hinge::join(weights.left));
  std::fputs(model.network().summary().c_str(), stdout);
  return exit_success;
}

}  // namespace

void add_import(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "import", "Makes a model of the weights of PyTorch or Keras", import);
  command.footer(
      "A safetensors file holds weights and their names, but neither the functions between the layers nor what the\n"
      "outputs mean; these you give. Check the network that is printed: where it is another one, write its layers "
      "into\n"
      "a config and start from the file, hinge train CONFIG --from FILE. Inputs are used as they are, without "
      "scaling.");
  const auto add_list = [&app = command](const char* name, std::vector<std::string>& names, const char* meaning) {
    app.add_option(name, names, meaning)->delimiter(',')->take_all()->expected(1)->type_name("LIST");
  };
  command.add_option("file", arguments.file, "a safetensors file, such as a state_dict of PyTorch")->required();
  command
      .add_option("--activation", arguments.activation,
                  "what follows each dense layer but the last: relu, leaky_relu:alpha=0.2")
      ->required()
      ->type_name("NAME");
  command
      .add_option("--loss", arguments.loss,
                  "what the outputs were trained with: softmax_cross_entropy, bce_with_logits, mse")
      ->required()
      ->type_name("NAME");
  add_list("--names", arguments.names,
           "the file's layers in the order of the network, where their names do not say it: fc1,bn1,fc2");
  add_list("--features", arguments.features, "the columns of a table that the inputs are; else its first ones");
  add_list("--outputs", arguments.outputs,
           "names of the classes, or of the values; else 0,1,…, or the columns that follow");
  command.add_option("-o,--out", arguments.out, "the folder to write the model into")->required()->type_name("DIR");
}

}  // namespace hinge_command
