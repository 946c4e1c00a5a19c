// The losses of counts, quantiles and margins, from a table to predictions.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "shell.h"

namespace {

// A table of 200 rows with a feature x from 0 to 2, `visits` near exp(x), and `price` = x with noise of ± 1.
void write_table(const Shell& shell) {
  std::ostringstream text;
  text << "x,visits,price\n";
  for (int i = 0; i < 200; ++i) {
    const double x = i / 100.0;
    const double noise = ((i * 37) % 41 - 20) / 20.0;
    text << x << "," << std::lround(std::exp(x) * (1 + 0.3 * noise)) << "," << 100 * (x + noise) << "\n";
  }
  shell.write("table.csv", text.str());
}

std::string config(const std::string& data, const std::string& loss, int outputs) {
  return R"({"data": {"type": "csv", "path": "table.csv", "preprocess": "standard", "test": {"every": 4}, )" + data +
         R"(}, "model": {"layers": [{"type": "dense", "units": 8, "activation": "tanh"}, {"type": "dense", "units": )" +
         std::to_string(outputs) + R"(}]}, "loss": )" + loss +
         R"(, "optimizer": {"type": "adam", "learning_rate": 0.01}, "train": {"epochs": 150}})";
}

std::vector<double> numbers_of(const std::string& line) {
  std::vector<double> numbers;
  std::istringstream cells(line);
  for (std::string cell; std::getline(cells, cell, ',');) numbers.push_back(std::stod(cell));
  return numbers;
}

// What every model must do, whatever its loss is.
void check_teaching(const Shell& shell, const std::string& name) {
  CHECK(shell.out("hinge gradcheck " + name + ".json").find("\nall gradients agree") != std::string::npos);
  const std::string text = shell.out("hinge explain " + name + ".json --batch 2");
  CHECK(text.find(" ok\n") != std::string::npos);
  CHECK(text.find("DIFFERS") == std::string::npos);
  CHECK(shell.json("hinge explain " + name + ".json --json").at("steps").size() == 1);
  CHECK(shell.out("hinge explain " + name + ".json --markdown").find("$l = ") != std::string::npos);
  shell.out("hinge explain " + name + ".json --html page.html");
  CHECK(shell.read("page.html").find("\"backward\"") != std::string::npos);
  CHECK(shell.run("hinge health " + name).code == 0);
  const Json summary = shell.read_json(name + "/summary.json");
  const Json evaluated = shell.json("hinge evaluate " + name + " --json");
  CHECK(evaluated.at("test/loss") == summary.at("test/loss"));
}

}  // namespace

TEST_CASE("a model of counts predicts rates, in all commands") {
  const Shell shell;
  write_table(shell);
  shell.write("counts.json", config(R"("target": "visits", "ignore": ["price"])", "\"poisson\"", 1));
  const std::string result = shell.out("hinge train counts.json --out counts --quiet");
  CHECK(matches(result, "test d2 0\\."));
  check_teaching(shell, "counts");
  CHECK(shell.read_json("counts/summary.json").at("test/r2") > 0.8);
  const auto lines = lines_of(shell.out("hinge predict counts table.csv"));
  REQUIRE(lines.size() == 201);
  CHECK(lines[0] == "visits");
  CHECK(std::abs(std::stod(lines[101]) - std::exp(1.0)) < 0.5);
  CHECK(shell.out("hinge explain counts.json").find("= exp(") != std::string::npos);
}

TEST_CASE("a model of quantiles predicts a column for each level, in the units of its target") {
  const Shell shell;
  write_table(shell);
  shell.write("quantiles.json", config(R"("target": "price", "ignore": ["visits"])",
                                       R"({"type": "quantile", "tau": [0.1, 0.5, 0.9]})", 3));
  shell.out("hinge train quantiles.json --out quantiles --quiet");
  check_teaching(shell, "quantiles");
  CHECK(!shell.read_json("quantiles/summary.json").contains("test/r2"));
  const auto lines = lines_of(shell.out("hinge predict quantiles table.csv"));
  REQUIRE(lines.size() == 201);
  CHECK(lines[0] == "price q0.1,price q0.5,price q0.9");
  // Uniform noise of ± 100 around 100·x: the levels lie at −80, 0 and 80.
  const auto middle = numbers_of(lines[101]);
  CHECK(std::abs(middle[0] - 20) < 30);
  CHECK(std::abs(middle[1] - 100) < 30);
  CHECK(std::abs(middle[2] - 180) < 30);
  CHECK(shell.json("hinge evaluate quantiles table.csv --json").at("data/samples") == 200);
}

TEST_CASE("a model of margins predicts classes by their scores, and has confusions") {
  const Shell shell;
  shell.write("margins.json", R"({"data": {"type": "csv", "path": "iris.csv", "preprocess": "standard",
    "test": {"every": 5}}, "model": {"layers": [{"type": "dense", "units": 8, "activation": "tanh"},
    {"type": "dense", "units": 3}]}, "loss": "multiclass_hinge", "optimizer": {"type": "adam", "learning_rate": 0.01},
    "train": {"epochs": 100}})");
  shell.out("cp configs/data/iris.csv . && hinge train margins.json --out margins --quiet");
  check_teaching(shell, "margins");
  CHECK(shell.read_json("margins/summary.json").at("test/accuracy") > 0.9);
  CHECK(shell.out("hinge evaluate margins --report").find("confusion matrix") != std::string::npos);
  const auto lines = lines_of(shell.out("hinge predict margins iris.csv"));
  REQUIRE(lines.size() == 151);
  CHECK(matches(lines[0], R"(^class,score\(0\),score\(1\),score\(2\)$)"));
  CHECK(matches(lines[1], "^0,"));
}
