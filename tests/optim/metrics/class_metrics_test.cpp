// The metrics that a config may name, and an application's own: in reports, and as what early stopping watches.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/metrics/metrics.h>
#include <hinge/optim/optimizers/sgd.h>
#include <hinge/optim/trainer.h>

using namespace hinge;

namespace {

double value_of(const MetricSpec& spec, const Matrix<double>& output, const Targets<double>& targets) {
  const auto metric = spec->build<double>();
  metric->add(output.view().columns(0, 1), targets.samples(0, 1), {});  // of a pass before, which reset forgets
  metric->reset();
  metric->add(output, targets, {});
  return metric->value();
}

// The largest output, over batches.
struct LargestOutput {
  static constexpr std::string_view type = "largest_output";
  bool larger = true;
  std::vector<Option> options() { return {{"larger", &larger, {}, "whether larger is better"}}; }

  template <typename Scalar>
  class Largest final : public Metric<Scalar> {
   public:
    explicit Largest(bool larger) : larger_(larger) {}
    void add(const MatrixView<const Scalar>& output, const Targets<Scalar>&, std::span<const Scalar>) override {
      for (std::size_t i = 0; i < output.cols; ++i) {
        largest_ = std::max(largest_, static_cast<double>(output(largest_row(output, i), i)));
      }
    }
    double value() const override { return largest_; }
    void reset() override { largest_ = -INFINITY; }
    bool larger_is_better() const override { return larger_; }

   private:
    bool larger_;
    double largest_ = -INFINITY;
  };

  template <typename Scalar>
  std::unique_ptr<Metric<Scalar>> build() const {
    return std::make_unique<Largest<Scalar>>(larger);
  }
};

}  // namespace

// Three samples of class 0, two of them right; one of class 1, right; one of class 2 without a number.
TEST_CASE("balanced accuracy and macro F1 count each class the same") {
  Matrix<double> output(3, 5);
  output(0, 0) = output(0, 1) = output(1, 2) = output(1, 3) = 1;
  output(2, 4) = NAN;
  const std::vector<std::int32_t> classes = {0, 0, 0, 1, 2};
  const Targets<double> targets{classes, {}};
  CHECK(value_of(BalancedAccuracy{}, output, targets) == doctest::Approx((2.0 / 3 + 1 + 0) / 3));
  // Class 0: 2·2/(3 + 2); class 1: 2·1/(1 + 2); class 2: 0.
  CHECK(value_of(MacroF1{}, output, targets) == doctest::Approx((0.8 + 2.0 / 3 + 0) / 3));
}

TEST_CASE("a single output says class 1 above 0, and targets may be values") {
  Matrix<double> output(1, 3);
  output(0, 0) = 2;
  output(0, 1) = -1;
  output(0, 2) = 0;
  Matrix<double> values(1, 3);
  values(0, 0) = 1;
  values(0, 2) = 0.8;
  CHECK(value_of(BalancedAccuracy{}, output, {{}, values.view()}) == doctest::Approx((0.5 + 1) / 2));
}

TEST_CASE("a class that the outputs do not tell is an error") {
  const Matrix<double> output(2, 1);
  const std::vector<std::int32_t> classes = {2};
  CHECK_THROWS_WITH_AS(value_of(MacroF1{}, output, {classes, {}}),
                       "a metric of classes: a sample is of class 2, but the outputs tell 2 apart", DataError);
}

TEST_CASE("metrics are in every report, and early stopping takes the best epoch by the one it is told") {
  const auto moons = two_moons<double>(100, 0.2, 1);
  const auto fit = [&](const EarlyStopping& stopping) {
    Network<double> net(2, {Dense{8, Relu{}}, Dense{2}}, 1);
    Trainer trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1});
    return trainer.fit(moons, {.epochs = 10,
                               .validation = &moons,
                               .metrics = {MacroF1{}, LargestOutput{.larger = stopping.metric != "largest_output"}},
                               .early_stopping = stopping});
  };
  const FitResult result = fit({});
  for (const EpochReport& report : result.epochs) {
    REQUIRE(report.validation->others.size() == 2);
    CHECK(report.train.others[0].name == "f1_macro");
    CHECK(*hinge::value_of(*report.validation, "largest_output") > 0);
  }
  const FitResult smallest = fit({.patience = 9, .metric = "largest_output"});
  std::size_t best = 0;
  const auto largest_output = [&](std::size_t epoch) {
    return *hinge::value_of(*result.epochs[epoch].validation, "largest_output");
  };
  for (std::size_t i = 0; i < result.epochs.size(); ++i) best = largest_output(i) < largest_output(best) ? i : best;
  REQUIRE(best < 9);  // where the loss is not yet at its smallest
  CHECK(smallest.best->epoch == best + 1);
  CHECK(fit({.patience = 3, .metric = "loss"}).best->epoch == 10);
  CHECK(fit({.patience = 9, .metric = "accuracy"}).best->validation->accuracy >= result.epochs[0].validation->accuracy);
}

TEST_CASE("early stopping refuses a figure that is not measured") {
  const auto moons = two_moons<double>(20, 0.2, 1);
  Network<double> net(2, {Dense{2}}, 1);
  Trainer trainer(net, SoftmaxCrossEntropy{}, Sgd{});
  const auto fit = [&](const std::string& metric) {
    trainer.fit(moons, {.validation = &moons, .early_stopping = {.patience = 1, .metric = metric}});
  };
  CHECK_THROWS_WITH_AS(fit("f1_micro"), doctest::Contains("unknown metric \"f1_micro\""), ConfigError);
  CHECK_THROWS_WITH_AS(fit("r2"), "early stopping: this loss and these targets have no r2; use loss", ConfigError);
}
