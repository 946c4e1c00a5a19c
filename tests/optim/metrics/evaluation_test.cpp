#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/metrics/evaluation.h>

#include "support/random_matrix.h"

using namespace hinge;

namespace {

Evaluation evaluate(const LossSpec& spec, const Matrix<double>& output, const Targets<double>& targets,
                    std::size_t batch = 1000) {
  const auto loss = spec->build<double>();
  EvaluationSums<double> sums(*loss, output.rows());
  for (std::size_t first = 0; first < output.cols(); first += batch) {
    const std::size_t count = std::min(batch, output.cols() - first);
    const auto columns = output.view().columns(first, count);
    sums.add(columns, targets.samples(first, count), loss->evaluate(columns, targets.samples(first, count), {}, 1, {}));
  }
  return sums.result();
}

}  // namespace

TEST_CASE("accuracy is the share of samples whose largest output is the class, of equals the first") {
  Matrix<double> output(3, 4);
  output(0, 0) = 1;                 // 0
  output(2, 1) = 1;                 // 2
  output(1, 2) = output(2, 2) = 1;  // 1, the first of equals
  output(0, 3) = 1;                 // 0
  const std::vector<std::int32_t> classes = {0, 2, 2, 1};
  const Evaluation e = evaluate(SoftmaxCrossEntropy{}, output, {classes, {}});
  CHECK(e.samples == 4);
  CHECK(*e.accuracy == 0.5);
  CHECK((!e.r2 && !e.mae && !e.rmse));
}

TEST_CASE("hits of a large batch are those of each sample, ties and NaN among them") {
  const RandomStream random(1, Purpose::user);
  Matrix<float> output(4, 150);
  for (std::size_t i = 0; i < output.elements().size(); ++i) {
    output.elements()[i] = static_cast<float>(random.integer(i, 4));  // often equal
  }
  output(2, 70) = NAN;
  std::vector<std::int32_t> classes(150);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(random.integer(1000 + i, 4));
  std::size_t hits = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (i != 70) hits += largest_row(output.view(), i) == static_cast<std::size_t>(classes[i]) ? 1 : 0;
  }
  REQUIRE((hits > 15 && hits < 75));
  const auto loss = Loss<float>::from(SoftmaxCrossEntropy{});
  EvaluationSums<float> sums(*loss, 4);
  sums.add(output, {classes, {}}, {1, 150});
  CHECK(sums.result().accuracy == static_cast<double>(hits) / 150);
}

TEST_CASE("a yes/no output is right when its logit has the right sign") {
  Matrix<double> output(1, 4);
  for (std::size_t i = 0; i < 4; ++i) output(0, i) = i < 2 ? 1 : -1;
  const std::vector<std::int32_t> classes = {1, 0, 0, 0};
  CHECK(*evaluate(BinaryCrossEntropy{}, output, {classes, {}}).accuracy == 0.75);

  Matrix<double> labels(2, 2);
  Matrix<double> logits(2, 2);
  labels(0, 0) = labels(1, 1) = 1;
  logits(0, 0) = 3;
  logits(0, 1) = logits(1, 0) = -3;
  logits(1, 1) = -3;
  CHECK(*evaluate(BinaryCrossEntropy{}, logits, {{}, labels}).accuracy == 0.75);
}

TEST_CASE("an output that is not a number is never right") {
  Matrix<double> output(2, 1);
  output(1, 0) = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::int32_t> classes = {0};
  CHECK(*evaluate(SoftmaxCrossEntropy{}, output, {classes, {}}).accuracy == 0);
}

// y = 1, 2, 3, 6 with mean 3 and Σ(y − ȳ)² = 14; o = 1, 2, 5, 5: Σ(o − y)² = 5, Σ|o − y| = 3.
TEST_CASE("R², mean absolute and root mean squared error match a calculation by hand") {
  Matrix<double> output(1, 4);
  Matrix<double> values(1, 4);
  const double o[] = {1, 2, 5, 5};
  const double y[] = {1, 2, 3, 6};
  for (std::size_t i = 0; i < 4; ++i) {
    output(0, i) = o[i];
    values(0, i) = y[i];
  }
  const Evaluation e = evaluate(MeanSquaredError{}, output, {{}, values});
  CHECK(*e.r2 == doctest::Approx(1 - 5.0 / 14).epsilon(1e-14));
  CHECK(*e.mae == 0.75);
  CHECK(*e.rmse == std::sqrt(1.25));
  CHECK(e.loss == 1.25);
  CHECK(!e.accuracy);
  CHECK(evaluate(HalfSquaredSum{}, output, {{}, values}).loss == 2.5);
}

// A large mean would cancel in Σy² − n·ȳ².
TEST_CASE("R² stays exact far from zero") {
  Matrix<double> output(1, 3);
  Matrix<double> values(1, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    values(0, i) = 1e9 + static_cast<double>(i);
    output(0, i) = 1e9 + 1;
  }
  CHECK(*evaluate(MeanSquaredError{}, output, {{}, values}).r2 == doctest::Approx(0).epsilon(1e-9));
}

