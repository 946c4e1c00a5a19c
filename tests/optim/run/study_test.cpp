#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/data/part_warnings.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/study.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Row i has the feature i and the class i mod 2, so a sample can be told from its feature.
std::string numbered_table(std::size_t rows) {
  std::string table = "x,class\n";
  for (std::size_t i = 0; i < rows; ++i) table += std::to_string(i) + (i % 2 == 0 ? ",even\n" : ",odd\n");
  return table;
}

constexpr std::string_view numbers = R"({
  "data": {"type": "csv", "path": "numbers.csv", "test": {"fraction": 0.5}},
  "model": {"layers": [{"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 1e-6},
  "train": {"epochs": 1, "batch_size": 4, "seed": 7}
})";

LoadedConfig parse(std::string_view text, const std::string& folder, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "c.json", folder, overrides, standard_registries());
}

Study study_of(const TemporaryFolder& folder, StudyPlan plan, const std::vector<std::string>& overrides = {}) {
  folder.write("numbers.csv", numbered_table(11));
  return {parse(numbers, folder.path(), overrides), std::move(plan), standard_registries()};
}

std::set<float> features_of(const Dataset<float>& data) {
  std::set<float> features;
  for (std::size_t i = 0; i < data.size(); ++i) features.insert(data.inputs()(0, i));
  return features;
}

StudyRecord record(std::size_t seed, std::size_t fold, const std::string& status, double accuracy) {
  StudyRecord record{.run = {.seed = seed, .fold = fold}, .summary = {.status = status}};
  if (status != "failed") record.figures = {{"test/accuracy", accuracy}};
  return record;
}

}  // namespace

TEST_CASE("seeds are numbers and ranges") {
  using Seeds = std::vector<std::size_t>;
  const std::vector<std::pair<std::string, Seeds>> rows = {
      {"3", {3}},
      {"1..4", {1, 2, 3, 4}},
      {"5..5", {5}},
      {"1,2,5", {1, 2, 5}},
      {"9,1..3,0", {9, 1, 2, 3, 0}},
      {"18446744073709551614..18446744073709551615", {18446744073709551614U, 18446744073709551615U}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(parse_seeds(row.first) == row.second);
  }
  CHECK(parse_seeds("1..10000").size() == max_seeds);
}

TEST_CASE("what is no list of seeds is refused with the text and the reason") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "found \"\", wanted whole numbers and ranges, such as 1..10 or 1,2,5"},
      {"1,", "found \"\""},
      {"x", "found \"x\""},
      {"-1", "found \"-1\""},
      {"1...3", "found \"1...3\""},
      {"1..", "found \"1..\""},
      {"1.5", "found \"1.5\""},
      {"5..2", "the range falls from 5 to 2"},
      {"1..3,2", "the seed 2 occurs twice"},
      {"0..10000", "more than 10000 seeds"},
      {"1..9999,20000..20001", "more than 10000 seeds"},
      {"0..18446744073709551615", "more than 10000 seeds"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    check_contains(error_of<ConfigError>([&] { parse_seeds(row.first); }), {"--seeds " + row.first + ": ", row.second});
  }
}

TEST_CASE("a spread is the mean and the deviation with n - 1") {
  // Of 2, 4, 4, 4, 5, 5, 7, 9: the mean is 5, the squares add up to 9 + 1 + 1 + 1 + 4 + 16 = 32.
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  const Spread spread = spread_of(values);
  CHECK(spread.count == 8);
  CHECK(spread.mean == 5);
  CHECK(*spread.deviation == std::sqrt(32.0 / 7));
  const Spread single = spread_of(std::vector<double>{0.5});
  CHECK(single.mean == 0.5);
  CHECK_FALSE(single.deviation);
}

TEST_CASE("with seeds and folds, the deviation is that of the means over folds") {
  const StudyPlan plan{.seeds = {1, 2, 3}, .folds = 2};
  const std::vector<StudyRecord> records = {
      record(1, 0, "finished", 0.5),  record(1, 1, "finished", 1),     // mean 0.75
      record(2, 0, "finished", 0.25), record(2, 1, "stopped", 0.75),   // mean 0.5
      record(3, 0, "finished", 0),    record(3, 1, "finished", 0.5)};  // mean 0.25
  const StudyFigure figure = figures_of(plan, records).at(0);
  CHECK(figure.name == "test/accuracy");
  CHECK(figure.spread.count == 6);
  CHECK(figure.spread.mean == 0.5);
  CHECK(figure.fold_means == std::vector<double>{0.75, 0.5, 0.25});
  CHECK(figure.over_seeds->mean == 0.5);
  CHECK(*figure.over_seeds->deviation == 0.25);
}

