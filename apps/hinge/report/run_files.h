// The files of a run's folder, read for its report.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>

namespace hinge_command {

/// What a run has written so far. Of a run that goes on, or was killed, the summary is null and there are no units.
struct RunFiles {
  std::string folder = {};
  hinge::JsonValue summary = {};
  hinge::JsonValue config = {};
  std::vector<hinge::JsonValue> epochs = {};  ///< metrics.jsonl
  std::vector<hinge::JsonValue> looks = {};   ///< health.jsonl: the reports
  hinge::JsonValue history = {};              ///< health.jsonl: the line before the units
  std::vector<hinge::JsonValue> units = {};   ///< health.jsonl: every unit's history
  hinge::JsonValue diagnosis = {};            ///< diagnosis.json; null of a run that was not diagnosed
};

/// Reads what there is; files that are missing are empty, and so is health.jsonl if it is not wanted. Throws FileError, and ConfigError for what is no JSON.
RunFiles read_run_files(const std::string& folder, bool with_health = true);

/// The number under a key, NaN where there is none: any file may have been made by hand.
double number_at(const hinge::JsonValue& json, std::string_view key);
/// The text under a key, "" where there is none.
std::string text_at(const hinge::JsonValue& json, std::string_view key);
/// The list under a key, empty where there is none.
const std::vector<hinge::JsonValue>& list_at(const hinge::JsonValue& json, std::string_view key);
/// The number that a value is, NaN for others.
double number_of(const hinge::JsonValue& value);

}  // namespace hinge_command
