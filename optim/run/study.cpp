// Many runs of one config, and the statistics over them.
#include <hinge/optim/run/study.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <unordered_set>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/agreement.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/run_list.h>

namespace hinge {

namespace {

[[noreturn]] void fail_seeds(std::string_view text, const std::string& mistake) {
  throw ConfigError("--seeds " + printable(text) + ": " + mistake);
}

constexpr const char* seeds_form = "wanted whole numbers and ranges, such as 1..10 or 1,2,5";

std::string too_many_seeds() { return "more than " + std::to_string(max_seeds) + " seeds; use fewer"; }

// One element of the list: `7`, or `1..10`.
void append_seeds(std::vector<std::size_t>& seeds, std::string_view element, std::string_view text) {
  const std::size_t dots = element.find("..");
  const auto first = parse_size(element.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : parse_size(element.substr(dots + 2));
  if (!first || !last) fail_seeds(text, "found \"" + printable(element) + "\", " + seeds_form);
  if (*last < *first) {
    fail_seeds(text, "the range falls from " + std::to_string(*first) + " to " + std::to_string(*last) +
                         "; write the smaller seed first");
  }
  if (*last - *first >= max_seeds - seeds.size()) fail_seeds(text, too_many_seeds());
  for (std::size_t i = 0; i <= *last - *first; ++i) seeds.push_back(*first + i);
}

// What is wrong with a list of seeds; "" when nothing is.
std::string seeds_mistake(const std::vector<std::size_t>& seeds) {
  if (seeds.size() > max_seeds) return too_many_seeds();
  std::unordered_set<std::size_t> seen;
  for (const std::size_t seed : seeds) {
    if (!seen.insert(seed).second) return "the seed " + std::to_string(seed) + " occurs twice; name each once";
  }
  return "";
}

std::string run_name(const StudyRun& run, const std::string& sign, const char* between) {
  const std::string outer = run.seed ? "seed" + sign + std::to_string(*run.seed) : "";
  const std::string inner = run.fold ? "fold" + sign + std::to_string(*run.fold) : "";
  return outer + (run.seed && run.fold ? between : "") + inner;
}

// The value of a figure in a run that belongs in a mean; else null.
const double* find(const StudyRecord& record, const std::string& name) {
  const Figure* figure = record.summary.is_complete() ? find_figure(record.figures, name) : nullptr;
  return figure == nullptr ? nullptr : &figure->value;
}

// The means over the folds of each seed. A seed without one of its folds would be judged on other samples; it is left out.
std::vector<double> fold_means_of(const StudyPlan& plan, std::span<const StudyRecord> records,
                                  const std::string& name) {
  std::vector<double> means;
  for (std::size_t start = 0; start + plan.folds <= records.size(); start += plan.folds) {
    std::vector<double> values;
    for (const StudyRecord& record : records.subspan(start, plan.folds)) {
      const double* value = find(record, name);
      if (value != nullptr) values.push_back(*value);
    }
    if (values.size() == plan.folds) means.push_back(spread_of(values).mean);
  }
  return means;
}

StudyFigure figure_of(const StudyPlan& plan, std::span<const StudyRecord> records, const std::string& name) {
  StudyFigure figure{.name = name};
  for (const StudyRecord& record : records) {
    const double* value = find(record, name);
    if (value != nullptr) figure.values.push_back(*value);
  }
  figure.spread = spread_of(figure.values);
  if (plan.folds == 0 || plan.seeds.empty()) return figure;
  figure.fold_means = fold_means_of(plan, records, name);
  if (!figure.fold_means.empty()) figure.over_seeds = spread_of(figure.fold_means);
  return figure;
}

// The `test` of a fold: chosen as the config's own test part is.
JsonValue fold_part(const RunConfig& config, std::size_t folds, std::size_t fold) {
  PartOptions part = config.data->preparation().test;
  part.fraction = 0;
  part.every = part.offset = 0;
  part.folds = folds;
  part.fold = fold;
  JsonValue json = config_of(part);
  std::erase_if(json.members, [](const JsonMember& member) {
    return member.key == "fraction" || member.key == "every" || member.key == "offset" || member.value.text.empty();
  });
  return json;
}

void set_spread(JsonValue& json, const Spread& spread, const std::vector<double>& values) {
  json.set("mean", spread.mean);
  if (spread.deviation) json.set("std", *spread.deviation);
  json.set("n", spread.count);
  json.set("values", list_of(values));
}

JsonValue json_of(const StudyFigure& figure) {
  JsonValue json = JsonValue::object();
  set_spread(json, figure.spread, figure.values);
  if (figure.over_seeds) {
    JsonValue seeds = JsonValue::object();
    set_spread(seeds, *figure.over_seeds, figure.fold_means);
    json.set("over_seeds", std::move(seeds));
  }
  return json;
}

JsonValue json_of(const StudyRecord& record) {
  JsonValue json = JsonValue::object({{"folder", record.run.folder()}});
  if (record.run.seed) json.set("seed", *record.run.seed);
  if (record.run.fold) json.set("fold", *record.run.fold);
  json.set("status", record.summary.status);
  if (!record.summary.error.empty()) json.set("error", record.summary.error);
  if (record.summary.verdict) json.set("verdict", json_of(*record.summary.verdict));
  if (record.summary.health) json.set("health", json_of(*record.summary.health));
  append(json, record.figures);
  return json;
}

std::string status_of(const StudyResult& result, std::size_t wanted) {
  const auto is = [](const char* status) {
    return [status](const StudyRecord& r) { return r.summary.status == status; };
  };
  const std::vector<StudyRecord>& records = result.records;
  if (records.size() < wanted || std::any_of(records.begin(), records.end(), is("interrupted"))) return "interrupted";
  return std::any_of(records.begin(), records.end(), is("failed")) ? "failed" : "finished";
}

}  // namespace

std::vector<std::size_t> parse_seeds(std::string_view text) {
  std::vector<std::size_t> seeds;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    append_seeds(seeds, rest.substr(0, comma), text);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (const std::string mistake = seeds_mistake(seeds); !mistake.empty()) fail_seeds(text, mistake);
  return seeds;
}

std::string StudyRun::folder() const { return run_name(*this, "-", "/"); }
std::string StudyRun::label() const { return run_name(*this, " ", ", "); }

Spread spread_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  Spread spread{.count = values.size(), .mean = std::accumulate(values.begin(), values.end(), 0.0) / n};
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / (n - 1));
  return spread;
}

