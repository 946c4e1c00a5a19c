// hinge export: a model as a file of another program.
#include <cstdio>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/layers/model_file.h>

#include "arguments/arguments.h"
#include "command.h"
#include "export/onnx.h"
#include "export/pytorch.h"

namespace hinge_command {

namespace {

struct ExportArguments {
  std::string model;
  std::string format;
  std::string out;
  bool raw = false;
};

int export_model(const ExportArguments& arguments) {
  const hinge::Model<float> model = load_model_argument(arguments.model).model;
  if (arguments.format == "onnx") {
    hinge::write_file(arguments.out, onnx_of(model, arguments.raw));
    return exit_success;
  }
  const PytorchModule module = pytorch_of(model.network(), arguments.out);
  hinge::write_file(arguments.out, module.weights);
  std::fputs(module.code.c_str(), stdout);
  return exit_success;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "export", "Writes a model for other programs: ONNX, PyTorch", export_model);
  command.footer(
      "onnx: opset 17, float32, any number of samples; scaling and probabilities are inside, names in the metadata.\n"
      "safetensors: the state_dict of an nn.Sequential of PyTorch, whose lines of Python are printed; the network "
      "alone.");
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_option("--to", arguments.format, "onnx or safetensors")
      ->required()
      ->check(CLI::IsMember({"onnx", "safetensors"}))
      ->type_name("FORMAT");
  command.add_option("-o,--out", arguments.out, "the file to write")->required()->type_name("FILE");
  command.add_flag("--raw", arguments.raw, "onnx: the network alone, without scaling, probabilities and classes");
}

}  // namespace hinge_command
