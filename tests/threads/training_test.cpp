// Threads that share a training step: the same bits as one thread, and how many of them.
#include <doctest/doctest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/threads.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/thread_choice.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Layers of sizes that no tile, line or number of threads divides; all but the last are large enough to be shared.
std::vector<LayerSpec> layers() {
  return {Dense{131, Relu{}},
          Dropout{0.2},
          Dense{.units = 149, .activation = PRelu{.per_unit = true}, .bias = false},
          Residual{{Dense{101, Relu{}}, Dense{149}}},
          Residual{{Dense{73, Tanh{}}}},
          Dense{.units = 67, .activation = Tanh{}, .train_weight = false},
          Dense{.units = 61},
          Dense{.units = 1}};
}

template <typename Scalar>
struct Trained {
  std::vector<Scalar> values;
  std::vector<double> losses;
};

// Two epochs of 200 samples: 3 batches of 61, and one of 17.
template <typename Scalar>
Trained<Scalar> train(const OptimizerSpec& optimizer, std::size_t accumulate, std::size_t threads) {
  const auto data = Dataset<Scalar>::regression(random_matrix<Scalar>(127, 200, 1), random_matrix<Scalar>(1, 200, 2));
  Network<Scalar> network(127, layers(), 1);
  Trainer<Scalar> trainer(network, HalfSquaredSum{}, optimizer, {.threads = threads});
  const FitResult result = trainer.fit(data, {.epochs = 2, .batch_size = 61, .accumulate = accumulate});
  Trained<Scalar> trained{{network.values().begin(), network.values().end()}, {}};
  for (const EpochReport& report : result.epochs) trained.losses.push_back(report.train.loss);
  return trained;
}

// Steps of a fake program, each of which takes seconds(threads) by a fake clock.
template <typename Seconds>
void run_steps(ThreadChoice& choice, double& now, std::size_t count, const Seconds& seconds) {
  for (std::size_t i = 0; i < count; ++i) {
    const ThreadPool* pool = choice.next_step();
    now += seconds(pool == nullptr ? 1 : pool->size());
  }
}

}  // namespace

TEST_CASE_TEMPLATE("a training has the same bits with any number of threads", Scalar, float, double) {
  const std::map<std::string, OptimizerSpec> optimizers = {
      {"sgd", Sgd{.learning_rate = 1e-5}},
      {"momentum", Sgd{.learning_rate = 1e-5, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01}},
      {"amsgrad", Adam{.amsgrad = true}},
      {"rmsprop", RmsProp{.learning_rate = 0.001}}};
  for (const auto& entry : optimizers) {
    const auto& name = entry.first;
    const auto& optimizer = entry.second;
    for (const std::size_t accumulate : {1U, 2U}) {
      CAPTURE(name);
      CAPTURE(accumulate);
      const Trained<Scalar> alone = train<Scalar>(optimizer, accumulate, 1);
      for (const std::size_t threads : {0U, 2U, 3U, 7U}) {
        CAPTURE(threads);
        const Trained<Scalar> shared = train<Scalar>(optimizer, accumulate, threads);
        CHECK(same_bits(shared.values, alone.values));
        CHECK(same_bits(shared.losses, alone.losses));
      }
    }
  }
}

TEST_CASE_TEMPLATE("normalisation has the same bits with any number of threads", Scalar, float, double) {
  // 139 × 131 numbers are enough to be shared; 13 of the last batch are not.
  const auto data = Dataset<Scalar>::regression(random_matrix<Scalar>(139, 144, 1), random_matrix<Scalar>(1, 144, 2));
  const auto train = [&](std::size_t threads) {
    Network<Scalar> network(139,
                            {BatchNorm{}, LayerNorm{}, Dense{151}, BatchNorm{}, ActivationLayer{Relu{}}, Dense{1}});
    Trainer<Scalar> trainer(network, MeanSquaredError{}, Sgd{.learning_rate = 0.01}, {.threads = threads});
    trainer.fit(data, {.epochs = 2, .batch_size = 131});
    std::vector<Scalar> all(network.values().begin(), network.values().end());
    all.insert(all.end(), network.state_values().begin(), network.state_values().end());
    return all;
  };
  const std::vector<Scalar> alone = train(1);
  for (const std::size_t threads : {2U, 3U, 7U}) {
    CAPTURE(threads);
    CHECK(same_bits(train(threads), alone));
  }
}

