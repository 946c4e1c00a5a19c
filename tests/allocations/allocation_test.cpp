#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include <Eigen/Core>

#include <hinge/core/threads.h>
#include <hinge/data/batch_source.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/predictor.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

#include "count_allocations.h"
#include "support/random_matrix.h"

using namespace hinge;

namespace {

std::vector<LayerSpec> digits_layers() { return {Dense{128, Relu{}}, Residual{{Dense{64, Tanh{}}}}, Dense{10}}; }

// Keeps the compiler from leaving out an allocation that it sees freed again.
void* seen(void* memory) {
  static void* volatile keep = nullptr;
  keep = memory;
  return keep;
}

// 150 samples: two batches of 64 and a short one of 22.
template <typename Scalar>
Dataset<Scalar> digits_like() {
  std::vector<std::int32_t> classes(150);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i % 10);
  return Dataset<Scalar>::classification(random_matrix<Scalar>(64, 150, 1), classes);
}

}  // namespace

TEST_CASE("the counter sees every way to allocate, an Eigen matrix among them") {
  CHECK(allocations_of([] {}) == 0);
  CHECK(allocations_of([] { Eigen::MatrixXd matrix(30, 30); }) == 1);
  CHECK(allocations_of([] { Matrix<float> matrix(30, 30); }) == 1);
  CHECK(allocations_of([] {
          std::vector<int> vector(100);
          seen(vector.data());
        }) == 1);
  CHECK(allocations_of([] { std::free(seen(std::malloc(10))); }) == 1);
  CHECK(allocations_of([] { std::free(seen(std::calloc(10, 10))); }) == 1);
  CHECK(allocations_of([] { std::free(seen(std::aligned_alloc(64, 64))); }) == 1);
}

TEST_CASE_TEMPLATE("a warm training step allocates nothing, also with a short last batch", Scalar, float, double) {
  const Dataset<Scalar> data = digits_like<Scalar>();
  std::vector<OptimizerSpec> optimizers = {Sgd{.momentum = 0.9, .nesterov = true, .weight_decay = 1e-4}};
  const auto known = standard_optimizers();
  for (const std::string& name : known.names()) optimizers.push_back(known.find(name));
  const SoftmaxCrossEntropy loss{.label_smoothing = 0.1, .class_weights = std::vector<double>(10, 0.5)};
  for (const OptimizerSpec& optimizer : optimizers) {
    CAPTURE(optimizer.summary());
    Network<Scalar> net(64, digits_layers(), 1);
    Trainer<Scalar> trainer(net, loss, optimizer);
    DatasetBatches<Scalar> source(data);
    Batch<Scalar> batch(64, 0, 64);
    std::vector<std::size_t> sizes;
    sizes.reserve(8);
    const auto epoch = [&](std::uint64_t number) {
      source.start_epoch(RandomStream(1, Purpose::shuffle, 0, number));
      while (source.next(batch) > 0) {
        trainer.step(batch.inputs(), std::as_const(batch).targets());
        sizes.push_back(batch.size());
      }
    };
    epoch(1);
    CHECK(allocations_of([&] { epoch(2); }) == 0);
    CHECK(sizes == std::vector<std::size_t>{64, 64, 22, 64, 64, 22});
  }
}

TEST_CASE_TEMPLATE(
    "a warm step allocates nothing with dropout, learned slopes, normalisation, clipping, a schedule and averaging",
    Scalar, float, double) {
  const Dataset<Scalar> data = digits_like<Scalar>();
  const std::vector<LayerSpec> layers = {
      Dropout{.rate = 0.1}, Dense{128, PRelu{}}, Dropout{},
      Residual{{Dense{64, PRelu{.per_unit = true}}, BatchNorm{}, LayerNorm{}, Residual{{Dense{64}}}}}, Dense{10}};
  const StepOptions everything = {.schedule = WarmupCosine{.warmup = 2, .total = 9, .per = "step"},
                                  .clip_norm = 0.01,
                                  .clip_value = 0.005,
                                  .averaging = 0.9};
  for (const std::size_t accumulated : {1U, 2U}) {
    Network<Scalar> net(64, layers, 1);
    Trainer<Scalar> trainer(net, SoftmaxCrossEntropy{}, Adam{.weight_decay = 0.01, .l1 = 0.001}, everything);
    DatasetBatches<Scalar> source(data);
    Batch<Scalar> batch(64, 0, 64);
    const auto epoch = [&] {
      source.start_epoch(std::nullopt);
      while (source.next(batch) > 0) {
        if (accumulated == 1) {
          trainer.step(batch.inputs(), std::as_const(batch).targets());
          continue;
        }
        trainer.accumulate(batch.inputs(), std::as_const(batch).targets());
        if (batch.size() == 22) trainer.apply();
      }
      trainer.adopt_average();
    };
    epoch();
    CHECK(allocations_of(epoch) == 0);
    CHECK(trainer.optimizer().steps() == (accumulated == 1 ? 6 : 2));
  }
}

