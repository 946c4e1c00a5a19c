// hinge train --seeds, --folds, --jobs: many runs, each as it would be alone.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

// The tensors of a model, without what its header says about the data.
std::string weights(const std::string& model) { return model.substr(model.size() - 524); }

// What a study leaves but for its times.
Json without_seconds(Json json) {
  if (json.is_object()) {
    json.erase("seconds");
  }
  for (Json& each : json) {
    if (each.is_structured()) each = without_seconds(std::move(each));
  }
  return json;
}

Strings table_without_seconds(const std::string& table) {
  Strings lines = lines_of(table);
  lines.resize(lines.size() - 2);  // how long it took, and the folder
  std::erase_if(lines, [](const std::string& line) { return line.find("seconds") != std::string::npos; });
  return lines;
}

}  // namespace

TEST_CASE("each run of a study has the bytes that it has alone, and its config repeats it") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --seeds 3 --out study --quiet");
  shell.out("hinge train configs/iris.json --seed 3 --out alone --quiet");
  CHECK(shell.read("study/seed-3/model.safetensors") == shell.read("alone/model.safetensors"));

  const Result folds = shell.run("hinge train configs/iris.json --seeds 1..2 --folds 3 --out folds");
  shell.out(R"(hinge train configs/iris.json --seed 2 --set 'data.test={"folds": 3, "fold": 1}' --out fold --quiet)");
  const std::string fold = shell.read("fold/model.safetensors");
  CHECK(shell.read("folds/seed-2/fold-1/model.safetensors") == fold);
  shell.out("hinge train folds/seed-2/fold-1/config.json --out refold --quiet");
  CHECK(weights(shell.read("refold/model.safetensors")) == weights(fold));

  CHECK(count_matches(folds.out, "^seed [12], fold [012]  test/loss .* test/accuracy [01]") == 6);
  CHECK(matches(folds.out, "^mean ± std over 2 seeds, of the means over 3 folds$"));
  CHECK(matches(folds.out, R"(^test/accuracy +0\.9[0-9]* ± 0)"));
  CHECK(matches(folds.err, "^seed 2, fold 1: epoch 60/60  loss"));
}

TEST_CASE("a study says once what a run says before training") {
  const Shell shell;
  const std::string config =
      "hinge train configs/iris.json --set train.epochs=2 --set model.layers[0].weight_init=zeros --quiet";
  const std::string warning = "^warning: all .* start with the same weights";
  CHECK(count_matches(shell.run(config + " --out alone").err, warning) == 1);
  CHECK(count_matches(shell.run(config + " --out seeds --seeds 1..3").err, warning) == 1);
  CHECK(count_matches(shell.run(config + " --out folds --folds 3 --jobs 2").err, warning) == 1);
}

TEST_CASE("--json prints the summary of the study") {
  const Shell shell;
  const std::string json = shell.out("hinge train configs/iris.json --folds 5 --json --quiet --set train.epochs=2");
  CHECK(json == shell.read("runs/iris-1/summary.json"));
  const Json runs = Json::parse(json).at("runs");
  REQUIRE(runs.size() == 5);
  for (const Json& run : runs) CHECK(run.at("fold").is_number());
}

TEST_CASE("however many runs train at a time, they leave the same, in the order of the plan") {
  const Shell shell;
  Json summary;
  Strings table;
  for (const std::string jobs : {"1", "2", "3", "7"}) {
    CAPTURE(jobs);
    const std::string folder = "jobs " + jobs;
    const Result result =
        shell.run("hinge train configs/iris.json --seeds 4,1..2 --folds 3 --jobs " + jobs + " --out '" + folder + "'");
    CHECK(result.code == 0);
    CHECK(count_matches(result.err, "^seed [124], fold [012]: epoch (( [1-9]|[1-5][0-9]|60)/60)  loss [^:]*$") ==
          9 * 60);
    if (jobs == "1") {
      summary = without_seconds(shell.read_json(folder + "/summary.json"));
      table = table_without_seconds(result.out);
    }
    CHECK(without_seconds(shell.read_json(folder + "/summary.json")) == summary);
    CHECK(table_without_seconds(result.out) == table);
    for (const std::string seed : {"4", "1", "2"}) {
      for (const std::string fold : {"0", "1", "2"}) {
        const std::string model = "/seed-" + seed + "/fold-" + fold + "/model.safetensors";
        CHECK(shell.read(folder + model) == shell.read("jobs 1" + model));
      }
    }
  }
  shell.out("hinge train configs/iris.json --seeds 1..2 --jobs auto --out auto --quiet");
}

TEST_CASE("a study with a run that diverges goes on, and fails at its end") {
  const Shell shell;
  const Result result =
      shell.run("hinge train configs/iris.json --seeds 1,2 --set optimizer.learning_rate=1e30 --out run");
  CHECK(result.code == 1);
  CHECK(matches(result.err, "^error: seed 2: .*try a smaller learning_rate"));
  CHECK(matches(result.out, "^failed with 2 of 2 runs"));
}
