// Training in shards: who belongs to which, how their gradients are added, and that nothing else changes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/shards.h>
#include <hinge/data/batch_source.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/gradient_tree.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/three_classes.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Sample i has the feature i.
Dataset<float> numbered(std::size_t size) {
  Matrix<float> x(1, size);
  for (std::size_t i = 0; i < size; ++i) x(0, i) = static_cast<float>(i);
  return Dataset<float>::classification(x, std::vector<std::int32_t>(size, 0));
}

std::vector<RandomStream> orders(std::size_t shards, std::uint64_t epoch) {
  std::vector<RandomStream> streams;
  for (std::size_t s = 0; s < shards; ++s)
    streams.emplace_back(7, Purpose::shuffle, static_cast<std::uint32_t>(s), epoch);
  return streams;
}

// The samples of each batch of the epoch that the source stands at.
std::vector<std::vector<std::size_t>> batches_of(DatasetBatches<float>& source, std::size_t batch_size) {
  std::vector<std::vector<std::size_t>> batches;
  Batch<float> batch = source.make_batch(batch_size);
  while (source.next(batch) > 0) {
    std::vector<std::size_t>& samples = batches.emplace_back();
    for (std::size_t c = 0; c < batch.size(); ++c) samples.push_back(static_cast<std::size_t>(batch.inputs()(0, c)));
  }
  return batches;
}

template <typename Scalar>
Network<Scalar> small_network(std::vector<LayerSpec> layers = {Dense{8, Relu{}}, Dense{3}}) {
  return Network<Scalar>(5, std::move(layers), 1);
}

template <typename Scalar>
std::vector<Scalar> trained(const Dataset<Scalar>& data, std::size_t shards, const FitOptions<Scalar>& options,
                            std::vector<LayerSpec> layers = {Dense{8, Relu{}}, Dense{3}}, std::size_t threads = 1) {
  Network<Scalar> network = small_network<Scalar>(std::move(layers));
  Trainer<Scalar> trainer(network, SoftmaxCrossEntropy{}, Adam{}, {.shards = shards, .threads = threads});
  trainer.fit(data, options);
  return {network.values().begin(), network.values().end()};
}

}  // namespace

TEST_CASE("a batch has each of its samples in one shard, and nearly as many in each") {
  for (const std::size_t count : {1U, 2U, 4U, 8U}) {
    for (std::size_t first = 0; first < 10; ++first) {
      for (std::size_t size = 0; size < 20; ++size) {
        const Shards shards{count, first, size};
        std::vector<std::size_t> samples;
        for (std::size_t s = 0; s < count; ++s) {
          CHECK((shards.size_of(s) == size / count || shards.size_of(s) == (size + count - 1) / count));
          for (std::size_t k = 0; k < shards.size_of(s); ++k) {
            samples.push_back(shards.sample(s, k));
            CHECK(samples.back() % count == s);
          }
        }
        std::sort(samples.begin(), samples.end());
        std::vector<std::size_t> all(size);
        std::iota(all.begin(), all.end(), first);
        CHECK(samples == all);
      }
    }
  }
}

TEST_CASE("gradients of shards are added in a binary tree") {
  // Each sum rounds, so that another order gives other bits.
  const std::vector<float> g = {1, 0x1p-24F, 0x1p-24F, 0x1p-24F, 3, 0x1p-22F, -3, 0x1.8p-24F};
  const auto tree_of = [&](std::size_t first, std::size_t count) {
    GradientTree<float> tree;
    tree.start(count);
    float gradient = 0;
    for (std::size_t i = first; i < first + count; ++i) {
      gradient = g[i];
      tree.add({&gradient, 1});
    }
    return gradient;
  };
  CHECK(tree_of(0, 1) == g[0]);
  CHECK(tree_of(0, 2) == g[0] + g[1]);
  const float left = (g[0] + g[1]) + (g[2] + g[3]);
  const float right = (g[4] + g[5]) + (g[6] + g[7]);
  CHECK(tree_of(0, 4) == left);
  CHECK(tree_of(4, 4) == right);
  CHECK(tree_of(0, 8) == left + right);
  CHECK(tree_of(0, 4) != ((g[0] + g[1]) + g[2]) + g[3]);
}

TEST_CASE("every epoch has each sample once, the shards in turn, each in an order of its own") {
  for (const std::size_t size : {1U, 7U, 8U, 30U, 33U}) {
    for (const std::size_t shards : {2U, 4U, 8U}) {
      for (const std::size_t batch_size : {1U, 3U, 8U, 64U}) {
        CAPTURE(size);
        CAPTURE(shards);
        CAPTURE(batch_size);
        const Dataset<float> data = numbered(size);
        DatasetBatches<float> source(data);
        source.start_sharded_epoch(shards, orders(shards, 1));
        std::vector<std::size_t> all;
        for (const std::vector<std::size_t>& batch : batches_of(source, batch_size)) {
          const Shards wanted{shards, all.size(), batch.size()};
          std::size_t at = 0;
          for (std::size_t s = 0; s < shards; ++s) {
            for (std::size_t k = 0; k < wanted.size_of(s); ++k) CHECK(batch[at++] % shards == s);
          }
          all.insert(all.end(), batch.begin(), batch.end());
        }
        std::sort(all.begin(), all.end());
        std::vector<std::size_t> each(size);
        std::iota(each.begin(), each.end(), std::size_t{0});
        CHECK(all == each);
      }
    }
  }
}

