// hinge report: the page of a run.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>

#include "playground_link.h"
#include "report/page.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/sha256.h"
#include "shell.h"
#include "support/temporary_folder.h"

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The value that a tile shows under that label.
std::string tile(const std::string& page, const std::string& label) {
  const std::size_t end = page.find("</span>\n<span class=\"label\">" + label + "</span>");
  if (end == std::string::npos) return "";
  const std::size_t start = page.rfind('>', end - 1) + 1;
  return page.substr(start, end - start);
}

}  // namespace

TEST_CASE("the hash of a policy is SHA-256 in base64") {
  // FIPS 180-4's examples, and a message whose padding takes a block of its own.
  CHECK(hinge_command::policy_hash("") == "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  CHECK(hinge_command::policy_hash("abc") == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  CHECK(hinge_command::policy_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "sha256-JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=");
}

TEST_CASE("every run leaves a report, whose figures are those of its summary") {
  const Shell shell;
  const Json summary = shell.json("hinge train configs/digits.json --out run --quiet --json");
  const std::string page = shell.read("run/report.html");
  CHECK(page.size() < 400'000);
  for (const auto& tile_of : {std::pair{"test accuracy", summary.at("test/accuracy").get<double>()},
                              {"test loss", summary.at("test/loss").get<double>()},
                              {"training accuracy", summary.at("last").at("train/accuracy").get<double>()},
                              {"training loss", summary.at("last").at("train/loss").get<double>()},
                              {"parameters", summary.at("parameters").get<double>()}}) {
    CAPTURE(std::string(tile_of.first));
    CHECK(tile(page, tile_of.first) == hinge_command::shown(tile_of.second));
  }
  for (const char* title : {"Verdict", "Loss and metrics", "Neurons", "Gradients and steps", "Results", "Weights",
                            "Data", "Network", "Config"}) {
    CAPTURE(std::string(title));
    CHECK(count_of(page, std::string(">") + title + "</h2>") == 1);
  }
  for (const char* part :
       {"Confusion matrix", "Mistakes: true class", "First-layer weights", "Deaths and revivals in layer 1"}) {
    CAPTURE(std::string(part));
    CHECK(holds(page, part));
  }
  CHECK(!holds(page, "http-equiv=\"refresh\""));
  CHECK(holds(page, "\"live\": false"));
}

TEST_CASE("the confusion matrix is that of hinge evaluate") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  const Json evaluation = shell.json("hinge evaluate run --json");
  std::string rows;
  for (const Json& counts : evaluation.at("test/confusion")) {
    rows += "<tr><td>" + std::to_string(std::count(rows.begin(), rows.end(), '\n')) + "</td>";
    for (const Json& count : counts) rows += "<td>" + count.dump() + "</td>";
    rows += "</tr>\n";
  }
  CHECK(holds(shell.read("run/report.html"), rows));
}

TEST_CASE("hinge report writes the page that training has written") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --out run --quiet");
  CHECK(shell.out("hinge report run -o again.html") == "again.html\n");
  CHECK(shell.read("again.html") == shell.read("run/report.html"));
  shell.out("rm run/report.html && hinge report run");
  CHECK(shell.read("again.html") == shell.read("run/report.html"));
  shell.fails(2, "hinge report nowhere", {"nowhere holds no run", "such as nowhere/seed-1"});
}

TEST_CASE("the pictures suit the task") {
  const Shell shell;
  struct Row {
    const char* config;
    Strings shown;
    Strings absent;
  };
  const std::vector<Row> rows = {
      {"configs/spirals.json --set train.epochs=12",
       {"Decision regions, after epoch 12", "Units of the first layer: z = w·x + b", "ROC of class",
        "Confusion matrix"},
       {"Residuals"}},
      {"configs/sine.json --set train.epochs=12",
       {"Residuals", "Predicted against true", "The network as a function, after epoch 12"},
       {"Confusion"}},
      {"configs/iris.json",
       {"Confusion matrix"},
       {"ROC", "Mistakes", "First-layer weights", "Residuals", "Decision regions"}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.config));
    shell.out(std::string("hinge train ") + row.config + " --out run --force --quiet");
    const std::string page = shell.read("run/report.html");
    for (const std::string& part : row.shown) CHECK_MESSAGE(holds(page, part), part);
    for (const std::string& part : row.absent) CHECK_MESSAGE(!holds(page, part), part);
  }
}

