// hinge diagnose, and its other name hinge rescue: why a training is worse than its data allow.
#include <doctest/doctest.h>

#include <hinge/core/text.h>

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

TEST_CASE("where units died, a diagnosis says what its cures bring to the weights of the alarm") {
  const Shell shell;
  shell.run("hinge train configs/digits.json --set optimizer.learning_rate=1 --out run --quiet");
  REQUIRE(shell.exists("run/alarm.safetensors"));
  const Json cause = shell.json("hinge diagnose run --json --quiet").at("causes")[0];
  const Json& alarm = cause.at("from_alarm");
  CHECK(alarm.at("epoch") >= 1);
  CHECK(alarm.at("metric_before").is_number());
  CHECK(alarm.at("metric_after") < cause.at("metric_after"));  // dead ReLUs do not come back
  CHECK(matches(shell.out("hinge diagnose run --quiet"), "on the weights at the alarm in epoch .* a fresh start"));
  // The alarm is of this config and of no other.
  const Json changed = shell.json("hinge diagnose run --json --quiet --set train.epochs=20");
  CHECK(!changed.at("causes")[0].contains("from_alarm"));
  shell.out("rm run/alarm.safetensors");
  CHECK(!shell.json("hinge diagnose run --json --quiet --again").at("causes")[0].contains("from_alarm"));
}

TEST_CASE("rescue is another name of diagnose") {
  const Shell shell;
  shell.run("hinge train configs/digits.json --set optimizer.learning_rate=1 --out run --quiet");
  const Json report = shell.json("hinge rescue run --json --quiet");
  CHECK(report.at("causes")[0].at("name") == "learning_rate_high");
  CHECK(shell.json("hinge diagnose run --json --quiet") == report);
  CHECK(matches(shell.run("hinge rescue run").err, "^note: hinge rescue is now called hinge diagnose"));
  for (const char* former : {"--seeds 2", "--epochs 3"}) {
    CAPTURE(std::string(former));
    const Result refused = shell.run(std::string("hinge rescue run ") + former);
    CHECK(refused.code == 2);
    CHECK(matches(refused.err, "leave it out"));
  }
}

TEST_CASE("the report of a diagnosed run shows the causes, the cures and the shares with their intervals") {
  const Shell shell;
  shell.run(std::string("hinge train configs/digits.json --out run --quiet") + fast_rate);
  CHECK(count_matches(shell.read("run/report.html"), "id=\"diagnosis\"") == 0);
  shell.out("hinge diagnose run --quiet");
  const std::string page = shell.read("run/report.html");
  CHECK(count_matches(page, "id=\"diagnosis\"") == 1);
  const Json diagnosis = shell.read_json("run/diagnosis.json");
  for (const Json& cause : diagnosis.at("causes")) {
    CAPTURE(cause.dump());
    const std::string name = cause.at("name");
    CHECK(matches(page, "<h3>[0-9]+\\. " + name));
    std::string row = "<tr><td>" + name + "</td>";
    for (const double share : {cause.at("share").get<double>(), cause.at("share_interval")[0].get<double>(),
                               cause.at("share_interval")[1].get<double>()}) {
      row += "<td>" + hinge::to_text(100 * share) + "</td>";
    }
    CHECK(page.find(row) != std::string::npos);
  }
  shell.out("hinge report run -o again.html");
  CHECK(shell.read("again.html") == page);
  // Another run in its place was not diagnosed.
  shell.out("hinge train configs/iris.json --out run --force --quiet");
  CHECK(!shell.exists("run/diagnosis.json"));
  CHECK(count_matches(shell.read("run/report.html"), "id=\"diagnosis\"") == 0);
}

TEST_CASE("a diagnosis of a changed config is not kept with the run") {
  const Shell shell;
  shell.out("hinge train configs/xor.json --out run --quiet && hinge diagnose run --set train.epochs=7 --quiet");
  CHECK(!shell.exists("run/diagnosis.json"));
}

TEST_CASE("a diagnosis that somebody made up is nothing but text on the page") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=2 --out run --quiet");
  shell.write("run/diagnosis.json",
              R"({"verdict": "<script>", "metric": 3, "recipe": "<img>", "user": null, "par": 1e300,
    "causes": [1, {"name": "<b>", "key": "'", "share": 0.5, "share_interval": [1], "set": ["a'; rm -rf '", 3]},
               {"share": -1e300, "share_interval": [-1e308, 1e308], "set": {}}], "notes": "x"})");
  shell.out("hinge report run");
  const std::string page = shell.read("run/report.html");
  CHECK(count_matches(page, "<script") == 2);
  CHECK(count_matches(page, "<img") == 0);
  CHECK(page.find("--set &#39;a&#39;\\&#39;&#39;; rm -rf &#39;\\&#39;&#39;&#39;\n") != std::string::npos);
  for (const char* text : {"[]", "3", "{}", R"({"verdict": []})"}) {
    shell.write("run/diagnosis.json", text);
    shell.out("hinge report run");
    CHECK(count_matches(shell.read("run/report.html"), "id=\"diagnosis\"") == 0);
  }
}
