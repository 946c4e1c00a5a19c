// hinge train --resume: a run that was interrupted or killed goes on to the same result.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

// A second or more, so that a run can be stopped at any place; 1,000 lines of metrics.
constexpr const char* config =
    "configs/digits.json --set train.epochs=1000 --set train.early_stopping.patience=1000 "
    "--set 'data.validation={\"fraction\": 0.2}' --set train.checkpoint.epochs=7 ";

// Starts a command in the background as p, and waits until its run has that many lines of metrics.
std::string until_lines(const std::string& command, const std::string& run, int lines) {
  return command + " 2> err & p=$!; while [ \"$(cat " + run + "/metrics.jsonl 2> none | wc -l)\" -lt " +
         std::to_string(lines) + " ]; do sleep 0.002; done; ";
}

void check_same_run(const Shell& shell, const std::string& a, const std::string& b) {
  for (const std::string name : {"model.safetensors", "health.jsonl", "weights.jsonl"}) {
    CAPTURE(name);
    CHECK(shell.read(a + "/" + name) == shell.read(b + "/" + name));
  }
  const Strings lines = lines_of(shell.read(a + "/metrics.jsonl"));
  const Strings others = lines_of(shell.read(b + "/metrics.jsonl"));
  REQUIRE(lines.size() == others.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(timeless(Json::parse(lines[i])) == timeless(Json::parse(others[i])));
  CHECK(timeless(shell.read_json(a + "/summary.json")) == timeless(shell.read_json(b + "/summary.json")));
}

}  // namespace

TEST_CASE("a run that is killed again and again ends with the bytes of one that was not") {
  const Shell shell;
  shell.out("hinge train " + std::string(config) + "--quiet --out whole");
  // Before the first checkpoint, and at some moments after it.
  std::string command = "hinge train " + std::string(config) + "--quiet --out run";
  for (const int lines : {3, 40, 150, 151, 400, 700}) {
    CAPTURE(lines);
    CHECK(shell.run(until_lines(command, "run", lines) + "kill -9 $p && wait $p").code == 137);
    CHECK_FALSE(shell.exists("run/summary.json"));
    command = "hinge train --resume run --quiet";
  }
  CHECK(shell.exists("run/checkpoint.safetensors"));
  shell.out(command);
  check_same_run(shell, "run", "whole");
}

TEST_CASE("a signal leaves a checkpoint, its exit code and the line that goes on") {
  const Shell shell;
  shell.out("hinge train " + std::string(config) + "--quiet --out whole");
  struct Row {
    std::string signal;
    int code;
  };
  for (const Row& row : {Row{"INT", 130}, Row{"TERM", 143}}) {
    CAPTURE(row.signal);
    const std::string run = "run" + row.signal;
    // What a shell starts in the background ignores SIGINT unless told otherwise.
    const std::string train =
        "env --default-signal=INT hinge train " + std::string(config) + "--set train.checkpoint.epochs=0 --out " + run;
    const Result result = shell.run(until_lines(train, run, 5) + "kill -s " + row.signal +
                                    " $p; wait $p; code=$?; cat err >&2; exit $code");
    CHECK(result.code == row.code);
    CHECK(matches(result.err, "note: hinge train --resume " + run + " goes on with it"));
    CHECK(shell.exists(run + "/checkpoint.safetensors"));
    CHECK(shell.read_json(run + "/summary.json").at("status") == "interrupted");
    for (const std::string command : {"evaluate", "health", "report", "plot"}) {
      CAPTURE(command);
      CHECK(matches(shell.run("hinge " + command + " " + run).err,
                    "warning: " + run + " holds a run that did not finish; hinge train --resume " + run));
    }
    const Result resumed = shell.run("hinge train --resume " + run);
    CHECK(resumed.code == 0);
    CHECK(matches(resumed.out, "finished after 1000 epochs"));
    CHECK_FALSE(matches(resumed.err, "epoch +2/1000"));
    check_same_run(shell, run, "whole");
    CHECK(shell.run("hinge evaluate " + run).err.empty());
  }
}

