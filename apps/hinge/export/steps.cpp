#include "export/steps.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include <hinge/core/config/spec.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge_command {

namespace {

constexpr std::array<std::string_view, 16> activations = {
    "elu",   "gelu", "hard_sigmoid", "hard_swish", "hard_tanh", "identity", "leaky_relu", "mish",
    "prelu", "relu", "selu",         "sigmoid",    "silu",      "softplus", "softsign",   "tanh"};

// The place of an option in a description, whose type the caller knows.
template <typename Value>
Value& option(hinge::Description& description, std::string_view name) {
  const std::vector<hinge::Option> options = description.options();
  return *std::get<Value*>(hinge::find_option(options, name)->place);
}

class StepList {
 public:
  explicit StepList(const hinge::Network<float>& network) : network_(network), width_(network.inputs()) {}

  void add_row(std::vector<hinge::LayerSpec> specs, const std::string& place) {
    for (std::size_t i = 0; i < specs.size(); ++i) add(specs[i], place + std::to_string(i));
  }
  std::vector<Step> take() { return std::move(steps_); }

 private:
  void add(hinge::LayerSpec& spec, const std::string& path) {
    const std::string_view type = spec.type();
    if (type == "dense") {
      add_step(
          {.kind = Step::Kind::dense, .path = path, .weight = values(path, "weight"), .bias = values(path, "bias")});
      add_activation(option<hinge::SpecPlace>(spec.held(), "activation"), path);
    } else if (type == "activation") {
      add_activation(option<hinge::SpecPlace>(spec.held(), "activation"), path);
    } else if (type == "batch_norm" || type == "layer_norm") {
      add_normalization(spec, path);
    } else if (type == "dropout") {
      add_step({.kind = Step::Kind::dropout, .path = path, .options = {{"rate", option<double>(spec.held(), "rate")}}});
    } else if (type == "residual") {
      add_residual(spec, path);
    } else {
      throw hinge::ModelError("the layer " + path + " is a " + hinge::printable(type) + ", which no other format has");
    }
  }

  // The step of a matrix gives as many numbers as that has rows.
  void add_step(Step step) {
    step.inputs = width_;
    if (step.kind == Step::Kind::dense) width_ = step.weight.size() / width_;
    step.outputs = width_;
    steps_.push_back(std::move(step));
  }

  void add_activation(hinge::SpecPlace& place, const std::string& path) {
    hinge::Description& held = place.held();
    Step step{.kind = Step::Kind::activation, .path = path, .name = std::string(held.type())};
    if (std::find(activations.begin(), activations.end(), step.name) == activations.end()) {
      throw hinge::ModelError("the activation of " + path + " is " + hinge::printable(step.name) +
                              ", which no other format has");
    }
    if (step.name == "identity") return;
    if (step.name == "elu" || step.name == "leaky_relu") step.options["alpha"] = option<double>(held, "alpha");
    if (step.name == "gelu") step.options["tanh"] = option<std::string>(held, "approximate") == "tanh" ? 1 : 0;
    if (step.name == "prelu") step.weight = values(path, "alpha");
    add_step(std::move(step));
  }

  void add_normalization(hinge::LayerSpec& spec, const std::string& path) {
    const bool is_batch = spec.type() == "batch_norm";
    std::map<std::string, double> options = {{"epsilon", option<double>(spec.held(), "epsilon")}};
    if (is_batch) options["momentum"] = option<double>(spec.held(), "momentum");
    add_step({.kind = is_batch ? Step::Kind::batch_norm : Step::Kind::layer_norm,
              .path = path,
              .options = std::move(options),
              .weight = values(path, "gamma"),
              .bias = values(path, "beta"),
              .mean = is_batch ? state(path + ".running_mean") : std::vector<float>(),
              .variance = is_batch ? state(path + ".running_var") : std::vector<float>()});
  }

  void add_residual(hinge::LayerSpec& spec, const std::string& path) {
    using Layers = hinge::SpecList<hinge::LayerSpec::InterfaceType>;
    const std::size_t inputs = width_;
    add_step({.kind = Step::Kind::begin, .path = path});
    add_row(static_cast<Layers&>(option<hinge::SpecListPlace>(spec.held(), "layers")).specs(), path + ".layers.");
    add_step({.kind = Step::Kind::end, .path = path, .weight = values(path, "projection")});
    steps_.back().inputs = inputs;
  }

  // Row by row; none where the layer has no such parameter.
  std::vector<float> values(const std::string& path, const char* name) const {
    const auto parameters = network_.parameters();
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& parameter) { return parameter.name() == path + "." + name; });
    if (found == parameters.end()) return {};
    const hinge::Matrix<float> rows = hinge::matrix_of(found->value());
    return {rows.elements().begin(), rows.elements().end()};
  }

  std::vector<float> state(const std::string& name) const {
    const auto all = network_.state();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name() == name; });
    return {found->values().begin(), found->values().end()};
  }

  const hinge::Network<float>& network_;
  std::size_t width_;
  std::vector<Step> steps_;
};

}  // namespace

bool uses(const hinge::Preprocessing& scaling, hinge::Preprocessing::Method method) {
  const auto& methods = scaling.methods();
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

std::vector<Step> steps_of(const hinge::Network<float>& network) {
  StepList list(network);
  list.add_row(network.specs(), "layers.");
  return list.take();
}

}  // namespace hinge_command
