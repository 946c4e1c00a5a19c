// Finds for each parameter of a network its tensor in a file, checks all of them, and only then writes.
#include <hinge/layers/weight_file.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/layers/tensor_groups.h>

namespace hinge {

namespace {

// What takes a tensor: a parameter or a state.
template <typename Scalar>
struct Taker {
  std::string name;
  std::vector<std::size_t> shape;  // as a file of ours has it
  MatrixView<Scalar> values;
  const Tensor* tensor = nullptr;
  bool is_transposed = false;
};

template <typename Scalar>
class WeightLoader {
 public:
  WeightLoader(Network<Scalar>& network, std::string_view bytes, std::string_view name)
      : name_(name), file_(read_any_tensors(bytes, name)), groups_(tensor_groups(file_)) {
    const auto own = file_.metadata.find("crc32");
    Checksum checksum;
    checksum.add(bytes);
    checksum_ = own == file_.metadata.end() ? checksum.text() : own->second;
    for (Parameter<Scalar>& p : network.parameters()) {
      std::vector<std::size_t> shape = {p.value().rows, p.value().cols};
      if (!p.is_matrix()) shape.pop_back();
      takers_.push_back({.name = p.name(), .shape = std::move(shape), .values = p.value()});
    }
    for (LayerState<Scalar>& s : network.state()) {
      const std::span<Scalar> values = s.values();
      const auto view = MatrixView<Scalar>::samples(values.data(), values.size(), 1);
      takers_.push_back({.name = s.name(), .shape = {values.size()}, .values = view});
    }
  }

  LoadedWeights load(const std::map<std::string, std::string>& names) {
    const bool is_own = file_.metadata.contains("format_version");
    const auto knows = [&](const Taker<Scalar>& taker) { return find(taker.name) != nullptr; };
    if (is_own || !names.empty() || std::all_of(takers_.begin(), takers_.end(), knows)) {
      take_by_name(names);
    } else {
      take_by_place();
    }
    LoadedWeights loaded = summary();
    if (is_own && !loaded.left.empty()) {
      fail("the network has no " + printable(loaded.left.front()) + ", which is " +
           shape_text(find(loaded.left.front())->shape) + " in the model");
    }
    write();
    return loaded;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw ModelError(printable(name_) + ": " + what); }

  const Tensor* find(std::string_view name) const {
    const auto found = std::find_if(file_.tensors.begin(), file_.tensors.end(),
                                    [&](const Tensor& tensor) { return tensor.name == name; });
    return found == file_.tensors.end() ? nullptr : &*found;
  }

  const TensorGroup* find_group(std::string_view name) const {
    const auto found =
        std::find_if(groups_.begin(), groups_.end(), [&](const TensorGroup& group) { return group.name == name; });
    return found == groups_.end() ? nullptr : &*found;
  }

  // ------------------------------------------------------------------------------------------------------ by name

  void take_by_name(const std::map<std::string, std::string>& names) {
    std::set<std::string> used;
    for (Taker<Scalar>& taker : takers_) {
      const auto [layer, word] = parts_of(taker.name);
      const auto parameter = names.find(taker.name);
      const auto group = names.find(layer);
      if (parameter != names.end()) {
        used.insert(taker.name);
        take(taker, find(parameter->second), parameter->second);
      } else if (group != names.end()) {
        used.insert(layer);
        take_from_group(taker, group->second);
      } else {
        take(taker, find(taker.name), "");
      }
      if (const std::string mismatch = misfit(taker); !mismatch.empty()) fail(mismatch);
    }
    for (const auto& [key, value] : names) {
      if (used.contains(key)) continue;
      std::vector<std::string> known;
      for (const Taker<Scalar>& taker : takers_) known.push_back(taker.name);
      fail("the network has no " + printable(key) + suggestion(key, known));
    }
  }

  void take_from_group(Taker<Scalar>& taker, const std::string& name) {
    const TensorGroup* const group = find_group(name);
    if (group == nullptr) fail_missing(taker, name);
    take(taker, part_for(taker, *group), name + "." + parts_of(taker.name).second);
  }

  static const Tensor* part_for(const Taker<Scalar>& taker, const TensorGroup& group) {
    const std::string word = parts_of(taker.name).second;
    const auto found = group.parts.find(word_for(word));
    if (found == group.parts.end()) return nullptr;
    const bool is_matrix = found->second->shape.size() > 1;
    return word == "alpha" && is_matrix ? nullptr : found->second;  // both are called weight
  }

  // `wanted`: the name that was given for it, "" for its own.
  void take(Taker<Scalar>& taker, const Tensor* tensor, const std::string& wanted) {
    if (tensor == nullptr) fail_missing(taker, wanted);
    taker.tensor = tensor;
    taker.is_transposed = is_transposed(*tensor);
  }

  [[noreturn]] void fail_missing(const Taker<Scalar>& taker, const std::string& wanted) const {
    std::vector<std::string> known;
    for (const Tensor& each : file_.tensors) known.push_back(each.name);
    fail("the model has no " + (wanted.empty() ? taker.name : printable(wanted)) + ", which is " +
         shape_text(taker.shape) + " in the network" + (wanted.empty() ? "" : suggestion(wanted, known)));
  }

  // ----------------------------------------------------------------------------------------------------- by place

  void take_by_place() {
    try {
      try_order(fitting_order(groups_, [&](const GroupOrder& order) { return try_order(order); }));
    } catch (const ModelError& error) {
      fail(error.what());
    }
  }

