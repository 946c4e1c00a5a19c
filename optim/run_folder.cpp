// Writing the folder of a run.
#include <hinge/optim/run_folder.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/layers/model_file.h>

namespace hinge::inline HINGE_ABI {

namespace {

JsonValue object() { return JsonValue::of(std::vector<JsonMember>{}); }

void append(JsonValue& to, JsonValue from) {
  for (JsonMember& member : from.members) to.members.push_back(std::move(member));
}

// What computed the figures.
JsonValue build_of() {
  JsonValue json = object();
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
  JsonValue json = object();
  json.set("class", JsonValue::of(name));
  json.set("samples", JsonValue::of(scores.samples));
  json.set("predictions", JsonValue::of(scores.predictions));
  json.set("precision", JsonValue::of(scores.precision));
  json.set("recall", JsonValue::of(scores.recall));
  json.set("f1", JsonValue::of(scores.f1));
  return json;
}

// The section `data` without paths: where the data lay is not what the model is, and config.json says it.
JsonValue without_paths(JsonValue data) {
  std::erase_if(data.members, [](const JsonMember& member) { return member.key.ends_with("path"); });
  return data;
}

std::map<std::string, std::string> notes_of(const LoadedConfig& loaded, const Run& run) {
  RunConfig config = loaded.config;
  const JsonValue all = config_of(config);
  std::vector<JsonValue> targets;
  for (const std::string& name : run.data().train.target_names()) targets.push_back(JsonValue::of(name));
  return {{"data", to_json_line(without_paths(*all.find("data")))},
          {"loss", to_json_line(*all.find("loss"))},
          {"target_columns", to_json_line(JsonValue::of(std::move(targets)))}};
}

}  // namespace

std::string next_run_folder(const std::string& parent, const std::string& name) {
  for (std::size_t number = 1;; ++number) {
    std::string path = join_path(parent, name + "-" + std::to_string(number));
    if (!file_exists(path)) return path;
  }
}

RunFolder::RunFolder(const std::string& path, bool replace) : path_(path) {
  if (file_exists(path) && !is_folder(path))
    throw ConfigError(printable(path) + " is a file; wanted a folder for the run");
  if (is_folder(path) && !is_empty_folder(path) && !replace) {
    throw ConfigError(printable(path) +
                      " is not empty, and a run never overwrites another; choose another --out, or --force");
  }
  create_folders(path);
}

void RunFolder::start(const LoadedConfig& loaded) {
  remove_file(file("summary.json"));
  remove_file(file("model.safetensors"));
  write_file(file("config.json"), to_json(resolved_config(loaded, path_)) + "\n");
  metrics_ = std::make_unique<LineFile>(file("metrics.jsonl"));
}

void RunFolder::add(const Run& run, EpochReport report) {
  metrics_->append(to_json_line(json_of(in_raw_units(run, std::move(report)))));
}

void RunFolder::finish(const LoadedConfig& loaded, Run& run, const FitResult& result, const std::string& status,
                       double seconds) {
  JsonValue summary = object();
  summary.set("status", JsonValue::of(status));
  summary.set("epochs", JsonValue::of(result.epochs.size()));
  summary.set("parameters", JsonValue::of(run.network().values().size()));
  if (!result.epochs.empty()) {
    summary.set("last", json_of(in_raw_units(run, result.epochs.back())));
    summary.set("best", json_of(in_raw_units(run, best_epoch(result.epochs))));
  }
  if (run.data().test) {
    append(summary, json_of(run.in_raw_units(run.trainer().evaluate(*run.data().test)), "test/"));
    append(summary, json_of(report_of(run.network(), run.trainer().loss(), *run.data().test), "test/"));
  }
  summary.set("seconds", JsonValue::of(seconds));
  append(summary, build_of());
  save_model(file("model.safetensors"), run.model(), notes_of(loaded, run));
  write_file(file("summary.json"), to_json(summary) + "\n");
}

void RunFolder::fail(const std::string& error) {
  JsonValue summary = object();
  summary.set("status", JsonValue::of(std::string("failed")));
  summary.set("error", JsonValue::of(error));
  append(summary, build_of());
  write_file(file("summary.json"), to_json(summary) + "\n");
}

JsonValue json_of(const Evaluation& evaluation, const std::string& prefix) {
  JsonValue json = object();
  json.set(prefix + "samples", JsonValue::of(evaluation.samples));
  json.set(prefix + "loss", JsonValue::of(evaluation.loss));
  if (evaluation.accuracy) json.set(prefix + "accuracy", JsonValue::of(*evaluation.accuracy));
  if (evaluation.r2) json.set(prefix + "r2", JsonValue::of(*evaluation.r2));
  if (evaluation.mae) json.set(prefix + "mae", JsonValue::of(*evaluation.mae));
  if (evaluation.rmse) json.set(prefix + "rmse", JsonValue::of(*evaluation.rmse));
  return json;
}

JsonValue json_of(const PredictionReport& report, const std::string& prefix) {
  JsonValue json = object();
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
  constexpr std::size_t most_classes = 1000;  // beyond, the text would be larger than any reader likes
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    classes.push_back(json_of(confusion.scores(c), names.at(c)));
    std::vector<JsonValue> row;
    for (std::size_t k = 0; k < confusion.classes() && confusion.classes() <= most_classes; ++k) {
      row.push_back(JsonValue::of(confusion(c, k)));
    }
    rows.push_back(JsonValue::of(std::move(row)));
  }
  JsonValue json = object();
  json.set(prefix + "classes", JsonValue::of(std::move(classes)));
  if (confusion.classes() <= most_classes) json.set(prefix + "confusion", JsonValue::of(std::move(rows)));
  return json;
}

JsonValue json_of(const EpochReport& report) {
  JsonValue json = object();
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

}  // namespace hinge::inline HINGE_ABI
