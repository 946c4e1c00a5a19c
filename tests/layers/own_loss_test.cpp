// A loss that an application brings: one class and one struct. Everything that Hinge does with its own losses, it does
// with this one.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "support/random_matrix.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// lᵢ = (1/K)·Σₖ log cosh(oₖ − yₖ): squared near 0, absolute far away. ∂lᵢ/∂o = tanh(o − y)/K.
template <typename Scalar>
class LogCoshLoss final : public Loss<Scalar> {
 public:
  std::string_view metric() const override { return "mae"; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    if (targets.values.rows != outputs) throw ShapeError("log_cosh needs a target value for each output");
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    Sum sum = format.sum();
    const double share = 1 / static_cast<double>(sample.outputs.size());
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) {
      sum.add(format.fill("{}·log(cosh({} − {}))", {share, sample.outputs[k], sample.targets[k]}));
    }
    return {sum.text(), format.number(sample.loss)};
  }

 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    const Scalar share = 1 / static_cast<Scalar>(output.rows);
    LossSums sums;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weights.empty() ? Scalar(1) : weights[i];
      for (std::size_t k = 0; k < output.rows; ++k) {
        const Scalar error = output(k, i) - targets.values(k, i);
        sums.loss += static_cast<double>(w * share * std::log(std::cosh(error)));
        if (!dz.empty()) dz(k, i) = static_cast<Scalar>(scale) * w * share * std::tanh(error);
      }
      sums.weight += static_cast<double>(w);
    }
    return sums;
  }
};

struct LogCosh {
  static constexpr std::string_view type = "log_cosh";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const {
    return std::make_unique<LogCoshLoss<Scalar>>();
  }
};

// The negative log-likelihood of a normal distribution: two outputs, its mean and the log of its deviation, for one target.
// l = s + ½·e²·exp(−2s) with e = m − y; ∂l/∂m = e·exp(−2s), ∂l/∂s = 1 − e²·exp(−2s).
template <typename Scalar>
class NormalLoss final : public Loss<Scalar> {
 public:
  std::size_t target_rows(std::size_t) const override { return 1; }
  bool scales_targets() const override { return false; }
  std::string_view metric() const override { return "loss"; }
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    if (outputs != 2 || targets.values.rows != 1) throw ShapeError("normal needs two outputs and one target");
  }

 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets, std::span<const Scalar>,
                   double scale, const MatrixView<Scalar>& dz) const override {
    LossSums sums{.weight = static_cast<double>(output.cols)};
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar error = output(0, i) - targets.values(0, i);
      const Scalar precision = std::exp(-2 * output(1, i));
      sums.loss += static_cast<double>(output(1, i) + error * error * precision / 2);
      if (dz.empty()) continue;
      dz(0, i) = static_cast<Scalar>(scale) * error * precision;
      dz(1, i) = static_cast<Scalar>(scale) * (1 - error * error * precision);
    }
    return sums;
  }
};

struct NormalLikelihood {
  static constexpr std::string_view type = "normal_likelihood";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const {
    return std::make_unique<NormalLoss<Scalar>>();
  }
};

Registries own_registries() {
  Registries registries = standard_registries();
  registries.of<LossSpec>().add(LogCosh{}, NormalLikelihood{});
  return registries;
}

constexpr std::string_view config = R"({
  "data": {"type": "sine", "samples": 60, "preprocess": "standard", "test": {"every": 3}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "tanh"}, {"type": "dense", "units": 1}]},
  "loss": "log_cosh", "optimizer": {"type": "adam", "learning_rate": 0.02}, "train": {"epochs": 60}})";

}  // namespace

TEST_CASE("an application's loss is named in a config, learns, and leaves a model that is read back") {
  Run run(parse_config(config, "c.json", ".", {}, own_registries()));
  const FitResult result = run.train();
  CHECK(result.epochs.back().train.loss < 0.5 * result.epochs.front().train.loss);
  CHECK(value_of(result.epochs.back().train, run.trainer().loss().metric()).has_value());
  CHECK(!run.model().info().targets.is_identity());  // scaled, as the default says
  const TemporaryFolder folder;
  const std::string path = folder.path("model.safetensors");
  save_model(path, run.model(), run.notes());
  const StoredModel<float> stored = load_model<float>(path);
  CHECK(stored.notes.at("loss") == R"({"type": "log_cosh"})");
  const Matrix<float> x = random_matrix<float>(1, 5, 1);
  for (std::size_t i = 0; i < 5; ++i) CHECK(stored.model.predict(x)(0, i) == run.model().predict(x)(0, i));
}

TEST_CASE("an application's loss may have several outputs of one target, which then have no names") {
  const std::vector<std::string> overrides = {"loss=normal_likelihood", "model.layers[1].units=2"};
  Run run(parse_config(config, "c.json", ".", overrides, own_registries()));
  const FitResult result = run.train();
  CHECK(result.epochs.back().train.loss < result.epochs.front().train.loss);
  CHECK(!result.epochs.back().train.r2);
  CHECK(run.model().info().target_names.empty());
  CHECK(run.model().info().targets.is_identity());
  CHECK(run.model().predict(Matrix<float>(1, 3)).rows() == 2);
  CHECK(error_of<ConfigError>([&] {
          Run refused(parse_config(config, "c.json", ".", {"loss=normal_likelihood"}, own_registries()));
        }).ends_with("normal needs two outputs and one target"));
}

TEST_CASE("without its registry a config with an own loss is refused") {
  CHECK(error_of<ConfigError>([] {
          parse_config(config, "c.json", ".", {}, standard_registries());
        }).find("log_cosh") != std::string::npos);
}

TEST_CASE("the gradients of an application's loss agree with their differences") {
  Network<double> network(3, {Dense{4}, Dense{2}}, 1);
  const Matrix<double> x = random_matrix<double>(3, 6, 1);
  const Matrix<double> y = random_matrix<double>(2, 6, 2);
  CHECK(check_gradients(network, *Loss<double>::from(LogCosh{}), x, {{}, y}).largest_error() <= 1e-7);
}

TEST_CASE("an application's loss is explained by its own equations, and by values where it has none") {
  const Network<double> network(1, {Dense{.units = 2, .weight_init = Constant{0.5}}});
  const std::vector<double> x = {1};
  const std::vector<double> y = {0.25, -1};
  const auto samples = Dataset<double>::regression(MatrixView<const double>::samples(x.data(), 1, 1),
                                                   MatrixView<const double>::samples(y.data(), 2, 1));
  Explanation explanation(network, LogCosh{}, Sgd{}, {}, samples);
  const ExplainedStep step = explanation.next();
  const EquationFormat format(4, 8);
  const LossSample sample = explanation.loss_sample(step, 0);
  const double loss = (std::log(std::cosh(0.25)) + std::log(std::cosh(1.5))) / 2;
  CHECK(explanation.loss().loss_sides(sample, format) ==
        std::vector<std::string>{"0.5·log(cosh(0.5 − 0.25)) + 0.5·log(cosh(0.5 − (−1)))", format.number(loss)});
  CHECK(explanation.loss().gradient_sides(sample, 1, format) ==
        std::vector<std::string>{format.number(std::tanh(1.5) / 2)});
  CHECK(explanation.loss().target(sample, 1) == -1);
}