TEST_CASE("runs that failed or were interrupted are in no mean, nor is a seed that misses a fold") {
  const StudyPlan plan{.seeds = {1, 2, 3}, .folds = 2};
  const std::vector<StudyRecord> records = {record(1, 0, "finished", 0.5), record(1, 1, "finished", 1),
                                            record(2, 0, "finished", 0.5), record(2, 1, "failed", 0),
                                            record(3, 0, "interrupted", 0)};
  const StudyFigure figure = figures_of(plan, records).at(0);
  CHECK(figure.values == std::vector<double>{0.5, 1, 0.5});
  CHECK(figure.fold_means == std::vector<double>{0.75});
  CHECK_FALSE(figure.over_seeds->deviation);
  CHECK(figures_of(plan, std::vector<StudyRecord>{record(1, 0, "failed", 0)}).empty());
}

TEST_CASE("folds test on every sample once, and train on the others") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.folds = 4});
  REQUIRE(study.size() == 4);
  std::map<float, int> tested;
  for (std::size_t f = 0; f < 4; ++f) {
    CAPTURE(f);
    const Run run(study.config(f));
    const std::set<float> test = features_of(*run.data().test);
    for (const float x : test) ++tested[x];
    std::set<float> all = features_of(run.data().train);
    CHECK(all.size() == 11 - test.size());
    all.insert(test.begin(), test.end());
    CHECK(all.size() == 11);
    CHECK(run.data().train.class_names() == std::vector<std::string>{"even", "odd"});
  }
  CHECK(tested.size() == 11);
  for (const auto& [x, times] : tested) CHECK(times == 1);
}

TEST_CASE("folds by order are neighbours, and scaling and a validation part come from what the fold leaves") {
  const TemporaryFolder folder;
  const Study study =
      study_of(folder, {.folds = 2}, {"data.preprocess=standard", "data.validation.every=3", "data.test.by=order"});
  const Run run(study.config(1));  // 0 … 5 are left: validation 0, 3; training 1, 2, 4, 5
  CHECK(run.data().test->size() == 5);
  CHECK(run.data().validation->size() == 2);
  const Preprocessing scaling = run.model().info().inputs;
  CHECK(scaling.offsets() == std::vector<double>{3});
}

TEST_CASE("where classes take turns, every fold trains and tests on every class") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.folds = 2});
  for (std::size_t f = 0; f < 2; ++f) {
    const Run run(study.config(f));
    CHECK(part_warnings(run.data()).empty());
  }
}

TEST_CASE("the config of a fold says how it was chosen") {
  const TemporaryFolder folder;
  const auto test_of = [&](const std::vector<std::string>& overrides) {
    return to_json_line(*study_of(folder, {.folds = 3}, overrides).config(1).tree.find("data")->find("test"));
  };
  CHECK(test_of({}) == R"({"seed": 0, "folds": 3, "fold": 1, "by": "auto"})");
  CHECK(test_of({R"(data.test={"fraction": 0.2, "seed": 4, "by": "group", "column": "x"})"}) ==
        R"({"seed": 4, "folds": 3, "fold": 1, "by": "group", "column": "x"})");
  CHECK(test_of({R"(data.test={"every": 4, "offset": 2})"}) == R"({"seed": 0, "folds": 3, "fold": 1, "by": "auto"})");
}

TEST_CASE("runs go seed by seed and fold by fold, each in a folder of its name") {
  const TemporaryFolder folder;
  struct Row {
    StudyPlan plan;
    std::size_t size;
    std::string last_folder;
    std::string last_label;
  };
  const std::vector<Row> rows = {{{.seeds = {3, 8}}, 2, "seed-8", "seed 8"},
                                 {{.folds = 3}, 3, "fold-2", "fold 2"},
                                 {{.seeds = {3, 8}, .folds = 3}, 6, "seed-8/fold-2", "seed 8, fold 2"}};
  for (const Row& row : rows) {
    CAPTURE(row.last_folder);
    const Study study = study_of(folder, row.plan);
    REQUIRE(study.size() == row.size);
    CHECK(study.run(row.size - 1).folder() == row.last_folder);
    CHECK(study.run(row.size - 1).label() == row.last_label);
  }
  const Study both = study_of(folder, {.seeds = {3, 8}, .folds = 3});
  CHECK(both.run(2).folder() == "seed-3/fold-2");
  CHECK(both.config(2).config.train.seed == 3);
  CHECK(study_of(folder, {.folds = 3}).config(2).config.train.seed == 7);
}

