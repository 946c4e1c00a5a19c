// Puts the figures of runs into charts.
#include "report/run_charts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

#include "report/page.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// The last part of a path: `digits` of `runs/digits/`.
std::string last_part(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

std::vector<Mark> marks_of(const RunFiles& run) {
  const std::string status = text_at(run.summary, "status");
  if (status.empty() || run.epochs.empty()) return {};  // it has not ended
  std::vector<Mark> marks;
  const double best = number_at(run.summary, "best_epoch");
  if (std::isfinite(best)) marks.push_back({best, "best epoch " + shown(best)});
  const double last = number_at(run.epochs.back(), "epoch");
  const JsonValue* train = run.config.find("train");
  const bool is_early = train != nullptr && last < number_at(*train, "epochs");
  if (status == "failed") {
    marks.push_back({last, status});
  } else if (is_early && last != best) {
    marks.push_back({last, status == "finished" ? "early stop" : status});
  }
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

// What people may ask for to see a key.
std::string short_name(const std::string& key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string::npos) return key;
  const std::string second = key.substr(slash + 1);
  return second.starts_with("layer") ? key.substr(0, slash) : second;
}

std::vector<std::string> shown_keys(const RunFiles& run, const std::string& what) {
  std::vector<std::string> keys = figure_keys(run);
  std::vector<std::string> known;
  for (const std::string& key : keys) {
    if (std::find(known.begin(), known.end(), short_name(key)) == known.end()) known.push_back(short_name(key));
  }
  std::erase_if(keys, [&](const std::string& key) { return !shows(key, what); });
  if (!keys.empty()) return keys;
  throw hinge::ConfigError("--show " + hinge::printable(what) + ": the run " + hinge::printable(last_part(run.folder)) +
                           " has no such figure" + hinge::suggestion(what, known));
}

bool is_share(const std::string& what) { return what == "dead" || what == "one_sided" || what == "non_finite"; }

// The looks at which a unit (layer, number) died or revived: alive before the first, then dead, alive, …
using Changes = std::map<std::pair<double, double>, std::vector<std::size_t>>;

Changes changes_of(const std::vector<JsonValue>& looks) {
  Changes changes;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (const char* key : {"died", "revived"}) {
      for (const JsonValue& pair : list_at(looks[i], key)) {
        if (pair.elements.size() != 2) continue;
        changes[{number_of(pair.elements[0]), number_of(pair.elements[1])}].push_back(i);
      }
    }
  }
  return changes;
}

const std::vector<std::size_t>& changes_at(const Changes& changes, double layer, std::size_t unit) {
  static const std::vector<std::size_t> none;
  const auto found = changes.find({layer, static_cast<double>(unit)});
  return found == changes.end() ? none : found->second;
}

// The units of a layer in the order of their first death; at most so many, each standing for as many.
std::vector<std::size_t> units_by_death(const Changes& changes, double layer, std::vector<std::size_t> units) {
  const auto death = [&](std::size_t unit) {
    const std::vector<std::size_t>& own = changes_at(changes, layer, unit);
    return own.empty() ? std::numeric_limits<std::size_t>::max() : own.front();
  };
  std::stable_sort(units.begin(), units.end(), [&](std::size_t a, std::size_t b) { return death(a) < death(b); });
  const std::size_t stride = (units.size() + StateMap::max_rows - 1) / StateMap::max_rows;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < units.size(); i += stride) rows.push_back(units[i]);
  return rows;
}

// Adds a unit's row.
void add_row(const std::vector<std::size_t>& changes, std::size_t unit, StateMap& map) {
  constexpr std::uint8_t dead = 4;
  std::uint8_t state = 0;
  std::size_t next = 0;
  map.rows.push_back(std::to_string(unit));
  for (std::size_t i = 0; i < map.looks.size(); ++i) {
    for (; next < changes.size() && changes[next] == i; ++next) state = dead - state;
    map.values.push_back(state);
  }
}

}  // namespace

std::vector<std::string> figure_keys(const RunFiles& run) {
  std::vector<std::string> keys;
  std::set<std::string> seen = {"epoch"};
  for (const JsonValue& line : run.epochs) {
    for (const hinge::JsonMember& figure : line.members) {
      if (seen.insert(figure.key).second) keys.push_back(figure.key);
    }
  }
  return keys;
}

