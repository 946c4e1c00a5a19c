#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/run/benchmark.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

using namespace hinge;

namespace {

// 60 training and 20 validation samples of 2 features.
constexpr std::string_view moons = R"({
  "data": {"type": "moons", "samples": 80, "validation": {"every": 4}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy",
  "train": {"epochs": 3, "batch_size": 7, "accumulate": 2}
})";

LoadedConfig parse(std::string_view text, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "c.json", ".", overrides, standard_registries());
}

}  // namespace

TEST_CASE("the products of a sample are counted as by hand") {
  const auto operations = [](std::vector<LayerSpec> layers) {
    return training_operations(Network<float>(3, std::move(layers)));
  };
  Dense frozen{.units = 5};
  frozen.train_weight = frozen.train_bias = false;
  // 3 → 5 → 2 has 15 and 10 weights: 4·15 in the first layer, which hands on no gradient, and 6·10 in the second.
  CHECK(operations({Dense{5}}) == 60);
  CHECK(operations({Dense{5, Relu{}}, Dense{2}}) == 120);
  CHECK(operations({Dense{.units = 5, .bias = false}, Dense{2}}) == 120);
  CHECK(operations({Dense{5}, Dropout{}, Dense{2}}) == 120);
  CHECK(operations({Dropout{}, Dense{5}, Dense{2}}) == 120);  // nobody before it learns
  CHECK(operations({ActivationLayer{PRelu{}}, Dense{5}, Dense{2}}) == 150);
  CHECK(operations({frozen, Dense{2}}) == 2 * 15 + 4 * 10);
  CHECK(operations({Dense{5}, frozen}) == 4 * 15 + 4 * 25);
  CHECK(operations({Dense{5}, Residual{{Dense{2}}}}) == 4 * 15 + 6 * 10 + 6 * 10);  // the layer's and the projection
}

TEST_CASE("the peak of the processor is a speed") {
  const double peak = peak_gflops();
  CHECK(std::isfinite(peak));
  CHECK(peak > 0.05);
  CHECK(peak < 10'000);
}

TEST_CASE("a benchmark gives every part of an epoch its time") {
  const auto result = benchmark(parse(moons), {.seconds = 0.1});
  REQUIRE(result);
  CHECK(result->samples == 60);
  CHECK(result->steps == 5);  // 9 batches, two in a step
  CHECK(result->parameters == 42);
  CHECK(result->operations == 4 * 16 + 6 * 16);
  const double sum =
      result->gather + result->forward + result->loss + result->backward + result->update + result->other;
  CHECK(sum == doctest::Approx(result->training));
  CHECK(std::min({result->gather, result->forward, result->loss, result->backward, result->update}) > 0);
  CHECK(result->other >= 0);
  CHECK(*result->health > 0);
  CHECK(*result->validation > 0);
  CHECK(result->epoch() == doctest::Approx(sum + *result->health + *result->validation));
  CHECK(result->gflops() == doctest::Approx(160e-9 * 60 / result->training));
}

TEST_CASE("a benchmark leaves out what a config does not have, and takes less than an epoch of what is large") {
  const auto result =
      benchmark(parse(moons, {"health.samples=0", "data={\"type\": \"moons\", \"samples\": 500000}", "train.epochs=0"}),
                {.seconds = 0.1});
  REQUIRE(result);
  CHECK_FALSE(result->health);
  CHECK_FALSE(result->validation);
  CHECK(result->training > 0);
  CHECK(result->steps == 35'715);
}

TEST_CASE("a benchmark ends without a result when nobody wants it any more") {
  int asked = 0;
  CHECK_FALSE(benchmark(parse(moons), {.seconds = 1000, .goes_on = [&asked] { return ++asked < 100; }}));
  CHECK(asked < 200);
}

TEST_CASE("an epoch in shards has the shards and the rest, and one rank estimates nothing") {
  const auto result = benchmark(parse(moons, {"train.shards=2"}), {.seconds = 0.1});
  REQUIRE(result);
  REQUIRE(result->shared);
  CHECK(result->shared->shards == 2);
  CHECK(result->shared->own_shards > 0);
  CHECK(result->shared->exchange == 0);
  CHECK(result->forward == 0);
  CHECK(result->shared->own_shards + result->other == doctest::Approx(result->training));
  CHECK(estimate_ranks(*result).empty());
}

TEST_CASE("what more ranks would take follows from the measured times, by hand") {
  // Two ranks, 10 steps of two batches. A step: 6 ms for 4 own of 8 shards, so 12 for all; the rest 1 ms; 7 rounds of messages
  // of 1 ms; two gradients of 900 numbers and 10 × 20 outputs, 2 · 8,000 bytes with the way back, at 1 MB/s. That makes 7 + 8 ms on
  // two ranks, where 30 were measured: twice as much.
  const Benchmark measured{
      .batch_size = 20,
      .accumulate = 2,
      .steps = 10,
      .parameters = 900,
      .other = 0.01,
      .outputs = 10,
      .shared = SharedSteps{
          .ranks = 2, .shards = 8, .own_shards = 0.06, .exchange = 0.3, .latency = 0.001, .bandwidth = 1e6}};
  const std::vector<RankEstimate> estimates = estimate_ranks(measured);
  const std::vector<double> milliseconds = {1 + 12, 1 + 6 + 2 * (7 + 8), 1 + 3 + 2 * (14 + 12),
                                            1 + 1.5 + 2 * (21 + 14)};
  REQUIRE(estimates.size() == milliseconds.size());
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    CHECK(estimates[i].ranks == std::size_t{1} << i);
    CHECK(1e3 * estimates[i].step == doctest::Approx(milliseconds[i]));
  }
}
