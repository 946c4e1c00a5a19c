#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/diagnosis/changes.h>
#include <hinge/optim/run/diagnosis/diagnosis.h>
#include <hinge/optim/run/diagnosis/judge.h>
#include <hinge/optim/run/run.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Two half circles, which a small network tells apart.
constexpr std::string_view sound = R"({
  "data": {"type": "moons", "samples": 300, "noise": 0.15, "seed": 2, "test": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "adam", "learning_rate": 0.01},
  "train": {"epochs": 60, "batch_size": 32, "seed": 1}
})";

// y = 40 + 30·sin(2x₁) + 10·x₂ over two inputs, with a little noise: a regression on values that are not scaled.
std::string waves() {
  const RandomStream random(5, Purpose::user);
  std::string table = "x1,x2,y\n";
  for (std::size_t i = 0; i < 240; ++i) {
    const double x1 = 6 * random.uniform(3 * i) - 3;
    const double x2 = 6 * random.uniform(3 * i + 1) - 3;
    const double y = 40 + 30 * std::sin(x1) + 10 * x2 + random.normal(3 * i + 2);
    table += std::to_string(x1) + "," + std::to_string(x2) + "," + std::to_string(y) + "\n";
  }
  return table;
}

constexpr std::string_view regression = R"({
  "data": {"type": "csv", "path": "waves.csv", "preprocess": "standard", "test": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 32, "activation": "relu"}, {"type": "dense", "units": 1}]},
  "loss": "mse", "optimizer": {"type": "adam", "learning_rate": 0.01}, "train": {"epochs": 80, "seed": 1}
})";

LoadedConfig parse(std::string_view text, const std::vector<std::string>& overrides = {},
                   const std::string& folder = "") {
  return parse_config(text, "c.json", folder, overrides, standard_registries());
}

Diagnosis diagnosis_of(const LoadedConfig& loaded, const DiagnosisOptions& options = {}) {
  return diagnose(loaded, standard_registries(), options);
}

std::string first_name(const Diagnosis& diagnosis) {
  return diagnosis.causes.empty() ? "" : diagnosis.causes[0].finding.name;
}

struct Fault {
  std::vector<std::string> overrides;
  std::string cause;
  std::string key;
};

}  // namespace

TEST_CASE("a diagnosis names the one fault of a config, and mends it") {
  const std::vector<Fault> faults = {
      {{"optimizer.learning_rate=3"}, "learning_rate_high", "optimizer.learning_rate"},
      {{"optimizer.learning_rate=1e-6"}, "learning_rate_low", "optimizer.learning_rate"},
      {{"model.layers[0].weight_init=zeros", "model.layers[1].weight_init=zeros"},
       "init_symmetric",
       "model.layers[0].weight_init"},
      {{"model.layers[0].bias_init={\"type\":\"constant\",\"value\":-30}"}, "born_dead", "model.layers[0].bias_init"},
      {{"model.layers=[{\"type\":\"dense\",\"units\":16,\"activation\":\"relu\"},{\"type\":\"dense\",\"units\":2},"
        "{\"type\":\"dropout\",\"rate\":0.95}]",
        "train.epochs=20"},
       "dropout",
       "model.layers[2].rate"},
      {{"train.clip_norm=1e-6", "optimizer={\"type\":\"sgd\",\"learning_rate\":0.1,\"momentum\":0.9}"},
       "clip",
       "train.clip_norm"},
      {{"optimizer={\"type\":\"adamw\",\"learning_rate\":0.01,\"weight_decay\":80}"},
       "weight_decay",
       "optimizer.weight_decay"},
      {{"train.schedule={\"type\":\"exponential\",\"gamma\":0.01}"}, "schedule", "train.schedule"},
      {{"train.epochs=1"}, "undertrained", "train.epochs"},
      {{"data.type=circles", "model.layers=[{\"type\":\"dense\",\"units\":2}]"}, "no_hidden_layer", "model.layers"},
      {{"data.type=circles", "model.layers[0].activation=identity"}, "no_nonlinearity", "model.layers[0].activation"},
      {{"data.preprocess=divide", "data.divisor=1000", "train.epochs=20",
        "optimizer={\"type\":\"sgd\",\"learning_rate\":0.1}"},
       "inputs_tiny",
       "data.divisor"},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.cause);
    const Diagnosis diagnosis = diagnosis_of(parse(sound, fault.overrides));
    CHECK(diagnosis.verdict == "behind");
    REQUIRE(!diagnosis.causes.empty());
    const Cause& first = diagnosis.causes[0];
    CHECK(first.finding.name == fault.cause);
    CHECK(first.finding.key == fault.key);
    CHECK(!first.finding.set.empty());
    REQUIRE(first.metric_after);
    CHECK(*first.metric_after - *diagnosis.metric_before > 0.5 * (diagnosis.par - diagnosis.user));
  }
}

