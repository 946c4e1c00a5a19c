#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/metrics/prediction_report.h>
#include <hinge/optim/trainer.h>

#include "support/random_matrix.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();

// Rows of the list are samples, as tables of probabilities are written.
Matrix<double> columns_of(const std::vector<std::vector<double>>& samples) {
  Matrix<double> matrix(samples.at(0).size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t k = 0; k < matrix.rows(); ++k) matrix(k, i) = samples[i][k];
  }
  return matrix;
}

Matrix<double> logarithms(Matrix<double> probabilities) {
  for (double& p : probabilities.elements()) p = std::log(p);
  return probabilities;
}

PredictionReport report(const LossSpec& spec, const Matrix<double>& output, const Targets<double>& targets,
                        std::size_t batch = 1000) {
  const auto loss = spec->build<double>();
  PredictionSums<double> sums(*loss, output.rows());
  for (std::size_t first = 0; first < output.cols(); first += batch) {
    const std::size_t count = std::min(batch, output.cols() - first);
    sums.add(output.view().columns(first, count), targets.samples(first, count));
  }
  return sums.result();
}

// exp and log have errors of 1 ulp, sums of ten numbers a few more: 16·2⁻⁵² of numbers near 1.
constexpr double rounding = 4e-15;

bool near(double a, double b) { return std::abs(a - b) <= rounding * std::max(1.0, std::abs(b)); }

}  // namespace

TEST_CASE("figures of a softmax match the examples in the documentation of scikit-learn") {
  // log_loss: 0.21616…; squared errors: 2·(0.1² + 0.1² + 0.2² + 0.35²) over 2 outputs and 4 samples.
  const std::vector<std::int32_t> spam = {1, 0, 0, 1};
  const PredictionReport two = report(
      SoftmaxCrossEntropy{}, logarithms(columns_of({{0.1, 0.9}, {0.9, 0.1}, {0.8, 0.2}, {0.35, 0.65}})), {spam, {}});
  CHECK(two.samples == 4);
  CHECK(near(*two.log_loss, -(2 * std::log(0.9) + std::log(0.8) + std::log(0.65)) / 4));
  CHECK(*two.log_loss == doctest::Approx(0.21616).epsilon(1e-5));
  CHECK(two.squared_error_percentage == doctest::Approx(100 * 0.1825 / 4).epsilon(1e-13));

  // top_k_accuracy_score with k = 2: 0.75; the outputs are scores here.
  const std::vector<std::int32_t> classes = {0, 1, 2, 2};
  const PredictionReport three =
      report(SoftmaxCrossEntropy{}, columns_of({{0.5, 0.2, 0.2}, {0.3, 0.4, 0.2}, {0.2, 0.4, 0.3}, {0.7, 0.2, 0.1}}),
             {classes, {}});
  CHECK(*three.top_accuracy(2) == 0.75);
  CHECK(*three.top_accuracy(1) == 0.5);
  CHECK(*three.top_accuracy(0) == 0);
  CHECK(*three.top_accuracy(3) == 1);
  CHECK(*three.top_accuracy(99) == 1);
}

TEST_CASE("the class of a sample has the rank of its output, of equals the first") {
  struct Row {
    std::string name;
    std::vector<double> outputs;
    std::int32_t target;
    std::vector<std::size_t> ranks;
    std::size_t prediction;
  };
  const std::vector<Row> rows = {
      {"largest", {0, 3, 1, 2}, 1, {1, 0, 0, 0}, 1},
      {"smallest", {0, 3, 1, 2}, 0, {0, 0, 0, 1}, 1},
      {"first of all equals", {1, 1, 1, 1}, 0, {1, 0, 0, 0}, 0},
      {"third of all equals", {1, 1, 1, 1}, 2, {0, 0, 1, 0}, 0},
      {"second of two equals", {0, 2, 2, 1}, 2, {0, 1, 0, 0}, 1},
      {"behind two equals", {2, 0, 1, 2}, 2, {0, 0, 1, 0}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::vector<std::int32_t> classes = {row.target};
    const PredictionReport found = report(SoftmaxCrossEntropy{}, columns_of({row.outputs}), {classes, {}});
    CHECK(found.ranks == row.ranks);
    CHECK((*found.confusion)(static_cast<std::size_t>(row.target), row.prediction) == 1);
    CHECK(found.confusion->accuracy() == *found.top_accuracy(1));
  }
}

TEST_CASE("a sample with an output that is not a number is never right, and has no rank") {
  for (std::size_t k = 0; k < 3; ++k) {
    CAPTURE(k);
    Matrix<double> output = columns_of({{5, 0, 0}, {5, 0, 0}});
    output(k, 1) = nan_value;
    const std::vector<std::int32_t> classes = {0, 0};
    const PredictionReport found = report(SoftmaxCrossEntropy{}, output, {classes, {}});
    CHECK(found.confusion->accuracy() == 0.5);
    CHECK(found.confusion->scores(0).samples == 2);
    CHECK(*found.top_accuracy(3) == 0.5);
    CHECK(std::isnan(*found.log_loss));
    CHECK(std::isnan(found.squared_error_percentage));
  }
  const std::vector<std::int32_t> classes = {0, 1};
  const PredictionReport found = report(BinaryCrossEntropy{}, columns_of({{nan_value}, {1}}), {classes, {}});
  CHECK(found.confusion->accuracy() == 0.5);
  CHECK(found.confusion->scores(0).recall == 0);
  CHECK(found.confusion->confusions().empty());
}

TEST_CASE("log loss is that of the right class whatever the loss is, and not cut off") {
  const Matrix<double> output = random_matrix<double>(5, 30, 1);
  std::vector<std::int32_t> classes(30);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i * 7 % 5);
  const auto plain = Loss<double>::from(SoftmaxCrossEntropy{});
  const double wanted = plain->evaluate(output, {classes, {}}, {}, 1, {}).loss / 30;
  CHECK(near(*report(SoftmaxCrossEntropy{}, output, {classes, {}}).log_loss, wanted));
  CHECK(near(*report(SoftmaxCrossEntropy{.label_smoothing = 0.2}, output, {classes, {}}).log_loss, wanted));
  CHECK(near(*report(SoftmaxCrossEntropy{.class_weights = {1, 2, 3, 4, 5}}, output, {classes, {}}).log_loss, wanted));

  const std::vector<std::int32_t> second = {1};
  CHECK(*report(SoftmaxCrossEntropy{}, columns_of({{2000, -3000}}), {second, {}}).log_loss == 5000);
  CHECK(*report(BinaryCrossEntropy{}, columns_of({{-5000}}), {second, {}}).log_loss == 5000);
  CHECK(near(*report(BinaryCrossEntropy{.pos_weight = {7}}, columns_of({{0}}), {second, {}}).log_loss, std::log(2)));
}

