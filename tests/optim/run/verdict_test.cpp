#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/verdict.h>

#include "support/contains.h"
#include "support/temporary_folder.h"

using namespace hinge;

namespace {

// A training that went well: three equal classes, a loss that halves every second epoch.
RunRecord sound() {
  RunRecord record{.samples = 400, .steps = 200, .first_loss = 1.1, .largest_input = 3};
  for (std::size_t epoch = 1; epoch <= 20; ++epoch) {
    record.epochs.push_back({epoch, std::exp2(-0.5 * static_cast<double>(epoch)), 0.97});
  }
  for (std::size_t layer = 1; layer <= 2; ++layer) {
    record.layers.push_back({.now = {.layer = layer, .units = 10, .gradient_norm = 0.5},
                             .max_update_ratio = 0.01,
                             .travel = 2,
                             .first_weight_norm = 1,
                             .weight_norm = 1.5});
  }
  record.health = HealthVerdict{};
  record.train = PartScore{.part = "training",
                           .metric = "accuracy",
                           .samples = 400,
                           .value = 0.97,
                           .constant = 0.34,
                           .loss = 0.05,
                           .log_loss_ratio = 0.05,
                           .balanced_accuracy = 0.97,
                           .classes = 3};
  record.judged = *record.train;
  record.judged->part = "test";
  record.judged->samples = 100;
  record.judged->value = 0.95;
  record.judged->error = 0.02;
  record.judged->noise = 0.05;
  return record;
}

std::string names_of(const RunRecord& record) {
  std::vector<std::string> names;
  for (const Finding& finding : run_findings(record)) names.push_back(finding.name);
  return join(names, " ");
}

struct Row {
  std::string name;
  std::function<void(RunRecord&)> change;
  std::string findings;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    RunRecord record = sound();
    row.change(record);
    CHECK(names_of(record) == row.findings);
  }
}

HealthVerdict dead(HealthStatus status) {
  return {.status = status, .layer = 1, .reason = "layer 1: 8 of 10 units are dead (80 %)", .advice = "scale them"};
}

// At chance: no part is predicted better than by the largest class.
void learn_nothing(RunRecord& r) {
  for (PartScore* score : {&*r.train, &*r.judged}) {
    score->value = 0.34;
    score->log_loss_ratio = 1;
    score->balanced_accuracy = 1.0 / 3;
  }
}

// Nearly all samples are of one class, which every answer is; the probabilities know more.
void answer_one_class(RunRecord& r) {
  learn_nothing(r);
  r.judged->value = r.judged->constant = 0.9;
  r.judged->log_loss_ratio = 0.97;
}

}  // namespace

TEST_CASE("a sound training has no findings, and passes") {
  CHECK(names_of(sound()).empty());
  const RunVerdict verdict = verdict_of(sound());
  CHECK(verdict.status == "pass");
  CHECK(verdict.reason.empty());
  CHECK(to_json_line(json_of(verdict)) == R"({"status": "pass", "causes": []})");
}

TEST_CASE("each symptom has its finding, and just short of its threshold it has none") {
  check({
      {"constant", learn_nothing, "no_better_than_constant"},
      {"0.34 + 2·0.05",
       [](RunRecord& r) {
         learn_nothing(r);
         r.judged->value = 0.44;
       },
       "no_better_than_constant"},
      {"above it",
       [](RunRecord& r) {
         learn_nothing(r);
         r.judged->value = 0.45;
       },
       ""},
      {"0.34 + 1 % of 0.66",
       [](RunRecord& r) {
         learn_nothing(r);
         r.judged.reset();
         r.train->value = 0.3465;
       },
       "no_better_than_constant"},
      {"learned a little",
       [](RunRecord& r) {
         learn_nothing(r);
         r.judged.reset();
         r.train->value = 0.3467;
       },
       ""},
      {"few judging samples",
       [](RunRecord& r) {
         r.judged->samples = 29;
         r.judged->value = 0.34;
       },
       ""},
      {"one class", [](RunRecord& r) { answer_one_class(r); }, "one_class"},
      {"no dominant class",
       [](RunRecord& r) {
         answer_one_class(r);
         r.judged->value = r.judged->constant = 0.89;
       },
       ""},
      {"log loss as of shares",
       [](RunRecord& r) {
         learn_nothing(r);
         r.judged->log_loss_ratio = 0.98;
       },
       "no_better_than_constant"},
      {"two classes",
       [](RunRecord& r) {
         answer_one_class(r);
         r.judged->balanced_accuracy = 0.5;
       },
       ""},
      {"worse", [](RunRecord& r) { r.train->loss = 1.102; }, "worse_than_start"},
      {"as before", [](RunRecord& r) { r.train->loss = 1.101; }, ""},
      {"overfit", [](RunRecord& r) { r.judged->value = 0.81; }, "overfitting"},
      {"overfit to half",
       [](RunRecord& r) {
         r.train->value = 0.68;
         r.judged->value = 0.5;
       },
       "overfitting"},
      {"noise",
       [](RunRecord& r) {
         r.train->value = 0.66;
         r.judged->value = 0.5;
       },
       ""},
      {"small gap", [](RunRecord& r) { r.judged->value = 0.83; }, ""},
      {"uncertain gap",
       [](RunRecord& r) {
         r.judged->value = 0.81;
         r.judged->error = 0.09;
       },
       ""},
      {"oscillating",
       [](RunRecord& r) {
         for (std::size_t i = 0; i < 20; i += 2) r.epochs[i].score = 0.9;
       },
       "oscillation"},
      {"one fall", [](RunRecord& r) { r.epochs[15].score = 0.9; }, ""},
      {"small falls",
       [](RunRecord& r) {
         for (std::size_t i = 0; i < 20; i += 2) r.epochs[i].score = 0.945;
       },
       ""},
      {"falls by chance",
       [](RunRecord& r) {
         r.samples = 20;
         for (std::size_t i = 0; i < 20; i += 2) r.epochs[i].score = 0.9;
       },
       ""},
      {"straight line",
       [](RunRecord& r) {
         for (EpochFigures& e : r.epochs) e.loss = 1.1 - 0.01 * static_cast<double>(e.epoch);
       },
       "still_falling"},
      {"stopped early",
       [](RunRecord& r) {
         for (EpochFigures& e : r.epochs) e.loss = 1.1 - 0.01 * static_cast<double>(e.epoch);
         r.stopped_early = true;
       },
       ""},
      {"up and down",
       [](RunRecord& r) {
         for (EpochFigures& e : r.epochs)
           e.loss = 1 - 0.01 * static_cast<double>(e.epoch) + (e.epoch % 2 == 1 ? 0.04 : 0);
       },
       ""},
  });
}