TEST_CASE("a diagnosis names the faults of regressions") {
  const TemporaryFolder folder;
  folder.write("waves.csv", waves());
  const std::vector<Fault> faults = {
      {{"model.layers[1].activation=tanh"}, "output_activation", "model.layers[1].activation"},
      {{"data.preprocess=none", "optimizer={\"type\":\"sgd\",\"learning_rate\":0.1}"},
       "targets_unscaled",
       "data.preprocess"},
      {{"train.averaging=0.99999", "train.epochs=40"}, "averaging", "train.averaging"},
      {{"train.accumulate=1000"}, "accumulate", "train.accumulate"},
  };
  for (const Fault& fault : faults) {
    CAPTURE(fault.cause);
    const Diagnosis diagnosis = diagnosis_of(parse(regression, fault.overrides, folder.path()));
    CHECK(diagnosis.metric == "r2");
    CHECK(first_name(diagnosis) == fault.cause);
  }
  CHECK(diagnosis_of(parse(regression, {}, folder.path())).verdict == "pass");
}

TEST_CASE("two faults are both among the first causes, and mended together") {
  const Diagnosis diagnosis =
      diagnosis_of(parse(sound, {"optimizer.learning_rate=1e-5", "model.layers[0].weight_init=zeros",
                                 "model.layers[1].weight_init=zeros"}));
  REQUIRE(diagnosis.causes.size() >= 2);
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, diagnosis.causes.size()); ++i)
    names += diagnosis.causes[i].finding.name + " ";
  check_contains(names, {"init_symmetric", "learning_rate_low"});
  CHECK(diagnosis.causes[0].metric_after.value_or(0) > 0.9);
}

TEST_CASE("a sound config passes, with no cause") {
  for (const std::vector<std::string>& overrides :
       std::vector<std::vector<std::string>>{{},
                                             {"train.seed=7"},
                                             {"model.layers[0].units=4", "train.epochs=200"},
                                             {"optimizer=adamw", "optimizer.learning_rate=0.01"}}) {
    const Diagnosis diagnosis = diagnosis_of(parse(sound, overrides));
    CHECK(diagnosis.verdict == "pass");
    CHECK(diagnosis.causes.empty());
  }
}

TEST_CASE("inputs that tell nothing are no fault of the config") {
  const TemporaryFolder folder;
  const RandomStream random(9, Purpose::user);
  std::string table = "a,b,class\n";
  for (std::size_t i = 0; i < 300; ++i) {
    table += std::to_string(random.normal(3 * i)) + "," + std::to_string(random.normal(3 * i + 1)) +
             (random.uniform(3 * i + 2) < 0.5 ? ",no\n" : ",yes\n");
  }
  folder.write("noise.csv", table);
  const Diagnosis diagnosis = diagnosis_of(parse(
      sound,
      {std::string("data={\"type\":\"csv\",\"path\":\"") + folder.path("noise.csv") + "\",\"test\":{\"fraction\":0.2}}",
       "model.layers[0].units=128", "train.epochs=400"},
      folder.path()));
  CHECK(diagnosis.verdict == "nothing to learn");
  REQUIRE(first_name(diagnosis) == "nothing_to_learn");
  CHECK(diagnosis.causes[0].finding.set.empty());
}

TEST_CASE("four samples are judged by themselves") {
  const Diagnosis diagnosis = diagnosis_of(parse(sound, {"data={\"type\":\"xor\"}", "optimizer.learning_rate=1e-6"}));
  CHECK(diagnosis.judged_by == "the training samples");
  CHECK(diagnosis.real_metric == "train/accuracy");
  CHECK(first_name(diagnosis) == "learning_rate_low");
}

