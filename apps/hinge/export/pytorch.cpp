#include "export/pytorch.h"

#include <cstddef>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>

#include "export/steps.h"

namespace hinge_command {

namespace {

// The class of an activation, with its arguments.
std::string module_of_activation(const Step& step) {
  const std::string& name = step.name;
  const auto alpha = [&] { return hinge::to_text(step.options.at("alpha")); };
  if (name == "elu") return "ELU(" + alpha() + ")";
  if (name == "gelu") return step.options.at("tanh") == 1 ? "GELU(approximate=\"tanh\")" : "GELU()";
  if (name == "leaky_relu") return "LeakyReLU(" + alpha() + ")";
  if (name == "prelu") return "PReLU(" + std::to_string(step.weight.size()) + ")";
  const std::pair<const char*, const char*> plain[] = {{"hard_sigmoid", "Hardsigmoid"},
                                                       {"hard_swish", "Hardswish"},
                                                       {"hard_tanh", "Hardtanh"},
                                                       {"mish", "Mish"},
                                                       {"relu", "ReLU"},
                                                       {"selu", "SELU"},
                                                       {"sigmoid", "Sigmoid"},
                                                       {"silu", "SiLU"},
                                                       {"softplus", "Softplus"},
                                                       {"softsign", "Softsign"},
                                                       {"tanh", "Tanh"}};
  for (const auto& [ours, theirs] : plain) {
    if (name == ours) return std::string(theirs) + "()";
  }
  throw hinge::ModelError(step.path + ": PyTorch has no " + name);
}

std::string module_of(const Step& step) {
  const std::string inputs = std::to_string(step.inputs);
  const auto number = [&](const char* name) { return hinge::to_text(step.options.at(name)); };
  switch (step.kind) {
    case Step::Kind::dense:
      return "Linear(" + inputs + ", " + std::to_string(step.outputs) + (step.bias.empty() ? ", bias=False)" : ")");
    case Step::Kind::activation:
      return module_of_activation(step);
    case Step::Kind::batch_norm:
      return "BatchNorm1d(" + inputs + ", eps=" + number("epsilon") + ", momentum=" + number("momentum") + ")";
    case Step::Kind::layer_norm:
      return "LayerNorm(" + inputs + ", eps=" + number("epsilon") + ")";
    case Step::Kind::dropout:
      return "Dropout(" + number("rate") + ")";
    case Step::Kind::begin:
    case Step::Kind::end:
      break;
  }
  throw hinge::ModelError("the layer " + step.path +
                          " is a residual block, which an nn.Sequential of PyTorch cannot hold");
}

}  // namespace

PytorchModule pytorch_of(const hinge::Network<float>& network, const std::string& file) {
  const std::vector<Step> steps = steps_of(network);
  std::vector<std::string> modules;
  std::vector<hinge::Tensor> tensors;
  for (const Step& step : steps) {
    const std::string place = std::to_string(modules.size());
    modules.push_back("nn." + module_of(step));
    const auto add = [&](const char* name, const std::vector<float>& values, std::vector<std::size_t> shape) {
      if (values.empty()) return;
      const auto* const bytes = reinterpret_cast<const char*>(values.data());
      tensors.push_back(
          {place + "." + name, hinge::TensorType::float32, std::move(shape), {bytes, values.size() * sizeof(float)}});
    };
    if (step.kind == Step::Kind::dense) {
      add("weight", step.weight, {step.outputs, step.inputs});
    } else {
      add("weight", step.weight, {step.weight.size()});
    }
    add("bias", step.bias, {step.bias.size()});
    add("running_mean", step.mean, {step.mean.size()});
    add("running_var", step.variance, {step.variance.size()});
  }
  return {
      .code =
          "import torch\nfrom torch import nn\nfrom safetensors.torch import load_file\n\nnet = nn.Sequential(\n    " +
          hinge::join(modules, ",\n    ") + ")\nnet.load_state_dict(load_file(" +
          hinge::to_json_line(hinge::JsonValue(file)) + "))\nnet.eval()\n",  // JSON's texts are Python's
      .weights = hinge::write_tensors({{"format", "pt"}}, tensors)};
}

}  // namespace hinge_command
