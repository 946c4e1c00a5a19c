// Writing the folder of a run.
#include <hinge/optim/run/run_folder.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/state_file.h>

namespace hinge {

namespace {

constexpr const char* alarm_name = "alarm.safetensors";
constexpr const char* config_name = "config.json";
constexpr const char* health_name = "health.jsonl";
constexpr const char* metrics_name = "metrics.jsonl";
constexpr const char* model_name = "model.safetensors";
constexpr const char* summary_name = "summary.json";

void append(JsonValue& to, JsonValue from) {
  for (JsonMember& member : from.members) to.members.push_back(std::move(member));
}

// What computed the figures.
JsonValue build_of() {
  JsonValue json = JsonValue::object();
  json.set("version", JsonValue::of(version()));
  json.set("instruction_set", JsonValue::of(instruction_set()));
  return json;
}

// The epoch whose validation loss, or without one whose training loss, was the smallest.
const EpochReport& best_epoch(const std::vector<EpochReport>& epochs) {
  const auto loss = [](const EpochReport& r) { return r.validation ? r.validation->loss : r.train.loss; };
  return *std::min_element(epochs.begin(), epochs.end(),
                           [&](const EpochReport& a, const EpochReport& b) { return loss(a) < loss(b); });
}

EpochReport in_raw_units(const Run& run, EpochReport report) {
  report.train = run.in_raw_units(report.train);
  if (report.validation) report.validation = run.in_raw_units(*report.validation);
  return report;
}

JsonValue json_of(const ClassScores& scores, const std::string& name) {
  JsonValue json = JsonValue::object();
  json.set("class", JsonValue::of(name));
  json.set("samples", JsonValue::of(scores.samples));
  json.set("predictions", JsonValue::of(scores.predictions));
  json.set("precision", JsonValue::of(scores.precision));
  json.set("recall", JsonValue::of(scores.recall));
  json.set("f1", JsonValue::of(scores.f1));
  return json;
}

// What a run is worth, as far as training tells.
JsonValue summary_of(const Run& run, const FitResult& result, const std::string& status) {
  JsonValue summary = JsonValue::object();
  summary.set("status", JsonValue::of(status));
  summary.set("epochs", JsonValue::of(result.epochs.size()));
  summary.set("parameters", JsonValue::of(run.network().values().size()));
  if (!result.epochs.empty()) {
    summary.set("last", json_of(in_raw_units(run, result.epochs.back())));
    summary.set("best", json_of(in_raw_units(run, best_epoch(result.epochs))));
  }
  return summary;
}

bool restores_best(const LoadedConfig& loaded) {
  return loaded.config.train.early_stopping.patience > 0 && loaded.config.train.early_stopping.restore_best;
}

// The epoch whose weights the network ends with.
std::size_t model_epoch(const LoadedConfig& loaded, const Run& run, const FitResult& result) {
  if (restores_best(loaded) && result.best) return result.best->epoch;
  return run.trainer().ledger().epoch();
}

}  // namespace

std::string next_run_folder(const std::string& parent, const std::string& name) {
  create_folders(parent);
  for (std::size_t number = 1;; ++number) {
    std::string path = join_path(parent, name + "-" + std::to_string(number));
    if (create_folder(path)) return path;
  }
}

RunFolder::RunFolder(const std::string& path, bool replace) : folder_(path), path_(path) {
  if (file_exists(path) && !is_folder(path))
    throw ConfigError(printable(path) + " is a file; wanted a folder for the run");
  create_folders(path);
  lock_ = std::make_unique<FolderLock>(path);
  for (const char* name : {config_name, model_name, summary_name}) remove_unfinished(join_path(path, name));
  if (is_empty_folder(path)) return;
  if (!replace) {
    throw ConfigError(printable(path) +
                      " is not empty, and a run never overwrites another; choose another --out, or --force");
  }
  path_ = join_path(path, "unfinished");
  create_folders(path_);
}

void RunFolder::start(const LoadedConfig& loaded) {
  // Of an older run that did not finish.
  for (const char* name : {summary_name, model_name, health_name, alarm_name}) remove_file(file(name));
  write_file(file(config_name), to_json(resolved_config(loaded, path_)) + "\n");
  metrics_ = std::make_unique<LineFile>(file(metrics_name));
}

void RunFolder::add(const Run& run, const StartReport& report) {
  if (report.health) add_health(run, 0, *report.health);
}

void RunFolder::add_health(const Run& run, std::size_t epoch, const HealthReport& report) {
  if (!health_) health_ = std::make_unique<LineFile>(file(health_name));
  verdict_ = run.verdict(report);
  verdicts_[epoch] = verdict_;
  health_->append(to_json_line(json_of(epoch, report, verdict_, run.trainer().ledger())));
  const bool is_first =
      !alarmed_ && (verdict_.status == HealthStatus::alarm || verdict_.status == HealthStatus::collapse);
  if (!is_first) return;
  save_state(file(alarm_name), run.trainer().state());
  alarmed_ = true;
}

void RunFolder::add(const Run& run, EpochReport report) {
  if (report.health) add_health(run, report.epoch, *report.health);
  metrics_->append(to_json_line(json_of(in_raw_units(run, std::move(report)))));
  ++epochs_;
}

void RunFolder::finish(const LoadedConfig& loaded, Run& run, const FitResult& result, const std::string& status,
                       double seconds) {
  JsonValue summary = summary_of(run, result, status);
  try {
    save_model(file(model_name), run.model(), run.notes());
    if (run.data().test) {
      append(summary, json_of(run.in_raw_units(run.trainer().evaluate(*run.data().test)), "test/"));
      append(summary, json_of(report_of(run.network(), run.trainer().loss(), *run.data().test), "test/"));
    }
  } catch (const std::exception& error) {
    write_failure(std::move(summary), error.what());
    throw;
  }
  if (result.best) summary.set("best_epoch", JsonValue::of(result.best->epoch));
  if (health_) {
    const std::size_t epoch = model_epoch(loaded, run, result);
    if (const auto found = verdicts_.find(epoch); found != verdicts_.end()) verdict_ = found->second;
    summary.set("health", json_of(verdict_));
    JsonValue units = json_of(run.trainer().ledger(), result.start.health->samples, run.revival_facts());
    units.set("model_epoch", JsonValue::of(epoch));
    health_->append(to_json_line(units));
  }
  summary.set("seconds", JsonValue::of(seconds));
  append(summary, build_of());
  write_summary(summary);
  if (status != "interrupted") publish(loaded);
}

void RunFolder::fail(const std::string& error) noexcept { write_failure(JsonValue::object(), error); }

void RunFolder::fail_after_divergence(const LoadedConfig& loaded, const Run& run, const std::string& error) noexcept {
  try {
    if (restores_best(loaded) && epochs_ > 0) save_model(file(model_name), run.model(), run.notes());
  } catch (const std::exception&) {  // the divergence comes first
  }
  write_failure(JsonValue::object(), error);
}

void RunFolder::write_failure(JsonValue summary, const std::string& error) const noexcept try {
  summary.set("status", JsonValue::of(std::string("failed")));
  summary.set("error", JsonValue::of(error));
  append(summary, build_of());
  write_summary(summary);
} catch (const std::exception&) {  // the error that is being reported comes first
  return;
}

void RunFolder::write_summary(const JsonValue& summary) const {
  write_file(file(summary_name), to_json(summary) + "\n");
}

// Takes the place of the older run. Its model goes first and the new one comes last: no model ever stands beside another
// run's config, and until the last moment the new run is whole in its own folder.
void RunFolder::publish(const LoadedConfig& loaded) {
  if (path_ == folder_) return;
  for (const char* name : {model_name, summary_name, health_name, alarm_name}) remove_file(join_path(folder_, name));
  write_file(join_path(folder_, config_name), to_json(resolved_config(loaded, folder_)) + "\n");
  for (const char* name : {metrics_name, health_name, alarm_name, summary_name, model_name}) {
    if (file_exists(file(name))) rename_file(file(name), join_path(folder_, name));
  }
  remove_file(file(config_name));
  if (is_empty_folder(path_)) remove_file(path_);
  path_ = folder_;
}

JsonValue json_of(const Evaluation& evaluation, const std::string& prefix) {
  JsonValue json = JsonValue::object();
  json.set(prefix + "samples", JsonValue::of(evaluation.samples));
  json.set(prefix + "loss", JsonValue::of(evaluation.loss));
  if (evaluation.accuracy) json.set(prefix + "accuracy", JsonValue::of(*evaluation.accuracy));
  if (evaluation.r2) json.set(prefix + "r2", JsonValue::of(*evaluation.r2));
  if (evaluation.mae) json.set(prefix + "mae", JsonValue::of(*evaluation.mae));
  if (evaluation.rmse) json.set(prefix + "rmse", JsonValue::of(*evaluation.rmse));
  return json;
}

JsonValue json_of(const PredictionReport& report, const std::string& prefix) {
  JsonValue json = JsonValue::object();
  const auto set = [&](const std::string& name, double value) {
    if (std::isfinite(value)) json.set(prefix + name, JsonValue::of(value));
  };
  if (report.confusion) {
    const MacroScores macro = report.confusion->macro();
    set("balanced_accuracy", report.confusion->balanced_accuracy());
    set("precision_macro", macro.precision);
    set("recall_macro", macro.recall);
    set("f1_macro", macro.f1);
  }
  for (const std::size_t k : {3U, 5U}) {
    if (report.ranks.size() > k) set("top" + std::to_string(k) + "_accuracy", *report.top_accuracy(k));
  }
  if (report.log_loss) set("log_loss", *report.log_loss);
  set("squared_error_percentage", report.squared_error_percentage);
  return json;
}

JsonValue json_of(const ConfusionMatrix& confusion, const std::vector<std::string>& names, const std::string& prefix) {
  std::vector<JsonValue> classes;
  std::vector<JsonValue> rows;
  constexpr std::size_t max_classes = 1000;  // beyond, the text would be larger than any reader likes
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    classes.push_back(json_of(confusion.scores(c), names.at(c)));
    std::vector<JsonValue> row;
    for (std::size_t k = 0; k < confusion.classes() && confusion.classes() <= max_classes; ++k) {
      row.push_back(JsonValue::of(confusion(c, k)));
    }
    rows.push_back(JsonValue::of(std::move(row)));
  }
  JsonValue json = JsonValue::object();
  json.set(prefix + "classes", JsonValue::of(std::move(classes)));
  if (confusion.classes() <= max_classes) json.set(prefix + "confusion", JsonValue::of(std::move(rows)));
  return json;
}

