// Health reports, verdicts and histories as JSON: the lines of a run's health.jsonl.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/health/verdict.h>

namespace hinge {

/// The state of a unit in one word or two, the gravest that holds: `not finite`, `dead`, `saturated`, `one-sided`, `rare`,
/// `always on`, `alive`.
HINGE_API const char* state_name(const UnitHealth& unit);

/// A line for an epoch, 0 being the network before its first step: the verdict, the figures of each layer, and which units
/// died and revived since the line before, as pairs [layer, unit], both counted from 1: the first 100,000 of them, so that
/// any reader can take the line. What is not finite, or not known, is null.
HINGE_API JsonValue json_of(std::size_t epoch, const HealthReport& report, const HealthVerdict& verdict,
                            const HealthLedger& ledger);

/// Every unit's history, the last lines: `{"samples": 2048, "units": 60000, "model_epoch": 20}`, then a line for each
/// unit, without the end of the last one. `samples` is the size of the probe, `model_epoch` the epoch whose weights the
/// model has.
HINGE_API std::string history_text(const HealthLedger& ledger, std::size_t samples, const RevivalFacts& facts,
                                   std::size_t model_epoch);

/// A health.jsonl that was read: checked as a whole, then taken line by line, so that a run of any size can be read. A
/// last line without its end is left out. Files of version 0.1.0, which wrote the units as one line with a list, are read
/// too. For one thread.
class HINGE_API HealthFile {
 public:
  /// Throws FileError when it cannot be read, DataError `path:line: …` for a line that no run writes.
  explicit HealthFile(const std::string& path);
  HealthFile(const HealthFile&) = delete;  // the lines look into its text
  HealthFile& operator=(const HealthFile&) = delete;
  ~HealthFile() = default;

  /// The last report.
  const JsonValue& last() const { return last_; }
  /// The report on the weights that the model has; null where that is the last, or not known.
  const JsonValue& of_model() const { return of_model_; }
  /// The first line of the histories; null where the run ended before all of them were written.
  const JsonValue& history() const { return history_; }
  std::size_t report_count() const { return reports_.size(); }
  /// Calls `take_report` with each report, in the order in which they were written.
  void for_each_report(const std::function<void(const JsonValue&)>& take_report) const;
  /// Calls `take_unit` with the line of each unit, in the order of layers and units.
  void for_each_unit(const std::function<void(const JsonValue&)>& take_unit) const;

 private:
  struct Line {
    std::size_t number = 0;
    std::string_view text = {};
  };
  JsonValue parse(const Line& line) const;
  void take(const Line& line);
  void find_model_report();

  std::string path_;
  std::string text_;
  std::vector<std::pair<std::size_t, Line>> reports_;  // by epoch
  std::vector<Line> units_;                            // of one unit each, or of 0.1.0: all of them
  std::size_t unit_count_ = 0;
  JsonValue last_;
  JsonValue of_model_;
  JsonValue history_;
};

/// `{"status": "warn", "layer": 1, "reason": …, "advice": …}`
HINGE_API JsonValue json_of(const HealthVerdict& verdict);
/// And back; the cause is not in the JSON.
HINGE_API HealthVerdict health_verdict_from(const JsonValue& json);

}  // namespace hinge
