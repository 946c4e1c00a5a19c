#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/study.h>
#include <hinge/optim/run/weight_record.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr std::string_view moons = R"({
  "data": {"type": "moons", "samples": 80, "noise": 0.2, "test": {"every": 4}, "validation": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 0.1},
  "train": {"epochs": 3, "seed": 7}
})";

LoadedConfig parse(const std::vector<std::string>& overrides = {}) {
  return parse_config(moons, "c.json", ".", overrides, standard_registries());
}

// Trains into `path`, in the place of what is there.
RunSummary train(const std::string& path, const std::vector<std::string>& overrides = {},
                 const std::function<bool()>& is_interrupted = {}) {
  const LoadedConfig loaded = parse(overrides);
  Run run(loaded);
  RunFolder folder(path, true, loaded);
  return train_run(run, &folder, is_interrupted);
}

StudyResult train_study(const std::string& path, std::vector<std::size_t> seeds,
                        const std::vector<std::string>& overrides = {}, const Study::Observers& observers = {}) {
  return Study(parse(overrides), {.seeds = std::move(seeds)}, standard_registries()).train(path, true, observers);
}

// Everything in a folder, sorted: `config.json metrics.jsonl seed-1/config.json`.
std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) names.push_back(std::filesystem::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string> run_names = {"config.json",       "health.jsonl", "metrics.jsonl",
                                            "model.safetensors", "summary.json", "weights.jsonl"};

std::vector<std::string> names_of_runs(const std::vector<std::string>& members) {
  std::vector<std::string> names = {"study.json", "summary.json"};
  for (const std::string& member : members) {
    for (const std::string& name : run_names) names.push_back(member + "/" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

JsonValue summary_in(const std::string& folder) {
  return parse_json(read_file(join_path(folder, "summary.json")), "summary.json");
}

std::size_t lines_in(const std::string& path) {
  const std::string text = read_file(path);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a summary has a best epoch only where the model has its weights, and then one") {
  struct Row {
    std::vector<std::string> overrides;
    bool has_best;
  };
  const std::vector<Row> rows = {
      {{}, false},
      {{"train.early_stopping.patience=1", "optimizer.learning_rate=2", "train.epochs=30"}, true},
      {{"train.early_stopping.patience=1", "train.early_stopping.min_delta=0.5", "train.epochs=30"}, true},
      {{"train.early_stopping.patience=1", "train.early_stopping.restore_best=false", "train.epochs=30"}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.overrides);
    const TemporaryFolder folder;
    const RunSummary result = train(folder.path("run"), row.overrides);
    const JsonValue summary = summary_in(folder.path("run"));
    REQUIRE(result.best.has_value() == row.has_best);
    REQUIRE((summary.find("best") != nullptr) == row.has_best);
    REQUIRE((summary.find("best_epoch") != nullptr) == row.has_best);
    CHECK(to_json(json_of(result)) + "\n" == read_file(folder.path("run/summary.json")));
    if (row.has_best) CHECK(summary.find("best")->find("epoch")->text == summary.find("best_epoch")->text);
  }
}

TEST_CASE("a run that diverges in its first epoch fails, and its health says why") {
  const TemporaryFolder folder;
  const RunSummary result = train(folder.path("run"), {"optimizer.learning_rate=1e30"});
  CHECK(result.status == "failed");
  CHECK(result.epochs == 0);
  REQUIRE(result.health.has_value());
  CHECK(result.health->status == HealthStatus::not_finite);
  CHECK(result.health->reason == result.error);
  CHECK(summary_in(folder.path("run")).find("health")->find("status")->text == "not finite");
  const HealthFile health(folder.path("run/health.jsonl"));
  CHECK(health.last().find("epoch")->text == "1");
  CHECK(health.last().find("verdict")->find("status")->text == "not finite");
  check_contains(health.last().find("verdict")->find("reason")->text, {"training stopped at step", "(epoch 1)"});
}

TEST_CASE("a run whose test part overflows fails, and its health is that of its training") {
  const TemporaryFolder folder;
  folder.write("train.csv", "x,y\n0,0\n1,1\n2,2\n3,3\n");
  folder.write("test.csv", "x,y\n3e38,0\n");
  const LoadedConfig loaded = parse_config(
      R"({"data": {"type": "csv", "path": "train.csv", "test_path": "test.csv"}, "loss": "mse",
          "model": {"layers": [{"type": "dense", "units": 2, "activation": "relu"}, {"type": "dense", "units": 1}]},
          "train": {"epochs": 2}})",
      "c.json", folder.path(), {}, standard_registries());
  Run run(loaded);
  RunFolder files(folder.path("run"), false, loaded);
  const RunSummary result = train_run(run, &files);
  CHECK(result.status == "failed");
  CHECK(result.epochs == 2);
  check_contains(result.error, {"the loss is"});
  CHECK_FALSE(result.health.has_value());
  CHECK(file_exists(folder.path("run/model.safetensors")));
}

TEST_CASE("a newer run or study leaves nothing of the older one, and files that are no results stay") {
  const auto train_run_into = [](const std::string& path) { train(path); };
  const auto train_study_into = [](const std::string& path) { train_study(path, {1, 2}); };
  for (const bool older_is_study : {false, true}) {
    for (const bool newer_is_study : {false, true}) {
      CAPTURE(older_is_study);
      CAPTURE(newer_is_study);
      const TemporaryFolder folder;
      const std::string path = folder.path("results");
      if (older_is_study) {
        train_study(path, {2, 3, 4});
        folder.write("results/seed-3/notes.txt", "mine");
      } else {
        train_run_into(path);
      }
      folder.write("results/notes.txt", "mine");
      newer_is_study ? train_study_into(path) : train_run_into(path);
      std::vector<std::string> wanted = newer_is_study ? names_of_runs({"seed-1", "seed-2"}) : run_names;
      wanted.push_back("notes.txt");
      if (older_is_study) wanted.push_back("seed-3/notes.txt");
      std::sort(wanted.begin(), wanted.end());
      CHECK(files_in(path) == wanted);
    }
  }
}

TEST_CASE("the configs of a forced study repeat its runs from where they are") {
  const TemporaryFolder folder;
  folder.write("table.csv", "x,c\n0,a\n1,b\n2,a\n3,b\n");
  const LoadedConfig loaded =
      parse_config(R"({"data": {"type": "csv", "path": "table.csv"}, "loss": "softmax_cross_entropy",
                       "model": {"layers": [{"type": "dense", "units": 2}]}, "train": {"epochs": 1}})",
                   "c.json", folder.path(), {}, standard_registries());
  const Study study(loaded, {.seeds = {1, 2}}, standard_registries());
  study.train(folder.path("study"), false, {});
  study.train(folder.path("study"), true, {});
  const std::string config = folder.path("study/seed-2/config.json");
  const LoadedConfig again = load_config(config, {}, standard_registries());
  CHECK(again.config.train.seed == 2);
  CHECK(load_data(again).train.size() == 4);
}

