// Reads the lines of a run.
#include "report/run_files.h"

#include <limits>

#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/result_folder.h>

namespace hinge_command {

namespace {

using hinge::JsonValue;

JsonValue read_json(const std::string& path) {
  return hinge::file_exists(path) ? hinge::parse_json(hinge::read_file(path), hinge::printable(path)) : JsonValue();
}

// Calls `take` with each line that has an end: a run that goes on, or was killed, may have half of one.
template <typename Take>
void for_each_line(const std::string& path, const Take& take) {
  if (!hinge::file_exists(path)) return;
  const std::string text = hinge::read_file(path);
  std::size_t number = 0;
  for (std::size_t start = 0, end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start)) {
    const std::string place = hinge::printable(path) + ":" + std::to_string(++number);
    take(hinge::parse_json(std::string_view(text).substr(start, end - start), place));
  }
}

void take_health(RunFiles& files, JsonValue line) {
  if (line.find("epoch") != nullptr) {
    files.looks.push_back(std::move(line));
  } else if (line.find("unit") != nullptr) {
    files.units.push_back(std::move(line));
  } else if (JsonValue* units = line.find("units"); units != nullptr && !units->elements.empty()) {
    files.units = std::move(units->elements);  // of version 0.1.0
    files.history = std::move(line);
  } else {
    files.history = std::move(line);
  }
}

}  // namespace

RunFiles read_run_files(const std::string& folder, bool with_health) {
  RunFiles files{.folder = folder};
  files.summary = read_json(hinge::join_path(folder, hinge::run_files::summary));
  files.config = read_json(hinge::join_path(folder, hinge::run_files::config));
  files.diagnosis = read_json(hinge::join_path(folder, hinge::run_files::diagnosis));
  for_each_line(hinge::join_path(folder, hinge::run_files::metrics),
                [&](JsonValue line) { files.epochs.push_back(std::move(line)); });
  if (!with_health) return files;
  for_each_line(hinge::join_path(folder, hinge::run_files::health),
                [&](JsonValue line) { take_health(files, std::move(line)); });
  return files;
}

double number_of(const JsonValue& value) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  return value.kind == JsonValue::Kind::number ? hinge::parse_double(value.text).value_or(none) : none;
}

double number_at(const JsonValue& json, std::string_view key) {
  const JsonValue* value = json.find(key);
  return number_of(value == nullptr ? JsonValue() : *value);
}

std::string text_at(const JsonValue& json, std::string_view key) {
  const JsonValue* value = json.find(key);
  return value != nullptr && value->kind == JsonValue::Kind::string ? value->text : "";
}

const std::vector<JsonValue>& list_at(const JsonValue& json, std::string_view key) {
  static const std::vector<JsonValue> none;
  const JsonValue* value = json.find(key);
  return value == nullptr ? none : value->elements;
}

}  // namespace hinge_command