JsonValue json_of(const EpochReport& report) {
  JsonValue json = JsonValue::object();
  json.set("epoch", JsonValue::of(report.epoch));
  json.set("steps", JsonValue::of(report.steps));
  append(json, json_of(report.train, "train/"));
  if (report.validation) append(json, json_of(*report.validation, "val/"));
  if (report.health) {
    for (const LayerHealth& layer : report.health->layers) {
      const std::string name = "layer" + std::to_string(layer.layer);
      json.set("dead/" + name, JsonValue::of(layer.dead_fraction()));
      json.set("one_sided/" + name, JsonValue::of(layer.one_sided_fraction()));
      json.set("non_finite/" + name, JsonValue::of(layer.non_finite));
    }
  }
  json.set("learning_rate", JsonValue::of(report.learning_rate));
  json.set("seconds", JsonValue::of(report.seconds));
  json.set("samples_per_second", JsonValue::of(report.samples_per_second));
  return json;
}

JsonValue resolved_config(const LoadedConfig& loaded, const std::string& folder) {
  RunConfig config = loaded.config;
  JsonValue json = config_of(config);
  for (JsonMember& member : json.find("data")->members) {
    std::string& path = member.value.text;
    if (!member.key.ends_with("path") || path.empty() || path.front() == '/') continue;
    path = relative_path(join_path(loaded.folder, path), folder);
  }
  return json;
}

}  // namespace hinge
