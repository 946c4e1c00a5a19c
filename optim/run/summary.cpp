// Figures and summaries as names and as JSON.
#include <hinge/optim/run/summary.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include <hinge/core/number.h>
#include <hinge/core/version.h>
#include <hinge/optim/health/health_json.h>

namespace hinge {

namespace {

void add_count(std::vector<Figure>& figures, std::string name, std::size_t count) {
  figures.push_back({std::move(name), static_cast<double>(count)});
}

void add_known(std::vector<Figure>& figures, std::string name, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) figures.push_back({std::move(name), *value});
}

void append(std::vector<Figure>& to, const std::vector<Figure>& from) { to.insert(to.end(), from.begin(), from.end()); }

JsonValue number(double value) {
  constexpr double exact_below = 0x1p53;
  const bool is_count = value >= 0 && value < exact_below && value == std::floor(value) && !std::signbit(value);
  if (is_count) return static_cast<std::size_t>(value);
  return value;
}

JsonValue object(std::span<const Figure> figures) {
  JsonValue json = JsonValue::object();
  append(json, figures);
  return json;
}

JsonValue json_of(const ClassScores& scores, const std::string& name) {
  return JsonValue::object({{"class", name},
                            {"samples", scores.samples},
                            {"predictions", scores.predictions},
                            {"precision", scores.precision},
                            {"recall", scores.recall},
                            {"f1", scores.f1}});
}

JsonValue json_of(const RowReport::Counts& counts) {
  JsonValue json = JsonValue::object();
  for (const auto& [name, count] : counts) json.set(name, count);
  return json;
}

JsonValue json_of(const SharedWork& work) {
  return JsonValue::object({{"ranks", work.ranks},
                            {"shards", work.shards},
                            {"bytes_per_step", number(work.bytes_per_step)},
                            {"exchange_seconds", work.exchange_seconds}});
}

JsonValue json_of(const RowReport& rows) {
  return JsonValue::object({{"read", rows.read},
                            {"used", rows.used},
                            {"dropped", rows.dropped},
                            {"dropped_by", json_of(rows.dropped_by)},
                            {"filled", json_of(rows.filled)}});
}

}  // namespace

std::vector<Figure> figures(const PredictionReport& report, const std::string& prefix) {
  std::vector<Figure> list;
  if (report.confusion) {
    const MacroScores macro = report.confusion->macro();
    add_known(list, prefix + "balanced_accuracy", report.confusion->balanced_accuracy());
    add_known(list, prefix + "precision_macro", macro.precision);
    add_known(list, prefix + "recall_macro", macro.recall);
    add_known(list, prefix + "f1_macro", macro.f1);
  }
  for (const std::size_t k : {3U, 5U}) {
    if (report.ranks.size() <= k) continue;
    add_known(list, prefix + "top" + std::to_string(k) + "_accuracy", report.top_accuracy(k));
  }
  add_known(list, prefix + "log_loss", report.log_loss);
  add_known(list, prefix + "squared_error_percentage", report.squared_error_percentage);
  return list;
}

std::vector<Figure> figures(const EpochReport& report) {
  std::vector<Figure> list;
  add_count(list, "epoch", report.epoch);
  add_count(list, "steps", report.steps);
  append(list, figures(report.train, "train/"));
  if (report.validation) append(list, figures(*report.validation, "val/"));
  if (report.health) {
    for (const LayerHealth& layer : report.health->layers) {
      const std::string name = "layer" + std::to_string(layer.layer);
      list.push_back({"dead/" + name, layer.dead_fraction()});
      list.push_back({"one_sided/" + name, layer.one_sided_fraction()});
      add_count(list, "non_finite/" + name, layer.non_finite);
    }
  }
  list.push_back({"learning_rate", report.learning_rate});
  list.push_back({"seconds", report.seconds});
  list.push_back({"samples_per_second", report.samples_per_second});
  return list;
}

void append(JsonValue& json, std::span<const Figure> figures) {
  for (const Figure& figure : figures) json.set(figure.name, number(figure.value));
}

JsonValue json_of(const ConfusionMatrix& confusion, const std::vector<std::string>& names, const std::string& prefix) {
  std::vector<JsonValue> classes;
  std::vector<JsonValue> rows;
  constexpr std::size_t max_classes = 1000;  // beyond, the text would be larger than any reader likes
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    classes.push_back(json_of(confusion.scores(c), names.at(c)));
    std::vector<JsonValue> row;
    for (std::size_t k = 0; k < confusion.classes() && confusion.classes() <= max_classes; ++k) {
      row.emplace_back(confusion(c, k));
    }
    rows.emplace_back(std::move(row));
  }
  JsonValue json = JsonValue::object({{prefix + "classes", std::move(classes)}});
  if (confusion.classes() <= max_classes) json.set(prefix + "confusion", std::move(rows));
  return json;
}

namespace {

// What a study compares, of the figures of the test part and of the last epoch.
std::vector<Figure> study_figures(std::vector<Figure> test, const std::vector<Figure>& last, std::size_t epochs,
                                  double seconds) {
  for (const char* prefix : {"val/", "train/", "dead/"}) {
    std::copy_if(last.begin(), last.end(), std::back_inserter(test),
                 [&](const Figure& figure) { return figure.name.starts_with(prefix); });
  }
  std::erase_if(test, [](const Figure& figure) { return figure.name.ends_with("/samples"); });
  add_count(test, "epochs", epochs);
  test.push_back({"seconds", seconds});
  return test;
}

std::vector<Figure> figures_from(const JsonValue& json, std::string_view prefix) {
  std::vector<Figure> list;
  for (const JsonMember& member : json.members) {
    const bool is_figure = member.value.kind == JsonValue::Kind::number && member.key.starts_with(prefix);
    if (is_figure) list.push_back({member.key, parse_double(member.value.text).value_or(0)});
  }
  return list;
}

}  // namespace

std::vector<Figure> RunSummary::figures() const {
  if (status == "failed") return {};
  return study_figures(test, last ? hinge::figures(*last) : std::vector<Figure>(), epochs, seconds);
}

std::vector<Figure> study_figures_from(const JsonValue& summary) {
  const JsonValue* last = summary.find("last");
  const auto number = [&](const char* key) {
    const JsonValue* value = summary.find(key);
    return value == nullptr ? 0 : parse_double(value->text).value_or(0);
  };
  return study_figures(figures_from(summary, "test/"),
                       last == nullptr ? std::vector<Figure>() : figures_from(*last, ""),
                       static_cast<std::size_t>(number("epochs")), number("seconds"));
}

JsonValue json_of(const RunSummary& summary) {
  JsonValue json = JsonValue::object({{"status", summary.status}});
  if (!summary.error.empty()) json.set("error", summary.error);
  json.set("epochs", summary.epochs);
  json.set("parameters", summary.parameters);
  if (!summary.from_checksum.empty()) json.set("from", JsonValue::object({{"crc32", summary.from_checksum}}));
  if (summary.rows.read > 0) json.set("rows", json_of(summary.rows));
  if (summary.last) json.set("last", object(figures(*summary.last)));
  if (summary.best) json.set("best", object(figures(*summary.best)));
  append(json, summary.test);
  if (summary.best) json.set("best_epoch", summary.best->epoch);
  if (summary.verdict) json.set("verdict", json_of(*summary.verdict));
  if (summary.health) json.set("health", json_of(*summary.health));
  if (summary.shared) json.set("distributed", json_of(*summary.shared));
  json.set("seconds", summary.seconds);
  json.set("version", version());
  json.set("instruction_set", instruction_set());
  return json;
}

}  // namespace hinge
