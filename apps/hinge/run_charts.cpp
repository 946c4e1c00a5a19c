// Reads the figures of runs, and puts them into charts.
#include "run_charts.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/result_folder.h>

namespace hinge_command {

namespace {

double value_of(const hinge::JsonValue* value) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (value == nullptr || value->kind != hinge::JsonValue::Kind::number) return none;
  return hinge::parse_double(value->text).value_or(none);
}

std::size_t size_of(const hinge::JsonValue& value) { return hinge::parse_size(value.text).value_or(0); }

// Adds the figures of a line; `places` finds the curve of a key.
void add_line(const hinge::JsonValue& line, std::map<std::string, std::size_t>& places, RunRecord& record) {
  const double epoch = value_of(line.find("epoch"));
  for (const hinge::JsonMember& figure : line.members) {
    if (figure.key == "epoch") continue;
    const auto [place, is_new] = places.try_emplace(figure.key, record.curves.size());
    if (is_new) record.curves.push_back({figure.key, {}});
    record.curves[place->second].points.push_back({epoch, value_of(&figure.value)});
  }
}

// The last part of a path: `digits` of `runs/digits/`.
std::string name_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

hinge::JsonValue read_json(const std::string& folder, const char* file) {
  const std::string path = hinge::join_path(folder, file);
  if (!hinge::file_exists(path)) return {};  // the run has not ended
  return hinge::parse_json(hinge::read_file(path), path);
}

std::vector<Mark> marks_of(const std::string& folder) {
  const hinge::JsonValue summary = read_json(folder, hinge::run_files::summary);
  const hinge::JsonValue* best = summary.find("best_epoch");
  if (best == nullptr) return {};
  std::vector<Mark> marks = {{value_of(best), "best epoch " + best->text}};
  const hinge::JsonValue config = read_json(folder, hinge::run_files::config);
  const hinge::JsonValue* train = config.find("train");
  const double epochs = value_of(summary.find("epochs"));
  if (train != nullptr && epochs < value_of(train->find("epochs"))) marks.push_back({epochs, "early stop"});
  return marks;
}

// `train/loss`, as a person says it beside a chart of losses: `training`.
std::string spoken(const std::string& key, const std::string& what) {
  const std::size_t slash = key.find('/');
  if (slash == std::string::npos) return key;
  const std::string first = key.substr(0, slash);
  const std::string other = first == what ? key.substr(slash + 1) : first;
  if (other == "train") return "training";
  if (other == "val") return "validation";
  return other.starts_with("layer") ? "layer " + other.substr(5) : other;
}

bool shows(const std::string& key, const std::string& what) {
  const std::size_t slash = key.find('/');
  return key == what || (slash != std::string::npos && (key.substr(0, slash) == what || key.substr(slash + 1) == what));
}

std::vector<const RunCurve*> curves_of(const RunRecord& run, const std::string& what) {
  std::vector<const RunCurve*> found;
  std::vector<std::string> known;
  for (const RunCurve& curve : run.curves) {
    if (shows(curve.key, what)) found.push_back(&curve);
    const std::size_t slash = curve.key.find('/');
    const bool is_by_layer = slash != std::string::npos && curve.key.substr(slash + 1).starts_with("layer");
    const std::string name =
        slash == std::string::npos || is_by_layer ? curve.key.substr(0, slash) : curve.key.substr(slash + 1);
    if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
  if (!found.empty()) return found;
  throw hinge::ConfigError("--show " + hinge::printable(what) + ": the run " + hinge::printable(run.name) +
                           " has no such figure" + hinge::suggestion(what, known));
}

bool is_share(const std::string& what) { return what == "dead" || what == "one_sided" || what == "non_finite"; }

// The states of a layer's units: now, and since the last column.
struct LayerStates {
  std::vector<std::uint8_t> now;
  std::vector<std::uint8_t> worst;
  std::vector<std::vector<std::uint8_t>> columns;
};

constexpr std::size_t most_columns = 1000;  // a page has no more pixels for them

using Layers = std::map<std::size_t, LayerStates>;

// Sets the state of the units that a report names.
void set_states(const hinge::JsonValue& report, const char* key, std::uint8_t state, Layers& layers) {
  const hinge::JsonValue* units = report.find(key);
  if (units == nullptr) return;
  for (const hinge::JsonValue& unit : units->elements) {
    if (unit.elements.size() != 2) continue;
    const auto layer = layers.find(size_of(unit.elements[0]));
    const std::size_t number = size_of(unit.elements[1]);
    if (layer == layers.end() || number < 1 || number > layer->second.now.size()) continue;
    layer->second.now[number - 1] = state;
    std::uint8_t& worst = layer->second.worst[number - 1];
    worst = std::max(worst, state);
  }
}

// Takes a report; `columns` is the number of columns before it.
void take_report(const hinge::JsonValue& report, std::size_t columns, Layers& layers) {
  for (const hinge::JsonValue& layer : report.find("layers")->elements) {
    const std::size_t units = size_of(*layer.find("units"));
    const std::vector<std::uint8_t> working(units, 0);
    layers.try_emplace(size_of(*layer.find("layer")),
                       LayerStates{working, working, std::vector<std::vector<std::uint8_t>>(columns, working)});
  }
  set_states(report, "died", 4, layers);
  set_states(report, "revived", 0, layers);
}

}  // namespace

RunRecord read_run(const std::string& folder) {
  const std::string path = hinge::join_path(folder, hinge::run_files::metrics);
  const std::string text = hinge::read_file(path);
  RunRecord record{.name = name_of(folder), .curves = {}, .marks = marks_of(folder)};
  std::map<std::string, std::size_t> places;
  // What follows the last line end was not written to its end.
  std::size_t number = 0;
  for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::string place = hinge::printable(path) + ":" + std::to_string(++number);
    add_line(hinge::parse_json(std::string_view(text).substr(start, end - start), place), places, record);
  }
  return record;
}

