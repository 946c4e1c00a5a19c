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

// Rates exp(0) = 1 and exp(ln 2) = 2 beside counts 3 and 0. Single precision is off by its epsilon of 1.2e-7.
TEST_CASE_TEMPLATE("the Poisson loss matches a calculation by hand", Scalar, float, double) {
  Matrix<Scalar> output(2, 1);
  output(1, 0) = static_cast<Scalar>(std::log(2.0));
  Matrix<Scalar> counts(2, 1);
  counts(0, 0) = 3;
  const double tolerance = 2 * static_cast<double>(std::numeric_limits<Scalar>::epsilon());
  Matrix<Scalar> dz(2, 1);
  const auto loss = Loss<Scalar>::from(Poisson{});
  CHECK(std::abs(loss->evaluate(output, {{}, counts}, {}, 1, dz).loss - (1 + 2) / 2.0) <= tolerance);
  CHECK(dz(0, 0) == (1 - 3) / Scalar(2));
  CHECK(std::abs(static_cast<double>(dz(1, 0)) - 2 / 2.0) <= tolerance);
  output(0, 0) = std::numeric_limits<Scalar>::quiet_NaN();
  CHECK(std::isnan(loss->evaluate(output, {{}, counts}, {}, 1, {}).loss));
}

TEST_CASE("the Poisson loss is one of counts, whose outputs are logs of rates") {
  const auto loss = Loss<double>::from(Poisson{});
  CHECK(loss->task() == Task::counts);
  CHECK(loss->output_transform() == OutputTransform::exp);
  CHECK(!loss->scales_targets());
  CHECK(!loss->is_classification());
  CHECK(loss->metric() == "d2");
}

TEST_CASE("the Poisson loss writes itself out") {
  const EquationFormat format(6, 8);
  const auto loss = Loss<double>::from(Poisson{});
  const LossSample one{
      .outputs = {0.5}, .predictions = {1.5}, .targets = {2}, .gradient = {-0.125}, .loss = 0.5, .factor = 0.25};
  CHECK(loss->loss_sides(one, format) == std::vector<std::string>{"exp(0.5) − 2·0.5", "0.5"});
  CHECK(loss->gradient_sides(one, 0, format) == std::vector<std::string>{"0.25·(p − y)", "0.25·(1.5 − 2)", "−0.125"});
  const LossSample two{.outputs = {0.5, -1},
                       .predictions = {1.5, 0.25},
                       .targets = {2, 3},
                       .gradient = {-0.25, 1},
                       .loss = 7,
                       .factor = 1};
  CHECK(loss->loss_sides(two, format) ==
        std::vector<std::string>{"0.5·(exp(0.5) − 2·0.5) + 0.5·(exp(−1) − 3·(−1))", "7"});
}

TEST_CASE("the Poisson loss refuses what is no count") {
  const Matrix<double> output(3, 2);
  const std::vector<std::int32_t> classes = {0, 1};
  const Matrix<double> one_row(1, 2);
  Matrix<double> negative(3, 2);
  negative(1, 1) = -1;
  struct Row {
    Targets<double> targets;
    std::string message;
  };
  for (const Row& row : std::vector<Row>{
           {{{}, negative}, "poisson: target value -1 of output 1, must be >= 0"},
           {{{}, one_row}, "poisson: the network has 3 outputs, but each sample has 1 target values"},
           {{classes, {}},
            "poisson needs target values, but the data has class indices; use a classification loss such as "
            "softmax_cross_entropy"},
       }) {
    const auto loss = Loss<double>::from(Poisson{});
    CHECK(error_of<Error>([&] { loss->evaluate(output, row.targets, {}, 1, {}); }) == row.message);
  }
}

// The rates are exp(0) = 1 and exp(ln 4) = 4, beside counts of 2 and 1.
TEST_CASE("the errors of a loss of counts are those of its rates, not of their logs") {
  Matrix<double> output(1, 2);
  output(0, 1) = std::log(4.0);
  Matrix<double> counts(1, 2);
  counts(0, 0) = 2;
  counts(0, 1) = 1;
  const auto loss = Loss<double>::from(Poisson{});
  EvaluationSums<double> sums(*loss, 1);
  sums.add(output, {{}, counts}, {1, 2});
  CHECK(*value_of(sums.result(), "mae") == doctest::Approx(2).epsilon(1e-15));
  CHECK(*sums.result().rmse == doctest::Approx(std::sqrt(5.0)).epsilon(1e-15));
  // D/2 = [2·ln 2 − 2 + 1] + [−ln 4 − 1 + 4] = 2; ȳ = 1.5, so D₀/2 = 2·ln 2 − 3·ln 1.5.
  const double of_mean = 2 * std::log(2.0) - 3 * std::log(1.5);
  CHECK(*value_of(sums.result(), "d2") == doctest::Approx(1 - 2 / of_mean).epsilon(1e-13));
  CHECK(larger_is_better("d2"));
  PredictionSums<double> report(*loss, 1);
  report.add(output, {{}, counts});
  CHECK(report.result().squared_error_percentage == doctest::Approx(100 * (1 + 9) / 2.0).epsilon(1e-14));
}

TEST_CASE("a model of counts that always predicts their mean has a D² of 0, one that meets them has 1") {
  const auto loss = Loss<double>::from(Poisson{});
  Matrix<double> counts(1, 4);
  for (std::size_t i = 0; i < 4; ++i) counts(0, i) = static_cast<double>(i) + 0.5;
  const auto d2_of = [&](const auto& rate) {
    Matrix<double> output(1, 4);
    for (std::size_t i = 0; i < 4; ++i) output(0, i) = std::log(rate(counts(0, i)));
    EvaluationSums<double> sums(*loss, 1);
    sums.add(output, {{}, counts}, {1, 4});
    return *sums.result().d2;
  };
  CHECK(std::abs(d2_of([](double) { return 2.0; })) < 1e-13);
  CHECK(std::abs(d2_of([](double y) { return y; }) - 1) < 1e-13);
  CHECK(d2_of([](double) { return 3.0; }) < 0);
}
