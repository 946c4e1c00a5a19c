// A training that several ranks share: the same bits for any number of them.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/same_bits.h"
#include "support/thread_ranks.h"
#include "support/three_classes.h"
#include "support/throws.h"

using namespace hinge;

namespace {

struct Row {
  std::string name;
  std::vector<LayerSpec> layers = {Dense{16, Relu{}}, Dense{3}};
  OptimizerSpec optimizer = Adam{};
  FitOptions<float> fit = {.epochs = 3, .batch_size = 16};
  std::size_t samples = 64;
  bool weighted = false;
  double clip_norm = 0;
  double averaging = 0;
};

// Weights, and the figures of the last epoch.
std::vector<double> trained(const Row& row, std::size_t threads, Communicator& rank) {
  const Dataset<float> data = three_classes<float>(row.samples, row.weighted);
  const Dataset<float> validation = three_classes<float>(20, false);
  FitOptions<float> options = row.fit;
  options.validation = &validation;
  Network<float> network(5, row.layers, 1);
  Trainer<float> trainer(network, SoftmaxCrossEntropy{}, row.optimizer,
                         {.clip_norm = row.clip_norm, .averaging = row.averaging, .shards = 4, .threads = threads},
                         rank);
  const FitResult result = trainer.fit(data, options);
  std::vector<double> all(network.values().begin(), network.values().end());
  const EpochReport& last = result.epochs.back();
  all.insert(all.end(),
             {last.train.loss, *last.train.accuracy, last.validation->loss, static_cast<double>(last.steps)});
  return all;
}

}  // namespace

TEST_CASE("a training has the same bits on any number of ranks and threads") {
  const std::vector<Row> rows = {
      {.name = "Adam"},
      {.name = "SGD", .optimizer = Sgd{.learning_rate = 0.1}},
      {.name = "momentum, clipped", .optimizer = Sgd{.learning_rate = 0.1, .momentum = 0.9}, .clip_norm = 0.1},
      {.name = "dropout", .layers = {Dense{16, Relu{}}, Dropout{0.25}, Dense{3}}},
      {.name = "layer_norm", .layers = {Dense{16}, LayerNorm{}, Dense{3}}},
      {.name = "residual", .layers = {Dense{8}, Residual{{Dense{8, Tanh{}}, Dense{8}}}, Dense{3}}},
      {.name = "weights", .weighted = true},
      {.name = "ragged batches", .fit = {.epochs = 3, .batch_size = 10}, .samples = 67},
      {.name = "fewer samples than shards", .fit = {.epochs = 3, .batch_size = 3}, .samples = 67},
      {.name = "several batches a step", .fit = {.epochs = 3, .batch_size = 8, .accumulate = 3}, .weighted = true},
      {.name = "averaging, early stopping",
       .fit = {.epochs = 9, .batch_size = 16, .early_stopping = {.patience = 1}},
       .averaging = 0.9},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::vector<double> alone = trained(row, 1, single_process());
    for (const std::size_t size : {1U, 2U, 4U}) {
      for (const std::size_t threads : {1U, 2U}) {
        CAPTURE(size);
        CAPTURE(threads);
        std::vector<std::vector<double>> found(size);
        ThreadRanks ranks(size);
        ranks.run([&](Communicator& rank) { found[rank.rank()] = trained(row, threads, rank); });
        for (const std::vector<double>& values : found) CHECK(values == alone);
      }
    }
  }
}

TEST_CASE("a step that is not finite on one rank ends on all, with the layer") {
  const Dataset<float> data = three_classes<float>(16, false);
  for (const std::size_t bad : {0U, 7U, 15U}) {
    Matrix<float> x = matrix_of(data.inputs());
    for (std::size_t r = 0; r < 5; ++r) x(r, bad) = 3e38F;
    std::vector<std::string> messages(4);
    ThreadRanks ranks(4);
    ranks.run([&](Communicator& rank) {
      Network<float> network(5, {Dense{8}, Dense{3}}, 1);
      Trainer<float> trainer(network, SoftmaxCrossEntropy{}, Sgd{}, {.shards = 4}, rank);
      messages[rank.rank()] = error_of<NonFiniteError>([&] { trainer.step(x.view(), data.targets()); });
    });
    for (const std::string& message : messages) CHECK(message == messages.front());
    CHECK(messages.front().find("training stopped at step 1: the loss is") == 0);
    CHECK(messages.front().find("in layer ") != std::string::npos);
  }
}

TEST_CASE("ranks divide the shards evenly") {
  Network<float> network(5, {Dense{3}}, 1);
  ThreadRanks ranks(4);
  ranks.run([&](Communicator& rank) {
    if (!rank.is_first()) return;
    CHECK(error_of<ConfigError>([&] { Trainer<float>(network, SoftmaxCrossEntropy{}, Sgd{}, {.shards = 2}, rank); }) ==
          "trainer: shards = 2, must be a multiple of the 4 ranks");
  });
}
