// hinge compare: which of several runs or studies is best.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/text.h>

#include "compare/interval.h"
#include "report/page.h"
#include "shell.h"

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The estimate of a figure of a contender.
Json estimate(const Json& comparison, std::size_t contender, const std::string& figure) {
  for (const Json& each : comparison.at("contenders").at(contender).at("figures")) {
    if (each.at("figure") == figure) return each;
  }
  return {};
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += (value - mean(values)) * (value - mean(values));
  return std::sqrt(squares / (static_cast<double>(values.size()) - 1));
}

constexpr double t_of_3 = 3.182446305284263;  // Student, 3 degrees of freedom, 95 %

const std::string iris = "hinge train configs/iris.json --set train.epochs=15 --quiet ";

}  // namespace

TEST_CASE("Student's t is that of tables") {
  struct Row {
    std::size_t freedom;
    double confidence;
    double t;
  };
  // Quantiles (1 + confidence) / 2 of tables.
  const std::vector<Row> rows = {
      {1, 0.95, 12.706204736432095},  {2, 0.95, 4.302652729911275},    {3, 0.95, t_of_3},
      {10, 0.95, 2.2281388519649385}, {120, 0.95, 1.9799304050824413}, {5, 0.99, 4.032142983557536}};
  for (const Row& row : rows) {
    CAPTURE(row.freedom);
    CHECK(hinge_command::student_t(row.freedom, row.confidence) == doctest::Approx(row.t).epsilon(1e-9));
  }
  CHECK(hinge_command::student_t(1'000'000, 0.95) == hinge_command::student_t(1000, 0.95));
}

TEST_CASE("intervals are those of the papers") {
  // Newcombe 1998, table II (a), method 10: 56/70 against 48/80.
  const auto newcombe = hinge_command::shares_interval(56.0 / 70, 70, 48.0 / 80, 80, 0.95);
  CHECK(newcombe.low == doctest::Approx(0.0524).epsilon(0.005));
  CHECK(newcombe.high == doctest::Approx(0.3339).epsilon(0.005));
  const auto all_right = hinge_command::share_interval(1, 10, 0.95);  // z²/(n + z²) below 1
  CHECK(all_right.low == doctest::Approx(10 / (10 + 1.96 * 1.96)).epsilon(0.005));
  CHECK(all_right.high == 1);

  const std::vector<double> three = {1, 2, 3};
  const double half = 4.302652729911275;
  CHECK(hinge_command::mean_interval(three, 0.95)->low == doctest::Approx(2 - half * std::sqrt(1.0 / 3)));
  CHECK(hinge_command::mean_interval(three, 0.95, 0.5)->high == doctest::Approx(2 + half * std::sqrt(1.0 / 3 + 0.5)));
  CHECK(!hinge_command::mean_interval(std::vector{1.0}, 0.95));

  // Welch: 3.01 degrees of freedom, of which 3 are taken.
  const std::vector<double> a = {1, 2, 4, 7};
  const std::vector<double> b = {0.5, 0.7, 0.6};
  const double error = std::sqrt(deviation(a) * deviation(a) / 4 + 0.01 / 3);
  const auto welch = hinge_command::unpaired_interval(a, b, 0.95);
  CHECK(welch->low == doctest::Approx(2.9 - t_of_3 * error));
  CHECK(welch->high == doctest::Approx(2.9 + t_of_3 * error));
  // A single value spreads as the others do.
  const auto single = hinge_command::unpaired_interval(a, std::vector{0.5}, 0.95);
  CHECK(single->low == doctest::Approx(3 - t_of_3 * deviation(a) * std::sqrt(1.25)));
  CHECK(!hinge_command::unpaired_interval(std::vector{1.0}, std::vector{2.0}, 0.95));
}