TEST_CASE("a diagnosis does not depend on the number of jobs") {
  const LoadedConfig loaded = parse(sound, {"optimizer.learning_rate=3"});
  const std::string one = to_json(json_of(diagnosis_of(loaded, {.jobs = 1})));
  CHECK(to_json(json_of(diagnosis_of(loaded, {.jobs = 2}))) == one);
  CHECK(to_json(json_of(diagnosis_of(loaded, {.jobs = 3}))) == one);
  check_contains(error_of<ConfigError>([&] { diagnosis_of(loaded, {.jobs = 0}); }), {"jobs = 0"});
}

TEST_CASE("an interrupted diagnosis says what it did not try") {
  std::atomic<std::size_t> trainings = 0;
  DiagnosisOptions options;
  options.observe = [&](const std::string&) { ++trainings; };
  for (const std::size_t last : {std::size_t{1}, std::size_t{22}}) {
    trainings = 0;
    options.is_interrupted = [&] { return trainings > last; };
    const Diagnosis diagnosis = diagnosis_of(parse(sound, {"optimizer.learning_rate=3"}), options);
    CHECK(diagnosis.verdict == (last == 1 ? "interrupted" : "behind"));
    CHECK(diagnosis.not_tried.empty() == (last == 1));
    CHECK(diagnosis.notes.back().starts_with("interrupted"));
  }
}

TEST_CASE("the mended config holds the cure, and why") {
  const LoadedConfig loaded = parse(sound, {"optimizer.learning_rate=3"});
  const Diagnosis diagnosis = diagnosis_of(loaded);
  REQUIRE(!diagnosis.causes.empty());
  const std::string text = mended_config(loaded, standard_registries(), json_of(diagnosis), "");
  check_contains(text, {"// Mended by hinge diagnose: the learning rate 3 is too high"});
  const LoadedConfig mended = parse_config(text, "mended.json", "", {}, standard_registries());
  CHECK(diagnosis_of(mended).verdict == "pass");
}

TEST_CASE("folds of the judge divide the training part, and keep the shares of classes") {
  const LoadedConfig loaded = parse(sound);
  const DataParts parts = load_data(loaded);
  const auto loss = loaded.config.loss->build<float>();
  const Judge judge(parts, *loss, 2, 1'000'000, 3);
  std::vector<int> times(parts.train.size());
  for (std::size_t r = 0; r < Judge::repetitions; ++r) {
    const std::vector<std::size_t> judging = judge.judging_rows(r);
    CHECK(judging.size() + judge.training_rows(r).size() == parts.train.size());
    double ones = 0;
    for (const std::size_t row : judging) {
      ++times[row];
      ones += parts.train.classes()[row];
    }
    CHECK(std::abs(ones / static_cast<double>(judging.size()) - 0.5) < 0.02);
  }
  CHECK(times == std::vector<int>(parts.train.size(), 1));
  const Judge sampled(parts, *loss, 2, 100, 3);
  CHECK(sampled.rows() == 100);
}

TEST_CASE("the difference of two trainings is that of their means, with the spread of samples and repetitions") {
  const LoadedConfig loaded = parse(sound);
  const DataParts parts = load_data(loaded);
  const Judge judge(parts, *loaded.config.loss->build<float>(), 2, 1000, 0);
  const std::vector<std::vector<double>> a = {{1, 0, 1, 1}, {1, 1, 0, 1}};
  const std::vector<std::vector<double>> b = {{1, 1, 1, 1}, {1, 1, 1, 1}};
  CHECK(judge.score(a) == doctest::Approx(0.75));
  const Difference difference = judge.difference(a, b);
  CHECK(difference.mean == doctest::Approx(0.25));
  // Two of eight samples differ by 1: √(8·(1/4)(3/4)/7/8); the repetitions do not differ.
  CHECK(difference.error == doctest::Approx(std::sqrt(8 * 0.25 * 0.75 / 7 / 8)));
  const std::vector<std::vector<double>> below = {{0, 0, 0, 0}, {0, 0, 0, 0}};
  CHECK(judge.score(below) == doctest::Approx(judge.constant()));
}
