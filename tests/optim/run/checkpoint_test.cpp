#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/checkpoint.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Strings = std::vector<std::string>;

// 45 training samples: 6 steps an epoch.
constexpr std::string_view moons = R"({
  "data": {"type": "moons", "samples": 80, "noise": 0.2, "test": {"every": 4}, "validation": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 0.1},
  "train": {"epochs": 5, "batch_size": 8, "seed": 7}
})";

LoadedConfig parse(const Strings& overrides) {
  return parse_config(moons, "c.json", ".", overrides, standard_registries());
}

LoadedConfig config_in(const std::string& folder, const Strings& overrides = {}) {
  return load_config(join_path(folder, "config.json"), overrides, standard_registries());
}

struct Killed {};

// Dies like a program that is killed, at the n-th step: nothing is written any more. 0: never.
void kill_at(Run& run, std::size_t step) {
  run.trainer().on_step([step, i = std::size_t{0}](const StepReport&) mutable {
    if (++i == step) throw Killed();
    return Control::proceed;
  });
}

std::function<bool()> at(std::size_t n) {
  return [n, i = std::size_t{0}]() mutable { return ++i >= n; };
}

void train(const std::string& path, const Strings& overrides, const std::function<bool()>& is_interrupted = {}) {
  const LoadedConfig loaded = parse(overrides);
  Run run(loaded);
  RunFolder folder(path, false, loaded);
  train_run(run, &folder, is_interrupted);
}

void train_and_die(const std::string& path, const Strings& overrides, std::size_t step) {
  const LoadedConfig loaded = parse(overrides);
  Run run(loaded);
  RunFolder folder(path, false, loaded);
  kill_at(run, step);
  try {
    train_run(run, &folder);
  } catch (const Killed&) {
  }
}

RunSummary resume(const std::string& path, const Strings& overrides = {},
                  const std::function<bool()>& is_interrupted = {}) {
  const std::string inside = resumable_folder(path);
  const LoadedConfig loaded = config_in(inside, overrides);
  Run run(loaded);
  RunFolder folder(inside, loaded, run);
  return train_run(run, &folder, is_interrupted);
}

// Without the figures that are times.
JsonValue timeless(JsonValue json) {
  std::erase_if(json.members,
                [](const JsonMember& member) { return member.key == "seconds" || member.key == "samples_per_second"; });
  for (JsonMember& member : json.members) member.value = timeless(member.value);
  return json;
}

std::string timeless_lines(const std::string& text) {
  std::string lines;
  for (std::size_t start = 0, end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start)) {
    lines += to_json_line(timeless(parse_json(text.substr(start, end - start), "line"))) + "\n";
  }
  return lines;
}

void check_same_run(const std::string& a, const std::string& b) {
  for (const char* name : {"model.safetensors", "health.jsonl", "weights.jsonl"}) {
    CAPTURE(std::string(name));
    CHECK(read_file(join_path(a, name)) == read_file(join_path(b, name)));
  }
  const auto lines = [](const std::string& folder) {
    return timeless_lines(read_file(join_path(folder, "metrics.jsonl")));
  };
  const auto summary = [](const std::string& folder) {
    return to_json(timeless(parse_json(read_file(join_path(folder, "summary.json")), "summary")));
  };
  CHECK(lines(a) == lines(b));
  CHECK(summary(a) == summary(b));
}

const std::vector<Strings> configs = {
    {},
    {"optimizer.momentum=0.9", "train.log_every=2", "health.every=3"},
    {R"(optimizer={"type": "adam", "learning_rate": 0.05})", R"(metrics=["f1_macro"])"},
    {R"(model.layers=[{"type": "dense", "units": 8}, "batch_norm", {"type": "activation", "activation": "relu"},
        {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 2}])",
     "train.averaging=0.9"},
    {"train.early_stopping.patience=1", "optimizer.learning_rate=2", "train.epochs=12"},
    {R"(train.schedule={"type": "reduce_on_plateau", "patience": 0, "min_delta": 0.5})", "health.recycle.every=2",
     "health.recycle.threshold=0.3"},
    {"train.accumulate=4", "train.threads=2", "train.epochs=12"},
    {"health.samples=0"},
};

}  // namespace