TEST_CASE("a study that is killed or interrupted goes on to the table of one that was not") {
  const Shell shell;
  const std::string train =
      "hinge train configs/digits.json --seeds 1..4 --jobs 2 --set train.epochs=300 "
      "--set train.checkpoint.epochs=7 --quiet --out ";
  const auto table_of = [](const std::string& out) {  // without times and the folder
    std::string table;
    for (const std::string& line : lines_of(out)) {
      if (matches(line, "^(seed|test|val|train|dead)")) table += line + "\n";
    }
    return table;
  };
  const std::string table = table_of(shell.out(train + "whole"));
  CHECK(matches(table, "^seed 4"));
  const std::string kill = "while [ ! -e study/seed-2/checkpoint.safetensors ]; do sleep 0.002; done; kill -s ";
  CHECK(shell.run(train + "study & p=$!; " + kill + "KILL $p && wait $p").code == 137);
  CHECK_FALSE(shell.exists("study/summary.json"));
  shell.fails(2, "hinge train --resume study --set train.epochs=70", {"leave out --set"});
  const Result stopped = shell.run(
      "env --default-signal=INT hinge train --resume study 2> err & p=$!; "
      "while [ ! -e study/seed-3/metrics.jsonl ]; do sleep 0.002; done; kill -s INT $p; "
      "wait $p; code=$?; cat err >&2; exit $code");
  CHECK(stopped.code == 130);
  CHECK(matches(stopped.err, "note: hinge train --resume study goes on with it"));
  CHECK(table_of(shell.out("hinge train --resume study --jobs 1 --quiet")) == table);
  for (const std::string seed : {"seed-1", "seed-2", "seed-3", "seed-4"}) {
    check_same_run(shell, "study/" + seed, "whole/" + seed);
  }
  shell.fails(2, "hinge train --resume study", {"the study has finished"});
}

TEST_CASE("--from starts from the weights and the running statistics of a model, and the config repeats the run") {
  const Shell shell;
  const std::string layers =
      "--set 'model.layers=[{\"type\": \"dense\", \"units\": 16}, \"batch_norm\", "
      "{\"type\": \"activation\", \"activation\": \"relu\"}, "
      "{\"type\": \"dense\", \"units\": 10}]' --quiet ";
  const std::string train = "hinge train configs/digits.json " + layers;
  shell.out(train + "--set train.epochs=3 --out first");
  // Without an epoch the model is the one that it started from: by its folder, by its file, by the key, in each run.
  for (const std::string start :
       {"--from first", "--from first/model.safetensors", "--set model.from=first", "--from first --seeds 5"}) {
    CAPTURE(start);
    shell.out("rm -rf copy && " + train + start + " --set train.epochs=0 --out copy");
    const std::string folder = shell.exists("copy/seed-5") ? "copy/seed-5" : "copy";
    CHECK(shell.json("hinge evaluate --json " + folder) == shell.json("hinge evaluate --json first"));
    CHECK(shell.read_json(folder + "/summary.json").at("from").at("crc32").get<std::string>().size() == 8);
  }
  shell.out("mkdir deep && cd deep && hinge train ../configs/digits.json " + layers +
            "--from ../first --seed 2 --set train.epochs=2 --out second");
  CHECK(shell.read_json("deep/second/config.json").at("model").at("from") == "../../first");
  shell.out("hinge train deep/second/config.json --quiet --out again");
  CHECK(shell.read("again/model.safetensors") == shell.read("deep/second/model.safetensors"));
  CHECK_FALSE(shell.read_json("first/summary.json").contains("from"));
  shell.fails(2, train + "--from first --out x --set model.layers[0].units=12",
              {"/model/from: ", "layers.0.weight is 16 x 64 in the model, but 12 x 64 in the network"});
  shell.fails(2, "hinge train configs/digits.json --from first --out x", {"/model/from: ", "layers.0.weight"});
  shell.fails(2, train + "--from first --out first --force", {"would replace the model that it starts from"});
  shell.fails(2, train + "--from nowhere --out x", {"nowhere: No such file"});
  CHECK_FALSE(shell.exists("x"));
}

TEST_CASE("what is no run to go on with is refused") {
  const Shell shell;
  shell.out("hinge train configs/xor.json --quiet --out done --set train.epochs=3 --set train.checkpoint.epochs=2");
  shell.out("hinge train configs/xor.json --quiet --out short --set train.epochs=3");
  shell.fails(2, "hinge train --resume nowhere", {"--resume nowhere", "there is no run"});
  shell.fails(2, "hinge train --resume done", {"the run has finished", "--set train.epochs=N"});
  shell.fails(2, "hinge train --resume short --set train.epochs=9", {"left no checkpoint", "short/config.json"});
  shell.fails(2, "hinge train --resume done --set optimizer.learning_rate=9",
              {"optimizer.learning_rate was", "and is 9", "what may change"});
  shell.fails(2, "hinge train", {"config is required"});
  for (const std::string other :
       {"configs/xor.json", "--seed 2", "--from done", "--seeds 1..2", "--folds 2", "--jobs 2", "--out x", "--force"}) {
    CAPTURE(other);
    shell.fails(2, "hinge train --resume done " + other, {"--resume goes on with a run as it was"});
  }
  shell.out("hinge train --resume done --quiet --set train.epochs=5");
  CHECK(shell.read_json("done/summary.json").at("epochs") == 5);
  CHECK(shell.read_json("done/config.json").at("train").at("epochs") == 5);
}