TEST_CASE("a newer run or study that does not finish leaves the older one as it was") {
  const TemporaryFolder folder;
  const std::string path = folder.path("results");
  train_study(path, {1, 2});
  const std::vector<std::string> older = files_in(path);
  const std::string model = read_file(join_path(path, "seed-1/model.safetensors"));
  struct Row {
    const char* how;
    std::function<void()> train;
  };
  const std::vector<Row> rows = {
      {"a run that diverges", [&] { train(path, {"optimizer.learning_rate=1e30"}); }},
      {"a run that is interrupted", [&] { train(path, {}, [] { return true; }); }},
      {"a study that diverges", [&] { train_study(path, {1}, {"optimizer.learning_rate=1e30"}); }},
      {"a study that is interrupted", [&] {
         train_study(path, {1, 5}, {}, {.is_interrupted = [] { return true; }});
       }}};
  for (const Row& row : rows) {
    CAPTURE(row.how);
    row.train();
    std::vector<std::string> now = files_in(path);
    std::erase_if(now, [](const std::string& name) { return name.starts_with("unfinished/"); });
    CHECK(now == older);
    CHECK(read_file(join_path(path, "seed-1/model.safetensors")) == model);
    CHECK(summary_in(join_path(path, "unfinished")).find("status")->text != "finished");
    check_contains(unfinished_warning(path), {"holds an older run", join_path(path, "unfinished"), "--force"});
  }
  train(path);
  CHECK(files_in(path) == run_names);
  CHECK(unfinished_warning(path).empty());
}