TEST_CASE("a run that is interrupted and goes on leaves what it would have left") {
  for (const Strings& config : configs) {
    CAPTURE(config);
    const TemporaryFolder folder;
    train(folder.path("whole"), config);
    if (!file_exists(folder.path("whole/health.jsonl"))) folder.write("whole/health.jsonl", "");
    for (const std::size_t moment : {1U, 6U, 7U, 9U, 13U}) {
      CAPTURE(moment);
      const std::string path = folder.path("run" + std::to_string(moment));
      train(path, config, at(moment));
      CHECK(run_status(path) == "interrupted");
      check_contains(unfinished_warning(path),
                     {path + " holds a run that did not finish", "hinge train --resume " + path});
      resume(path, {}, at(4));
      CHECK(resume(path).status == "finished");
      if (!file_exists(join_path(path, "health.jsonl")))
        folder.write("run" + std::to_string(moment) + "/health.jsonl", "");
      check_same_run(path, folder.path("whole"));
      CHECK(unfinished_warning(path).empty());
    }
  }
}

TEST_CASE("a run that is killed goes on from its last checkpoint, or anew where it has none") {
  for (const Strings& config : configs) {
    CAPTURE(config);
    const TemporaryFolder folder;
    train(folder.path("whole"), config);
    if (!file_exists(folder.path("whole/health.jsonl"))) folder.write("whole/health.jsonl", "");
    for (const char* checkpoint : {"train.checkpoint.epochs=1", "train.checkpoint.epochs=2",
                                   "train.checkpoint.seconds=1e-9", "train.checkpoint.seconds=0"}) {
      CAPTURE(std::string(checkpoint));
      Strings with_checkpoints = config;
      with_checkpoints.emplace_back(checkpoint);
      for (const std::size_t step : {5U, 16U, 27U}) {
        CAPTURE(step);
        const TemporaryFolder place;
        train_and_die(place.path("run"), with_checkpoints, step);
        remove_file(place.path("run/summary.json"));
        CHECK(resume(place.path("run")).status == "finished");
        if (!file_exists(place.path("run/health.jsonl"))) place.write("run/health.jsonl", "");
        check_same_run(place.path("run"), folder.path("whole"));
      }
    }
  }
}

TEST_CASE("a run writes no checkpoint before it is due, and keeps as many as it is told") {
  struct Case {
    std::string set;
    Strings kept;
  };
  const std::vector<Case> rows = {
      {"train.checkpoint.seconds=60", {}},
      {"train.checkpoint.seconds=0", {}},
      {"train.checkpoint.epochs=5", {}},  // after the last epoch there is nothing to go on to
      {"train.checkpoint.epochs=2", {"checkpoint.safetensors"}},
      {"train.checkpoint={\"epochs\": 1, \"keep\": 3}",
       {"checkpoint.safetensors", "checkpoint-1.safetensors", "checkpoint-2.safetensors"}}};
  for (const Case& row : rows) {
    CAPTURE(row.set);
    const TemporaryFolder folder;
    train(folder.path("run"), {row.set});
    for (std::size_t age = 0; age < max_checkpoints; ++age) {
      const std::string name = checkpoint_name(age);
      const bool is_kept = std::find(row.kept.begin(), row.kept.end(), name) != row.kept.end();
      CHECK(file_exists(folder.path("run/" + name)) == is_kept);
    }
  }
}

TEST_CASE("a run that has finished goes on to more epochs, and becomes the longer run") {
  const TemporaryFolder folder;
  train(folder.path("long"), {"train.epochs=9", "train.checkpoint.epochs=2"});
  train(folder.path("run"), {"train.checkpoint.epochs=2"});
  CHECK(resume(folder.path("run"), {"train.epochs=9"}).epochs == 9);
  check_same_run(folder.path("run"), folder.path("long"));
  CHECK(read_file(folder.path("run/config.json")) == read_file(folder.path("long/config.json")));
}

TEST_CASE("another config or other data are refused with the key that differs, and nothing changes") {
  struct Case {
    Strings set;
    Strings message;
  };
  const std::vector<Case> rows = {
      {{"optimizer.learning_rate=0.2"},
       {"optimizer.learning_rate was 0.1, and is 0.2", "what may change: train.epochs"}},
      {{"model.layers[0].units=9"}, {"model.layers[0].units was 8, and is 9"}},
      {{"optimizer=adam"}, {"optimizer.type was \"sgd\", and is \"adam\""}},
      {{"train.seed=8"}, {"train.seed was 7, and is 8"}},
      {{"train.batch_size=16"}, {"train.batch_size was 8, and is 16"}},
      {{"train.schedule={\"type\": \"cosine\", \"period\": 5}"}, {"train.schedule.type was \"constant\""}},
      {{"health.every=2"}, {"health.every was 0, and is 2"}},
      {{"metrics=[\"f1_macro\"]"}, {"metrics was [], and is"}},
      {{"data.noise=0.3"}, {"data.noise was 0.2, and is 0.3"}}};
  const TemporaryFolder folder;
  const std::string path = folder.path("run");
  train(path, {}, at(9));
  const Strings names = {"config.json", "metrics.jsonl", "health.jsonl", "summary.json", "checkpoint.safetensors"};
  Strings before;
  for (const std::string& name : names) before.push_back(read_file(join_path(path, name)));
  for (const Case& row : rows) {
    CAPTURE(row.set);
    const std::string message = error_of<ConfigError>([&] { resume(path, row.set); });
    check_contains(message, row.message);
    check_contains(message, {"checkpoint.safetensors: the run cannot go on", "--out"});
    for (std::size_t i = 0; i < names.size(); ++i) CHECK(read_file(join_path(path, names[i])) == before[i]);
  }
  const Strings harmless = {"train.threads=2", "train.log_every=2", "train.checkpoint.keep=2",
                            "train.early_stopping.patience=3", "train.epochs=6"};
  CHECK(resume(path, harmless).status == "finished");
}

