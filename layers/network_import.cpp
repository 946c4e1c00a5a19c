// Guesses a network from the names and the shapes of its tensors.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/prelu.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/tensor_groups.h>
#include <hinge/layers/weight_file.h>

namespace hinge {

namespace {

const Tensor* part(const TensorGroup& group, const char* word) {
  const auto found = group.parts.find(word);
  return found == group.parts.end() ? nullptr : found->second;
}

// Makes a layer of each group that it is given, and remembers which tensors are whose.
class LayerList {
 public:
  explicit LayerList(const ActivationSpec& activation) : activation_(activation) {}

  void add(const TensorGroup& group) {
    const Tensor* const weight = part(group, "weight");
    if (weight == nullptr) fail(group, "has no weight; wanted one in every layer");
    if (weight->shape.size() > 2) {
      fail(group, "has a weight of " + shape_text(weight->shape) + "; wanted a matrix, that of a dense layer");
    }
    if (weight->shape.size() == 2) {
      add_dense(group, *weight);
    } else if (part(group, "bias") == nullptr && part(group, "running_mean") == nullptr) {
      add_slopes(group, *weight);
    } else {
      add_normalization(group, *weight);
    }
    last_ = &group;
  }

  std::size_t inputs() const { return inputs_; }
  std::vector<LayerSpec> layers() {
    close();
    return layers_;
  }
  // As load_weights takes them.
  const std::map<std::string, std::string>& names() const { return names_; }

 private:
  [[noreturn]] static void fail(const TensorGroup& group, const std::string& what) {
    throw ModelError(printable(group.name) + " " + what);
  }

  void add_dense(const TensorGroup& group, const Tensor& weight) {
    const std::size_t inputs = weight.shape[group.is_transposed ? 0 : 1];
    check_width(group, weight, inputs);
    if (wants_activation_) add_activation(activation_);
    close();
    names_[path(layers_.size())] = group.name;
    width_ = weight.shape[group.is_transposed ? 1 : 0];
    open_ = Dense{.units = width_, .bias = part(group, "bias") != nullptr};
    wants_activation_ = true;
  }

  void add_normalization(const TensorGroup& group, const Tensor& weight) {
    check_width(group, weight, weight.size());
    if (wants_activation_ && leaves_a_place(group)) add_activation(activation_);
    close();
    names_[path(layers_.size())] = group.name;
    const double epsilon = parts_of(weight.name).second == "gamma" ? 1e-3 : 1e-5;  // Keras, PyTorch
    if (part(group, "running_mean") != nullptr) {
      layers_.emplace_back(BatchNorm{.epsilon = epsilon});
    } else {
      layers_.emplace_back(LayerNorm{.epsilon = epsilon});
    }
  }

  void add_slopes(const TensorGroup& group, const Tensor& weight) {
    if (last_ == nullptr) fail(group, "has slopes alone; wanted a layer before them");
    if (weight.size() > 1) check_width(group, weight, weight.size());
    add_activation(PRelu{.per_unit = weight.size() > 1});
    names_[path(layers_.size() - 1) + ".alpha"] = weight.name;
  }

  void add_activation(const ActivationSpec& activation) {
    if (open_) {
      open_->activation = activation;
      close();
    } else {
      layers_.emplace_back(ActivationLayer{activation});
    }
    wants_activation_ = false;
  }

  void close() {
    if (open_) layers_.emplace_back(*open_);
    open_.reset();
  }

  static std::string path(std::size_t layer) { return "layers." + std::to_string(layer); }

  void check_width(const TensorGroup& group, const Tensor& weight, std::size_t inputs) {
    if (last_ == nullptr) inputs_ = width_ = inputs;
    if (inputs == width_) return;
    fail(group, "takes " + std::to_string(inputs) + " numbers (its weight is " + shape_text(weight.shape) + "), but " +
                    printable(last_->name) + " before it gives " + std::to_string(width_));
  }

  // In nn.Sequential what has no weights has a number, too: 0 and 2 are a dense layer and what follows its activation.
  bool leaves_a_place(const TensorGroup& group) const {
    const auto [stem, number] = split_number(group.name);
    const auto [last_stem, last_number] = split_number(last_->name);
    const bool is_sequential = number && last_number && stem == last_stem && (stem.empty() || stem.back() == '.');
    return is_sequential && *number > *last_number + 1;
  }

  ActivationSpec activation_;
  std::vector<LayerSpec> layers_;
  std::optional<Dense> open_;      // the dense layer that may still get an activation
  bool wants_activation_ = false;  // the last dense layer has none yet
  std::map<std::string, std::string> names_;
  const TensorGroup* last_ = nullptr;
  std::size_t inputs_ = 0;
  std::size_t width_ = 0;
};

LayerList layers_of(const GroupOrder& groups, const ActivationSpec& activation) {
  LayerList layers(activation);
  for (const TensorGroup* group : groups) layers.add(*group);
  return layers;
}

GroupOrder named(const std::vector<TensorGroup>& groups, const std::vector<std::string>& names) {
  GroupOrder found;
  for (const std::string& name : names) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const TensorGroup& g) { return g.name == name; });
    if (group == groups.end()) {
      std::vector<std::string> known;
      for (const TensorGroup& each : groups) known.push_back(each.name);
      throw ModelError("the file has no layer " + printable(name) + suggestion(name, known));
    }
    found.push_back(&*group);
  }
  return found;
}

GroupOrder guessed(const std::vector<TensorGroup>& groups, const ActivationSpec& activation) {
  return fitting_order(groups, [&](const GroupOrder& order) -> std::string {
    try {
      layers_of(order, activation);
      return "";
    } catch (const ModelError& error) {
      return error.what();
    }
  });
}

}  // namespace

template <typename Scalar>
ImportedNetwork<Scalar> import_network(const std::string& path, const ActivationSpec& activation,
                                       const std::vector<std::string>& layers) {
  const std::string bytes = read_tensor_file(path);
  const TensorFile file = read_any_tensors(bytes, path);
  const auto fail = [&](const std::string& what) { throw ModelError(printable(path) + ": " + what); };
  if (file.metadata.contains("format_version")) fail("is a model of Hinge, which needs no import");
  const std::vector<TensorGroup> groups = tensor_groups(file);
  if (groups.empty()) fail("no tensor is called as weights are, such as fc1.weight or dense/kernel");
  std::optional<LayerList> list;
  std::optional<Network<Scalar>> network;
  try {
    list = layers_of(layers.empty() ? guessed(groups, activation) : named(groups, layers), activation);
    network.emplace(list->inputs(), list->layers());
  } catch (const Error& error) {  // sizes that no layer has, too
    fail(error.what());
  }
  LoadedWeights weights = weights_from_bytes(*network, bytes, path, list->names());
  return {std::move(*network), std::move(weights)};
}

template HINGE_API ImportedNetwork<float> import_network<float>(const std::string&, const ActivationSpec&,
                                                                const std::vector<std::string>&);
template HINGE_API ImportedNetwork<double> import_network<double>(const std::string&, const ActivationSpec&,
                                                                  const std::vector<std::string>&);

}  // namespace hinge