Chart chart_of(const std::vector<RunRecord>& runs, const std::string& what) {
  Chart chart{.title = what, .x = {.label = "epoch", .kind = ScaleKind::whole}};
  if (is_share(what)) {
    chart.y = {.label = "fraction of the units", .low = 0.0, .high = 1.0};
  }
  for (const RunRecord& run : runs) {
    const std::vector<const RunCurve*> curves = curves_of(run, what);
    for (const RunCurve* curve : curves) {
      std::string label = spoken(curve->key, what);
      if (runs.size() > 1 && curves.size() == 1) label = run.name;
      if (runs.size() > 1 && curves.size() > 1) label.insert(0, run.name + ", ");
      chart.series.push_back({.label = std::move(label), .points = curve->points});
    }
  }
  if (runs.size() == 1) {
    chart.title = runs.front().name + ": " + what;
    chart.marks = runs.front().marks;
  }
  chart.description = "The figure " + what + " over the epochs of training.";
  return chart;
}

std::vector<StateMap> unit_maps(const std::string& folder) {
  const hinge::HealthFile file(hinge::join_path(folder, hinge::run_files::health));
  const std::size_t stride = (file.report_count() + most_columns - 1) / most_columns;
  Layers layers;
  std::vector<double> looks;
  std::size_t taken = 0;
  file.for_each_report([&](const hinge::JsonValue& report) {
    take_report(report, looks.size(), layers);
    if (++taken % stride != 0 && taken != file.report_count()) return;
    looks.push_back(value_of(report.find("epoch")));
    for (auto& [number, layer] : layers) {
      layer.columns.push_back(layer.worst);
      layer.worst = layer.now;
    }
  });
  std::vector<StateMap> maps;
  for (const auto& [number, layer] : layers) {
    StateMap& map = maps.emplace_back();
    map.title = name_of(folder) + ": units of layer " + std::to_string(number);
    map.description = "Which units of layer " + std::to_string(number) + " were dead at which epoch.";
    map.looks = looks;
    map.states = {"working", "rare", "one-sided", "saturated", "dead"};  // each with its own colour in all maps
    for (std::size_t unit = 0; unit < layer.now.size(); ++unit) {
      map.rows.push_back(std::to_string(unit + 1));
      for (const std::vector<std::uint8_t>& column : layer.columns) map.values.push_back(column[unit]);
    }
  }
  return maps;
}

}  // namespace hinge_command