TEST_CASE("a table that has changed since the checkpoint is refused") {
  const TemporaryFolder folder;
  const std::string rows = "x,y\n0,1\n1,3\n2,5\n3,7\n4,9\n5,11\n";
  folder.write("t.csv", rows);
  const LoadedConfig loaded = parse_config(
      R"({"data": {"type": "csv", "path": "t.csv"}, "loss": "mse", "train": {"epochs": 4, "batch_size": 2},
          "model": {"layers": [{"type": "dense", "units": 1}]}})",
      "c.json", folder.path(), {}, standard_registries());
  {
    Run run(loaded);
    RunFolder files(folder.path("run"), false, loaded, run.data().section);
    train_run(run, &files, at(4));
  }
  folder.write("t.csv", rows + "6,13\n");
  check_contains(error_of<ConfigError>([&] { resume(folder.path("run")); }),
                 {"data gives other samples: the training part: 6 samples", "now the training part: 7 samples"});
  folder.write("t.csv", rows);
  CHECK(resume(folder.path("run")).status == "finished");
}

TEST_CASE("a damaged checkpoint is refused, unless an older one is there") {
  const TemporaryFolder folder;
  const std::string path = folder.path("run");
  train(folder.path("whole"), {});
  train(path, {"train.checkpoint={\"epochs\": 1, \"keep\": 2}"}, at(13));
  std::string bytes = read_file(join_path(path, "checkpoint.safetensors"));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  folder.write("run/checkpoint.safetensors", bytes);
  const std::string older = read_file(join_path(path, "checkpoint-1.safetensors"));
  folder.write("run/checkpoint-1.safetensors", bytes);
  check_contains(error_of<ModelError>([&] { resume(path); }),
                 {"checkpoint.safetensors: the file is damaged", "remove this file"});
  folder.write("run/checkpoint-1.safetensors", older);
  {
    const LoadedConfig loaded = config_in(path);
    const Run run(loaded);
    const RunFolder files(path, loaded, run);
    check_contains(files.resume_warning(), {"checkpoint.safetensors: the file is damaged"});
    CHECK(files.checkpoint_error().empty());
  }
  CHECK(resume(path).status == "finished");
  check_same_run(path, folder.path("whole"));
}

TEST_CASE("a checkpoint that cannot be written stops no run") {
  const TemporaryFolder folder;
  const LoadedConfig loaded = parse({"train.checkpoint.epochs=1"});
  Run run(loaded);
  RunFolder files(folder.path("run"), false, loaded);
  create_folders(folder.path("run/checkpoint.safetensors/in the way"));
  CHECK(train_run(run, &files).status == "finished");
  check_contains(files.checkpoint_error(), {"checkpoint.safetensors"});
}

TEST_CASE("a checkpoint that cannot be written leaves those before it as they were") {
  for (const std::size_t keep : {1U, 3U}) {
    CAPTURE(keep);
    const TemporaryFolder folder;
    for (const char* bytes : {"first", "second", "third"}) write_checkpoint(folder.path(), bytes, keep);
    const auto kept = [&] {
      std::string all;
      for (std::size_t age = 0; age < keep; ++age) all += read_file(folder.path(checkpoint_name(age))) + " ";
      return all;
    };
    const std::string before = kept();
    CHECK(before == (keep == 1 ? "third " : "third second first "));
    const std::string temporary = keep == 1 ? checkpoint_name(0) : next_checkpoint_name;
    create_folders(folder.path(temporary + ".new-" + std::to_string(getpid())));
    CHECK_THROWS_AS(write_checkpoint(folder.path(), "fourth", keep), FileError);
    CHECK(kept() == before);
  }
}