// A folder in the way of a file stands in for a full disk.
TEST_CASE("lines that cannot be written wait until they can, and the run says so once") {
  const TemporaryFolder folder;
  train(folder.path("whole"));
  for (const bool is_mended : {true, false}) {
    CAPTURE(is_mended);
    const std::string path = folder.path(is_mended ? "mended" : "full");
    const LoadedConfig loaded = parse();
    Run run(loaded);
    RunFolder files(path, false, loaded);
    std::vector<std::string> said;
    files.on_write_error([&](const std::string& error) { said.push_back(error); });
    const std::string obstacle = join_path(path, "health.jsonl");
    create_folders(obstacle);
    run.trainer().on_epoch([&](const EpochReport& report) {
      if (is_mended && report.epoch == 2) remove_file(obstacle);
      return Control::proceed;
    });
    if (is_mended) {
      CHECK(train_run(run, &files).status == "finished");
      CHECK(read_file(obstacle) == read_file(folder.path("whole/health.jsonl")));
    } else {
      CHECK_THROWS_AS(train_run(run, &files), FileError);
      CHECK(summary_in(path).find("status")->text == "failed");
    }
    REQUIRE(said.size() == 1);
    check_contains(said[0], {"health.jsonl"});
    CHECK(read_file(join_path(path, "model.safetensors")) == read_file(folder.path("whole/model.safetensors")));
  }
}

// The two states in which a process that is killed leaves a run that has finished.
TEST_CASE("results that have finished in unfinished are put in their place by whatever comes next") {
  const TemporaryFolder folder;
  const std::string path = folder.path("run");
  for (const char* name : {"unfinished", ".unfinished"}) {
    CAPTURE(std::string(name));
    train(path, {"train.seed=1"});
    train(join_path(path, name), {"train.seed=2"});
    const std::string newer = read_file(join_path(path, std::string(name) + "/model.safetensors"));
    if (name[0] == '.') {  // its config is ready to be moved, and some files are already
      rename_file(join_path(path, std::string(name) + "/config.json"),
                  join_path(path, std::string(name) + "/config.json.moved"));
      rename_file(join_path(path, std::string(name) + "/metrics.jsonl"), join_path(path, "metrics.jsonl"));
    }
    finish_publishing(path);
    CHECK(files_in(path) == run_names);
    CHECK(read_file(join_path(path, "model.safetensors")) == newer);
    CHECK(unfinished_warning(path).empty());
    remove_all_but_config(path);
    remove_file(join_path(path, "config.json"));
  }
  const ResultFolder at_work(path, true);
  for (const char* name : {"", "/", "/unfinished", "/unfinished/"}) {
    CAPTURE(std::string(name));
    CHECK_THROWS_AS(finish_publishing(path + name), ConfigError);
  }
}

TEST_CASE("--force says what it replaces and what it removes") {
  const TemporaryFolder folder;
  const std::string path = folder.path("run");
  const auto notes = [&] { return ResultFolder(path, true).notes(); };
  CHECK(notes().empty());
  train(path);
  REQUIRE(notes().size() == 1);
  check_contains(notes()[0], {"unfinished", "replace"});
  train(path, {"optimizer.learning_rate=1e30"});
  const std::vector<std::string> both = notes();
  REQUIRE(both.size() == 2);
  check_contains(both[1], {"unfinished", "removed"});
}