  // Gives each layer the group of its place. What does not fit, "" for nothing.
  std::string try_order(const GroupOrder& order) {
    std::size_t next = 0;
    std::string layer;
    const TensorGroup* group = nullptr;
    for (std::size_t i : in_order()) {
      Taker<Scalar>& taker = takers_[i];
      const auto [path, word] = parts_of(taker.name);
      // The slopes of an activation inside a layer are a layer of their own elsewhere.
      const std::string owner = word == "alpha" ? taker.name : path;
      if (owner != layer) {
        if (next == order.size()) return "the model has no tensors for " + owner;
        layer = owner;
        group = order[next++];
      }
      taker.tensor = part_for(taker, *group);
      if (taker.tensor == nullptr) {
        return "the model has no " + word_for(word) + " in " + printable(group->name) + ", which is to be " + path;
      }
      taker.is_transposed = is_transposed(*taker.tensor);
      if (std::string mismatch = misfit(taker); !mismatch.empty()) return mismatch;
    }
    return next == order.size() ? "" : "the network has no layer for " + printable(order[next]->name);
  }

  // Parameters and state of a layer together; the network lists them apart.
  std::vector<std::size_t> in_order() const {
    std::vector<std::string> layers;
    for (const Taker<Scalar>& taker : takers_) {
      const std::string layer = parts_of(taker.name).first;
      if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
    }
    std::vector<std::size_t> order;
    for (const std::string& layer : layers) {
      for (std::size_t i = 0; i < takers_.size(); ++i) {
        if (parts_of(takers_[i].name).first == layer) order.push_back(i);
      }
    }
    return order;
  }

  // ------------------------------------------------------------------------------------------------- checks, writing

  static std::string misfit(const Taker<Scalar>& taker) {
    std::vector<std::size_t> shape = taker.tensor->shape;
    if (taker.is_transposed) std::reverse(shape.begin(), shape.end());
    if (shape == taker.shape || (taker.values.size() == 1 && taker.tensor->size() == 1)) return "";
    const std::string own = taker.tensor->name == taker.name ? "" : taker.name + " is ";
    return printable(taker.tensor->name) + " is " + shape_text(taker.tensor->shape) + " in the model, but " + own +
           shape_text(taker.is_transposed ? std::vector(taker.shape.rbegin(), taker.shape.rend()) : taker.shape) +
           " in the network";
  }

  LoadedWeights summary() const {
    LoadedWeights loaded;
    std::set<const Tensor*> taken;
    for (const Taker<Scalar>& taker : takers_) {
      loaded.taken[taker.name] = taker.tensor->name;
      taken.insert(taker.tensor);
    }
    for (const Tensor& tensor : file_.tensors) {
      if (!taken.contains(&tensor)) loaded.left.push_back(tensor.name);
    }
    loaded.checksum = checksum_;
    return loaded;
  }

  void write() {
    std::vector<Matrix<Scalar>> converted;
    for (const Taker<Scalar>& taker : takers_) {
      Matrix<Scalar>& values = converted.emplace_back(taker.values.rows, taker.values.cols);
      for (std::size_t r = 0; r < values.rows(); ++r) {
        for (std::size_t c = 0; c < values.cols(); ++c) values(r, c) = value_at(taker, r, c);
      }
    }
    for (std::size_t i = 0; i < takers_.size(); ++i) {
      const MatrixView<Scalar> to = takers_[i].values;
      for (std::size_t r = 0; r < to.rows; ++r) {
        for (std::size_t c = 0; c < to.cols; ++c) to(r, c) = converted[i](r, c);
      }
    }
  }

  Scalar value_at(const Taker<Scalar>& taker, std::size_t row, std::size_t col) const {
    const std::size_t index = taker.is_transposed ? col * taker.values.rows + row : row * taker.values.cols + col;
    const double number = number_at(*taker.tensor, index);
    const auto value = static_cast<Scalar>(number);
    if (std::isfinite(value)) return value;
    fail("the tensor " + printable(taker.tensor->name) + ": element " + std::to_string(index) + " is " +
         (std::isfinite(number) ? to_text(number) + ", too large for single precision" : "not finite"));
  }

  std::string_view name_;
  TensorFile file_;
  std::vector<TensorGroup> groups_;
  std::string checksum_;
  std::vector<Taker<Scalar>> takers_;
};

}  // namespace

template <typename Scalar>
LoadedWeights weights_from_bytes(Network<Scalar>& network, std::string_view bytes, std::string_view name,
                                 const std::map<std::string, std::string>& names) {
  return WeightLoader<Scalar>(network, bytes, name).load(names);
}

template <typename Scalar>
LoadedWeights load_weights(Network<Scalar>& network, const std::string& path,
                           const std::map<std::string, std::string>& names) {
  return weights_from_bytes(network, read_tensor_file(path), path, names);
}

template HINGE_API LoadedWeights weights_from_bytes<float>(Network<float>&, std::string_view, std::string_view,
                                                           const std::map<std::string, std::string>&);
template HINGE_API LoadedWeights weights_from_bytes<double>(Network<double>&, std::string_view, std::string_view,
                                                            const std::map<std::string, std::string>&);
template HINGE_API LoadedWeights load_weights<float>(Network<float>&, const std::string&,
                                                     const std::map<std::string, std::string>&);
template HINGE_API LoadedWeights load_weights<double>(Network<double>&, const std::string&,
                                                      const std::map<std::string, std::string>&);

}  // namespace hinge