TEST_CASE("a run that diverges keeps its last finite checkpoint and the model of its best epoch") {
  const TemporaryFolder folder;
  const Strings overrides = {R"(train.schedule={"type": "linear", "total": 4, "end": 1e30})",
                             "train.early_stopping.patience=5", "train.checkpoint.epochs=1", "train.epochs=12"};
  const LoadedConfig loaded = parse(overrides);
  Run run(loaded);
  RunFolder files(folder.path("run"), false, loaded);
  std::vector<float> best;
  run.trainer().on_epoch([&](const EpochReport& report) {
    if (report.is_best) best.assign(run.network().values().begin(), run.network().values().end());
    return Control::proceed;
  });
  const RunSummary summary = train_run(run, &files);
  CHECK(summary.status == "failed");
  check_contains(summary.error, {"training stopped at step ", "layer ", "try a smaller learning_rate"});
  const Model<float> model = load_model<float>(folder.path("run/model.safetensors")).model;
  const auto values = model.network().values();
  CHECK(std::vector<float>(values.begin(), values.end()) == best);
  std::string file;
  std::string warning;
  CHECK(read_checkpoint(folder.path("run"), file, warning).has_value());
  CHECK(warning.empty());
}

// scripts/long trains longer, for the figure of docs/reliability.md.
TEST_CASE("checkpoints take at most a hundredth of the time of training") {
  const char* wanted = std::getenv("HINGE_CHECKPOINT_SECONDS");
  const double seconds = wanted == nullptr ? 0.3 : std::stod(wanted);
  const TemporaryFolder folder;
  const LoadedConfig loaded = parse({"train.checkpoint.seconds=0.001", "train.epochs=1000000000",
                                     R"(model.layers=[{"type": "dense", "units": 256, "activation": "relu"},
                                        {"type": "dense", "units": 256, "activation": "relu"},
                                        {"type": "dense", "units": 2}])"});
  Run run(loaded);
  RunFolder files(folder.path("run"), false, loaded);
  double largest = 0;
  double before = 0;
  const Clock::time_point start = Clock::now();
  const RunSummary summary = train_run(run, &files, [&] {
    largest = std::max(largest, files.checkpoint_seconds() - std::exchange(before, files.checkpoint_seconds()));
    return seconds_since(start) > seconds;
  });
  const double share = files.checkpoint_seconds() / summary.seconds;
  MESSAGE("checkpoints took " << 100 * share << " % of " << summary.seconds << " s");
  // Each waits a hundred times as long as the one before took: all but the one at the end, and one that was slower.
  CHECK(files.checkpoint_seconds() <=
        0.01 * summary.seconds + 2 * std::max(largest, files.checkpoint_seconds() - before));
}

TEST_CASE("a run in the place of an older one goes on there, and takes the place when it has finished") {
  const TemporaryFolder folder;
  const std::string path = folder.path("run");
  train(path, {});
  const std::string older = read_file(join_path(path, "model.safetensors"));
  {
    const LoadedConfig loaded = parse({"train.seed=8"});
    Run run(loaded);
    RunFolder files(path, true, loaded);
    train_run(run, &files, at(9));
  }
  CHECK(resumable_folder(path) == join_path(path, "unfinished"));
  check_contains(unfinished_warning(path), {"holds an older run", "hinge train --resume " + path});
  CHECK(read_file(join_path(path, "model.safetensors")) == older);
  CHECK(resume(path).status == "finished");
  CHECK_FALSE(file_exists(join_path(path, "unfinished")));
  train(folder.path("whole"), {"train.seed=8"});
  check_same_run(path, folder.path("whole"));
}

TEST_CASE("a run at work is not called unfinished") {
  const TemporaryFolder folder;
  const LoadedConfig loaded = parse({});
  const Run run(loaded);
  {
    const RunFolder files(folder.path("run"), false, loaded);
    CHECK(unfinished_warning(folder.path("run")).empty());
  }
  CHECK_FALSE(unfinished_warning(folder.path("run")).empty());
}

TEST_CASE("the clock of checkpoints waits its time, and a hundred times as long as writing takes") {
  CheckpointClock never(0);
  CheckpointClock later(1000);
  CheckpointClock now(1e-9);
  bool is_due = false;
  for (int i = 0; i < 100'000; ++i) {
    CHECK_FALSE(never.is_due());
    CHECK_FALSE(later.is_due());
    is_due = now.is_due() || is_due;
  }
  CHECK(is_due);
  now.written(Clock::now() - std::chrono::seconds(100));  // the next one in 10,000 s
  for (int i = 0; i < 100'000; ++i) CHECK_FALSE(now.is_due());
}