TEST_CASE("the lines of a long run follow the cadence, and the last epoch has one") {
  struct Row {
    std::vector<std::string> overrides;
    std::size_t metrics;
    std::size_t health;  // the start, the epochs, the head of the histories and 8 units
  };
  const std::vector<Row> rows = {{{"train.epochs=5"}, 5, 1 + 5 + 9},
                                 {{"train.epochs=1003"}, 1002, 1 + 1002 + 9},
                                 {{"train.epochs=11", "train.log_every=4"}, 4, 1 + 11 + 9},
                                 {{"train.epochs=11", "health.every=5"}, 11, 1 + 4 + 9}};
  for (const Row& row : rows) {
    CAPTURE(row.overrides);
    const TemporaryFolder folder;
    const RunSummary result = train(folder.path("run"), row.overrides);
    CHECK(lines_in(folder.path("run/metrics.jsonl")) == row.metrics);
    CHECK(lines_in(folder.path("run/health.jsonl")) == row.health);
    CHECK(summary_in(folder.path("run")).find("last")->find("epoch")->text == std::to_string(result.epochs));
    CHECK(read_file(folder.path("run/metrics.jsonl")).find("\n{\"epoch\": " + std::to_string(result.epochs)) !=
          std::string::npos);
  }
}

TEST_CASE("the weights of a small network are recorded after epochs that lie ever further apart, bit for bit") {
  const TemporaryFolder folder;
  const LoadedConfig loaded = parse({"train.epochs=13"});
  Run run(loaded);
  std::vector<RecordedWeights> trained;  // of every epoch
  run.trainer().on_epoch([&](const EpochReport& report) {
    const auto values = run.network().values();
    trained.push_back({report.epoch, {values.begin(), values.end()}});
    return Control::proceed;
  });
  {
    RunFolder place(folder.path("run"), true, loaded);
    train_run(run, &place);
  }
  std::vector<std::size_t> epochs;
  for (const RecordedWeights& weights : read_weights(folder.path("run/weights.jsonl"), run.network())) {
    epochs.push_back(weights.epoch);
    CHECK(weights.values == trained.at(weights.epoch - 1).values);
  }
  CHECK(epochs == std::vector<std::size_t>{1, 2, 3, 4, 6, 8, 12});
}

TEST_CASE("no weights of a network of more than 10,000 parameters are recorded") {
  const TemporaryFolder folder;
  // k units: 2·k + k + 2·k + 2 parameters
  for (const auto& [units, is_recorded] : {std::pair{"1999", true}, {"2000", false}}) {
    train(folder.path(units), {"train.epochs=1", std::string("model.layers[0].units=") + units});
    CHECK(file_exists(join_path(folder.path(units), "weights.jsonl")) == is_recorded);
  }
}

TEST_CASE("weights that are not those of the network are refused, and a line without an end is left out") {
  const TemporaryFolder folder;
  const Network<float> network(1, {Dense{.units = 1, .bias = false}});
  struct Row {
    const char* text;
    const char* message;  // empty: it can be read
  };
  const std::vector<Row> rows = {
      {"{\"epoch\": 1, \"values\": \"AACAPw==\", \"state\": \"\"}\n{\"epoch\": 2, \"val", ""},
      {"{\"epoch\": 1, \"values\": \"AACAPwAA\", \"state\": \"\"}\n", "weights.jsonl:1"},
      {"{\"epoch\": 1, \"values\": \"AACAPw==AACA\", \"state\": \"\"}\n", "weights.jsonl:1"},
      {"{\"epoch\": 1, \"values\": \"AACA*w==\", \"state\": \"\"}\n", "weights.jsonl:1"},
      {"{\"epoch\": 1, \"values\": \"AACAPw==\"}\n", "weights.jsonl:1"},
      {"{\"epoch\": -1, \"values\": \"AACAPw==\", \"state\": \"\"}\n", "weights.jsonl:1"},
      {"[]\n", "weights.jsonl:1"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    folder.write("weights.jsonl", row.text);
    const auto read = [&] { return read_weights(folder.path("weights.jsonl"), network); };
    if (*row.message != '\0') {
      check_contains(error_of<DataError>(read), {row.message});
    } else {
      REQUIRE(read().size() == 1);
      CHECK(read()[0].values == std::vector<float>{1});
    }
  }
}