TEST_CASE("two runs are compared sample by sample, with the figures of their summaries") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --set train.epochs=3 --out good --quiet");
  shell.out(
      "hinge train configs/digits.json --set train.epochs=3 --set optimizer.learning_rate=0.002 --out slow --quiet");
  const Json comparison = shell.json("hinge compare slow good --json -o both.html");
  CHECK(!shell.exists("compare.html"));
  CHECK(comparison.at("figure") == "test/accuracy");
  CHECK(comparison.at("best") == "good");
  CHECK(comparison.at("result") == "good is best");

  const Json& lead = comparison.at("leads").at(0);
  const std::vector<Json> summaries = {shell.read_json("slow/summary.json"), shell.read_json("good/summary.json")};
  const double good = summaries[1].at("test/accuracy");
  const double slow = summaries[0].at("test/accuracy");
  CHECK(lead.at("lead").get<double>() == doctest::Approx(good - slow));
  CHECK(lead.at("method") == "paired over 359 samples");
  CHECK(lead.at("more_than_chance") == true);
  // Narrower than that of two shares of other samples each.
  const auto unpaired = hinge_command::shares_interval(good, 359, slow, 359, 0.95);
  CHECK(lead.at("interval")[0].get<double>() > unpaired.low);

  const std::string page = shell.read("both.html");
  for (std::size_t i = 0; i < 2; ++i) {
    for (const char* figure : {"test/accuracy", "test/loss", "test/f1_macro", "epochs", "parameters"}) {
      CHECK(estimate(comparison, i, figure).at("value") == summaries[i].at(figure));
    }
    for (const char* figure : {"train/loss", "train/accuracy", "dead/layer1"}) {
      CHECK(estimate(comparison, i, figure).at("value") == summaries[i].at("last").at(figure));
    }
    const Json own = estimate(comparison, i, "test/accuracy");
    const auto wilson = hinge_command::share_interval(own.at("value"), 359, 0.95);
    CHECK(own.at("interval")[0] == wilson.low);
    CHECK(holds(page, "<td>" + hinge::to_text(own.at("value").get<double>()) + "</td><td>" +
                          hinge::to_text(wilson.low) + "</td><td>" + hinge::to_text(wilson.high) + "</td>"));
    CHECK(holds(page, hinge_command::shown(own.at("value")) + " (" + hinge_command::shown(wilson.low) + " to "));
  }
  CHECK(holds(page, comparison.at("sentence").get<std::string>()));
  REQUIRE(comparison.at("config").size() == 1);
  CHECK(comparison.at("config")[0] == Json{{"key", "optimizer.learning_rate"}, {"values", {"0.002", "0.02"}}});
  CHECK(holds(page, "<tr><td>optimizer.learning_rate</td><td>0.002</td><td>0.02</td></tr>"));
}

TEST_CASE("studies are compared by their means, paired where their seeds match") {
  const Shell shell;
  shell.out(iris + "--seeds 1..4 --out a && " + iris + "--seeds 1..4 --set optimizer.learning_rate=0.001 --out b");
  const Json comparison = shell.json("hinge compare a b --json");
  std::vector<Json> metrics;
  for (const char* study : {"a", "b"})
    metrics.push_back(shell.read_json(std::string(study) + "/summary.json").at("metrics"));
  const std::string figure = comparison.at("figure");
  std::vector<double> differences;
  for (std::size_t i = 0; i < 4; ++i) {
    differences.push_back(metrics[0].at(figure).at("values")[i].get<double>() -
                          metrics[1].at(figure).at("values")[i].get<double>());
  }
  const Json& lead = comparison.at("leads")[0];
  REQUIRE(comparison.at("best") == "a");
  CHECK(lead.at("method") == "paired over 4 runs of the same seed");
  CHECK(lead.at("lead").get<double>() == doctest::Approx(mean(differences)));
  CHECK(lead.at("interval")[0].get<double>() ==
        doctest::Approx(mean(differences) - t_of_3 * deviation(differences) / 2));
  for (std::size_t i = 0; i < 2; ++i) {
    const Json own = estimate(comparison, i, figure);
    CHECK(own.at("value").get<double>() == doctest::Approx(metrics[i].at(figure).at("mean").get<double>()));
    CHECK(own.at("runs") == 4);
  }
  CHECK(comparison.at("notes").empty());

  // Other seeds are not paired, and a run is compared with a study.
  shell.out(iris + "--seeds 7..9 --out c && " + iris + "--seed 8 --out d");
  CHECK(shell.json("hinge compare a c --json").at("leads")[0].at("method").get<std::string>().ends_with("not paired"));
  CHECK(shell.json("hinge compare c d --json").at("leads")[0].at("method").get<std::string>().ends_with("not paired"));
  const Json alone = shell.json("hinge compare a --json");
  CHECK(alone.at("leads").empty());
  CHECK(alone.at("best") == "a");
}

TEST_CASE("folds are compared in pairs, and their intervals know that their training parts overlap") {
  const Shell shell;
  shell.out(iris + "--folds 4 --out a && " + iris + "--folds 4 --set optimizer.learning_rate=0.001 --out b");
  const Json comparison = shell.json("hinge compare a b --json");
  CHECK(comparison.at("leads")[0].at("method") == "paired over 4 runs of the same fold");
  const auto values =
      shell.read_json("a/summary.json").at("metrics").at("test/accuracy").at("values").get<std::vector<double>>();
  CHECK(estimate(comparison, 0, "test/accuracy").at("interval")[0].get<double>() ==
        doctest::Approx(mean(values) - t_of_3 * deviation(values) * std::sqrt(1.0 / 4 + 1.0 / 3)));
  CHECK(comparison.at("config").size() == 1);
}

