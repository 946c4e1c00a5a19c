#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/rescue.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/state_file.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// No sample reaches a hidden unit of this seed over a bias of -2.5.
constexpr std::string_view dead_config = R"({
  "data": {"type": "moons", "samples": 400, "validation": {"fraction": 0.25}},
  "model": {"layers": [
    {"type": "dense", "units": 8, "activation": "relu", "bias_init": {"type": "constant", "value": -2.5}},
    {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9},
  "train": {"epochs": 4, "batch_size": 10, "seed": 3}
})";

// Trains as `hinge train` does, into the folder `run`.
RunSummary train(const TemporaryFolder& folder, const std::vector<std::string>& overrides = {}) {
  const LoadedConfig loaded = parse_config(dead_config, "c.json", folder.path(), overrides, standard_registries());
  Run run(loaded);
  RunFolder files(folder.path("run"), false, loaded);
  return train_run(run, &files);
}

RescueResult rescue_of(const TemporaryFolder& folder, const RescueOptions& options) {
  return rescue(folder.path("run"), options, standard_registries(), [](const Cure&, std::size_t) { return true; });
}

const CureResult& result_of(const RescueResult& result, std::string_view cure) {
  for (const CureResult& each : result.results) {
    if (each.cure.name == cure) return each;
  }
  FAIL("there is no cure " << cure);
  return result.results.front();
}

