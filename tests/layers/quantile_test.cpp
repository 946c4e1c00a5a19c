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

// u = y − o = 2, 0 and −4 for the levels 0.25, 0.5 and 0.75, which are exact in binary.
TEST_CASE_TEMPLATE("the quantile loss matches a calculation by hand", Scalar, float, double) {
  const auto loss = Loss<Scalar>::from(Quantile{.tau = {0.25, 0.5, 0.75}});
  Matrix<Scalar> output(3, 1);
  output(0, 0) = 1;
  output(1, 0) = 3;
  output(2, 0) = 7;
  Matrix<Scalar> target(1, 1);
  target(0, 0) = 3;
  Matrix<Scalar> dz(3, 1);
  CHECK(loss->evaluate(output, {{}, target}, {}, 3, dz).loss == doctest::Approx((0.5 + 0 + 1) / 3).epsilon(1e-7));
  CHECK(dz(0, 0) == Scalar(-0.25));
  CHECK(dz(1, 0) == 0);
  CHECK(dz(2, 0) == Scalar(0.25));
  output(1, 0) = std::numeric_limits<Scalar>::quiet_NaN();
  CHECK(std::isnan(loss->evaluate(output, {{}, target}, {}, 1, {}).loss));
}

TEST_CASE("quantiles are several outputs of one target, each named by its level") {
  const auto loss = Loss<double>::from(Quantile{.tau = {0.1, 0.95}});
  CHECK(loss->task() == Task::values);
  CHECK(loss->scales_targets());
  CHECK(loss->target_rows(2) == 1);
  CHECK(loss->output_names({"price"}) == std::vector<std::string>{"price q0.1", "price q0.95"});
}

TEST_CASE("the quantile loss writes itself out") {
  const EquationFormat format(6, 8);
  const auto loss = Loss<double>::from(Quantile{.tau = {0.25, 0.5}});
  const LossSample sample{
      .outputs = {0.5, 3}, .predictions = {0.5, 3}, .targets = {2}, .gradient = {-0.125, 0.25}, .loss = 7, .factor = 1};
  CHECK(loss->loss_sides(sample, format) == std::vector<std::string>{"0.125·|0.5 − 2| + 0.25·|3 − 2|", "7"});
  CHECK(loss->gradient_sides(sample, 0, format) == std::vector<std::string>{"−0.5·0.25", "−0.125"});
  CHECK(loss->gradient_sides(sample, 1, format) == std::vector<std::string>{"0.5·(1 − 0.5)", "0.25"});
  CHECK(loss->target(sample, 1) == 2);
}

TEST_CASE("the quantile loss wants one target, and an output for each level") {
  const Matrix<double> output(3, 2);
  const std::vector<std::int32_t> classes = {0, 1};
  const Matrix<double> one_row(1, 2);
  const Matrix<double> three_rows(3, 2);
  struct Row {
    std::vector<double> tau;
    Targets<double> targets;
    std::string message;
  };
  for (const Row& row : std::vector<Row>{
           {{0.5},
            {{}, one_row},
            "quantile: tau has 1 levels, but the network has 3 outputs; the last layer needs a unit for each level"},
           {{0.1, 0.5, 0.9},
            {{}, three_rows},
            "quantile: all levels are those of one target, but each sample has 3 target values"},
           {{0.5},
            {classes, {}},
            "quantile needs target values, but the data has class indices; use a classification loss such as "
            "softmax_cross_entropy"},
       }) {
    const auto loss = Loss<double>::from(Quantile{.tau = row.tau});
    CHECK(error_of<Error>([&] { loss->evaluate(output, row.targets, {}, 1, {}); }) == row.message);
  }
}

TEST_CASE("quantiles have their loss as the only measure") {
  Matrix<double> output(2, 2);
  output(1, 0) = 3;
  const Matrix<double> target(1, 2);
  const auto loss = Loss<double>::from(Quantile{.tau = {0.1, 0.9}});
  EvaluationSums<double> sums(*loss, 2);
  sums.add(output, {{}, target}, {4, 2});
  const Evaluation evaluation = sums.result();
  CHECK((!evaluation.accuracy && !evaluation.r2 && !evaluation.mae && !evaluation.rmse));
  CHECK(value_of(evaluation, loss->metric()) == 2);
  PredictionSums<double> report(*loss, 2);
  report.add(output, {{}, target});
  CHECK(std::isnan(report.result().squared_error_percentage));
  const auto single = Loss<double>::from(Quantile{});
  EvaluationSums<double> median(*single, 1);
  median.add(output.view().columns(0, 1).transposed().columns(0, 1), {{}, target.view().columns(0, 1)}, {4, 1});
  CHECK(!median.result().r2);
}