TEST_CASE("what may be chance is called so") {
  const Shell shell;
  shell.out(iris + "--seed 1 --out a && cp -r a b && " + iris + "--seed 2 --out c");
  const Json same = shell.json("hinge compare a b --json");
  CHECK(same.at("result") == "No clear winner");
  CHECK(same.at("leads")[0].at("lead") == 0);
  CHECK(same.at("leads")[0].at("more_than_chance") == false);
  CHECK(same.at("config").empty());
  CHECK(same.at("notes").size() == 1);  // each is a single run
  // Of three the intervals are wider: all three pairs together keep 95 %.
  CHECK(shell.json("hinge compare a b c --json").at("confidence").get<double>() == doctest::Approx(1 - 0.05 / 3));
}

TEST_CASE("a regression is compared by r2, sample by sample") {
  const Shell shell;
  const std::string sine = "hinge train configs/sine.json --quiet --set train.epochs=";
  shell.out(sine + "40 --out long && " + sine + "2 --out short");
  const Json comparison = shell.json("hinge compare short long --json");
  CHECK(comparison.at("best") == "long");
  CHECK(std::string(comparison.at("figure")).ends_with("/r2"));
  CHECK(matches(comparison.at("leads")[0].at("method").get<std::string>(), "^paired over [0-9]+ samples$"));
  CHECK(estimate(comparison, 1, comparison.at("figure")).at("interval").size() == 2);
}

TEST_CASE("runs without their data, of other samples or of another task are compared as far as that means something") {
  const Shell shell;
  shell.out(
      "cp -rL configs own && hinge train own/iris.json --out a --quiet && hinge train own/iris.json --set "
      "model.layers[0].units=3 --out b --quiet");
  shell.out(iris + "--set data.test.seed=77 --out other && hinge train configs/sine.json --out sine --quiet");
  shell.out("rm -r own");
  const Json without_data = shell.json("hinge compare a b --json");
  CHECK(matches(without_data.at("leads")[0].at("method").get<std::string>(), "data or a model cannot be read"));
  for (const auto& [arguments, text] :
       {std::pair{"a other", "the samples that judged other are not those of a"}, {"a sine", "no figure in common"}}) {
    const std::string line(arguments);
    CAPTURE(line);
    const Json comparison = shell.json(std::string("hinge compare --json ") + arguments);
    CHECK(comparison.at("result") == "Not comparable");
    CHECK(comparison.at("best").is_null());
    CHECK(matches(comparison.at("notes").dump(), text));
    CHECK(!comparison.at("contenders")[1].at("figures").empty());
  }
}

TEST_CASE("figures of validation are those of the epoch whose weights the model has") {
  const Shell shell;
  const std::string train =
      "hinge train configs/digits.json --quiet --set data.validation='{\"every\": 5}' --set "
      "train.early_stopping.patience=3 --set optimizer.learning_rate=0.1 ";
  shell.out(train + "--out a && " + train + "--seed 9 --out b");
  const Json comparison = shell.json("hinge compare a b --json");
  for (std::size_t i = 0; i < 2; ++i) {
    const Json best = shell.read_json(i == 0 ? "a/summary.json" : "b/summary.json").at("best");
    CHECK(estimate(comparison, i, "val/loss").at("value") == best.at("val/loss"));
    CHECK(estimate(comparison, i, "train/accuracy").at("value") == best.at("train/accuracy"));
  }
}

TEST_CASE("other scaling of the same samples is compared sample by sample") {
  const Shell shell;
  shell.out(iris + "--out a && " + iris + "--set data.preprocess=minmax --out b");
  const Json comparison = shell.json("hinge compare a b --json");
  CHECK(matches(comparison.at("leads")[0].at("method").get<std::string>(), "^paired over [0-9]+ samples$"));
  CHECK(!comparison.at("config").empty());
  shell.out(iris + "--seeds 1..2 --out c && " + iris + "--seeds 1..2 --set data.preprocess=minmax --out d");
  CHECK(!shell.json("hinge compare c d --json").at("best").is_null());
}

TEST_CASE("a run that failed is named, and the others are compared") {
  const Shell shell;
  shell.out(iris + "--out a && " + iris + "--seed 3 --out b");
  shell.run(iris + "--set optimizer.learning_rate=1e30 --out bad");
  const Json comparison = shell.json("hinge compare bad a b --json -o page.html");
  CHECK(comparison.at("leads").size() == 1);
  CHECK(matches(comparison.at("notes").dump(), "there are no figures of bad: it failed: "));
  CHECK(holds(shell.read("page.html"), "<li>There are no figures of bad: it failed: "));
}

