// health.jsonl: what is read can be walked through.
#include <string>

#include <hinge/optim/health/health_json.h>

#include "fuzz.h"

void fuzz_health(std::string_view bytes) {
  accepts([&] {
    const hinge::HealthFile file(in_file("health.jsonl", bytes));
    std::size_t reports = 0;
    file.for_each_report([&](const hinge::JsonValue& report) {
      require(report.kind == hinge::JsonValue::Kind::object, "a report is an object");
      ++reports;
    });
    require(reports == file.report_count(), "every report is there");
    file.for_each_unit([](const hinge::JsonValue& unit) {
      require(unit.kind == hinge::JsonValue::Kind::object, "the history of a unit is an object");
    });
  });
}