std::vector<StudyFigure> figures_of(const StudyPlan& plan, std::span<const StudyRecord> records) {
  std::vector<StudyFigure> figures;
  std::unordered_set<std::string> seen;
  for (const StudyRecord& record : records) {
    if (!record.summary.is_complete()) continue;
    for (const Figure& figure : record.figures) {
      if (seen.insert(figure.name).second) figures.push_back(figure_of(plan, records, figure.name));
    }
  }
  return figures;
}

Study::Study(LoadedConfig base, StudyPlan plan, Registries registries)
    : base_(std::move(base)), plan_(std::move(plan)), registries_(std::move(registries)) {
  if (const std::string mistake = seeds_mistake(plan_.seeds); !mistake.empty()) throw ConfigError("study: " + mistake);
  if (plan_.folds == 1) throw ConfigError("study: folds = 1, must be 0 or >= 2: one fold would leave no training part");
  if (plan_.folds == 0) return;
  try {
    config(0);
  } catch (const ConfigError& error) {  // the config itself is right: it was read before
    throw ConfigError("--folds " + std::to_string(plan_.folds) +
                      ": the samples cannot be divided into folds, because the source has a test part of its own: " +
                      error.what() + "; leave that part out of the config, or train without --folds");
  }
}

std::size_t Study::size() const {
  return std::max<std::size_t>(1, plan_.seeds.size()) * std::max<std::size_t>(1, plan_.folds);
}

StudyRun Study::run(std::size_t index) const {
  const std::size_t folds = std::max<std::size_t>(1, plan_.folds);
  StudyRun run;
  if (!plan_.seeds.empty()) run.seed = plan_.seeds[index / folds];
  if (plan_.folds > 0) run.fold = index % folds;
  return run;
}

LoadedConfig Study::config(std::size_t index) const {
  const StudyRun member = run(index);
  LoadedConfig changed{.tree = base_.tree, .folder = base_.folder};
  if (member.seed) apply_override(changed.tree, "train.seed=" + std::to_string(*member.seed));
  if (member.fold) {
    apply_override(changed.tree, "data.test=" + to_json_line(fold_part(base_.config, plan_.folds, *member.fold)));
  }
  ConfigErrors errors;
  read_config(changed.tree, changed.config, registries_, errors);
  errors.throw_if_any();
  return changed;
}