TEST_CASE("the columns are shown as hinge check shows them") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out run --quiet");
  const Json check = shell.json("hinge check configs/iris.json --json");
  const std::string console = shell.out("hinge check configs/iris.json");
  const std::string page = shell.read("run/report.html");
  REQUIRE(check.at("columns").size() == 5);
  for (const Json& column : check.at("columns")) {
    const std::string row = "<tr><td>" + column.at("name").get<std::string>() + "</td><td>" +
                            column.at("kind").get<std::string>() + "</td><td>" + column.at("gaps").dump() +
                            "</td><td>" + column.at("inputs").dump() + "</td><td>";
    CAPTURE(row);
    const std::size_t start = page.find(row);
    REQUIRE(start != std::string::npos);
    const std::string values = page.substr(start + row.size(), page.find('<', start + row.size()) - start - row.size());
    CHECK(!values.empty());
    CHECK_MESSAGE(holds(console, values.substr(0, 30)), values);
  }
}

TEST_CASE("a run that failed has a report that says why") {
  const Shell shell;
  shell.run("hinge train configs/iris.json --set optimizer.learning_rate=1e30 --out run --quiet");
  const std::string page = shell.read("run/report.html");
  CHECK(holds(page, "<strong>Failed</strong>"));
  CHECK(holds(page, "the loss is nan"));
}

TEST_CASE("inputs far from 1 are told by name") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --set data.divisor=0.5 --set train.epochs=1 --out run --quiet");
  CHECK(holds(shell.read("run/report.html"),
              "\"remark\">The network sees inputs as large as 32 (pixel_0_2): far from 1, so"));
  shell.out("hinge train configs/digits.json --set train.epochs=1 --out run --force --quiet");
  CHECK(holds(shell.read("run/report.html"), "The network sees inputs as large as 1 (pixel_0_2)."));
}

TEST_CASE("a layer without gradients has no curve of them") {
  hinge_command::ReportSource source;
  for (const char* look :
       {R"({"epoch": 1, "layers": [{"layer": 1, "gradient_norm": 0.5}, {"layer": 2, "gradient_norm": 0}]})",
        R"({"epoch": 2, "layers": [{"layer": 1, "gradient_norm": 0}, {"layer": 2, "gradient_norm": 0}]})"}) {
    source.files.looks.push_back(hinge::parse_json(look, "health.jsonl"));
  }
  const std::string text = hinge_command::steps_section(source);
  CHECK(holds(text, ">layer 1<"));
  CHECK(!holds(text, "layer 2"));
}

TEST_CASE("what a diagnosis found is the headline of a run that passed") {
  struct Row {
    const char* diagnosis;
    Strings shown;
  };
  const std::vector<Row> rows = {
      {R"({"verdict": "behind", "metric": "accuracy", "user": 0.5, "par": 0.9, "causes": [{"name": "inputs_unscaled"}]})",
       {"verdict odd",
        "Behind a sound recipe</strong>\n Accuracy 0.5, where the recipe has 0.9; first cause: inputs_unscaled."}},
      {R"({"verdict": "behind", "metric": "r2", "user": 0.5, "par": 0.9, "causes": []})",
       {"where the recipe has 0.9.</p>"}},
      {R"({"verdict": "fault in the data", "causes": [{"name": "leak"}]})",
       {"verdict odd", "Fault in the data</strong>\n Leak."}},
      {R"({"verdict": "pass", "causes": []})", {"verdict good", "Only training samples were judged"}},
      {"{}", {"verdict good", "hinge diagnose measures"}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.diagnosis));
    hinge_command::ReportSource source;
    source.files.summary = hinge::parse_json(R"({"status": "finished", "epochs": 3})", "summary.json");
    source.files.diagnosis = hinge::parse_json(row.diagnosis, "diagnosis.json");
    const std::string page = hinge_command::report_page(source);
    for (const std::string& part : row.shown) CHECK_MESSAGE(holds(page, part), part);
  }
}

