// Batches of a data set: every sample once, in an order that the stream alone decides.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/batch_source.h>
#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Sample i has the inputs (i, 1000 + i, 2000 + i), the class i mod 3 and the weight i + 1.
template <typename Scalar>
Dataset<Scalar> numbered_samples(std::size_t size) {
  std::vector<Scalar> x;
  std::vector<std::int32_t> classes;
  std::vector<Scalar> weights;
  for (std::size_t i = 0; i < size; ++i) {
    for (const int thousands : {0, 1, 2}) x.push_back(static_cast<Scalar>(1000 * thousands + static_cast<int>(i)));
    classes.push_back(static_cast<std::int32_t>(i % 3));
    weights.push_back(static_cast<Scalar>(i + 1));
  }
  return Dataset<Scalar>::classification(MatrixView<const Scalar>::samples(x.data(), 3, size), classes, {}, weights);
}

// The numbers of the samples of one epoch, in the order in which they come.
template <typename Scalar>
std::vector<std::size_t> epoch(BatchSource<Scalar>& source, Batch<Scalar>& batch, std::optional<RandomStream> order) {
  std::vector<std::size_t> numbers;
  source.start_epoch(order);
  while (source.next(batch) > 0) {
    for (const Scalar value : batch.inputs().row(0)) numbers.push_back(static_cast<std::size_t>(value));
  }
  return numbers;
}

std::vector<std::size_t> own_order(std::size_t size) {
  std::vector<std::size_t> numbers(size);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

}  // namespace

TEST_CASE_TEMPLATE("an epoch hands out every sample once whatever the batch size", Scalar, float, double) {
  const auto data = numbered_samples<Scalar>(37);
  DatasetBatches<Scalar> source(data);
  for (const std::size_t capacity : {1U, 2U, 7U, 16U, 17U, 36U, 37U, 38U, 100U}) {
    CAPTURE(capacity);
    auto batch = source.make_batch(capacity);
    auto numbers = epoch<Scalar>(source, batch, RandomStream(1, Purpose::shuffle));
    CHECK(numbers != own_order(37));
    std::sort(numbers.begin(), numbers.end());
    CHECK(numbers == own_order(37));
  }
}

TEST_CASE_TEMPLATE("inputs and classes and weights of a batch belong together", Scalar, float, double) {
  const auto data = numbered_samples<Scalar>(50);
  DatasetBatches<Scalar> source(data);
  Batch<Scalar> batch = source.make_batch(33);
  source.start_epoch(RandomStream(2, Purpose::shuffle));
  while (source.next(batch) > 0) {
    CHECK(batch.inputs().batch_contiguous());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Scalar number = batch.inputs()(0, i);
      CHECK(batch.inputs()(1, i) == 1000 + number);
      CHECK(batch.inputs()(2, i) == 2000 + number);
      CHECK(batch.classes()[i] == static_cast<int>(number) % 3);
      CHECK(batch.weights()[i] == number + 1);
    }
  }
}

TEST_CASE("target values are handed out as rows") {
  const std::vector<float> x{0, 1, 2};
  const std::vector<float> y{0, 100, 1, 101, 2, 102};
  const auto data = Dataset<float>::regression(MatrixView<const float>::samples(x.data(), 1, 3),
                                               MatrixView<const float>::samples(y.data(), 2, 3));
  DatasetBatches<float> source(data);
  Batch<float> batch = source.make_batch(2);
  CHECK_FALSE(batch.has_weights());
  source.start_epoch(RandomStream(3, Purpose::shuffle));
  while (source.next(batch) > 0) {
    CHECK_FALSE(batch.targets().are_classes());
    CHECK(batch.targets().size() == batch.size());
    CHECK(batch.weights().empty());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      CHECK(batch.values()(0, i) == batch.inputs()(0, i));
      CHECK(batch.values()(1, i) == 100 + batch.inputs()(0, i));
    }
  }
}

TEST_CASE("the last batch is a narrower view of the same memory") {
  const auto data = numbered_samples<float>(10);
  DatasetBatches<float> source(data);
  Batch<float> batch = source.make_batch(8);
  CHECK(source.next(batch) == 8);
  const MatrixView<float> full = batch.inputs();
  CHECK(source.next(batch) == 2);
  CHECK(batch.inputs().data == full.data);
  CHECK(batch.inputs().cols == 2);
  CHECK(batch.inputs().row_stride == 8);
  CHECK(batch.classes().size() == 2);
  CHECK(batch.weights().size() == 2);
  CHECK(batch.targets().size() == 2);
  CHECK(source.next(batch) == 0);
  CHECK(batch.size() == 0);
  CHECK(source.next(batch) == 0);
}

TEST_CASE("an epoch without an order keeps the order of the data and so does a new source") {
  const auto data = numbered_samples<float>(20);
  DatasetBatches<float> source(data);
  Batch<float> batch = source.make_batch(20);
  CHECK(source.next(batch) == 20);
  CHECK(batch.inputs()(0, 19) == 19);
  epoch<float>(source, batch, RandomStream(4, Purpose::shuffle));
  CHECK(epoch<float>(source, batch, std::nullopt) == own_order(20));
}

TEST_CASE("the order of an epoch depends on its stream and not on the epochs before") {
  const auto data = numbered_samples<float>(100);
  const RandomStream second(5, Purpose::shuffle, 0, 2);
  DatasetBatches<float> trained(data);
  DatasetBatches<float> resumed(data);
  Batch<float> batch = trained.make_batch(32);
  Batch<float> other_batch = resumed.make_batch(7);
  const auto first_epoch = epoch<float>(trained, batch, RandomStream(5, Purpose::shuffle, 0, 1));
  const auto second_epoch = epoch<float>(trained, batch, second);
  CHECK(first_epoch != second_epoch);
  CHECK(epoch<float>(resumed, other_batch, second) == second_epoch);
  CHECK(second_epoch == permutation(100, second));
}

TEST_CASE("an epoch that was left early starts again at the first sample") {
  const auto data = numbered_samples<float>(10);
  DatasetBatches<float> source(data);
  Batch<float> batch = source.make_batch(4);
  source.next(batch);
  CHECK(epoch<float>(source, batch, std::nullopt) == own_order(10));
}

TEST_CASE("a batch made for other samples is refused with both shapes") {
  const auto data = numbered_samples<float>(10);
  DatasetBatches<float> source(data);
  for (Batch<float> batch : {Batch<float>(2, 0, 4, true), Batch<float>(3, 1, 4, true), Batch<float>(3, 0, 4, false),
                             Batch<float>(3, 0, 0, true)}) {
    check_contains(error_of<ShapeError>([&] { source.next(batch); }),
                   {std::to_string(batch.features()) + " features", "the source gives 3 features", "make_batch"});
  }
}

TEST_CASE("targets show a part of their samples") {
  const std::vector<std::int32_t> classes{0, 1, 2, 3};
  const Targets<float> by_class{classes, {}};
  CHECK(by_class.samples(1, 2).size() == 2);
  CHECK(by_class.samples(1, 2).classes[0] == 1);
  const std::vector<float> values{0, 1, 2, 3};
  const Targets<float> by_value{{}, MatrixView<const float>::samples(values.data(), 1, 4)};
  CHECK(by_value.samples(2, 2).size() == 2);
  CHECK(by_value.samples(2, 2).values(0, 1) == 3);
}