void Study::check(const std::function<void(const Run&)>& look) const {
  if (plan_.folds == 0 && !parts_) parts_ = load_data(config(0));
  const Run first = ready_run(config(0));
  if (plan_.folds > 0) check_last_fold();
  if (look) look(first);
}

void Study::check_last_fold() const {
  try {  // fold K − 1 is the first to be empty
    const Run last(config(plan_.folds - 1));
  } catch (const ConfigError& error) {
    throw DataError("--folds " + std::to_string(plan_.folds) + ": " + error.what() + "; use fewer folds");
  }
}

Run Study::ready_run(const LoadedConfig& loaded) const {
  return parts_ ? Run(loaded, DataParts(*parts_)) : Run(loaded);
}

RunSummary Study::train_into(RunFolder& folder, Run& run, const StudyRun& member, const Observers& observers,
                             std::mutex& mutex) const {
  if (observers.on_ready) {
    const std::lock_guard lock(mutex);
    observers.on_ready(member, run);
  }
  folder.on_write_error([&](const std::string& error) {
    const std::lock_guard lock(mutex);
    if (observers.on_write_error) observers.on_write_error(member, error);
  });
  return train_run(run, &folder, observers.is_interrupted);
}

StudyRecord Study::train_one(std::size_t index, const std::string& path, const Observers& observers,
                             bool has_processors, std::mutex& mutex) const {
  StudyRecord record{.run = run(index)};
  const std::string place = resumable_folder(join_path(path, record.run.folder()));
  const LoadedConfig loaded = config(index);
  LoadedConfig to_run = loaded;
  if (!has_processors) to_run.config.train.threads = 1;
  Run run = ready_run(to_run);
  try {
    if (file_exists(join_path(place, run_files::config))) {
      RunFolder folder(place, loaded, run);
      record.summary = train_into(folder, run, record.run, observers, mutex);
    } else {
      RunFolder folder(place, true, loaded, run.data().section);
      record.summary = train_into(folder, run, record.run, observers, mutex);
    }
  } catch (const FileError& error) {  // a full disk costs this run, not the others
    record.summary.status = "failed";
    record.summary.error = error.what();
  }
  record.figures = record.summary.figures();
  return record;
}

void Study::work(RunSource& runs, const std::string& path, const Observers& observers, std::size_t jobs,
                 std::mutex& mutex) const {
  Observers watchers = observers;
  watchers.is_interrupted = [&runs] { return runs.is_interrupted(); };
  while (const std::optional<std::size_t> index = runs.begin()) {
    runs.end(*index, train_one(*index, path, watchers, jobs == 1, mutex));
  }
}

namespace {

// Calls work(thread) on so many threads; an error of one stops the runs of all.
template <typename Work>
void run_threads(std::size_t threads, RunSource& runs, const Work& work) {
  ThreadPool(threads).run([&](std::size_t thread) {
    try {
      work(thread);
    } catch (...) {
      runs.stop();
      throw;
    }
  });
}

}  // namespace

std::vector<StudyRecord> Study::train_runs(const std::string& path, const Observers& observers, std::size_t jobs,
                                           Communicator& ranks) const {
  std::mutex mutex;
  RunList runs(*this, path, observers, ranks, mutex);
  const std::size_t trainers = std::min(jobs, size());
  const std::size_t servers = ranks.size() > 1 ? 1 : 0;
  run_threads(trainers + servers, runs,
              [&](std::size_t thread) { thread < trainers ? work(runs, path, observers, jobs, mutex) : runs.serve(); });
  return runs.take_records();
}

StudyResult Study::help(const Observers& observers, std::size_t jobs, Communicator& ranks) const {
  DistantRuns runs(ranks, observers.is_interrupted);
  std::mutex mutex;
  run_threads(std::min(jobs, size()), runs, [&](std::size_t) { work(runs, runs.path(), observers, jobs, mutex); });
  runs.leave();
  return {};
}

// What must be the same on all ranks, for a run to have the same bits on each.
JsonValue Study::identity() const {
  JsonValue json = describe_build();
  json.set("seeds", list_of(plan_.seeds));
  json.set("folds", plan_.folds);
  for (const JsonMember& member : description(base_.folder).members) json.set(member.key, member.value);
  return json;
}

// What `in_folder` and `resume` read: the plan, the config, and what the samples were.
JsonValue Study::description(const std::string& folder) const {
  JsonValue json = JsonValue::object();
  if (!plan_.seeds.empty()) json.set("seeds", list_of(plan_.seeds));
  if (plan_.folds > 0) json.set("folds", plan_.folds);
  json.set("config", resolved_config(base_, folder));
  json.set("samples", describe_samples(parts_ ? *parts_ : load_data(config(0))));
  return json;
}

