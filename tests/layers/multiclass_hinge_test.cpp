#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/metrics/evaluation.h>
#include <hinge/optim/metrics/prediction_report.h>

#include "support/throws.h"

using namespace hinge;

// Margins 1 − 2 + 1 = 0 and 1 − 2 + 1.5 = 0.5 beside class 0; 1 − 1 + 0 = 0 and 1 − 1 + 0.25 = 0.25 beside class 1. At a
// margin of exactly 0 the slope is 0.
TEST_CASE_TEMPLATE("the multiclass hinge loss matches a calculation by hand", Scalar, float, double) {
  Matrix<Scalar> output(3, 2);
  const std::vector<double> samples = {2, 1, 1.5, 0, 1, 0.25};
  for (std::size_t i = 0; i < samples.size(); ++i) output(i % 3, i / 3) = static_cast<Scalar>(samples[i]);
  const std::vector<std::int32_t> classes = {0, 1};
  struct Row {
    MulticlassHinge loss;
    double value;                  // of 3·L, a sum of two samples
    std::vector<double> gradient;  // of 3·L, sample by sample
  };
  for (const Row& row : std::vector<Row>{
           {{}, 0.5 + 0.25, {-1, 0, 1, 0, -1, 1}},
           {{.class_weights = {3, 0.5, 9}}, 3 * 0.5 + 0.5 * 0.25, {-3, 0, 3, 0, -0.5, 0.5}},
       }) {
    const auto loss = Loss<Scalar>::from(row.loss);
    Matrix<Scalar> dz(3, 2);
    const LossSums sums = loss->evaluate(output, {classes, {}}, {}, 3, dz);
    CHECK(3 * sums.loss == doctest::Approx(row.value).epsilon(1e-6));
    CHECK(sums.weight == 2);  // class weights do not divide
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(static_cast<double>(dz(i % 3, i / 3)) == doctest::Approx(row.gradient[i]).epsilon(1e-6));
    }
    const double apart = sums.loss;
    CHECK(loss->evaluate(output, {classes, {}}, {}, 3, Matrix<Scalar>(output)).loss == apart);
  }
  const auto loss = Loss<Scalar>::from(MulticlassHinge{});
  for (std::size_t k = 0; k < 3; ++k) {
    Matrix<Scalar> broken(3, 1);
    broken(k, 0) = std::numeric_limits<Scalar>::quiet_NaN();
    CHECK(std::isnan(loss->evaluate(broken, {std::span(classes).first(1), {}}, {}, 1, {}).loss));
  }
}

TEST_CASE_TEMPLATE("the gradient of the hinge loss may be written over the outputs", Scalar, float, double) {
  const std::vector<std::int32_t> classes = {0};
  const auto loss = Loss<Scalar>::from(MulticlassHinge{});
  Matrix<Scalar> output(3, 1);
  output(1, 0) = Scalar(0.25);
  loss->evaluate(output, {classes, {}}, {}, 3, output);
  CHECK((output(0, 0) == doctest::Approx(-2).epsilon(1e-6) && output(1, 0) == doctest::Approx(1).epsilon(1e-6)));
}

TEST_CASE("the hinge loss is one of classes, whose outputs are scores") {
  const auto loss = Loss<double>::from(MulticlassHinge{});
  CHECK(loss->task() == Task::classes);
  CHECK(loss->output_transform() == OutputTransform::identity);
  CHECK(!loss->scales_targets());
  CHECK(loss->metric() == "accuracy");
}

TEST_CASE("the hinge loss writes itself out") {
  const EquationFormat format(6, 8);
  const LossSample sample{
      .outputs = {0.25, 0.5, -0.5}, .targets = {1, 0, 0}, .gradient = {-1, 0.5, 0.5}, .loss = 3, .factor = 0.5};
  const auto loss = Loss<double>::from(MulticlassHinge{.class_weights = {3, 1, 1}});
  CHECK(loss->loss_sides(sample, format) ==
        std::vector<std::string>{"1·(max(0, 1 − 0.25 + 0.5) + max(0, 1 − 0.25 + (−0.5)))", "3"});
  CHECK(loss->gradient_sides(sample, 0, format) == std::vector<std::string>{"−2·0.5", "−1"});
  CHECK(loss->gradient_sides(sample, 1, format) == std::vector<std::string>{"0.5"});
}

TEST_CASE("the hinge loss refuses what is no class") {
  const Matrix<double> output(3, 2);
  const std::vector<std::int32_t> classes = {0, 1};
  const std::vector<std::int32_t> too_large = {0, 3};
  struct Row {
    MulticlassHinge loss;
    Targets<double> targets;
    std::string message;
  };
  for (const Row& row : std::vector<Row>{
           {{}, {{}, output}, "multiclass_hinge needs class indices, but the data has target values"},
           {{},
            {too_large, {}},
            "multiclass_hinge: class 3 is outside 0 … 2; the network needs one output for each class"},
           {{.class_weights = {1}}, {classes, {}}, "multiclass_hinge: 1 class_weights, but the network has 3 outputs"},
       }) {
    const auto loss = Loss<double>::from(row.loss);
    CHECK(error_of<Error>([&] { loss->evaluate(output, row.targets, {}, 1, {}); }) == row.message);
  }
}

TEST_CASE("scores of classes have accuracy, confusions and ranks, but nothing that needs probabilities") {
  const auto loss = Loss<double>::from(MulticlassHinge{});
  const std::vector<std::int32_t> classes = {0, 2};
  Matrix<double> output(3, 2);
  output(0, 0) = 2;
  output(1, 1) = 3;
  output(2, 1) = 1;
  EvaluationSums<double> evaluation(*loss, 3);
  evaluation.add(output, {classes, {}}, {1, 2});
  CHECK(*value_of(evaluation.result(), "accuracy") == 0.5);
  PredictionSums<double> sums(*loss, 3);
  sums.add(output, {classes, {}});
  const PredictionReport report = sums.result();
  CHECK((*report.confusion)(0, 0) == 1);
  CHECK((*report.confusion)(2, 1) == 1);
  CHECK(report.top_accuracy(2) == 1.0);
  CHECK(!report.log_loss);
  CHECK(std::isnan(report.squared_error_percentage));
}
