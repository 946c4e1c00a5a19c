// Every flipped bit and every cut of a model and of a checkpoint is refused: CRC-32 finds each of them.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <hinge/core/config/spec.h>
#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/softmax_cross_entropy.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/sgd.h>
#include <hinge/optim/trainer.h>

using namespace hinge;

namespace {

constexpr const char* kind = "a training";

// How many damaged files `load` takes, which should be none.
template <typename Load>
std::size_t count_accepted(std::string bytes, const Load& load) {
  std::size_t accepted = 0;
  const auto try_load = [&](std::string_view damaged) {
    try {
      load(damaged);
      ++accepted;
    } catch (const ModelError&) {
    }
  };
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    char& byte = bytes[bit / 8];
    byte = static_cast<char>(byte ^ (1 << bit % 8));
    try_load(bytes);
    byte = static_cast<char>(byte ^ (1 << bit % 8));
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) try_load(std::string_view(bytes).substr(0, size));
  try_load(bytes + '\0');
  try_load(bytes + bytes);
  return accepted;
}

std::string checkpoint() {
  Network<float> network(2, {Dense{8, Relu{}}, Dense{2}}, 1);
  Trainer<float> trainer(network, SoftmaxCrossEntropy{}, Sgd{.momentum = 0.9}, {});
  StateArchive archive;
  trainer.on_step([&](const StepReport& report) {
    if (report.epoch < 2 || !report.is_whole) return Control::proceed;
    CHECK(trainer.list_state(archive));
    return Control::stop;
  });
  trainer.fit(two_moons<float>(40, 0.3, 1), {.epochs = 3, .batch_size = 8});
  return archive.bytes(kind);
}

}  // namespace

TEST_CASE("a model with any bit flipped, or cut anywhere, is refused") {
  const Model<float> model(Network<float>(24, {Dense{64, Relu{}}, Dense{10}}, 1), {});
  const std::string bytes = model_to_bytes(model, {});
  CHECK(bytes.size() > 9000);
  const Registries registries = standard_model_registries();
  const auto load = [&](std::string_view file) { model_from_bytes<float>(file, "model", registries); };
  CHECK_NOTHROW(load(bytes));
  CHECK(count_accepted(bytes, load) == 0);
}

TEST_CASE("a checkpoint with any bit flipped, or cut anywhere, is refused") {
  const std::string bytes = checkpoint();
  CHECK(bytes.size() > 7000);
  const auto load = [](std::string_view file) { StateArchive(std::string(file), "checkpoint", kind); };
  CHECK_NOTHROW(load(bytes));
  CHECK(count_accepted(bytes, load) == 0);
}
