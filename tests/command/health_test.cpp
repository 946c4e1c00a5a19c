// hinge health: the neurons of a run.
#include <doctest/doctest.h>

#include "shell.h"

TEST_CASE("a sound run has a health report for each epoch and no alarm") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  CHECK(count_matches(shell.read("run/health.jsonl"), "\"verdict\"") == 31);  // the start and 30 epochs
  CHECK(matches(shell.out("hinge health run"), "^pass after epoch 30$"));
  CHECK(!shell.exists("run/alarm.safetensors"));
}

TEST_CASE("dead units that cost nothing are a note on stderr, in the summary and in the report") {
  const Shell shell;
  const Result result = shell.run("hinge train configs/dying_relu.json --out run");
  CHECK(matches(result.err,
                "^note: layer 1: [0-9]* of 128 units are dead.*; they cost nothing: training accuracy is 0.9"));
  CHECK(!matches(result.err, "^warning:"));
  const Json summary = shell.read_json("run/summary.json");
  CHECK(summary.at("status") == "finished");
  CHECK(summary.at("verdict").at("status") == "pass");
  CHECK(summary.at("verdict").at("causes").empty());
  CHECK(summary.at("health").at("status") == "alarm");
  CHECK(shell.exists("run/alarm.safetensors"));
  const std::string report_text = shell.out("hinge health run");
  CHECK(matches(report_text, "^pass after epoch 20$"));
  CHECK(matches(report_text, "^note: layer 1: .*they cost nothing"));

  const std::string units = shell.out("hinge health run --units --layer 1");
  const Json report = shell.json("hinge health run --json");
  CHECK(count_matches(units, "^ *1 +[0-9]+ +dead ") == report.at("layers")[0].at("dead"));
  const std::size_t table = units.find("\n\n");
  CHECK(widest_line(units.substr(table, units.find("\nnote:") - table)) <= 80);
}

TEST_CASE("a run that learns nothing is a warning, also with --quiet, and names the diagnosis") {
  const Shell shell;
  const Result result = shell.run("hinge train configs/digits.json --set optimizer.learning_rate=1 --out run --quiet");
  const std::vector<std::string> lines = lines_of(result.err);
  REQUIRE(lines.size() >= 3);
  CHECK(matches(lines.front(), "^warning: no better than a constant: test accuracy 0"));
  CHECK(matches(result.err, "^  the outputs are the same on all 1438 probe samples; layer 1: 64 of 64 units are dead"));
  CHECK(lines.back() == "  hinge diagnose run measures which change helps");
  const Json verdict = shell.read_json("run/summary.json").at("verdict");
  CHECK(verdict.at("status") == "fail");
  CHECK(verdict.at("causes")[0].at("name") == "no_better_than_constant");
  CHECK(matches(shell.out("hinge health run"), "^fail after epoch 30: no better than a constant: "));
  shell.fails(1, "hinge train configs/iris.json --set optimizer.learning_rate=1e30 --out late",
              {"try a smaller learning_rate", "\n  hinge diagnose late measures which change helps"});
}

TEST_CASE("the units of a run are one JSON document, with a line for each") {
  const Shell shell;
  shell.out("hinge train configs/xor.json --out run --quiet");
  const std::size_t hidden = shell.json("hinge health run --json").at("layers")[0].at("units");
  for (const char* layer : {"", " --layer 1"}) {
    CAPTURE(std::string(layer));
    const std::string text = shell.out(std::string("hinge health run --units --json") + layer);
    const Json document = Json::parse(text);
    CHECK(document.at("samples") == 4);
    CHECK(document.at("model_epoch") > 0);
    CHECK(document.at("units").size() == hidden);
    CHECK(document.at("units").front().at("unit") == 1);
    CHECK(document.at("units").back().at("unit") == hidden);
    CHECK(count_matches(text, "^    [{]\"layer\": 1, .*[}],?$") == static_cast<int>(hidden));
  }
}

TEST_CASE("the health report bears a line that a killed run did not finish, and says where units are missing") {
  const Shell shell;
  shell.run("hinge train configs/dying_relu.json --out run --quiet");
  shell.out(R"(printf '{"epoch": 21, "sam' >>run/health.jsonl)");
  CHECK(matches(shell.out("hinge health run"), "^pass after epoch 20"));
  shell.out(R"(sed -i '/"unit": 1,/d' run/health.jsonl)");
  shell.fails(2, "hinge health run --units", {"no record of its units"});
  shell.fails(2, "hinge health run --units --json", {"no record of its units"});
}

TEST_CASE("recycling revives units") {
  const Shell shell;
  shell.run("hinge train configs/dying_relu.json --set health.recycle.every=1 --out run --quiet");
  CHECK(shell.json("hinge health run --json").at("layers")[0].at("dead") < 64);
}

TEST_CASE("a health file that somebody made up is checked, and its texts cannot steer a terminal") {
  const Shell shell;
  shell.run("hinge train configs/dying_relu.json --set train.epochs=1 --out run --quiet");
  const std::string good = shell.read("run/health.jsonl");
  // The file with the first `from` replaced.
  const auto change = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    REQUIRE(text.find(from) != std::string::npos);
    shell.write("run/health.jsonl", text.replace(text.find(from), from.size(), to));
  };
  struct Row {
    const char* from;
    const char* to;
    const char* message;
  };
  const std::vector<Row> wrong = {
      {R"("unit": 1,)", R"("unit": -5,)", "found the number -5 for \"unit\""},
      {R"("unit": 1,)", R"("unit": 0,)", "found the number 0 for \"unit\""},
      {R"("unit": 1,)", R"("unit": 1.5,)", "found the number 1.5 for \"unit\""},
      {R"("unit": 1,)", R"("unit": "\u001b[2J",)", "found the text \"\\x1b[2J\" for \"unit\""},
      {R"("fires": 8)", R"("fires": true)", "found true for \"fires\""},
      {R"("died_at": null)", R"("died_at": -1)", "found the number -1 for \"died_at\""}};
  for (const Row& row : wrong) {
    CAPTURE(std::string(row.to));
    change(row.from, row.to);
    shell.fails(2, "hinge health run --units", {row.message});
  }
  shell.write("run/health.jsonl", good);
  const std::string summary = shell.read("run/summary.json");
  const std::string escape = R"(\u001b[31m\u009b)";
  const auto is_shown = [&] {
    const std::string shown = shell.out("hinge health run --units");
    CHECK(shown.find("\\x1b[31m\\xc2\\x9b") != std::string::npos);
    CHECK(shown.find('\x1b') == std::string::npos);
  };
  for (const std::string key : {"evidence", "status"}) {  // of the verdict on the run
    std::string text = summary;
    text.insert(text.find('"' + key + "\": \"", text.find("\"verdict\"")) + key.size() + 5, escape);
    shell.write("run/summary.json", text);
    is_shown();
  }
  shell.out("rm run/summary.json");  // without one the verdict is that on the neurons
  for (const char* key : {"status", "reason", "advice", "state"}) {
    CAPTURE(std::string(key));
    const std::string start = '"' + std::string(key) + "\": \"";
    std::string text = good;  // in every line
    for (std::size_t i = text.find(start); i != std::string::npos; i = text.find(start, i + 1)) {
      text.insert(i + start.size(), escape);
    }
    shell.write("run/health.jsonl", text);
    is_shown();
  }
}
