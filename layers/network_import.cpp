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

  // `next`: the group behind it, or null.
  void add(const TensorGroup& group, const TensorGroup* next) {
    const Tensor* const weight = part(group, "weight");
    if (weight == nullptr) fail(group, "has no weight; wanted one in every layer");
    if (weight->shape.size() > 2) {
      fail(group, "has a weight of " + shape_text(weight->shape) + "; wanted a matrix, that of a dense layer");
    }
    if (weight->shape.size() == 2) {
      add_dense(group, *weight);
    } else if (part(group, "bias") == nullptr && part(group, "running_mean") == nullptr) {
      add_slopes(group, *weight, next);
    } else {
      add_normalization(group, *weight, next);
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
    const std::size_t inputs = weight.shape[is_transposed(weight) ? 0 : 1];
    check_width(group, weight, inputs);
    if (wants_activation_) add_activation(activation_);
    close();
    names_[path(layers_.size())] = group.name;
    width_ = weight.shape[is_transposed(weight) ? 1 : 0];
    open_ = Dense{.units = width_, .bias = part(group, "bias") != nullptr};
    wants_activation_ = true;
  }

  void add_normalization(const TensorGroup& group, const Tensor& weight, const TensorGroup* next) {
    check_width(group, weight, weight.size());
    if (wants_activation_ && comes_after_activation(group, next)) add_activation(activation_);
    close();
    names_[path(layers_.size())] = group.name;
    const double epsilon = parts_of(weight.name).second == "gamma" ? 1e-3 : 1e-5;  // Keras, PyTorch
    if (part(group, "running_mean") != nullptr) {
      layers_.emplace_back(BatchNorm{.epsilon = epsilon});
    } else {
      layers_.emplace_back(LayerNorm{.epsilon = epsilon});
    }
  }

  // Normalisations without a bias look the same, but for their names.
  void add_slopes(const TensorGroup& group, const Tensor& weight, const TensorGroup* next) {
    const bool is_normalization =
        parts_of(weight.name).second == "gamma" || group.name.find("norm") != std::string::npos;
    if (is_normalization) fail(group, "has no bias; wanted one in every normalisation");
    if (last_ == nullptr || next == nullptr) fail(group, "has slopes alone; wanted them between two layers");
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

  // Where each module has a number, with weights or without (net.0, net.2), a normalisation that leaves a place before it
  // follows an activation; so does one that leaves none before the next matrix, as in Keras, whose dense layers have their own.
  bool comes_after_activation(const TensorGroup& group, const TensorGroup* next) const {
    if (distance(*last_, group) > 1) return true;
    const bool is_matrix =
        next != nullptr && part(*next, "weight") != nullptr && part(*next, "weight")->shape.size() == 2;
    return is_matrix && distance(*last_, group) == 1 && distance(group, *next) == 1;
  }

  // How many modules further a group is; 0 where the names do not tell.
  static std::size_t distance(const TensorGroup& from, const TensorGroup& to) {
    const auto [stem, number] = split_number(to.name);
    const auto [from_stem, from_number] = split_number(from.name);
    const bool is_sequential = number && from_number && stem == from_stem && (stem.empty() || stem.back() == '.');
    return is_sequential && *number > *from_number ? *number - *from_number : 0;
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
  for (std::size_t i = 0; i < groups.size(); ++i) {
    layers.add(*groups[i], i + 1 < groups.size() ? groups[i + 1] : nullptr);
  }
  return layers;
}

GroupOrder all_of(const std::vector<TensorGroup>& groups) {
  GroupOrder all;
  for (const TensorGroup& group : groups) all.push_back(&group);
  return all;
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
  std::vector<std::string> order = layers;
  try {
    const GroupOrder chosen = layers.empty() ? guessed(groups, activation) : named(groups, layers);
    list = layers_of(chosen, activation);
    network.emplace(list->inputs(), list->layers());
    order.clear();
    for (const TensorGroup* group : chosen) order.push_back(group->name);
  } catch (const Error& error) {  // sizes that no layer has, too
    fail(error.what() +
         std::string(layers.empty() ? "; --names gives the layers in their order, such as " + names_of(all_of(groups))
                                    : ""));
  }
  LoadedWeights weights = weights_from_bytes(*network, bytes, path, list->names());
  return {std::move(*network), std::move(weights), std::move(order)};
}

template HINGE_API ImportedNetwork<float> import_network<float>(const std::string&, const ActivationSpec&,
                                                                const std::vector<std::string>&);
template HINGE_API ImportedNetwork<double> import_network<double>(const std::string&, const ActivationSpec&,
                                                                  const std::vector<std::string>&);

}  // namespace hinge