TEST_CASE("a warm step allocates nothing, however large the network") {
  struct Row {
    std::vector<std::size_t> widths;
    std::size_t batch;
  };
  for (const Row& row : std::vector<Row>{{{2, 8, 1}, 4},
                                         {{2, 32, 32, 3}, 32},
                                         {{30, 64, 64, 1}, 32},
                                         {{64, 128, 64, 10}, 64},
                                         {{784, 256, 128, 10}, 128},
                                         {{784, 1024, 1024, 10}, 256}}) {
    std::vector<LayerSpec> layers;
    for (std::size_t i = 1; i + 1 < row.widths.size(); ++i) layers.emplace_back(Dense{row.widths[i], Relu{}});
    layers.emplace_back(Dense{row.widths.back()});
    Network<float> net(row.widths.front(), layers, 1);
    Trainer<float> trainer(net, MeanSquaredError{}, Sgd{.momentum = 0.9});
    const Matrix<float> x = random_matrix<float>(row.widths.front(), row.batch, 1);
    const Matrix<float> y = random_matrix<float>(row.widths.back(), row.batch, 2);
    trainer.step(x, {{}, y});
    CHECK(allocations_of([&] { trainer.step(x, {{}, y}); }) == 0);
    double a = 1, b = 0, c = 0;  // captures more than a std::function has room for
    const auto write_dz = [&](const auto&, const MatrixView<float>& dz) { dz(0, 0) = static_cast<float>(a + b + c); };
    CHECK(allocations_of([&] { trainer.step(x, write_dz); }) == 0);
  }
}

TEST_CASE_TEMPLATE("predict with a workspace allocates nothing, for any batch up to its size", Scalar, float, double) {
  const Network<Scalar> net(64, digits_layers(), 1);
  const Model<Scalar> model(net,
                            {.inputs = Preprocessing::divide(64, 16), .output_transform = OutputTransform::softmax});
  Workspace<Scalar> workspace(net, 64);
  for (const std::size_t batch : {64U, 1U, 17U}) {
    const Matrix<Scalar> x = random_matrix<Scalar>(64, batch, 1);
    Buffer<Scalar> memory(64 * batch);
    const auto by_sample = MatrixView<Scalar>::samples(memory.data(), 64, batch);
    CHECK(allocations_of([&] { net.predict(x, workspace); }) == 0);
    CHECK(allocations_of([&] { net.predict(by_sample, workspace); }) == 0);
    CHECK(allocations_of([&] { model.predict(x, workspace); }) == 0);
    std::vector<std::size_t> classes(batch);
    CHECK(allocations_of([&] { model.classify(x, workspace, classes); }) == 0);
    const std::span<const Scalar> sample(by_sample.data, 64);
    CHECK(allocations_of([&] { model.predict(sample, workspace); }) == 0);
    CHECK(allocations_of([&] { model.classify(sample, workspace); }) == 0);
  }
}

TEST_CASE("a prediction of the C API allocates nothing, for one sample or many") {
  const Model<float> model(
      Network<float>(64, {Dense{64, Relu{}}, Residual{{BatchNorm{}, Dense{32, Tanh{}}}}, Dense{10}}, 1),
      {.inputs = Preprocessing::divide(64, 16), .output_transform = OutputTransform::softmax});
  const Predictor predictor(model_to_bytes(model, {}), "model");
  const Matrix<float> x = random_matrix<float>(10, 64, 1);
  std::vector<float> y(100);
  std::vector<std::size_t> classes(10);
  for (const std::size_t samples : {1U, 10U}) {
    CHECK(allocations_of([&] { predictor.predict(x.elements().data(), samples, y.data()); }) == 0);
    CHECK(allocations_of([&] { predictor.classify(x.elements().data(), samples, classes.data()); }) == 0);
  }
}

TEST_CASE("a run of a thread pool allocates nothing, nor does one within another") {
  ThreadPool pool(2);
  CHECK(allocations_of([&] {
          for (int i = 0; i < 100; ++i) {
            pool.run([&](std::size_t) { pool.run([](std::size_t) {}); });
          }
        }) == 0);
}