TEST_CASE("R² is the mean over outputs, and constant targets are 1 when met and 0 when missed") {
  Matrix<double> output(2, 3);
  Matrix<double> values(2, 3);
  for (std::size_t i = 0; i < 3; ++i) values(0, i) = output(0, i) = static_cast<double>(i);
  CHECK(*evaluate(MeanSquaredError{}, output, {{}, values}).r2 == 1);
  output(1, 1) = 1;
  CHECK(*evaluate(MeanSquaredError{}, output, {{}, values}).r2 == 0.5);
}

// Errors 3 and 0 of the first output, 0 and 4 of the second: √(25/4).
TEST_CASE("the root mean squared error is that of all outputs together") {
  Matrix<double> output(2, 2);
  const Matrix<double> values(2, 2);
  output(0, 0) = 3;
  output(1, 1) = -4;
  CHECK(*evaluate(MeanSquaredError{}, output, {{}, values}).rmse == 2.5);
}

TEST_CASE("the size of the batches does not matter") {
  const Matrix<double> output = random_matrix<double>(2, 37, 1);
  const Matrix<double> values = random_matrix<double>(2, 37, 2);
  const Evaluation whole = evaluate(MeanSquaredError{}, output, {{}, values});
  const Evaluation parts = evaluate(MeanSquaredError{}, output, {{}, values}, 5);
  CHECK(*parts.r2 == *whole.r2);
  CHECK(parts.loss == doctest::Approx(whole.loss).epsilon(1e-14));
  CHECK(parts.samples == 37);
}

TEST_CASE("no samples are an error, not a number") {
  const auto loss = LossSpec(MeanSquaredError{})->build<double>();
  EvaluationSums<double> sums(*loss, 1);
  CHECK_THROWS_AS(sums.result(), DataError);
}

TEST_CASE("samples that all weigh nothing have no mean loss") {
  const auto loss = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  EvaluationSums<double> sums(*loss, 2);
  CHECK_THROWS_AS(sums.result(), DataError);
  const std::vector<std::int32_t> classes = {0, 1};
  const std::vector<double> weights = {0, 0};
  const Matrix<double> output(2, 2);
  sums.add(output, {classes, {}}, loss->evaluate(output, {classes, {}}, weights, 1, {}));
  CHECK_THROWS_WITH(sums.result(), "evaluate: the weights of all samples are 0");
}

// What an application's loss may be: any targets, any transform.
class OwnLoss final : public Loss<double> {
 public:
  explicit OwnLoss(OutputTransform transform) : transform_(transform) {}
  OutputTransform output_transform() const override { return transform_; }
  void check_targets(std::size_t, const Targets<double>&) const override {}

 protected:
  LossSums compute(const MatrixView<const double>& output, const Targets<double>&, std::span<const double>, double,
                   const MatrixView<double>&) const override {
    return {3, static_cast<double>(output.cols)};
  }

 private:
  OutputTransform transform_;
};

TEST_CASE("an own loss has the metrics that its targets allow, and always its loss") {
  const std::vector<std::int32_t> classes = {0, 1, 1};
  const std::vector<std::int32_t> beyond = {0, 1, 3};
  struct Row {
    const char* name;
    OutputTransform transform;
    std::size_t outputs;
    std::size_t target_rows;  // 0: classes
    std::span<const std::int32_t> classes;
    std::optional<double> accuracy;
    bool has_errors;
  };
  const OutputTransform identity = OutputTransform::identity;
  for (const Row& row : std::vector<Row>{
           {"classes, no transform", identity, 3, 0, classes, 1.0 / 3, false},
           {"classes of one output: its sign", identity, 1, 0, classes, 2.0 / 3, false},
           {"classes, several sigmoids", OutputTransform::sigmoid, 3, 0, classes, 1.0 / 3, false},
           {"classes beyond the outputs", identity, 3, 0, beyond, {}, false},
           {"classes beyond a softmax", OutputTransform::softmax, 2, 0, beyond, {}, false},
           {"classes beyond yes and no", OutputTransform::sigmoid, 1, 0, beyond, {}, false},
           {"a value for each output", identity, 3, 3, {}, {}, true},
           {"fewer values than outputs", identity, 3, 2, {}, {}, false},
           {"more values than outputs", identity, 3, 4, {}, {}, false},
           {"fewer values than a softmax has classes", OutputTransform::softmax, 3, 2, {}, {}, false},
           {"more values than sigmoids", OutputTransform::sigmoid, 3, 4, {}, {}, false},
       }) {
    CAPTURE(row.name);
    Matrix<double> output(row.outputs, 3);
    for (std::size_t i = 0; i < 3; ++i) output(0, i) = 1;    // class 0 of several
    if (row.outputs == 1) output(0, 0) = output(0, 2) = -1;  // no, yes, no
    const Matrix<double> values(row.target_rows, 3);
    const OwnLoss loss(row.transform);
    EvaluationSums<double> sums(loss, row.outputs);
    sums.add(output, {row.classes, values}, {3, 3});
    const Evaluation e = sums.result();
    CHECK((e.samples == 3 && e.loss == 1));
    CHECK(e.accuracy == row.accuracy);
    CHECK(e.r2.has_value() == row.has_errors);
    CHECK((e.mae.has_value() == row.has_errors && e.rmse.has_value() == row.has_errors));
  }
}