TEST_CASE("what may be behind a symptom is named after it, and never without one") {
  const std::vector<Row> explanations = {
      {"decay",
       [](RunRecord& r) {
         r.decay = 0.1;
         r.layers[0].weight_norm = 0.09;
       },
       "weights_decayed"},
      {"a tenth",
       [](RunRecord& r) {
         r.decay = 0.1;
         r.layers[0].weight_norm = 0.1;
       },
       ""},
      {"no decay", [](RunRecord& r) { r.layers[0].weight_norm = 0.01; }, ""},
      {"inputs", [](RunRecord& r) { r.largest_input = 100; }, "inputs_unscaled"},
      {"targets", [](RunRecord& r) { r.target_size = 100; }, "targets_unscaled"},
      {"saturated", [](RunRecord& r) { r.layers[1].now.saturated = 5; }, "saturated_units"},
      {"fewer", [](RunRecord& r) { r.layers[1].now.saturated = 4; }, ""},
      {"large steps", [](RunRecord& r) { r.layers[0].max_update_ratio = 0.11; }, "steps_too_large"},
      {"by decay",
       [](RunRecord& r) {
         r.layers[0].max_update_ratio = 0.11;
         r.decay = 1;
         r.layers[0].weight_norm = 0.05;
       },
       "weights_decayed"},
      {"small steps",
       [](RunRecord& r) {
         r.layers[0].travel = 0.09;
         r.layers[1].travel = 0.01;
       },
       "steps_too_small"},
      {"one layer moves", [](RunRecord& r) { r.layers[0].travel = 0.01; }, ""},
      {"frozen",
       [](RunRecord& r) {
         r.layers[0].travel = 0;
         r.layers[1].travel = 0;
       },
       ""},
      {"vanishing", [](RunRecord& r) { r.layers[0].now.gradient_norm = 4e-4; }, "vanishing_gradient"},
      {"small", [](RunRecord& r) { r.layers[0].now.gradient_norm = 6e-4; }, ""}};
  check([&] {
    std::vector<Row> silent = explanations;
    for (Row& row : silent) row.findings = "";
    return silent;
  }());
  std::vector<Row> behind = explanations;
  for (Row& row : behind) {
    row.change = [change = row.change](RunRecord& r) {
      learn_nothing(r);
      change(r);
    };
    row.findings = "no_better_than_constant" + (row.findings.empty() ? "" : " " + row.findings);
  }
  check(behind);
}

TEST_CASE("clipping is named where it makes the steps small") {
  RunRecord record = sound();
  learn_nothing(record);
  for (LayerRecord& layer : record.layers) layer.travel = 0.01;
  record.clip_norm = 0.04;
  CHECK(run_findings(record)[1].key == "train.clip_norm");
  record.clip_norm = 0.06;  // 0.5 is less than ten times as long
  CHECK(run_findings(record)[1].key == "optimizer.learning_rate");
}

TEST_CASE("dead units are a warning only where they may cost something") {
  RunRecord record = sound();
  record.health = dead(HealthStatus::alarm);
  RunVerdict verdict = verdict_of(record);  // (0.97 − 0.34) / 0.66 = 0.955
  CHECK(verdict.status == "pass");
  CHECK(verdict.note == "layer 1: 8 of 10 units are dead (80 %); they cost nothing: training accuracy is 0.97");

  record.train->value = 0.96;  // 0.939 of the way
  verdict = verdict_of(record);
  CHECK(verdict.status == "warn");
  CHECK(verdict.note.empty());
  CHECK(verdict.reason == "layer 1: 8 of 10 units are dead (80 %); scale them");

  record.train->value = 0.97;
  record.health = dead(HealthStatus::collapse);  // whatever else was measured
  CHECK(verdict_of(record).status == "fail");
  CHECK(names_of(record) == "constant_output");
}