TEST_CASE("a run of a study has the bits of a run alone") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2}, .folds = 2});
  study.train(folder.path("study"), false, {});
  const LoadedConfig config = parse(numbers, folder.path(), {"train.seed=2", R"(data.test={"folds": 2, "fold": 1})"});
  Run run(config);
  RunFolder alone(folder.path("alone"), false, config);
  train_run(run, &alone);
  CHECK(read_file(folder.path("study/seed-2/fold-1/model.safetensors")) ==
        read_file(folder.path("alone/model.safetensors")));
}

TEST_CASE("a study without folds reads its samples once") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2}});
  study.check();
  folder.write("numbers.csv", "no table any more");
  const StudyResult result = study.train(folder.path("study"), false, {});
  CHECK(result.status == "finished");
}

TEST_CASE("a study shows the verdict on each run's health") {
  const TemporaryFolder folder;
  const std::vector<std::string> dying = {
      R"(model.layers=[{"type": "dense", "units": 4, "activation": "relu", "bias_init": {"type": "constant", "value": -1000}},)"
      R"( {"type": "dense", "units": 2}])"};
  for (const bool is_probed : {true, false}) {
    CAPTURE(is_probed);
    std::vector<std::string> overrides = dying;
    if (!is_probed) overrides.push_back("health.samples=0");
    const std::string name = is_probed ? "probed" : "blind";
    const StudyResult result = study_of(folder, {.seeds = {1, 2}}, overrides).train(folder.path(name), false, {});
    const JsonValue summary = parse_json(read_file(folder.path(name + "/summary.json")), "summary.json");
    for (std::size_t i = 0; i < 2; ++i) {
      REQUIRE(result.records[i].summary.health.has_value() == is_probed);
      const JsonValue* health = summary.find("runs")->elements[i].find("health");
      REQUIRE((health != nullptr) == is_probed);
      if (!is_probed) continue;
      CHECK(result.records[i].summary.health->status == HealthStatus::collapse);
      CHECK(health->find("status")->text == "collapse");
    }
  }
}

TEST_CASE("a study records runs that diverge and goes on, and begins none after an interrupt") {
  const TemporaryFolder folder;
  const Study diverging = study_of(folder, {.seeds = {1, 2}}, {"optimizer.learning_rate=1e38"});
  const StudyResult failed = diverging.train(folder.path("failed"), false, {});
  CHECK(failed.status == "failed");
  REQUIRE(failed.records.size() == 2);
  CHECK(failed.records[1].summary.status == "failed");
  check_contains(failed.records[1].summary.error, {"try a smaller learning_rate"});
  REQUIRE(failed.records[1].summary.health.has_value());
  CHECK(failed.records[1].summary.health->status == HealthStatus::not_finite);

  const Study study = study_of(folder, {.folds = 4});
  std::size_t ended = 0;
  const StudyResult result =
      study.train(folder.path("interrupted"), false,
                  {.on_end = [&](const StudyRecord&) { ++ended; }, .is_interrupted = [&] { return ended == 2; }});
  CHECK(result.status == "interrupted");
  CHECK(result.records.size() == 2);
  const JsonValue summary = parse_json(read_file(folder.path("interrupted/summary.json")), "summary.json");
  CHECK(summary.find("metrics")->find("test/accuracy")->find("n")->text == "2");
}