TEST_CASE("names from the data are nothing but text on the page") {
  const Shell shell;
  const std::string hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
  std::string table = hostile + ",b,class\n";
  for (int i = 0; i < 40; ++i) {
    table +=
        std::to_string(i) + "," + std::to_string(i * i % 7) + (i % 2 == 0 ? ",\"" + hostile + "\"\n" : ",'\"--><b>\n");
  }
  shell.write("table.csv", table);
  shell.write("c.json", R"({"data": {"type": "csv", "path": "table.csv", "target": "class"},
    "model": {"layers": [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 2}]},
    "loss": "softmax_cross_entropy", "train": {"epochs": 2}})");
  shell.out("hinge train c.json --out run --quiet");
  const std::string page = shell.read("run/report.html");
  CHECK(count_of(page, "<script") == 2);  // the data and the page's own
  CHECK(count_of(page, "</script") == 2);
  CHECK(count_of(page, "<img") == 0);
  CHECK(count_of(page, "<b>") == 0);
  CHECK(holds(page, "&lt;/script&gt;"));
  CHECK(holds(page, "default-src 'none'; script-src 'sha256-"));
  CHECK(!holds(page, "unsafe"));
  CHECK(!holds(page, " style="));
  CHECK(!holds(page, " onclick="));
}

TEST_CASE("a folder without its data, or of an older version, has a report of what there is") {
  const Shell shell;
  shell.out("cp -rL configs own && hinge train own/iris.json --out run --quiet && rm -r own run/weights.jsonl");
  shell.out("hinge report run");
  const std::string page = shell.read("run/report.html");
  CHECK(holds(page, "The data of the run could not be read"));
  CHECK(holds(page, "The data could not be read, so what they hold is missing"));
  CHECK(holds(page, ">Loss and metrics</h2>"));
  CHECK(!holds(page, "Confusion matrix"));
  shell.out("rm run/summary.json run/health.jsonl run/model.safetensors && hinge report run");
  CHECK(holds(shell.read("run/report.html"), "<strong>Unfinished</strong>"));
}

TEST_CASE("files that somebody made up do no harm") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=2 --out run --quiet");
  const std::string health = shell.read("run/health.jsonl");
  for (const char* line :
       {R"({"epoch": "x", "layers": [1, {"layer": -1, "units": 1e300, "dead": null}], "died": [[1], [-1, 1e300], 3]})",
        R"({"epoch": 3, "layers": [{"layer": 1, "units": 2000000000}], "died": [[1, 1]]})", "[]", "3"}) {
    CAPTURE(std::string(line));
    shell.write("run/health.jsonl", health + line + "\n");
    CHECK(shell.run("hinge report run").code == 0);
  }
  shell.write("run/health.jsonl", "{\n");
  shell.fails(2, "hinge report run", {"health.jsonl:1"});
}

TEST_CASE("the page of a run of 100,000 epochs and 10,000 units has less than 3 MB, with its extremes") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out run --quiet");
  std::string metrics;
  for (int epoch = 1; epoch <= 100'000; ++epoch) {
    const std::string loss = epoch == 50'013   ? "77.5"
                             : epoch == 70'001 ? "1e-9"
                                               : std::to_string(1.0 / epoch + 0.001 * (epoch % 7 + 1));
    metrics += R"({"epoch": )" + std::to_string(epoch) + R"(, "train/loss": )" + loss + "}\n";
  }
  std::string health;
  for (int epoch = 0; epoch <= 100'000; epoch += 50) {
    health += R"({"epoch": )" + std::to_string(epoch) +
              R"(, "samples": 100, "layers": [{"layer": 1, "units": 10000, "dead": )" + std::to_string(epoch / 50) +
              R"(}], "died": [[1, )" + std::to_string(epoch / 50 + 1) + "]]}\n";
  }
  for (int unit = 1; unit <= 10'000; ++unit) {
    health +=
        R"({"layer": 1, "unit": )" + std::to_string(unit) +
        R"(, "state": "dead", "born_dead": false, "died_at": 4, "died_after": 3, "fires": 0, "margin": 0.12345})" +
        "\n";
  }
  shell.write("run/metrics.jsonl", metrics);
  shell.write("run/health.jsonl", health);
  shell.out("hinge report run");
  const std::string page = shell.read("run/report.html");
  CHECK(page.size() < 3'000'000);
  // The one high and the one low value are points of the curve: pixels have one digit.
  const std::size_t start = page.find("data-y=\"log ");
  REQUIRE(start != std::string::npos);
  double low = 0, high = 0, bottom = 0, top = 0;
  REQUIRE(std::sscanf(page.c_str() + start, "data-y=\"log %lf %lf %lf %lf", &low, &high, &bottom, &top) == 4);
  std::istringstream path(page.substr(page.rfind(" d=\"M", start) + 5));
  double lowest = 0;
  double highest = bottom;
  for (double x = 0, y = 0; path >> x >> y;) {
    lowest = std::max(lowest, y);
    highest = std::min(highest, y);
  }
  const auto pixel = [&](double loss) { return bottom + (top - bottom) * std::log(loss / low) / std::log(high / low); };
  CHECK(std::abs(highest - pixel(77.5)) < 0.06);
  CHECK(std::abs(lowest - pixel(1e-9)) < 0.06);
}