std::vector<Point> points_of(const RunFiles& run, const std::string& key) {
  std::vector<Point> points;
  for (const JsonValue& line : run.epochs) {
    if (line.find(key) != nullptr) points.push_back({number_at(line, "epoch"), number_at(line, key)});
  }
  return points;
}

bool has_values(const std::vector<Point>& points) {
  return std::any_of(points.begin(), points.end(), [](const Point& p) { return std::isfinite(p.y); });
}

std::vector<std::string> names_of(const std::vector<std::string>& folders) {
  std::vector<std::string> names;
  for (const std::string& folder : folders) names.push_back(last_part(folder));
  return std::set<std::string>(names.begin(), names.end()).size() == names.size() ? names : folders;
}

Chart chart_of(const std::vector<RunFiles>& runs, const std::string& what) {
  Chart chart{.title = what, .x = {.label = "epoch", .kind = ScaleKind::whole}};
  if (is_share(what)) chart.y = {.label = "fraction of the units", .low = 0.0, .high = 1.0};
  std::vector<std::string> folders;
  for (const RunFiles& run : runs) folders.push_back(run.folder);
  const std::vector<std::string> names = names_of(folders);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::vector<std::string> keys = shown_keys(runs[i], what);
    for (const std::string& key : keys) {
      std::string label = spoken(key, what);
      if (runs.size() > 1 && keys.size() == 1) label = names[i];
      if (runs.size() > 1 && keys.size() > 1) label.insert(0, names[i] + ", ");
      chart.series.push_back({.label = std::move(label), .points = points_of(runs[i], key)});
    }
  }
  if (runs.size() == 1) {
    chart.title = names.front() + ": " + what;
    chart.marks = marks_of(runs.front());
  }
  chart.description = "The figure " + what + " over the epochs of training.";
  return chart;
}

void make_logarithmic_if_wide(Chart& chart) {
  constexpr double wide = 20;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const Series& each : chart.series) {
    for (const Point& point : each.points) {
      if (!std::isfinite(point.y)) continue;
      smallest = std::min(smallest, point.y);
      largest = std::max(largest, point.y);
    }
  }
  if (smallest > 0 && largest > wide * smallest) chart.y = {.label = "logarithmic", .kind = ScaleKind::log};
}

void add_layers(const RunFiles& run, const std::function<double(const JsonValue& layer)>& figure, Chart& chart) {
  constexpr std::size_t max_layers = 12;
  std::map<double, std::vector<Point>> layers;
  for (const JsonValue& look : run.looks) {
    for (const JsonValue& layer : list_at(look, "layers")) {
      layers[number_at(layer, "layer")].push_back({number_at(look, "epoch"), figure(layer)});
    }
  }
  for (auto& [layer, points] : layers) {
    if (chart.series.size() == max_layers) break;
    if (has_values(points)) chart.series.push_back({.label = "layer " + shown(layer), .points = std::move(points)});
  }
}

std::vector<DeathMap> death_maps(const RunFiles& run, bool sorted_by_death) {
  constexpr double max_units = 1'000'000;  // a crafted file may say anything
  if (run.looks.empty()) return {};
  const Changes changes = changes_of(run.looks);
  std::vector<DeathMap> maps;
  for (const JsonValue& layer : list_at(run.looks.back(), "layers")) {
    const double count = number_at(layer, "units");
    if (!(count >= 1 && count <= max_units)) continue;
    DeathMap& death = maps.emplace_back(DeathMap{.layer = number_at(layer, "layer")});
    death.map.states = {"working", "rare", "one-sided", "saturated", "dead"};  // each with its own colour in all maps
    for (const JsonValue& look : run.looks) death.map.looks.push_back(number_at(look, "epoch"));
    std::vector<std::size_t> units(static_cast<std::size_t>(count));
    std::iota(units.begin(), units.end(), std::size_t{1});
    if (sorted_by_death) units = units_by_death(changes, death.layer, std::move(units));
    for (const std::size_t unit : units) add_row(changes_at(changes, death.layer, unit), unit, death.map);
    const auto first = changes.lower_bound({death.layer, 0});
    death.has_deaths = first != changes.end() && first->first.first == death.layer;
  }
  return maps;
}

}  // namespace hinge_command
