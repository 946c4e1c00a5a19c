// States of training as tensors.
#include <hinge/optim/state_file.h>

#include <cstring>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/file.h>
#include <hinge/core/number.h>
#include <hinge/core/safetensors.h>

namespace hinge::inline HINGE_ABI {

namespace {

constexpr const char* kind_of_file = "training state 1";

Tensor tensor_of(const std::string& name, const std::vector<float>& values) {
  return {.name = name,
          .type = TensorType::float32,
          .shape = {values.size()},
          .bytes = {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)}};
}

std::vector<float> values_of(const Tensor& tensor, const std::string& path) {
  if (tensor.type != TensorType::float32) throw ModelError(path + ": the tensor " + tensor.name + " is not float32");
  std::vector<float> values(tensor.size());
  if (!values.empty()) std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
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
  std::vector<Tensor> tensors = {tensor_of("values", state.values)};
  for (std::size_t i = 0; i < state.memory.size(); ++i) tensors.push_back(tensor_of(memory_name(i), state.memory[i]));
  write_file(path, write_tensors({{"kind", kind_of_file},
                                  {"epoch", std::to_string(state.epoch)},
                                  {"passes", std::to_string(state.passes)},
                                  {"steps", std::to_string(state.steps)}},
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
                             .steps = count_of(file, "steps", path)};
  for (const Tensor& tensor : file.tensors) {
    if (tensor.name == "values") {
      state.values = values_of(tensor, path);
    } else if (tensor.name == memory_name(state.memory.size())) {
      state.memory.push_back(values_of(tensor, path));
    } else {
      throw ModelError(path + ": unknown tensor " + tensor.name);
    }
  }
  return state;
}

}  // namespace hinge::inline HINGE_ABI
