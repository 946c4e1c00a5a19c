// hinge export: a model as a file of another program.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/layers/model_file.h>

#include "arguments/arguments.h"
#include "command.h"
#include "export/c_header.h"
#include "export/onnx.h"
#include "export/pytorch.h"
#include "export/steps.h"

namespace hinge_command {

namespace {

struct ExportArguments {
  std::string model;
  std::string format;
  std::string name;
  std::string out;
  bool raw = false;
};

// What is in the folder of the model may be all there is of a run.
void check_out(const ExportArguments& arguments) {
  const std::string folder = hinge::folder_of(model_path(arguments.model));
  if (!hinge::file_exists(arguments.out) || !hinge::same_file(hinge::folder_of(arguments.out), folder)) return;
  throw hinge::ConfigError(hinge::printable(arguments.out) +
                           " is there already, beside the model, and is not overwritten; choose another --out");
}

void check_options(const ExportArguments& arguments) {
  if (arguments.raw && arguments.format != "onnx") throw hinge::ConfigError("--raw goes with --to onnx");
  if (!arguments.name.empty() && arguments.format != "c") throw hinge::ConfigError("--name goes with --to c");
}

// With the clip of "robust", no value far out could come back; a run never scales targets so.
void check_targets(const hinge::Model<float>& model) {
  if (!uses(model.info().targets, hinge::Preprocessing::Method::robust)) return;
  throw hinge::ModelError("targets scaled by \"robust\" are not exported");
}

int export_model(const ExportArguments& arguments) {
  check_options(arguments);
  check_out(arguments);
  // The bits that a compiler without multiply-adds computes, before the first kernel is chosen.
  if (arguments.format == "c") setenv("HINGE_ISA", "baseline", 1);
  const hinge::StoredModel<float> stored = load_model_argument(arguments.model);
  const hinge::Model<float>& model = stored.model;
  if (!arguments.raw && arguments.format != "safetensors") check_targets(model);
  if (arguments.format == "onnx") {
    hinge::write_file(arguments.out, onnx_of(model, fit_of(stored).columns, arguments.raw));
    return exit_success;
  }
  if (arguments.format == "c") {
    hinge::write_file(arguments.out, c_header_of(model, arguments.name.empty() ? "model" : arguments.name));
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
      add_command(app, action, "export", "Writes a model for other programs: ONNX, C, PyTorch", export_model);
  command.footer(
      "onnx: opset 17, float32, any number of samples; scaling and probabilities are inside, names in the metadata;\n"
      "a category is a number, its place in that list.\n"
      "c: one header of C99 that predicts without a library, bit for bit where no multiply-add is contracted.\n"
      "safetensors: the state_dict of an nn.Sequential of PyTorch, whose lines of Python are printed; the network "
      "alone.");
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_option("--to", arguments.format, "onnx, c or safetensors")
      ->required()
      ->check(CLI::IsMember({"onnx", "c", "safetensors"}))
      ->type_name("FORMAT");
  command.add_option("-o,--out", arguments.out, "the file to write")->required()->type_name("FILE");
  command.add_option("--name", arguments.name, "c: what the names of the header start with; else model")
      ->type_name("NAME");
  command.add_flag("--raw", arguments.raw, "onnx: the network alone, without scaling, probabilities and classes");
}

}  // namespace hinge_command
