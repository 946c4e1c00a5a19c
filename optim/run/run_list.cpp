// The runs of a study and the messages about them. Rank 0 answers `next` with the number of a run or `none`, a record with nothing, and
// `leaving` at the end of the study.
#include <hinge/optim/run/run_list.h>

#include <algorithm>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/summary.h>

namespace hinge {

namespace {

constexpr const char* wants_next = "next";
constexpr const char* no_run = "none";
constexpr const char* is_leaving = "leaving";
constexpr const char* has_stopped = "stopped";  // of rank 0 to itself, which waits for a message

void read_verdicts(const JsonValue& json, RunSummary& summary) {
  if (const JsonValue* health = json.find("health")) summary.health = health_verdict_from(*health);
  if (const JsonValue* verdict = json.find("verdict")) summary.verdict = run_verdict_from(*verdict);
}

// The record of a run that has finished before the study was interrupted, from its folder.
std::optional<StudyRecord> finished_record(const std::string& path, const StudyRun& run) {
  const std::string folder = join_path(path, run.folder());
  const std::string status = run_status(folder);
  if (status != "finished" && status != "stopped") return std::nullopt;
  const std::string file = join_path(folder, run_files::summary);
  const JsonValue json = parse_json(read_file(file, max_json_bytes), printable(file));
  StudyRecord record{.run = run, .summary = {.status = status}, .figures = study_figures_from(json)};
  read_verdicts(json, record.summary);
  return record;
}

std::string ended_message(std::size_t index, const StudyRecord& record) {
  JsonValue json = JsonValue::object({{"run", index}, {"status", record.summary.status}});
  json.set("error", record.summary.error);
  if (record.summary.verdict) json.set("verdict", json_of(*record.summary.verdict));
  if (record.summary.health) json.set("health", json_of(*record.summary.health));
  JsonValue figures = JsonValue::object();
  append(figures, record.figures);
  json.set("figures", std::move(figures));
  return to_json_line(json);
}

// The number of the run, and its record.
std::pair<std::size_t, StudyRecord> read_ended(const std::string& message, const Study& study) {
  const JsonValue json = parse_json(message, "message of a rank");
  const std::size_t index = parse_size(json.find("run")->text).value();
  StudyRecord record{.run = study.run(index)};
  record.summary.status = json.find("status")->text;
  record.summary.error = json.find("error")->text;
  read_verdicts(json, record.summary);
  for (const JsonMember& figure : json.find("figures")->members) {
    record.figures.push_back({figure.key, parse_double(figure.value.text).value()});
  }
  return {index, std::move(record)};
}

}  // namespace

std::optional<std::size_t> RunList::begin() {
  const std::lock_guard lock(mutex_);
  for (; begun_ < study_.size() && !is_interrupted(); ++begun_) {
    std::optional<StudyRecord> finished = finished_record(path_, study_.run(begun_));
    if (!finished) return begun_++;
    records_[begun_] = std::move(*finished);
  }
  return std::nullopt;
}

void RunList::end(std::size_t index, StudyRecord record) {
  const std::lock_guard lock(mutex_);
  records_[index] = std::move(record);
  if (observers_.on_end) observers_.on_end(records_[index]);
}

void RunList::stop() {
  RunSource::stop();
  if (ranks_.size() > 1) ranks_.send(0, has_stopped);
}

void RunList::serve() {
  for (std::size_t at_work = ranks_.size() - 1; at_work > 0;) {
    const Communicator::Message message = ranks_.receive();
    if (message.text == has_stopped) return;
    if (message.text == wants_next) {
      const std::optional<std::size_t> index = begin();
      ranks_.send(message.from, index ? std::to_string(*index) : no_run);
    } else if (message.text == is_leaving) {
      --at_work;
    } else {
      auto [index, record] = read_ended(message.text, study_);
      end(index, std::move(record));
    }
  }
}

std::vector<StudyRecord> RunList::take_records() {
  records_.resize(begun_);
  return std::move(records_);
}

DistantRuns::DistantRuns(Communicator& ranks, const std::function<bool()>& is_interrupted)
    : RunSource(is_interrupted), ranks_(ranks), path_(ranks.receive().text) {
  if (file_exists(join_path(path_, run_files::study))) return;
  throw ConfigError(printable(path_) + " is not there as it is on rank 0; all ranks need the same folder");
}

// The answer may be that to another thread, which then gets this one's: they are of the same kind.
std::optional<std::size_t> DistantRuns::begin() {
  if (is_interrupted()) return std::nullopt;
  ranks_.send(0, wants_next);
  return parse_size(ranks_.receive().text);
}

void DistantRuns::end(std::size_t index, StudyRecord record) { ranks_.send(0, ended_message(index, record)); }

void DistantRuns::leave() {
  ranks_.send(0, is_leaving);
  ranks_.receive();
}

}  // namespace hinge
