// hinge plot on the folders of runs.
#include <doctest/doctest.h>

#include <algorithm>

#include "shell.h"

namespace {

// Three epochs with a gap, as a run writes them, and a line that it did not finish.
void write_run(const Shell& shell, const std::string& folder) {
  shell.out("mkdir " + folder);
  shell.write(folder + "/metrics.jsonl",
              "{\"epoch\": 1, \"train/loss\": 2, \"val/loss\": 2.5, \"dead/layer1\": 0.5}\n"
              "{\"epoch\": 2, \"train/loss\": 1.25, \"val/loss\": null, \"dead/layer1\": 0.25}\n"
              "{\"epoch\": 3, \"train/loss\": 0.5, \"val/loss\": 1, \"dead/layer1\": 0}\n"
              "{\"epoch\": 4, \"train/lo");
}

}  // namespace

TEST_CASE("a figure of a run is drawn over its epochs, with the numbers of metrics.jsonl") {
  const Shell shell;
  write_run(shell, "run");
  CHECK(shell.out("hinge plot run/ --out loss.csv") ==
        "epoch  training  validation\n"
        "1             2         2.5\n"
        "2          1.25           -\n"
        "3           0.5           1\n");
  CHECK(shell.read("loss.csv") == "epoch,training,validation\n1,2,2.5\n2,1.25,\n3,0.5,1\n");
  CHECK(shell.out("hinge plot run --show dead | head -n 1") == "epoch  layer 1\n");
  shell.out("hinge plot run --out loss.svg --log");
  const std::string svg = shell.read("loss.svg");
  CHECK(matches(svg, ">run: loss</text>"));
  CHECK(matches(svg, "data-x=\"whole 1 3 "));
  CHECK(matches(svg, "data-y=\"log "));
}

TEST_CASE("names in a run's folder are nothing but text") {
  const Shell shell;
  shell.out("mkdir run");
  shell.write("run/metrics.jsonl", "{\"epoch\": 1, \"\\u001b[31m<script>/loss\": 2}\n");
  CHECK(matches(shell.out("hinge plot run --out run.svg"), "epoch  .x1b.31m<script>"));
  CHECK(count_matches(shell.read("run.svg"), "<script") == 0);
}

TEST_CASE("curves of several runs are named after their runs") {
  const Shell shell;
  write_run(shell, "a");
  write_run(shell, "b");
  CHECK(shell.out("hinge plot a b | head -n 1") == "epoch  a, training  a, validation  b, training  b, validation\n");
  CHECK(shell.out("hinge plot a b --show dead | head -n 1") == "epoch     a     b\n");
}

TEST_CASE("the epoch whose weights the model has is marked, and an early stop") {
  const Shell shell;
  shell.out(
      "hinge train configs/digits.json --set data.validation='{\"every\": 5}' --set train.early_stopping.patience=3 "
      "--set optimizer.learning_rate=0.1 --out run --quiet && hinge plot run --out run.svg");
  const std::string svg = shell.read("run.svg");
  const Json summary = shell.read_json("run/summary.json");
  REQUIRE(summary.at("epochs") < 30);
  CHECK(matches(svg, ">best epoch " + summary.at("best_epoch").dump() + "</text>"));
  CHECK(matches(svg, ">early stop</text>"));
  shell.out(
      "hinge train configs/digits.json --set data.validation='{\"every\": 5}' --set train.early_stopping.patience=30 "
      "--set optimizer.learning_rate=0.1 --out whole --quiet && hinge plot whole --out whole.svg");
  const std::string whole = shell.read("whole.svg");
  CHECK(matches(whole, ">best epoch "));
  CHECK(!matches(whole, ">early stop</text>"));
}

TEST_CASE("the units of a run are drawn as they die") {
  const Shell shell;
  shell.run("hinge train configs/dying_relu.json --out run --quiet");
  const std::string csv = shell.out("hinge plot run --show units --out units.csv >/dev/null && cat units.csv");
  const Json last = shell.json("hinge health run --json");
  // Born dead: from epoch 0.
  CHECK(count_matches(csv, "^1,[0-9]+,0,dead$") == last.at("layers")[0].at("born_dead"));
  CHECK(count_matches(csv, "^1,[0-9]+,[1-9][0-9]*,dead$") >= last.at("layers")[0].at("lost"));
  CHECK(matches(shell.run("hinge plot run --show units --out units.svg").err,
                "^note: these are [0-9]+ of [0-9]+ rows; --out FILE.csv writes all$"));
  const std::string svg = shell.read("units.svg");
  CHECK(matches(svg, ">run: units of layer 1</text>"));
  CHECK(svg.size() < 40'000);
}

TEST_CASE("hinge plot draws the network of a run as a function") {
  const Shell shell;
  shell.out("hinge train configs/spirals.json --set train.epochs=12 --out run --quiet");
  CHECK(shell.out("hinge plot run --show function --out end.svg | head -n 1").starts_with("unit"));
  CHECK(shell.read("end.svg").find("Decision regions, after epoch 12") != std::string::npos);
  shell.out("hinge plot run --show function --epoch 0 --out start.svg");
  CHECK(shell.read("start.svg").find("Decision regions, before training") != std::string::npos);
  // The line of a unit: z = w·x + b, for each of the 64 of the first layer.
  shell.out("hinge plot run --show function --out end.csv");
  const std::string csv = shell.read("end.csv");
  CHECK(csv.starts_with("unit,w1,w2,b,z > 0 on some sample\n1,"));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 65);
  shell.fails(2, "hinge plot run --show function --epoch 5", {"no weights of that epoch", "0, 1, 2, 3, 4, 6, 8, 12"});
  shell.fails(2, "hinge plot run --epoch 4", {"--epoch is for --show function"});
  shell.fails(2, "hinge plot run run --show function", {"wanted one run"});
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out iris --quiet");
  shell.fails(2, "hinge plot iris --show function", {"two inputs and at most six classes"});
}