TEST_CASE("the order of a shard depends on its stream alone, and without streams is its own") {
  const Dataset<float> data = numbered(64);
  DatasetBatches<float> source(data);
  source.start_sharded_epoch(4, orders(4, 1));
  const auto first = batches_of(source, 16);
  source.start_sharded_epoch(4, orders(4, 2));
  CHECK(batches_of(source, 16) != first);
  source.start_sharded_epoch(4, orders(4, 1));
  CHECK(batches_of(source, 16) == first);
  source.start_sharded_epoch(2, {});
  CHECK(batches_of(source, 4).front() == std::vector<std::size_t>{0, 2, 1, 3});
  source.start_sharded_epoch(1, orders(1, 1));
  const auto sharded = batches_of(source, 16);
  source.start_epoch(orders(1, 1).front());
  CHECK(batches_of(source, 16) == sharded);
}

// The mean gradient of a step is that of the whole batch but for rounding: 9 samples in single precision, with gradients of at most 1,
// err by some 9·2⁻²⁴.
TEST_CASE("a step in shards is the step of the whole batch, but for its last bits") {
  const Dataset<float> data = three_classes<float>(9, true);
  for (const std::size_t shards : {2U, 4U, 16U}) {
    CAPTURE(shards);
    Network<float> whole = small_network<float>();
    Network<float> divided = small_network<float>();
    Trainer<float> one(whole, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1});
    Trainer<float> several(divided, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, {.shards = shards});
    const LossSums sums = one.step(data.inputs(), data.targets(), data.weights());
    const LossSums sums_of_shards = several.step(data.inputs(), data.targets(), data.weights());
    CHECK(sums_of_shards.weight == sums.weight);
    CHECK(std::abs(sums_of_shards.loss - sums.loss) <= 1e-6 * sums.loss);
    for (std::size_t i = 0; i < whole.values().size(); ++i) {
      CHECK(std::abs(whole.values()[i] - divided.values()[i]) <= 9 * 0x1p-24F);
    }
  }
}

TEST_CASE("training in shards has the same bits on any number of threads, and other bits than in one") {
  const Dataset<float> data = three_classes<float>(70, true);
  const std::vector<LayerSpec> layers = {Dense{32, Relu{}}, Dropout{0.25}, Dense{3}};
  const FitOptions<float> options = {.epochs = 3, .batch_size = 16, .accumulate = 2};
  const std::vector<float> one = trained(data, 1, options, layers);
  for (const std::size_t shards : {2U, 4U}) {
    CAPTURE(shards);
    const std::vector<float> values = trained(data, shards, options, layers);
    CHECK(values != one);
    for (const std::size_t threads : {2U, 3U})
      CHECK(same_bits(trained(data, shards, options, layers, threads), values));
  }
}

TEST_CASE("batches that make up a step are added after their shards") {
  const Dataset<double> data = three_classes<double>(24);
  Network<double> together = small_network<double>();
  Network<double> apart = small_network<double>();
  const StepOptions options = {.shards = 2};
  Trainer<double> whole(together, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, options);
  Trainer<double> parts(apart, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, options);
  whole.step(data.inputs(), data.targets());
  parts.accumulate(data.inputs().columns(0, 8), data.targets().samples(0, 8));
  parts.accumulate(data.inputs().columns(8, 16), data.targets().samples(8, 16));
  parts.apply();
  for (std::size_t i = 0; i < together.values().size(); ++i) {
    CHECK(std::abs(together.values()[i] - apart.values()[i]) <= 24 * 0x1p-53);
  }
}

TEST_CASE("a batch whose loss is not finite leaves the gradients that wait, as without shards") {
  Dataset<float> data = three_classes<float>(8);
  Matrix<float> wrong = matrix_of(data.inputs());
  wrong(0, 7) = std::numeric_limits<float>::infinity();
  Network<float> disturbed = small_network<float>();
  Network<float> undisturbed = small_network<float>();
  Trainer<float> one(disturbed, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, {.shards = 2});
  Trainer<float> other(undisturbed, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 1}, {.shards = 2});
  one.accumulate(data.inputs(), data.targets());
  CHECK_THROWS_AS(one.accumulate(wrong.view(), data.targets()), NonFiniteError);
  one.accumulate(data.inputs(), data.targets());
  one.apply();
  other.accumulate(data.inputs(), data.targets());
  other.accumulate(data.inputs(), data.targets());
  other.apply();
  CHECK(same_bits(disturbed.values(), undisturbed.values()));
}

TEST_CASE("what cannot be in shards is refused") {
  Network<float> network = small_network<float>();
  const auto error = [&](Network<float>& of, std::size_t shards) {
    return error_of<ConfigError>([&] { Trainer<float>(of, SoftmaxCrossEntropy{}, Sgd{}, {.shards = shards}); });
  };
  CHECK(error(network, 0) == "trainer: shards = 0, must be a power of 2");
  CHECK(error(network, 6) == "trainer: shards = 6, must be a power of 2");
  Network<float> normalized = small_network<float>({Dense{8}, BatchNorm{}, Dense{3}});
  CHECK(error(normalized, 2) ==
        "trainer: shards = 2, but layer 2, batch_norm, needs the samples of a batch together: shards must be 1");
  Trainer<float> trainer(network, SoftmaxCrossEntropy{}, Sgd{}, {.shards = 2});
  const Matrix<float> x = random_matrix<float>(5, 4, 1);
  CHECK(error_of<ConfigError>([&] { trainer.step(x.view(), [](const auto&, const auto&) {}); }) ==
        "trainer: a loss of one's own needs the batch as a whole: shards must be 1");
}
