// Reads runs and studies, and finds what differs in their configs.
#include "compare/contender.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/result_folder.h>

#include "report/run_charts.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

void erase(JsonValue* json, std::string_view key) {
  if (json != nullptr) std::erase_if(json->members, [&](const hinge::JsonMember& member) { return member.key == key; });
}

// The text of a value: a text without quotes.
std::string plain_text(const JsonValue* value) {
  if (value == nullptr) return "";
  return value->kind == JsonValue::Kind::string ? value->text : hinge::to_json_line(*value);
}

void add_figures(const JsonValue& json, std::initializer_list<std::string_view> starts,
                 std::vector<hinge::Figure>& figures) {
  for (const std::string_view start : starts) {
    for (const auto& [key, value, place] : json.members) {
      if (!key.starts_with(start) || key.ends_with("/samples") || value.kind != JsonValue::Kind::number) continue;
      figures.push_back({key, number_of(value)});
    }
  }
}

ContenderRun read_run(const std::string& folder) {
  ContenderRun run{.folder = folder, .files = read_run_files(folder, false)};
  const JsonValue& summary = run.files.summary;
  run.status = text_at(summary, "status");
  run.error = text_at(summary, "error");
  if (const JsonValue* train = run.files.config.find("train")) run.seed = plain_text(train->find("seed"));
  if (run.status == "failed") return run;
  add_figures(summary, {"test/"}, run.figures);
  const JsonValue* best = summary.find("best");
  const JsonValue* last = best == nullptr ? summary.find("last") : best;
  if (last != nullptr) add_figures(*last, {"val/", "train/", "dead/"}, run.figures);
  add_figures(summary, {"epochs", "parameters", "seconds"}, run.figures);
  return run;
}

JsonValue config_of_run(const ContenderRun& run) {
  if (run.files.config.find("data") == nullptr) {
    throw hinge::ConfigError(hinge::printable(run.folder) + " holds no run: its config.json names no data");
  }
  return hinge::moved_config(run.files.config, run.folder, ".");
}

void read_study(const JsonValue& summary, Contender& study) {
  study.is_study = true;
  study.folds = number_at(summary, "folds");
  for (const JsonValue& record : list_at(summary, "runs")) {
    const std::string folder = hinge::join_path(study.path, text_at(record, "folder"));
    if (!hinge::file_exists(hinge::join_path(folder, hinge::run_files::config))) continue;  // it was removed
    ContenderRun run = read_run(folder);
    run.fold = plain_text(record.find("fold"));
    if (run.status != "finished" && run.status != "stopped") run.figures.clear();
    study.runs.push_back(std::move(run));
  }
  if (study.runs.empty()) {
    throw hinge::ConfigError(hinge::printable(study.path) + ": none of the study's runs is there any more");
  }
  study.config = config_of_run(study.runs.front());
  erase(study.config.find("train"), "seed");
  if (JsonValue* data = study.config.find("data"); study.folds > 0 && data != nullptr)
    erase(data->find("test"), "fold");
}

Contender read_contender(const std::string& path) {
  Contender contender{.path = path};
  if (hinge::file_exists(hinge::join_path(path, hinge::run_files::config))) {
    contender.runs.push_back(read_run(path));
    contender.config = config_of_run(contender.runs.front());
    erase(contender.config.find("train"), "seed");
    return contender;
  }
  const RunFiles files = hinge::is_folder(path) ? read_run_files(path, false) : RunFiles();
  if (files.summary.find("runs") == nullptr) {
    throw hinge::ConfigError(hinge::printable(path) +
                             " holds neither a run nor a study that has ended; wanted a folder that hinge train has "
                             "written (of a study that goes on its runs, such as " +
                             hinge::printable(hinge::join_path(path, "seed-1")) + ")");
  }
  read_study(files.summary, contender);
  return contender;
}