TEST_CASE("a single sigmoid tells two classes apart, the second above one half") {
  // Logits 2, 0, −1, 3 for the classes 1, 1, 0, 0: the probability 1/2 is no yes.
  const std::vector<std::int32_t> classes = {1, 1, 0, 0};
  const Matrix<double> output = columns_of({{2}, {0}, {-1}, {3}});
  const Matrix<double> values = columns_of({{1}, {1}, {0}, {0}});
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  for (const Targets<double>& targets : {Targets<double>{classes, {}}, Targets<double>{{}, values}}) {
    const PredictionReport found = report(BinaryCrossEntropy{}, output, targets);
    for (std::size_t target = 0; target < 2; ++target) {
      for (std::size_t k = 0; k < 2; ++k) CHECK((*found.confusion)(target, k) == 1);
    }
    CHECK(found.ranks.empty());
    CHECK(!found.top_accuracy(1));
    CHECK(near(*found.log_loss,
               -(std::log(sigmoid(2)) + std::log(0.5) + std::log(1 - sigmoid(-1)) + std::log(1 - sigmoid(3))) / 4));
    const double squares = std::pow(1 - sigmoid(2), 2) + 0.25 + std::pow(sigmoid(-1), 2) + std::pow(sigmoid(3), 2);
    CHECK(near(found.squared_error_percentage, 100 * squares / 4));
  }
}

TEST_CASE("one sigmoid and the softmax of two outputs with the same probabilities have the same figures") {
  const Matrix<double> logits = random_matrix<double>(1, 40, 3);
  Matrix<double> pair(2, 40);
  std::vector<std::int32_t> classes(40);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    pair(1, i) = logits(0, i);
    classes[i] = i % 3 == 0 ? 1 : 0;
  }
  const PredictionReport one = report(BinaryCrossEntropy{}, logits, {classes, {}});
  const PredictionReport two = report(SoftmaxCrossEntropy{}, pair, {classes, {}});
  CHECK(near(*one.log_loss, *two.log_loss));
  CHECK(near(one.squared_error_percentage, two.squared_error_percentage));
  CHECK(one.confusion->macro().f1 == two.confusion->macro().f1);
}

TEST_CASE("several sigmoids are decisions of their own: a log loss, no classes") {
  const Matrix<double> output = columns_of({{2, -1}, {0, 3}});
  const Matrix<double> values = columns_of({{1, 1}, {0, 1}});
  const PredictionReport found = report(BinaryCrossEntropy{}, output, {{}, values});
  CHECK(!found.confusion);
  CHECK(!found.top_accuracy(1));
  const auto of_yes = [](double z) { return std::log(1 + std::exp(-z)); };
  CHECK(near(*found.log_loss, (of_yes(2) + of_yes(-1) + of_yes(0) + of_yes(3)) / 4));
}

TEST_CASE("probabilities as targets: the largest is the class, squared errors are to all of them") {
  const PredictionReport found =
      report(SoftmaxCrossEntropy{}, logarithms(columns_of({{0.5, 0.25, 0.25}})), {{}, columns_of({{0.25, 0.75, 0}})});
  CHECK((*found.confusion)(1, 0) == 1);
  CHECK(near(*found.log_loss, std::log(4)));
  CHECK(near(found.squared_error_percentage, 100 * (0.0625 + 0.25 + 0.0625) / 3));
}