Study Study::in_folder(const std::string& path, Registries registries) {
  const std::string file = join_path(path, run_files::study);
  const JsonValue json = parse_json(read_file(file, max_json_bytes), printable(file));
  const JsonValue* config = json.find("config");
  if (config == nullptr) throw ConfigError(printable(file) + ": the config of the study is missing");
  const auto read = [](const JsonValue& value) {
    const auto number = parse_size(value.text);
    if (!number) throw ConfigError(value.place.text() + ": found " + value.described() + ", wanted a whole number");
    return *number;
  };
  StudyPlan plan;
  if (const JsonValue* folds = json.find("folds")) plan.folds = read(*folds);
  if (const JsonValue* seeds = json.find("seeds")) {
    for (const JsonValue& seed : seeds->elements) plan.seeds.push_back(read(seed));
  }
  LoadedConfig base{.tree = *config, .folder = path};
  ConfigErrors errors;
  read_config(base.tree, base.config, registries, errors);
  errors.throw_if_any();
  return {std::move(base), std::move(plan), std::move(registries)};
}

void Study::prepare(std::size_t jobs, Communicator& ranks) const {
  if (jobs == 0) throw ConfigError("study: jobs = 0, must be >= 1");
  check();
  if (ranks.size() > 1) require_agreement(ranks, "study", identity());
}

StudyResult Study::train(const std::string& path, bool replace, const Observers& observers, std::size_t jobs,
                         Communicator& ranks) const {
  prepare(jobs, ranks);
  if (!ranks.is_first()) return help(observers, jobs, ranks);
  ResultFolder place(path, replace);
  write_file(join_path(place.path(), run_files::study), to_json(description(place.path())) + "\n");
  return finish(place, observers, jobs, ranks);
}

StudyResult Study::resume(const std::string& path, const Observers& observers, std::size_t jobs,
                          Communicator& ranks) const {
  prepare(jobs, ranks);
  if (!ranks.is_first()) return help(observers, jobs, ranks);
  ResultFolder place(path);
  const std::string file = join_path(path, run_files::study);
  const JsonValue before = parse_json(read_file(file, max_json_bytes), printable(file));
  const JsonValue now = description(path);
  const JsonValue* samples = before.find("samples");
  if (samples == nullptr || to_json_line(*samples) != to_json_line(*now.find("samples"))) {
    throw ConfigError(printable(file) + ": the study cannot go on: data gives other samples than when it began");
  }
  remove_file(join_path(path, run_files::summary));  // of the interruption
  return finish(place, observers, jobs, ranks);
}

bool Study::is_unfinished_in(const std::string& path) const {
  const std::string file = join_path(path, run_files::study);
  if (!file_exists(file) || run_status(path) == "finished") return false;
  const JsonValue there = parse_json(read_file(file, max_json_bytes), printable(file));
  return to_json_line(there) == to_json_line(description(path));
}

StudyResult Study::finish(ResultFolder& place, const Observers& observers, std::size_t jobs,
                          Communicator& ranks) const {
  const auto tell_others = [&ranks](std::string_view text) {
    for (std::size_t other = 1; other < ranks.size(); ++other) ranks.send(other, text);
  };
  tell_others(place.path());
  if (observers.on_start) observers.on_start(place);
  const Clock::time_point start = Clock::now();
  StudyResult result{.records = train_runs(place.path(), observers, jobs, ranks)};
  result.status = status_of(result, size());
  result.seconds = seconds_since(start);
  write_file(join_path(place.path(), run_files::summary), to_json(json_of(plan_, result)) + "\n");
  if (result.status == "finished") place.publish();
  tell_others("the end");
  result.folder = place.path();
  return result;
}

JsonValue json_of(const StudyPlan& plan, const StudyResult& result) {
  JsonValue json = JsonValue::object({{"status", result.status}});
  if (!plan.seeds.empty()) json.set("seeds", list_of(plan.seeds));
  if (plan.folds > 0) json.set("folds", plan.folds);
  json.set("runs", list_of(result.records, [](const StudyRecord& record) { return json_of(record); }));
  JsonValue figures = JsonValue::object();
  for (const StudyFigure& figure : figures_of(plan, result.records)) figures.set(figure.name, json_of(figure));
  json.set("metrics", std::move(figures));
  json.set("seconds", result.seconds);
  return json;
}

}  // namespace hinge
