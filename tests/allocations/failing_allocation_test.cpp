// Any allocation may fail, once or from there on: the library throws std::bad_alloc or goes on, leaks nothing, and leaves
// what it was asked to change as it was or usable.
#include <doctest/doctest.h>

#include <new>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/data/csv.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/softmax_cross_entropy.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/adam.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/trainer.h>

#include "count_allocations.h"

using namespace hinge;

namespace {

Network<float> small_network() { return {2, {Dense{4, Relu{}}, BatchNorm{}, Dense{2}}, 1}; }

// Lets each allocation of a call fail in turn. `check` looks at what is left after each failure.
template <typename Call, typename Check>
void fail_each(const Call& call, const Check& check) {
  call();  // what is made once, such as tables of names, is there
  const std::size_t all = allocations_of(call);
  std::size_t leaked = 0;
  for (const bool all_after : {false, true}) {
    for (std::size_t number = 1; number <= all; ++number) {
      const std::size_t before = live_allocations();
      fail_allocation(number, all_after);
      try {
        call();
      } catch (const std::bad_alloc&) {
      } catch (const Error&) {  // the failure of a part, said with its place
      }
      fail_allocation(0);
      leaked += live_allocations() > before ? 1 : 0;
      check();
    }
  }
  CHECK(all > 0);
  CHECK(leaked == 0);
}

template <typename Call>
void fail_each(const Call& call) {
  fail_each(call, [] {});
}

}  // namespace

TEST_CASE("reading a table, a config and a model survives each allocation that fails") {
  fail_each([] { parse_csv<float>("a,b,y\n1,red,p\n2,\"blue\"\"\",q\n3,red,p\n", "t", {.encode = Encode::onehot}); });
  const Registries registries = standard_registries();
  fail_each([&] {
    parse_config(R"({"data": "xor", "loss": "bce_with_logits", "model": {"layers": [{"type": "dense", "units": 1}]}})",
                 "c", ".", {"train.epochs=2"}, registries);
  });
  const std::string bytes = model_to_bytes(Model<float>(small_network(), {}), {});
  Model<float> model(Network<float>(2, {Dense{1}}, 7), {});
  const std::string before = model_to_bytes(model, {});
  std::size_t changed = 0;
  fail_each(
      [&] {
        auto stored = model_from_bytes<float>(bytes, "m", registries);
        if (stored.model.network().outputs() == 1) model = std::move(stored.model);
      },
      [&] { changed += model.network().outputs() == 1 ? 0 : 1; });
  CHECK(changed == 0);
  CHECK(model_to_bytes(model, {}) == before);
}

TEST_CASE("a prediction that runs out of memory leaves the model as it was") {
  const Model<float> model(small_network(), {});
  const std::string before = model_to_bytes(model, {});
  const Matrix<float> x(2, 200);
  fail_each([&] { model.network().predict(x.view()); });
  CHECK(model_to_bytes(model, {}) == before);
}

TEST_CASE("a training that runs out of memory can be followed by another, and a state by that before") {
  const auto train = two_moons<float>(20, 0.3, 1);
  std::string saved;
  fail_each([&] {
    Network<float> network = small_network();
    Trainer<float> trainer(network, SoftmaxCrossEntropy{}, Adam{}, {});
    trainer.on_step([&](const StepReport& report) {
      StateArchive archive;
      if (report.is_whole && trainer.list_state(archive)) saved = archive.bytes("k");
      return Control::proceed;
    });
    trainer.fit(train, {.epochs = 1, .batch_size = 10, .validation = &train});
  });
  Network<float> network = small_network();
  Trainer<float> trainer(network, SoftmaxCrossEntropy{}, Adam{}, {});
  fail_each([&] { trainer.fit(train, {.epochs = 1, .batch_size = 10}); });
  trainer.fit(train, {.epochs = 1, .batch_size = 10});
  fail_each([&] { StateArchive(saved, "s", "k"); });
}