TEST_CASE("what cannot be compared is refused with the way out") {
  const Shell shell;
  shell.out(iris + "--out run && mkdir empty");
  shell.fails(2, "hinge compare run nowhere", {"nowhere holds neither a run nor a study", "nowhere/seed-1"});
  shell.fails(2, "hinge compare run empty", {"empty holds neither a run nor a study"});
  shell.fails(2, "hinge compare configs/iris.json run", {"configs/iris.json holds neither a run nor a study"});
  shell.fails(2, "hinge compare run", {"wanted two runs or more, or a study; run is one run"});
  shell.fails(2, "hinge compare run ./run", {"./run is there twice"});
  shell.fails(2, "hinge compare", {"folders is required"});
}

TEST_CASE("compare replaces its own page, and nothing else") {
  const Shell shell;
  shell.out(iris + "--out a && " + iris + "--seed 2 --out b");
  CHECK(lines_of(shell.out("hinge compare a b")).back() == "compare.html");
  const std::string page = shell.read("compare.html");
  shell.out("hinge compare a b");
  CHECK(shell.read("compare.html") == page);
  for (const char* file : {"notes.html", "a/report.html", "a/model.safetensors"}) {
    CAPTURE(std::string(file));
    if (file[0] == 'n') shell.write(file, "<p>my notes</p>");
    const std::string before = shell.read(file);
    shell.fails(2, std::string("hinge compare a b -o ") + file, {"is there, and no page of hinge compare"});
    CHECK(shell.read(file) == before);
  }
  shell.fails(2, "hinge compare a b -o no/such/page.html", {"no/such"});
}

TEST_CASE("names in folders that are compared are nothing but text") {
  const Shell shell;
  const std::string hostile = "<script>alert(1)<!--<img src=x onerror=alert(2)>";
  shell.out(iris + "--out a && cp -r a '" + hostile + "'");
  Json config = shell.read_json(hostile + "/config.json");
  config["data"][hostile] = "</script>" + hostile;
  config["model"] = Json{{"layers", {hostile, Json{{"type", hostile}}}}};
  shell.write(hostile + "/config.json", config.dump());
  shell.write(hostile + "/metrics.jsonl", Json{{"epoch", 1}, {"train/" + hostile, 2}, {"train/loss", 1}}.dump() + "\n");
  Json summary = shell.read_json(hostile + "/summary.json");
  summary["test/" + hostile] = 3;
  summary["error"] = hostile;
  shell.write(hostile + "/summary.json", summary.dump());
  shell.write(hostile + "/diagnosis.json", Json{{"verdict", hostile}, {"metric", hostile}}.dump());
  shell.out("hinge compare a '" + hostile + "'");
  const std::string page = shell.read("compare.html");
  CHECK(count_of(page, "<script") == 2);  // the data and the page's own
  CHECK(count_of(page, "</script") == 2);
  CHECK(count_of(page, "<img") == 0);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(holds(page, "default-src 'none'; script-src 'sha256-"));
  CHECK(!holds(page, " style="));
}

TEST_CASE("files that somebody made up do comparisons no harm") {
  const Shell shell;
  shell.out(iris + "--out a && " + iris + "--seeds 1..2 --out s");
  struct Row {
    const char* file;
    const char* text;
  };
  const std::vector<Row> rows = {
      {"b/summary.json", R"({"status": "finished", "test/accuracy": 1e300, "test/samples": -3, "last": [1]})"},
      {"b/summary.json", R"({"status": "finished", "test/accuracy": "x", "test/samples": {}, "runs": 3})"},
      {"b/summary.json", R"({"status": ["finished"], "best": {"val/loss": null}, "error": 7})"},
      {"b/summary.json", "[]"},
      {"b/metrics.jsonl",
       "{\"epoch\": \"x\", \"train/loss\": [1]}\n[]\n3\n{\"epoch\": -1e300, \"train/loss\": 1e300}\n"},
      {"b/config.json", R"({"data": {"type": 3, "path": "p"}, "train": [], "loss": null})"},
      {"b/diagnosis.json", R"([1])"},
      {"t/summary.json", R"({"folds": -1e300, "runs": [3, {"folder": "seed-1", "fold": [1]}, {"folder": "../a"}]})"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    shell.out("rm -rf b t && cp -r a b && cp -r s t");
    shell.write(row.file, row.text);
    CHECK(shell.run("hinge compare a b t").code == 0);
  }
  shell.out("rm -rf b && cp -r a b");
  shell.write("b/config.json", "3");
  shell.fails(2, "hinge compare a b", {"b holds no run"});
  shell.write("b/config.json", "{");
  shell.fails(2, "hinge compare a b", {"b/config.json:1"});
}
