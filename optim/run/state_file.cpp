// States of training as tensors.
#include <hinge/optim/run/state_file.h>

#include <cstring>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/number.h>

namespace hinge {

namespace {

constexpr const char* kind_of_file = "training state 2";

template <typename Scalar>
constexpr TensorType type_of = sizeof(Scalar) == sizeof(float) ? TensorType::float32 : TensorType::float64;

template <typename Scalar>
Tensor tensor_of(const std::string& name, const std::vector<Scalar>& values) {
  return {.name = name,
          .type = type_of<Scalar>,
          .shape = {values.size()},
          .bytes = {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Scalar)}};
}

template <typename Scalar>
void read(const Tensor& tensor, const std::string& path, std::vector<Scalar>& values) {
  if (tensor.size() > 0 && tensor.type != type_of<Scalar>) {
    throw ModelError(path + ": the tensor " + tensor.name + " is not of the type float" +
                     std::to_string(8 * sizeof(Scalar)));
  }
  values.resize(tensor.size());
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
}

std::size_t count_of(const TensorFile& file, const std::string& key, const std::string& path) {
  const auto found = file.metadata.find(key);
  const auto count = found == file.metadata.end() ? std::nullopt : parse_size(found->second);
  if (!count) throw ModelError(path + ": the metadata has no whole number \"" + key + "\"");
  return *count;
}

std::string memory_name(std::size_t slot) { return "memory." + std::to_string(slot); }

}  // namespace

void save_state(const std::string& path, const TrainingState<float>& state) {
  std::vector<Tensor> tensors = {tensor_of("values", state.values), tensor_of("losses", state.losses),
                                 tensor_of("average", state.average)};
  if (!state.layer_state.empty()) tensors.push_back(tensor_of("layer_state", state.layer_state));
  for (std::size_t i = 0; i < state.optimizer_state.size(); ++i)
    tensors.push_back(tensor_of(memory_name(i), state.optimizer_state[i]));
  write_file(path, write_tensors({{"kind", kind_of_file},
                                  {"epoch", std::to_string(state.epoch)},
                                  {"passes", std::to_string(state.passes)},
                                  {"steps", std::to_string(state.steps)},
                                  {"averaged", std::to_string(state.averaged)}},
                                 tensors));
}

TrainingState<float> load_state(const std::string& path) {
  const std::string bytes = read_file(path);
  const TensorFile file = read_tensors(bytes, path);
  const auto kind = file.metadata.find("kind");
  if (kind == file.metadata.end() || kind->second != kind_of_file) {
    throw ModelError(path + ": wanted a state of training; this file holds something else");
  }
  TrainingState<float> state{.epoch = count_of(file, "epoch", path),
                             .passes = count_of(file, "passes", path),
                             .steps = count_of(file, "steps", path),
                             .averaged = count_of(file, "averaged", path)};
  for (const Tensor& tensor : file.tensors) {
    if (tensor.name == "values") {
      read(tensor, path, state.values);
    } else if (tensor.name == "losses") {
      read(tensor, path, state.losses);
    } else if (tensor.name == "average") {
      read(tensor, path, state.average);
    } else if (tensor.name == "layer_state") {
      read(tensor, path, state.layer_state);
    } else if (tensor.name == memory_name(state.optimizer_state.size())) {
      read(tensor, path, state.optimizer_state.emplace_back());
    } else {
      throw ModelError(path + ": unknown tensor " + tensor.name);
    }
  }
  return state;
}

}  // namespace hinge
