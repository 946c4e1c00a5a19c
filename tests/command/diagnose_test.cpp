// hinge diagnose, and its other name hinge rescue: why a training is worse than its data allow.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

constexpr const char* fast_rate = " --set optimizer.learning_rate=1";

}  // namespace

TEST_CASE("diagnose names the cause of a run that fails, and its cure mends it") {
  const Shell shell;
  shell.run(std::string("hinge train configs/digits.json --out run --quiet") + fast_rate);
  const Json report = shell.json("hinge diagnose run --json --quiet --apply mended.json");
  CHECK(report.at("verdict") == "behind");
  const Json& first = report.at("causes")[0];
  CHECK(first.at("name") == "learning_rate_high");
  CHECK(first.at("key") == "optimizer.learning_rate");
  CHECK(first.at("share") > 0.5);
  CHECK(first.at("set").size() == 1);
  CHECK(first.at("metric_before") == shell.read_json("run/summary.json").at("test/accuracy"));
  CHECK(first.at("metric_after") > first.at("metric_before"));

  CHECK(matches(shell.read("mended.json"), "^  // changed: optimizer.learning_rate="));
  shell.out("hinge train mended.json --out mended --quiet");
  CHECK(shell.read_json("mended/summary.json").at("test/accuracy") == first.at("metric_after"));
  const std::string text = shell.out("hinge diagnose run --quiet");
  CHECK(matches(text, "^behind: accuracy "));
  CHECK(matches(text, "^1. learning_rate_high"));
  CHECK(matches(text, "^   --set 'optimizer.learning_rate="));
}

TEST_CASE("a sound config passes, whether it was trained or not") {
  const Shell shell;
  CHECK(matches(shell.out("hinge diagnose configs/iris.json --quiet"), "^pass: as good as these data give"));
  CHECK(shell.json("hinge diagnose configs/iris.json --json --quiet").at("causes").empty());
}

TEST_CASE("a second diagnosis of an unchanged run reads the first, another config does not") {
  const Shell shell;
  shell.out("hinge train configs/xor.json --out run --quiet");
  const Json first = shell.json("hinge diagnose run --json --quiet");
  CHECK(shell.exists("run/diagnosis.json"));
  const Result second = shell.run("hinge diagnose run --json");
  CHECK(matches(second.err, "^note: nothing has changed since the last diagnosis"));
  CHECK(Json::parse(second.out) == first);
  for (const char* again : {"--again", "--set train.epochs=7"}) {
    CAPTURE(std::string(again));
    CHECK(!matches(shell.run(std::string("hinge diagnose run --json ") + again).err, "nothing has changed"));
  }
  shell.out("echo broken >run/diagnosis.json");
  CHECK(shell.json("hinge diagnose run --json --quiet") == first);
}

TEST_CASE("a diagnosis that runs out of time says so") {
  const Shell shell;
  const Result result = shell.run(std::string("hinge diagnose configs/digits.json --seconds 0.000001") + fast_rate);
  CHECK(result.code == 0);
  CHECK(matches(result.err, "^note: interrupted"));
}

TEST_CASE("rescue is another name of diagnose") {
  const Shell shell;
  shell.run("hinge train configs/digits.json --set optimizer.learning_rate=1 --out run --quiet");
  const Json report = shell.json("hinge rescue run --json --quiet --seeds 2 --epochs 3");
  CHECK(report.at("causes")[0].at("name") == "learning_rate_high");
  CHECK(shell.json("hinge diagnose run --json --quiet") == report);
  CHECK(matches(shell.run("hinge rescue run").err, "^note: hinge rescue is now called hinge diagnose"));
}
