#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/optim/health/health_json.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

HealthReport report_of(std::size_t units, bool dead) {
  HealthReport report{.samples = 2048};
  report.layers.push_back({.layer = 1, .units = units, .dead = dead ? units : 0, .each = {}});
  report.layers[0].each.assign(units, UnitHealth{.dead = dead, .fires = dead ? 0U : 5U});
  return report;
}

// What a run of two epochs, in the second of which every unit dies, leaves.
std::string write_health(const TemporaryFolder& folder, std::size_t units, std::size_t model_epoch) {
  const std::string path = folder.path("health.jsonl");
  LineFile file(path);
  HealthLedger ledger;
  for (std::size_t epoch = 0; epoch <= 2; ++epoch) {
    HealthReport report = report_of(units, epoch == 2);
    epoch == 0 ? ledger.start(report) : ledger.add(epoch, report);
    file.append(to_json_line(json_of(epoch, report, judge(report, ledger), ledger)));
  }
  file.append(history_text(ledger, 2048, {}, model_epoch));
  return path;
}

}  // namespace

TEST_CASE("the health of a run of any size can be read") {
  for (const std::size_t units : {1U, 60'000U, 250'000U}) {
    CAPTURE(units);
    const TemporaryFolder folder;
    const HealthFile file(write_health(folder, units, 2));
    CHECK(file.last().find("epoch")->text == "2");
    CHECK(file.of_model().kind == JsonValue::Kind::null);
    REQUIRE(file.history().kind == JsonValue::Kind::object);
    std::size_t count = 0;
    file.for_each_unit([&](const JsonValue& unit) { count += unit.find("state")->text == "dead" ? 1 : 0; });
    CHECK(count == units);
    std::string epochs;
    file.for_each_report([&](const JsonValue& report) { epochs += report.find("epoch")->text + " "; });
    CHECK(epochs == "0 1 2 ");
    CHECK(file.report_count() == 3);
  }
}

TEST_CASE("the report on the model is the last one at or before its epoch") {
  const TemporaryFolder folder;
  const std::string path = write_health(folder, 2, 1);
  CHECK(HealthFile(path).of_model().find("epoch")->text == "1");
  std::string text = read_file(path);
  text.erase(text.find("{\"epoch\": 1"), text.find("{\"epoch\": 2") - text.find("{\"epoch\": 1"));
  CHECK(HealthFile(folder.write("health.jsonl", text)).of_model().find("epoch")->text == "0");
}

TEST_CASE("a file that a killed run left is read as far as it is whole") {
  const TemporaryFolder folder;
  const std::string whole = read_file(write_health(folder, 2, 2));
  const HealthFile cut(folder.write("health.jsonl", whole.substr(0, whole.size() - 5)));
  CHECK(cut.last().find("epoch")->text == "2");
  CHECK(cut.history().kind == JsonValue::Kind::null);
  check_contains(error_of<DataError>([&] { HealthFile(folder.write("health.jsonl", whole.substr(0, 20))); }),
                 {"holds no report"});
}

TEST_CASE("a line that no run writes is refused at its place") {
  const TemporaryFolder folder;
  const std::string whole = read_file(write_health(folder, 2, 2));
  struct Row {
    std::string from;
    std::string to;
    std::string message;
  };
  const std::vector<Row> rows = {{R"("unit": 2)", R"("unit": -5)", "found the number -5 for \"unit\""},
                                 {R"("unit": 2)", R"("unit": 0)", "found the number 0 for \"unit\""},
                                 {R"("state": "dead")", R"("state": 7)", "found the number 7 for \"state\""},
                                 {R"("fires": 0)", R"("fires": 0.5)", "found the number 0.5 for \"fires\""},
                                 {R"("epoch": 0)", R"("epoch": "0")", "found the text \"0\" for \"epoch\""},
                                 {R"("status": "pass")", R"("status": {})", "found an object for \"status\""},
                                 {R"("layers": [)", R"("levels": [)", "the key \"layers\" is missing"},
                                 {R"({"samples")", R"(["samples")", "health.jsonl:"}};
  for (const Row& row : rows) {
    CAPTURE(row.to);
    std::string text = whole;
    REQUIRE(text.find(row.from) != std::string::npos);
    text.replace(text.find(row.from), row.from.size(), row.to);
    check_contains(error_of<DataError>([&] { HealthFile(folder.write("health.jsonl", text)); }),
                   {"health.jsonl:", row.message});
  }
}

TEST_CASE("the health of a run of version 0.1.0 can be read") {
  const HealthFile file(HINGE_GOLDEN_DIR "/health_0.1.0.jsonl");
  CHECK(file.last().find("epoch")->text == "3");
  CHECK(file.of_model().kind == JsonValue::Kind::null);
  CHECK(file.history().find("samples")->text == "4");
  std::vector<std::string> states;
  file.for_each_unit([&](const JsonValue& unit) { states.push_back(unit.find("state")->text); });
  CHECK(states == std::vector<std::string>{"alive", "one-sided", "alive", "always on"});
}