TEST_CASE("the page of a run that goes on loads itself again, and has no results yet") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --out run --quiet");
  hinge_command::ReportSource source;
  source.files = hinge_command::read_run_files(shell.path("run"));
  source.files.summary = {};
  source.is_live = true;
  const std::string page = hinge_command::report_page(source);
  CHECK(holds(page, "\"live\": true"));
  CHECK(holds(page, "<strong>Training</strong>\n Epoch 60 of "));
  CHECK(!holds(page, ">Results</h2>"));
}

TEST_CASE("the verdict on the run is the headline, else that on its neurons") {
  struct Row {
    const char* summary;
    Strings shown;
  };
  const std::vector<Row> rows = {
      {R"({"status": "finished", "epochs": 3})", {"verdict good", "<strong>Sound</strong>\n Finished after 3 epochs."}},
      {R"({"status": "finished", "epochs": 3, "test/accuracy": 0.5})", {"Finished after 3 epochs: test accuracy 0.5."}},
      {R"({"status": "finished", "epochs": 3, "last": {"train/accuracy": 0.25}})",
       {"Finished after 3 epochs: training accuracy 0.25."}},
      {R"({"status": "finished", "epochs": 100000})", {"Finished after 100000 epochs."}},
      {R"({"status": "finished", "health": {"status": "alarm", "reason": "layer 1 is dead", "advice": "look"}})",
       {"verdict bad", "<strong>Alarm</strong>\n Layer 1 is dead.", "<li>Look.</li>"}},
      {R"({"status": "finished", "health": {"status": "pass"}, "verdict": {"status": "warn", "reason": "a & b",
           "note": "c", "causes": [{"evidence": "a & b"}, {"evidence": "accuracy 0.3"}]}})",
       {"verdict odd", "<strong>Warning</strong>\n A &amp; b.", "<ul>\n<li>Accuracy 0.3.</li>\n<li>C.</li>"}},
      {R"({"status": "finished", "health": {"status": "alarm"}, "verdict": {"status": "fail", "reason": "no better"}})",
       {"verdict bad", "<strong>Did not learn</strong>\n No better."}},
      {R"({"status": "failed", "error": "nan", "health": {"status": "pass"}})",
       {"verdict bad", "<strong>Failed</strong>\n Nan."}},
      {R"({"status": "interrupted", "epochs": 1})",
       {"verdict odd", "<strong>Interrupted</strong>\n Interrupted after 1 epoch."}},
      {R"({"status": 7, "verdict": [1], "health": "x"})", {"verdict odd", "Unfinished"}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.summary));
    hinge_command::ReportSource source;
    source.files.summary = hinge::parse_json(row.summary, "summary.json");
    const std::string page = hinge_command::report_page(source);
    for (const std::string& part : row.shown) CHECK_MESSAGE(holds(page, part), part);
  }
}

TEST_CASE("a page links to the playground beside it or above, with a config that the playground can open") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("runs"));
  const auto link = [&](const std::string& from, const std::string& config, std::size_t features = 2) {
    return hinge_command::playground_link(folder.path(from), hinge::parse_json(config, "config"), features);
  };
  const std::string config = R"({"data": "xor", "note": "50 % ü"})";
  CHECK(link("", config).empty());
  folder.write("playground.html", "");
  const std::string fragment = "#config=%7B%22data%22%3A%20%22xor%22%2C%20%22note%22%3A%20%2250%20%25%20%C3%BC%22%7D";
  CHECK(link("", config) == "playground.html" + fragment);
  CHECK(link("runs", config) == "../playground.html" + fragment);
  CHECK(link("", config, 3).empty());
  CHECK(link("", R"({"data": {"type": "csv", "path": "a.csv"}})").empty());
  CHECK(link("", R"({"data": "xor", "model": {"from": "run"}})").empty());
}
