// The figures that trainings are judged by, on numbers small enough to work out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/data/dataset.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/diagnosis/judge.h>
#include <hinge/optim/run/part_score.h>
#include <hinge/optim/run/run.h>

using namespace hinge;

namespace {

// o_k = weights[k]·x.
Network<float> linear(const std::vector<float>& weights) {
  Network<float> network(1, {Dense{weights.size()}}, 1);
  for (std::size_t k = 0; k < weights.size(); ++k) network.parameter("layers.0.weight").value()(k, 0) = weights[k];
  return network;
}

// A sample is x and its targets.
Dataset<float> samples_of(const std::vector<std::vector<float>>& rows) {
  Matrix<float> inputs(1, rows.size());
  Matrix<float> values(rows[0].size() - 1, rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    inputs(0, i) = rows[i][0];
    for (std::size_t k = 0; k < values.rows(); ++k) values(k, i) = rows[i][k + 1];
  }
  return Dataset<float>::regression(std::as_const(inputs).view(), std::as_const(values).view());
}

// Of figures from floats: six digits.
bool near(double found, double wanted) { return std::abs(found - wanted) < 1e-6; }

double figure_of(const std::vector<Figure>& figures, const std::string& name) {
  for (const Figure& figure : figures) {
    if (figure.name == name) return figure.value;
  }
  FAIL("no figure " << name);
  return 0;
}

LoadedConfig config_of_blobs() {
  return parse_config(
      R"({"data": {"type": "blobs", "samples": 40}, "model": {"layers": [{"type": "dense", "units": "auto"}]},
          "loss": "softmax_cross_entropy"})",
      "config", ".", {}, standard_registries());
}

}  // namespace

TEST_CASE("the errors of each target are those of every sample, the first and the last included") {
  // Predictions x and 2x: errors 1, 0, −1 and 1, 0, −1; squares about the means 8 and 18.
  const Dataset<float> samples = samples_of({{1, 0, 1}, {2, 2, 4}, {3, 4, 7}});
  const auto figures = raw_figures(linear({1, 2}), *LossSpec(MeanSquaredError{})->build<float>(), {}, samples);
  CHECK(near(figure_of(figures, "mae/0"), 2.0 / 3));
  CHECK(near(figure_of(figures, "rmse/0"), std::sqrt(2.0 / 3)));
  CHECK(near(figure_of(figures, "r2/0"), 1 - 2.0 / 8));
  CHECK(near(figure_of(figures, "r2/1"), 1 - 2.0 / 18));
}

TEST_CASE("of labels the best constant says the more frequent answer of each, and an answer is worth its share") {
  // Label 0 is 1 in three of four samples, label 1 in one.
  const DataParts parts{.train = samples_of({{1, 1, 0}, {2, 1, 0}, {3, 1, 1}, {4, 0, 0}})};
  const auto loss = LossSpec(BinaryCrossEntropy{})->build<float>();
  const Judge judge(parts, *loss, 2, 100, 1);
  CHECK(judge.metric() == "accuracy");
  CHECK(near(judge.constant(), 0.75));
  // Always yes, always no.
  const std::vector<double> gains = judge.gains(linear({1, -1}), *loss, {}, parts.train);
  REQUIRE(gains.size() == 4);
  const std::vector<double> wanted = {1, 1, 0.5, 0.5};
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(near(gains[i], wanted[i]));
}

TEST_CASE("few whole numbers are right when rounded, other values by their squared error") {
  const auto loss = LossSpec(MeanSquaredError{})->build<float>();
  const DataParts whole{.train = samples_of({{1, 1}, {1.4F, 1}, {1.6F, 1}, {2, 2}, {2, 2}})};
  const Judge judge(whole, *loss, 1, 100, 1);
  CHECK(judge.whole_numbers() == 2);
  CHECK(near(judge.constant(), 0.6));
  CHECK(judge.gains(linear({1}), *loss, {}, whole.train) == std::vector<double>{1, 1, 0, 1, 1});
  const DataParts values{.train = samples_of({{0, 0.5F}, {1, 1.5F}, {2, 2.5F}, {3, 3.5F}})};  // variance 1.25
  const Judge by_error(values, *loss, 1, 100, 1);
  CHECK(by_error.metric() == "r2");
  for (const double gain : by_error.gains(linear({1}), *loss, {}, values.train)) CHECK(near(gain, 1 - 0.25 / 1.25));
}

TEST_CASE("the error of a balanced accuracy is that of the mean of its recalls") {
  // Two classes of 20: of the first 15 are right, of the second 10. √(¾·¼/20 + ½·½/20)/2.
  const Run run(config_of_blobs());
  Matrix<float> inputs(2, 40);
  std::vector<std::int32_t> classes(40);
  for (std::size_t i = 0; i < 40; ++i) classes[i] = i < 20 ? 0 : 1;
  const Dataset<float> part = Dataset<float>::classification(std::as_const(inputs).view(), classes);
  PartMeasures measures;
  measures.evaluation.accuracy = 0.625;
  measures.report.confusion = ConfusionMatrix(2);
  for (std::size_t i = 0; i < 40; ++i) {
    const bool is_right = i < 20 ? i < 15 : i < 30;
    measures.report.confusion->add(static_cast<std::size_t>(classes[i]),
                                   static_cast<std::size_t>(is_right ? classes[i] : 1 - classes[i]));
  }
  const std::optional<PartScore> score = score_of(run, part, "test", measures);
  REQUIRE(score);
  CHECK(near(*score->balanced_accuracy, 0.625));
  CHECK(near(score->balanced_error, std::sqrt(0.75 * 0.25 / 20 + 0.25 / 20) / 2));
}

TEST_CASE("a part without a figure, or with one that is no number, has no score") {
  const Run run(config_of_blobs());
  const Dataset<float>& part = run.data().train;
  PartMeasures measures = measure(run, part);
  CHECK(score_of(run, part, "test", measures));
  measures.evaluation.accuracy = std::numeric_limits<double>::quiet_NaN();
  CHECK(!score_of(run, part, "test", measures));
  measures.evaluation.accuracy = std::nullopt;
  CHECK(!score_of(run, part, "test", measures));
}
