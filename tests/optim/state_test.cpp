#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/run/state_file.h>
#include <hinge/optim/trainer.h>
#include <hinge/optim/weight_average.h>

#include "support/contains.h"
#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

Network<float> network_with_dropout(std::uint64_t seed) {
  return Network<float>(2, {Dense{6, Relu{}}, Dropout{.rate = 0.3}, Dense{2}}, seed);
}

struct Row {
  std::string name;
  OptimizerSpec optimizer;
  StepOptions step;
};

// Everything that remembers something from step to step. The plateau schedule drops after each epoch without an
// improvement of half the best loss, so its state differs from epoch to epoch.
std::vector<Row> rows() {
  const ReduceOnPlateau plateau{.factor = 0.5, .patience = 0, .min_delta = 0.5};
  return {{"momentum", Sgd{.learning_rate = 0.1, .momentum = 0.9}, {}},
          {"adam", Adam{}, {}},
          {"adam, amsgrad", Adam{.amsgrad = true}, {}},
          {"rmsprop", RmsProp{.centered = true, .momentum = 0.5}, {}},
          {"adagrad", Adagrad{}, {}},
          {"rprop", Rprop{}, {}},
          {"cosine by step", Sgd{.learning_rate = 0.1}, {.schedule = Cosine{.period = 40, .per = "step"}}},
          {"plateau", Sgd{.learning_rate = 0.1}, {.schedule = plateau}},
          {"averaging", Sgd{.learning_rate = 0.1}, {.averaging = 0.9}},
          {"all of it", Sgd{.learning_rate = 0.1, .momentum = 0.9}, {.schedule = plateau, .averaging = 0.9}}};
}

TrainingState<float> sample_state() {
  return {.epoch = 3,
          .passes = 12,
          .steps = 11,
          .values = {1.5f, -0.0f},
          .optimizer_state = {{0.25f, 1e-40f}, {2, 3}},
          .losses = {0.1, 1e300},
          .averaged = 7,
          .average = {-1, 4}};
}

}  // namespace

TEST_CASE("a run that goes on from a file ends with the bits of one that was never interrupted") {
  const auto data = two_moons<float>(60, 0.1, 1);
  const TemporaryFolder folder;
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    Network<float> whole = network_with_dropout(1);
    Trainer<float> first(whole, SoftmaxCrossEntropy{}, row.optimizer, row.step);
    first.on_epoch([&](const EpochReport& report) {
      if (report.epoch == 3) save_state(folder.path("state"), first.state());
      return Control::proceed;
    });
    const FitResult expected = first.fit(data, {.epochs = 7, .batch_size = 8});

    Network<float> resumed = network_with_dropout(1);
    Trainer<float> second(resumed, SoftmaxCrossEntropy{}, row.optimizer, row.step);
    second.fit(data, {.epochs = 1, .batch_size = 8});  // what it has done before is forgotten
    second.restore(load_state(folder.path("state")));
    const FitResult result = second.fit(data, {.epochs = 4, .batch_size = 8});
    CHECK(result.epochs.back().epoch == 7);
    CHECK(result.epochs.back().learning_rate == expected.epochs.back().learning_rate);
    CHECK(result.epochs.back().train.loss == expected.epochs.back().train.loss);
    CHECK(same_bits(resumed.values(), whole.values()));
  }
}

TEST_CASE("gradients that waited for their step are no part of what is restored") {
  const auto data = two_moons<float>(20, 0.1, 1);
  Network<float> net = network_with_dropout(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  const TrainingState<float> state = trainer.state();
  Batch<float> batch = DatasetBatches<float>(data).make_batch(20);
  DatasetBatches<float> source(data);
  source.start_epoch(std::nullopt);
  source.next(batch);
  trainer.accumulate(batch.inputs(), std::as_const(batch).targets());
  trainer.restore(state);
  trainer.apply();
  CHECK(same_bits(net.values(), state.values));
}

TEST_CASE("a mean of as many steps as a damaged file may say is taken up at once") {
  WeightAverage<float> average(0.999, 1);
  const std::vector<double> stored = {2};
  average.restore(std::numeric_limits<std::uint64_t>::max(), stored);
  float mean = 0;
  average.write({&mean, 1});
  CHECK(mean == 2);
}

TEST_CASE("a state goes into a file and comes back bit for bit") {
  const TemporaryFolder folder;
  const TrainingState<float> state = sample_state();
  save_state(folder.path("state"), state);
  const TrainingState<float> read = load_state(folder.path("state"));
  CHECK((read.epoch == 3 && read.passes == 12 && read.steps == 11 && read.averaged == 7));
  CHECK(same_bits(read.values, state.values));
  REQUIRE(read.optimizer_state.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(same_bits(read.optimizer_state[i], state.optimizer_state[i]));
  CHECK(read.losses == state.losses);
  CHECK(read.average == state.average);
}

// 0.1.0 kept the sums of a mean in single precision; without averaging that tensor is empty.
TEST_CASE("a state of version 0.1.0 without averaging can be read") {
  const TemporaryFolder folder;
  const auto empty = [](const std::string& name, TensorType type) {
    return Tensor{.name = name, .type = type, .shape = {0}, .bytes = {}};
  };
  const std::vector<Tensor> tensors = {empty("values", TensorType::float32), empty("losses", TensorType::float64),
                                       empty("average", TensorType::float32)};
  const std::map<std::string, std::string> counts = {
      {"kind", "training state 2"}, {"epoch", "1"}, {"passes", "2"}, {"steps", "2"}, {"averaged", "0"}};
  folder.write("state", write_tensors(counts, tensors));
  CHECK(load_state(folder.path("state")).average.empty());
}

TEST_CASE("a state that is not finite is not written, and leaves what was there") {
  const TemporaryFolder folder;
  save_state(folder.path("state"), sample_state());
  TrainingState<float> broken = sample_state();
  broken.values[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(save_state(folder.path("state"), broken), ModelError);
  CHECK(load_state(folder.path("state")).values[0] == 1.5f);
}

TEST_CASE("only a state is read as a state") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(load_state(folder.path("missing")), FileError);
  folder.write("model", write_tensors({{"kind", "a model"}}, {}));
  check_contains(error_of<ModelError>([&] { load_state(folder.path("model")); }), {"wanted a state of training"});
  folder.write("bare", write_tensors({{"kind", "training state 2"}}, {}));
  check_contains(error_of<ModelError>([&] { load_state(folder.path("bare")); }), {"no whole number \"epoch\""});
  folder.write("cut", read_file(folder.path("bare")).substr(1));
  CHECK_THROWS_AS(load_state(folder.path("cut")), ModelError);
}

TEST_CASE("the state of another network or optimiser is refused, and nothing changes") {
  Network<float> net = network_with_dropout(1);
  Trainer<float> trainer(net, SoftmaxCrossEntropy{}, Adam{});
  const TrainingState<float> before = trainer.state();
  TrainingState<float> other = before;
  other.values.pop_back();
  check_contains(error_of<ShapeError>([&] { trainer.restore(other); }), {"31 parameters", "has 32"});
  other = before;
  other.optimizer_state.pop_back();
  other.values.assign(other.values.size(), 7);
  check_contains(error_of<ShapeError>([&] { trainer.restore(other); }), {"another optimizer"});
  CHECK(same_bits(net.values(), before.values));
}