// A value in few words: a part as its type, its numbers and the types of its parts, `dense 64 relu he_normal`.
std::string short_text(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::array) {
    std::vector<std::string> texts;
    for (const JsonValue& element : value.elements) texts.push_back(short_text(element));
    return "[" + hinge::join(texts) + "]";
  }
  if (value.kind != JsonValue::Kind::object) return plain_text(&value);
  std::string text = text_at(value, "type");
  for (const hinge::JsonMember& member : value.members) {
    const JsonValue& part = member.value;
    std::string word = part.kind == JsonValue::Kind::object ? text_at(part, "type") : plain_text(&part);
    if (member.key == "type" || part.kind == JsonValue::Kind::boolean || word.empty()) continue;
    if (part.kind == JsonValue::Kind::array) word = short_text(part);
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

using Values = std::vector<const JsonValue*>;  // of each config; null where it has none

bool all_are(const Values& values, JsonValue::Kind kind) {
  return std::all_of(values.begin(), values.end(), [&](const JsonValue* v) { return v == nullptr || v->kind == kind; });
}

void find_differences(const std::string& key, const Values& values, std::vector<ConfigDifference>& differences);

// Key by key, also those that one of them has alone.
void compare_members(const std::string& key, const Values& values, std::vector<ConfigDifference>& differences) {
  std::set<std::string> seen;
  for (const JsonValue* value : values) {
    if (value == nullptr) continue;
    for (const hinge::JsonMember& member : value->members) {
      if (!seen.insert(member.key).second) continue;
      Values members;
      for (const JsonValue* other : values) members.push_back(other == nullptr ? nullptr : other->find(member.key));
      find_differences(key.empty() ? member.key : key + "." + member.key, members, differences);
    }
  }
}

void find_differences(const std::string& key, const Values& values, std::vector<ConfigDifference>& differences) {
  std::set<std::string> texts;
  for (const JsonValue* value : values) texts.insert(value == nullptr ? "" : hinge::to_json_line(*value));
  if (texts.size() == 1) return;
  if (all_are(values, JsonValue::Kind::object)) return compare_members(key, values, differences);
  const bool are_lists = all_are(values, JsonValue::Kind::array) && values.front() != nullptr;
  const std::size_t size = values.front() == nullptr ? 0 : values.front()->elements.size();
  const auto has_same_size = [&](const JsonValue* v) { return v != nullptr && v->elements.size() == size; };
  if (are_lists && std::all_of(values.begin(), values.end(), has_same_size)) {
    for (std::size_t i = 0; i < size; ++i) {
      Values elements;
      for (const JsonValue* value : values) elements.push_back(&value->elements[i]);
      find_differences(key + "[" + std::to_string(i) + "]", elements, differences);
    }
    return;
  }
  ConfigDifference& difference = differences.emplace_back(ConfigDifference{.key = key});
  for (const JsonValue* value : values) difference.values.push_back(value == nullptr ? "" : short_text(*value));
}

// What the samples of a part depend on.
std::string sample_options(const Contender& contender, const std::string& part) {
  JsonValue data = contender.config.find("data") == nullptr ? JsonValue() : *contender.config.find("data");
  for (const char* key : {"preprocess", "columns"}) erase(&data, key);
  if (part == "test/") erase(&data, "validation");
  return hinge::to_json_line(data);
}

}  // namespace

double ContenderRun::figure(const std::string& name) const {
  const hinge::Figure* found = hinge::find_figure(figures, name);
  return found == nullptr ? std::nan("") : found->value;
}

std::vector<double> Contender::values(const std::string& figure) const {
  std::vector<double> values;
  for (const ContenderRun& run : runs) {
    if (const double value = run.figure(figure); std::isfinite(value)) values.push_back(value);
  }
  return values;
}

std::vector<Contender> read_contenders(const std::vector<std::string>& folders) {
  std::vector<Contender> contenders;
  const std::vector<std::string> names = names_of(folders);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (!hinge::same_file(folders[i], folders[k])) continue;
      throw hinge::ConfigError("compare: " + hinge::printable(folders[i]) + " is there twice; leave one out");
    }
    contenders.push_back(read_contender(folders[i]));
    contenders.back().name = names[i];
  }
  return contenders;
}

std::vector<ConfigDifference> config_differences(const std::vector<Contender>& contenders) {
  Values configs;
  for (const Contender& contender : contenders) configs.push_back(&contender.config);
  std::vector<ConfigDifference> differences;
  find_differences("", configs, differences);
  return differences;
}

bool have_same_samples(const Contender& a, const Contender& b, const std::string& part) {
  return sample_options(a, part) == sample_options(b, part);
}

}  // namespace hinge_command