// Two outputs, two samples: 100/(2·2)·(0.5² + 0 + 1² + 0.5²) = 37.5.
TEST_CASE("the squared error percentage of a regression matches a calculation by hand") {
  const PredictionReport found =
      report(MeanSquaredError{}, columns_of({{0.5, 1}, {0, 0.5}}), {{}, columns_of({{0, 1}, {1, 1}})});
  CHECK(found.squared_error_percentage == 37.5);
  CHECK(!found.confusion);
  CHECK(!found.log_loss);
  CHECK(!found.top_accuracy(1));
  const Matrix<double> same = random_matrix<double>(3, 9, 1);
  CHECK(report(HalfSquaredSum{}, same, {{}, same}).squared_error_percentage == 0);
}

TEST_CASE("the size of the batches changes no bit of a report") {
  const Matrix<double> output = random_matrix<double>(4, 37, 1);
  std::vector<std::int32_t> classes(37);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i % 4);
  const PredictionReport whole = report(SoftmaxCrossEntropy{}, output, {classes, {}});
  const PredictionReport parts = report(SoftmaxCrossEntropy{}, output, {classes, {}}, 5);
  CHECK(*parts.log_loss == *whole.log_loss);
  CHECK(parts.squared_error_percentage == whole.squared_error_percentage);
  CHECK(parts.ranks == whole.ranks);
  CHECK(parts.confusion->confusions().size() == whole.confusion->confusions().size());
}

TEST_CASE("a report refuses what does not fit") {
  const auto loss = Loss<double>::from(SoftmaxCrossEntropy{});
  PredictionSums<double> sums(*loss, 3);
  CHECK(error_of<DataError>([&] { (void)sums.result(); }) == "report: no samples");
  const std::vector<std::int32_t> classes = {0, 3};
  const Matrix<double> output(3, 2);
  CHECK_THROWS_AS(sums.add(output, {classes, {}}), DataError);
  CHECK(error_of<ShapeError>([&] {
          sums.add(output, Targets<double>{classes, {}}.samples(0, 1));
        }) == "report: 3 outputs for 2 samples, wanted 3 for 1");
  CHECK_THROWS_AS(sums.add(Matrix<double>(2, 2), {classes, {}}), ShapeError);
}

// An application's loss may take targets of any shape.
template <OutputTransform Transform>
class OwnLoss final : public Loss<double> {
 public:
  OutputTransform output_transform() const override { return Transform; }
  void check_targets(std::size_t, const Targets<double>&) const override {}

 protected:
  LossSums compute(const MatrixView<const double>&, const Targets<double>&, std::span<const double>, double,
                   const MatrixView<double>&) const override {
    return {};
  }
};

TEST_CASE("a report refuses targets of an own loss that say nothing about single outputs") {
  const std::vector<std::int32_t> classes = {0, 2};
  const Matrix<double> output(3, 2);
  const Matrix<double> rows(2, 2);
  const OwnLoss<OutputTransform::identity> plain;
  const OwnLoss<OutputTransform::sigmoid> sigmoid;
  const OwnLoss<OutputTransform::softmax> softmax;
  const std::string shape = "report: the network has 3 outputs, but each sample has 2 target values";
  for (const Loss<double>* loss : {static_cast<const Loss<double>*>(&plain), static_cast<const Loss<double>*>(&sigmoid),
                                   static_cast<const Loss<double>*>(&softmax)}) {
    PredictionSums<double> sums(*loss, 3);
    CHECK(error_of<ShapeError>([&] { sums.add(output, {{}, rows}); }) == shape);
  }
  const std::string kind = "report: class indices need a loss with a softmax, or with a sigmoid and a single output";
  CHECK(error_of<DataError>([&] { PredictionSums<double>(plain, 3).add(output, {classes, {}}); }) == kind);
  CHECK(error_of<DataError>([&] { PredictionSums<double>(sigmoid, 3).add(output, {classes, {}}); }) == kind);
  CHECK(error_of<DataError>([&] {
          PredictionSums<double>(sigmoid, 1).add(Matrix<double>(1, 2), {classes, {}});
        }) == "report: class 2 of a single output, must be 0 or 1");
  CHECK_THROWS_AS(PredictionSums<double>(softmax, 2).add(Matrix<double>(2, 2), {classes, {}}), Error);
}

TEST_CASE_TEMPLATE("the report of a network agrees with its evaluation", Scalar, float, double) {
  const auto data = two_moons<Scalar>(300, 0.2, 1);
  Network<Scalar> net(2, {Dense{8, Relu{}}, Dense{2}}, 1);
  const auto loss = Loss<Scalar>::from(SoftmaxCrossEntropy{});
  DatasetBatches<Scalar> source(data);
  const Evaluation evaluation = evaluate<Scalar>(net, *loss, source);
  const PredictionReport found = report_of(net, *loss, data);
  CHECK(found.samples == 300);
  CHECK(found.confusion->accuracy() == *evaluation.accuracy);
  // The loss is computed in Scalar: a few ulp of numbers near 1 for each sample.
  CHECK(std::abs(*found.log_loss - evaluation.loss) < 8 * static_cast<double>(std::numeric_limits<Scalar>::epsilon()));
}