TEST_CASE("a study goes on where it was interrupted, and ends as one that was not") {
  const auto timeless = [](JsonValue summary) {
    std::erase_if(summary.members, [](const JsonMember& member) { return member.key == "seconds"; });
    std::erase_if(summary.find("metrics")->members, [](const JsonMember& member) { return member.key == "seconds"; });
    for (JsonValue& run : summary.find("runs")->elements) {
      std::erase_if(run.members, [](const JsonMember& member) { return member.key == "seconds"; });
    }
    return to_json(summary);
  };
  const std::vector<StudyPlan> plans = {{.seeds = {3, 8, 2}}, {.folds = 3}, {.seeds = {3, 8}, .folds = 2}};
  for (std::size_t k = 0; k < plans.size(); ++k) {
    CAPTURE(k);
    const TemporaryFolder folder;
    const Study study = study_of(folder, plans[k], {"train.epochs=6", "train.checkpoint.epochs=2"});
    const StudyResult whole = study.train(folder.path("whole"), false, {});
    // One run ends, the next is interrupted in its third epoch, the others are missing.
    std::size_t ended = 0;
    std::size_t asked = 0;
    study.train(
        folder.path("study"), false,
        {.on_end = [&](const StudyRecord&) { ++ended; }, .is_interrupted = [&] { return ended >= 1 && ++asked > 5; }});
    folder.write("study/summary.json.new-12", "left by a process that was killed");
    REQUIRE(run_status(folder.path("study")) == "interrupted");
    const std::string first = folder.path("study/" + study.run(0).folder());
    const auto written = std::filesystem::last_write_time(join_path(first, "model.safetensors"));
    check_contains(unfinished_warning(folder.path("study")), {"hinge train --resume"});
    std::size_t trained = 0;
    const StudyResult result = Study::in_folder(folder.path("study"), standard_registries())
                                   .resume(folder.path("study"), {.on_end = [&](const StudyRecord&) { ++trained; }});
    CHECK(result.status == "finished");
    CHECK(trained == study.size() - 1);
    CHECK(std::filesystem::last_write_time(join_path(first, "model.safetensors")) == written);
    CHECK(timeless(json_of(study.plan(), result)) == timeless(json_of(study.plan(), whole)));
    for (std::size_t i = 0; i < study.size(); ++i) {
      const std::string model = study.run(i).folder() + "/model.safetensors";
      CHECK(read_file(folder.path("study/" + model)) == read_file(folder.path("whole/" + model)));
    }
  }
}

TEST_CASE("a study does not go on with other samples") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2}});
  study.train(folder.path("study"), false, {.is_interrupted = [] { return true; }});
  folder.write("numbers.csv", numbered_table(13));
  const Study again = Study::in_folder(folder.path("study"), standard_registries());
  check_contains(error_of<ConfigError>([&] { again.resume(folder.path("study"), {}); }),
                 {"study.json: the study cannot go on", "other samples"});
}

// A folder in the way of a file stands in for a full disk.
TEST_CASE("a run that cannot be written costs a study that run, which --resume makes up for") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2, 3}});
  const std::string obstacle = folder.path("study/seed-2/model.safetensors");
  std::vector<std::string> failed;
  const StudyResult result = study.train(folder.path("study"), false,
                                         {.on_ready =
                                              [&](const StudyRun& run, Run&) {
                                                if (run.seed == 2) create_folders(obstacle);
                                              },
                                          .on_end =
                                              [&](const StudyRecord& record) {
                                                if (record.summary.status == "failed") {
                                                  failed.push_back(record.run.label());
                                                  check_contains(record.summary.error, {"model.safetensors"});
                                                }
                                              }});
  CHECK(result.status == "failed");
  CHECK(failed == std::vector<std::string>{"seed 2"});
  CHECK(file_exists(folder.path("study/seed-3/model.safetensors")));
  remove_file(obstacle);
  CHECK(study.resume(folder.path("study"), {}).status == "finished");
  CHECK(file_exists(obstacle));
}

TEST_CASE("plans that cannot be carried out are refused") {
  const TemporaryFolder folder;
  CHECK(error_of<ConfigError>([&] { study_of(folder, {.folds = 1}); }) ==
        "study: folds = 1, must be 0 or >= 2: one fold would leave no training part");
  CHECK(error_of<ConfigError>([&] {
          study_of(folder, {.seeds = {4, 4}});
        }) == "study: the seed 4 occurs twice; name each once");
  check_contains(error_of<DataError>([&] { study_of(folder, {.folds = 12}).check(); }),
                 {"--folds 12: ", "/data/test: with 11 samples", "use fewer folds"});
  study_of(folder, {.folds = 11}).check();
  folder.write("other.csv", numbered_table(3));
  check_contains(error_of<ConfigError>([&] {
                   study_of(folder, {.folds = 2},
                            {R"(data={"type": "csv", "path": "numbers.csv", "test_path": "other.csv"})"});
                 }),
                 {"--folds 2: ", "/data/test_path: ", "leave that part out"});
}