TEST_CASE("a training on single samples has the same bits with any number of threads") {
  const auto data = Dataset<float>::regression(random_matrix<float>(531, 5, 1), random_matrix<float>(1, 5, 2));
  const auto train = [&](std::size_t threads) {
    Network<float> network(531, {Dense{517, Relu{}}, Dense{1}}, 1);
    Trainer<float> trainer(network, HalfSquaredSum{}, Sgd{.learning_rate = 1e-5}, {.threads = threads});
    trainer.fit(data, {.epochs = 2, .batch_size = 1});
    return std::vector<float>(network.values().begin(), network.values().end());
  };
  const std::vector<float> alone = train(1);
  for (const std::size_t threads : {2U, 3U, 7U}) {
    CAPTURE(threads);
    CHECK(same_bits(train(threads), alone));
  }
}

TEST_CASE("a choice of threads settles on the number whose steps are shortest, and on fewer where more are no faster") {
  struct Row {
    std::string what;
    std::size_t most;
    std::map<std::size_t, double> seconds;  // of a step, by the number of threads
    std::size_t wanted;
  };
  const std::vector<Row> rows = {
      {"one processor", 1, {{1, 1e-3}}, 1},
      {"two are faster", 2, {{1, 1e-3}, {2, 6e-4}}, 2},
      {"two are slower", 2, {{1, 1e-3}, {2, 2e-3}}, 1},
      {"two are hardly faster", 2, {{1, 1e-3}, {2, 9.6e-4}}, 1},
      {"four are best of eight", 8, {{1, 1e-3}, {2, 6e-4}, {4, 4e-4}, {8, 5e-4}}, 4},
      {"all six are best", 6, {{1, 1e-3}, {2, 6e-4}, {3, 5e-4}, {4, 4e-4}, {6, 3e-4}}, 6},
      {"steps far below a block", 2, {{1, 1e-6}, {2, 6e-7}}, 2},
      {"steps far above a block", 2, {{1, 10}, {2, 6}}, 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    double now = 100;
    ThreadChoice choice(row.most, [&now] { return now; });
    run_steps(choice, now, 20000, [&](std::size_t threads) { return row.seconds.at(threads); });
    CHECK(choice.threads() == row.wanted);
  }
}

TEST_CASE("a choice of threads looks again: it follows a processor that is taken away and given back") {
  double now = 0;
  ThreadChoice choice(2, [&now] { return now; });
  const auto quiet = [](std::size_t threads) { return threads == 1 ? 1e-3 : 6e-4; };
  const auto busy = [](std::size_t threads) { return threads == 1 ? 1e-3 : 3e-3; };
  constexpr std::size_t enough =
      5000;  // steps: a rest of 400 trials of six blocks of one step, and some of those trials
  for (int i = 0; i < 3; ++i) {
    run_steps(choice, now, enough, quiet);
    CHECK(choice.threads() == 2);
    run_steps(choice, now, enough, busy);
    CHECK(choice.threads() == 1);
  }
}

TEST_CASE("looking for the best number of threads takes a small share of the steps") {
  double now = 0;
  ThreadChoice choice(2, [&now] { return now; });
  std::size_t shared = 0;
  run_steps(choice, now, 100'000, [&](std::size_t threads) {
    shared += threads == 2;
    return threads == 1 ? 1e-4 : 1e-3;
  });
  CHECK(shared > 0);
  CHECK(shared < 200);  // half of a trial, which comes after four hundred times as many steps
}

TEST_CASE("a trainer that chooses tries more threads on large steps, and never on small ones") {
  if (hardware_threads() == 1) return;
  const auto tries_more = [](std::size_t width) {
    const auto data =
        Dataset<float>::regression(random_matrix<float>(width, 64, 1), random_matrix<float>(width, 64, 2));
    Network<float> network(width, {Dense{.units = width}}, 1);
    Trainer<float> trainer(network, HalfSquaredSum{}, Sgd{.learning_rate = 1e-6}, {.threads = 0});
    bool tried = false;
    for (int step = 0; step < 1000; ++step) {  // a trial begins after some 50 steps of 10 to 50 µs
      trainer.step(data.inputs(), data.targets());
      tried = tried || trainer.threads() != nullptr;
    }
    return tried;
  };
  CHECK(tries_more(128));
  CHECK_FALSE(tries_more(8));
}