TEST_CASE("fewer than half of a layer are a note, unless something else is wrong") {
  RunRecord record = sound();
  record.health = dead(HealthStatus::warn);
  record.train->value = record.judged->value = 0.8;
  RunVerdict verdict = verdict_of(record);
  CHECK(verdict.status == "pass");
  CHECK(verdict.note == "layer 1: 8 of 10 units are dead (80 %); scale them");
  learn_nothing(record);
  verdict = verdict_of(record);
  CHECK(verdict.note.empty());
  CHECK(names_of(record) == "no_better_than_constant dead_units");
  record.health->cause = DeathCause::unknown;  // its advice is the diagnosis, which the warning names anyway
  CHECK(run_findings(record)[1].evidence == "layer 1: 8 of 10 units are dead (80 %)");
}

TEST_CASE("a run fails that learned nothing or diverged, others warn") {
  RunRecord record = sound();
  learn_nothing(record);
  CHECK(verdict_of(record).status == "fail");
  record = sound();
  record.judged->value = 0.8;
  CHECK(verdict_of(record).status == "warn");
  record = sound();
  record.error = "the loss is not finite";
  CHECK(verdict_of(record).status == "fail");
  CHECK(verdict_of(record).reason == "the loss is not finite");
}

namespace {

RunSummary train(const TemporaryFolder& folder, const std::vector<std::string>& overrides) {
  constexpr std::string_view moons = R"({
    "data": {"type": "moons", "samples": 400, "noise": 0.1, "test": {"every": 4}},
    "model": {"layers": [{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}]},
    "loss": "softmax_cross_entropy", "optimizer": {"type": "adam", "learning_rate": 0.01},
    "train": {"epochs": 30, "seed": 1}})";
  const LoadedConfig loaded = parse_config(moons, "c.json", ".", overrides, standard_registries());
  Run run(loaded);
  RunFolder place(folder.path("run"), true, loaded);
  return train_run(run, &place);
}

}  // namespace

TEST_CASE("a run into a folder has a verdict, by the first fault that its figures show") {
  struct Trained {
    std::vector<std::string> overrides;
    std::string first;
  };
  for (const Trained& row :
       std::vector<Trained>{{{}, ""},
                            {{"optimizer.learning_rate=1e-7"}, "no_better_than_constant"},
                            {{"optimizer.learning_rate=0.002", "train.epochs=4"}, "still_falling"},
                            {{"model.layers[0].weight_init=zeros"}, "no_better_than_constant"},
                            {{"optimizer={\"type\": \"sgd\", \"learning_rate\": 1e30}"}, "diverged"}}) {
    CAPTURE(join(row.overrides));
    const TemporaryFolder folder;
    const RunSummary summary = train(folder, row.overrides);
    REQUIRE(summary.verdict);
    CHECK((summary.verdict->causes.empty() ? "" : summary.verdict->causes[0].name) == row.first);
    const JsonValue json = parse_json(read_file(folder.path("run/summary.json")), "summary.json");
    CHECK(json.find("verdict")->find("status")->text == summary.verdict->status);
  }
}

TEST_CASE("the verdict names what made the steps small") {
  const TemporaryFolder folder;
  const RunSummary summary = train(folder, {"optimizer={\"type\": \"sgd\"}", "train.clip_norm=1e-6"});
  const std::vector<Finding>& causes = summary.verdict->causes;
  CHECK(std::any_of(causes.begin(), causes.end(), [](const Finding& f) { return f.key == "train.clip_norm"; }));
}

TEST_CASE("without an epoch only the neurons are judged") {
  const TemporaryFolder folder;
  CHECK(train(folder, {"train.epochs=0"}).verdict->status == "pass");
  const RunSummary dead =
      train(folder, {"train.epochs=0", "model.layers[0].bias_init={\"type\": \"constant\", \"value\": -99}"});
  CHECK(dead.verdict->causes[0].name == "constant_output");
}

TEST_CASE("the health report has the loss on the probe") {
  const LoadedConfig loaded = parse_config(R"({
    "data": {"type": "moons", "samples": 50}, "model": {"layers": [{"type": "dense", "units": 2, "weight_init": "zeros"}]},
    "loss": "softmax_cross_entropy", "train": {"epochs": 1}})",
                                           "c.json", ".", {}, standard_registries());
  Run run(loaded);
  std::optional<double> first;
  run.trainer().on_start([&](const StartReport& report) { first = report.health->loss; });
  run.train();
  REQUIRE(first);
  CHECK(*first == doctest::Approx(std::log(2)).epsilon(1e-6));  // zero logits, in float
}