std::vector<std::string> names_of(const std::vector<Cure>& cures) {
  std::vector<std::string> names;
  for (const Cure& cure : cures) names.push_back(cure.name);
  return names;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += (v - mean_of(values)) * (v - mean_of(values));
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace

TEST_CASE("a network that is born dead is rescued by leaky ReLUs and fresh weights, not by going on") {
  const TemporaryFolder folder;
  train(folder);
  const RescueResult result = rescue_of(folder, {.epochs = 10, .seeds = 5});
  CHECK(result.alarm_epoch == 0);
  CHECK(result.epochs == 10);
  CHECK(result.metric == "val/accuracy");
  CHECK(result.notes.empty());

  const CureResult& none = result_of(result, "none");
  CHECK((none.gain == 0 && none.gain_half_width == 0 && !none.helps()));
  CHECK((none.dead == 1 && none.one_sided == 1));
  const CureResult& leaky = result_of(result, "leaky_relu");
  CHECK(leaky.helps());
  CHECK(leaky.dead == 0);
  CHECK(result_of(result, "fresh start").helps());
  CHECK(result_of(result, "recycle").helps());
  REQUIRE(result.best() != nullptr);
  CHECK(result.best()->helps());
  for (std::size_t i = 1; i < result.results.size(); ++i) CHECK(result.results[i - 1].mean >= result.results[i].mean);
}

// 4.303 is the 97.5 % quantile of Student's t with 2 degrees of freedom.
TEST_CASE("means, gains seed by seed, and their intervals are those of the scores") {
  const TemporaryFolder folder;
  train(folder);
  const RescueResult result = rescue_of(folder, {.epochs = 3, .seeds = 3});
  const std::vector<double>& before = result_of(result, "none").scores;
  for (const CureResult& each : result.results) {
    CAPTURE(each.cure.name);
    REQUIRE(each.scores.size() == 3);
    std::vector<double> gains = each.scores;
    for (std::size_t i = 0; i < 3; ++i) gains[i] -= before[i];
    CHECK(each.mean == doctest::Approx(mean_of(each.scores)).epsilon(1e-14));
    CHECK(each.half_width == doctest::Approx(4.303 / std::sqrt(3.0) * deviation_of(each.scores)).epsilon(1e-12));
    CHECK(each.gain == doctest::Approx(mean_of(gains)).epsilon(1e-12));
    CHECK(each.gain_half_width == doctest::Approx(4.303 / std::sqrt(3.0) * deviation_of(gains)).epsilon(1e-12));
    CHECK(each.helps() == (each.gain - each.gain_half_width > 0));
  }
}

TEST_CASE("without a cure, the run's own seed ends as the run did") {
  const TemporaryFolder folder;
  // Alive at first; the first steps are so large that units die, and the alarm comes after an epoch.
  const RunSummary original = train(folder, {"model.layers[0].bias_init=zeros", "optimizer.learning_rate=0.3",
                                             "train.epochs=12", "health.alarm_dead=0.05", "data.noise=0.3"});
  const RescueResult result = rescue_of(folder, {.seeds = 2});
  CHECK(result.alarm_epoch > 0);
  REQUIRE(result.epochs == 12 - result.alarm_epoch);
  const std::vector<double>& scores = result_of(result, "none").scores;
  CHECK(scores[0] == *original.last->validation->accuracy);
  CHECK(scores[0] != scores[1]);
}

TEST_CASE("a cure under which training diverges is shown last, with the reason") {
  const TemporaryFolder folder;
  train(folder, {"optimizer.learning_rate=1e30", "optimizer.momentum=0"});
  const RescueResult result = rescue_of(folder, {.epochs = 3, .seeds = 2});
  const CureResult& last = result.results.back();
  check_contains(last.failure, {"the loss is"});
  CHECK(last.scores.empty());
  CHECK_FALSE(last.helps());
  CHECK(result_of(result, "none").failure.empty());
  check_contains(to_json_line(json_of(result)), {"\"failure\": "});
}

// Steps of 1e10 square the weights' size with each, unless the gradient is kept at 1.
TEST_CASE("where going on as before diverges, a cure under which training ends is one that helps") {
  const TemporaryFolder folder;
  train(folder, {"optimizer.learning_rate=1e10", "train.epochs=1"});
  // Its state is given living units.
  TrainingState<float> state = load_state(folder.path("run/alarm.safetensors"));
  for (std::size_t i = 16; i < 24; ++i) state.values[i] = 1;  // the hidden biases
  save_state(folder.path("run/alarm.safetensors"), state);
  const RescueResult result = rescue_of(folder, {.epochs = 3, .seeds = 2});
  CHECK_FALSE(result_of(result, "none").failure.empty());
  REQUIRE(result.best() != nullptr);
  CHECK(result.best() == &result.results.front());
  CHECK_FALSE(result.best()->is_compared);
  check_contains(to_json_line(json_of(result)), {"\"gain\": null"});
}

TEST_CASE("seeds that all give the same training tell nothing of chance") {
  const TemporaryFolder folder;
  train(folder, {"train.batch_size=400", "train.shuffle=false"});
  const RescueResult result = rescue_of(folder, {.epochs = 20, .seeds = 3});
  const CureResult& leaky = result_of(result, "leaky_relu");
  CHECK(leaky.gain > 0);
  CHECK(leaky.gain_half_width == 0);
  CHECK_FALSE(leaky.chance_is_known);
  CHECK_FALSE(leaky.helps());
  CHECK(result_of(result, "fresh start").chance_is_known);
}

TEST_CASE("a tenth of the learning rate takes the schedule's smallest rate along") {
  const TemporaryFolder folder;
  train(folder, {"train.schedule={\"type\": \"cosine\", \"period\": 5, \"smallest\": 0.05}"});
  CHECK(result_of(rescue_of(folder, {.epochs = 1, .seeds = 2}), "learning_rate/10").failure.empty());
}

TEST_CASE("a rescue ends within a training when it is told to") {
  const TemporaryFolder folder;
  train(folder);
  std::size_t steps = 0;
  const RescueResult result =
      rescue_of(folder, {.epochs = 3, .seeds = 2, .is_interrupted = [&] { return ++steps >= 40; }});
  CHECK(steps == 40);
  CHECK(result.results.empty());
}

// Labels by chance cannot be learned, only be remembered: the truth is an accuracy of a half, whose standard deviation over
// 60 samples is 0.065.
TEST_CASE("a validation part that a rescue makes holds no sample that the network has learned") {
  const TemporaryFolder folder;
  std::string table = "a,b,class\n";
  const RandomStream random(1, Purpose::user);
  for (std::size_t i = 0; i < 300; ++i) {
    table += std::to_string(random.normal(3 * i)) + "," + std::to_string(random.normal(3 * i + 1)) +
             (random.uniform(3 * i + 2) < 0.5 ? ",no\n" : ",yes\n");
  }
  folder.write("chance.csv", table);
  train(folder, {"data={\"type\": \"csv\", \"path\": \"" + folder.path("chance.csv") + "\"}",
                 "model.layers[0].units=200", "model.layers[0].bias_init=zeros", "train.epochs=200",
                 "optimizer.learning_rate=0.05", "health.alarm_dead=0.02"});
  const RescueResult result = rescue_of(folder, {.epochs = 1, .seeds = 2});
  CHECK(result.alarm_epoch > 5);
  REQUIRE(result.notes.size() == 1);
  for (const CureResult& each : result.results) CHECK(std::abs(each.mean - 0.5) < 4 * 0.065);
}

TEST_CASE("a run without a validation part gets one, and the result says so") {
  const TemporaryFolder folder;
  train(folder, {"data.validation={}"});
  const RescueResult result = rescue_of(folder, {.epochs = 1, .seeds = 2});
  REQUIRE(result.notes.size() == 1);
  check_contains(result.notes[0], {"no validation part", "a fifth"});
}

TEST_CASE("whoever watches can stop a rescue") {
  const TemporaryFolder folder;
  train(folder);
  std::size_t calls = 0;
  const RescueResult result = rescue(folder.path("run"), {.epochs = 1, .seeds = 2}, standard_registries(),
                                     [&](const Cure&, std::size_t) { return ++calls < 4; });
  CHECK(calls == 4);
  CHECK(result.results.empty());
}

TEST_CASE("a rescue needs an alarm, and more than one seed") {
  const TemporaryFolder folder;
  train(folder, {"model.layers[0].bias_init=zeros", "optimizer.learning_rate=0.01"});
  check_contains(error_of<ConfigError>([&] { rescue_of(folder, {}); }), {"had no alarm"});
  check_contains(error_of<ConfigError>([&] { rescue_of(folder, {.seeds = 1}); }), {"seeds must be >= 2"});
}

TEST_CASE("the cures are those that a config leaves room for") {
  struct Row {
    std::vector<std::string> overrides;
    std::vector<std::string> cures;
  };
  const std::vector<Row> rows = {
      {{}, {"none", "leaky_relu", "learning_rate/10", "clip_norm", "recycle", "fresh start", "asymmetric start"}},
      {{"model.layers[0].activation=tanh"},
       {"none", "learning_rate/10", "clip_norm", "recycle", "fresh start", "asymmetric start"}},
      {{"train.clip_norm=1"},
       {"none", "leaky_relu", "learning_rate/10", "recycle", "fresh start", "asymmetric start"}}};
  for (const Row& row : rows) {
    const LoadedConfig loaded = parse_config(dead_config, "c.json", "", row.overrides, standard_registries());
    CHECK(names_of(cures_for(loaded.tree)) == row.cures);
  }
  const LoadedConfig loaded = parse_config(dead_config, "c.json", "", {}, standard_registries());
  const std::vector<Cure> cures = cures_for(loaded.tree);
  CHECK(cures[1].overrides == std::vector<std::string>{"model.layers[0].activation=leaky_relu"});
  CHECK(cures[2].overrides == std::vector<std::string>{"optimizer.learning_rate=0.01"});
  CHECK((cures[5].restarts && cures[6].restarts && !cures[4].restarts));
}

TEST_CASE("cures change the layers inside of blocks too") {
  const std::string layers = R"(model.layers=[{"type": "dense", "units": 3, "activation": "relu"},
    {"type": "residual", "layers": [{"type": "residual", "layers": [{"type": "dense", "units": 3, "activation": "relu"}]}]},
    {"type": "dense", "units": 1}])";
  const LoadedConfig loaded = parse_config(dead_config, "c.json", "", {layers}, standard_registries());
  const std::vector<Cure> cures = cures_for(loaded.tree);
  const std::string inner = "model.layers[1].layers[0].layers[0].";
  CHECK(cures[1].overrides ==
        std::vector<std::string>{"model.layers[0].activation=leaky_relu", inner + "activation=leaky_relu"});
  CHECK(cures[5].overrides == std::vector<std::string>{"model.layers[0].weight_init=he_normal",
                                                       inner + "weight_init=he_normal",
                                                       "model.layers[0].bias_init=zeros", inner + "bias_init=zeros"});
}
