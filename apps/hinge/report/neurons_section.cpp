// What the hidden units did: shares over epochs, deaths and revivals, and each unit's history.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/layers/layer.h>

#include "drawing/chart.h"
#include "drawing/state_map.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// The share of units of each layer that a look counts under `key`; without series where there never were any.
Chart share_chart(const ReportSource& source, const std::string& key, const char* title, const char* meaning) {
  constexpr std::size_t max_layers = 12;
  std::map<double, std::vector<Point>> layers;
  bool has_any = false;
  for (const JsonValue& look : source.files.looks) {
    for (const JsonValue& layer : list_at(look, "layers")) {
      const double count = number_at(layer, key);
      has_any = has_any || count > 0;
      layers[number_at(layer, "layer")].push_back({number_at(look, "epoch"), 100 * count / number_at(layer, "units")});
    }
  }
  Chart chart{.title = title,
              .description = meaning,
              .x = {.label = "epoch", .kind = ScaleKind::whole},
              .y = {.label = "% of the units of a layer", .low = 0, .high = 100},
              .width = figure_width,
              .height = 240};
  for (auto& [layer, points] : layers) {
    if (!has_any || chart.series.size() == max_layers) break;
    chart.series.push_back({.label = "layer " + shown(layer), .points = std::move(points)});
  }
  return chart;
}

struct Kind {
  const char* key;
  const char* title;
  const char* meaning;
};

constexpr Kind kinds[] = {
    {"dead", "Dead", "The local derivative is 0 on every sample of the probe: nothing can change the unit."},
    {"one_sided", "One-sided", "z ≤ 0 on every sample of the probe."},
    {"rare", "Rare", "z > 0 on some samples, but less than 1 % of them."},
    {"saturated", "Saturated", "The local derivative is tiny on every sample."},
    {"non_finite", "Not finite", "z or the output is NaN or infinite on some sample."},
};

std::string share_figures(const ReportSource& source) {
  std::string figures;
  Numbers of_dead;
  for (const auto& [key, title, meaning] : kinds) {
    const Chart chart = share_chart(source, key, title, meaning);
    Numbers numbers = numbers_of(chart);
    // Of ReLUs the dead and the one-sided units are the same.
    if (chart.series.empty() || numbers.rows == of_dead.rows) continue;
    figures += figure(draw(chart), numbers, "curve");
    if (std::string_view(key) == "dead") of_dead = std::move(numbers);
  }
  return figures;
}

// The looks at which a unit died or revived: alive before the first, then dead, alive, …
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

// The units of a layer in the order of their first death; at most so many rows, each standing for as many units.
std::vector<std::size_t> rows_by_death(const Changes& changes, double layer, std::size_t units) {
  std::vector<std::pair<std::size_t, std::size_t>> order;
  for (std::size_t unit = 1; unit <= units; ++unit) {
    const auto found = changes.find({layer, static_cast<double>(unit)});
    order.emplace_back(found == changes.end() ? std::numeric_limits<std::size_t>::max() : found->second.front(), unit);
  }
  std::sort(order.begin(), order.end());
  const std::size_t stride = (units + StateMap::max_rows - 1) / StateMap::max_rows;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < order.size(); i += std::max<std::size_t>(1, stride)) rows.push_back(order[i].second);
  return rows;
}

std::string joined(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (const std::size_t number : numbers) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

std::string life_map(const ReportSource& source, const Changes& changes, double layer, std::size_t units) {
  const std::vector<std::size_t> rows = rows_by_death(changes, layer, units);
  const std::vector<JsonValue>& looks = source.files.looks;
  StateMap map;
  map.title = "Deaths and revivals in layer " + shown(layer);
  map.description = "Whether each unit was dead at each look.";
  map.states = {"alive", "dead"};
  map.width = figure_width;
  for (const JsonValue& look : looks) map.looks.push_back(number_at(look, "epoch"));
  for (const std::size_t unit : rows) {
    map.rows.push_back(std::to_string(unit));
    const auto found = changes.find({layer, static_cast<double>(unit)});
    std::uint8_t state = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      if (found != changes.end() && next < found->second.size() && found->second[next] == i) {
        state = 1 - state;
        ++next;
      }
      map.values.push_back(state);
    }
  }
  return element("div", {{"class", "map"}, {"data-layer", shown(layer)}, {"data-units", joined(rows)}},
                 "\n" + figure(draw(map), numbers_of(map)));
}

std::string life_maps(const ReportSource& source) {
  constexpr std::size_t max_units = 1'000'000;  // a crafted file may say anything
  const Changes changes = changes_of(source.files.looks);
  std::string figures;
  for (const JsonValue& layer : list_at(source.files.looks.back(), "layers")) {
    const double number = number_at(layer, "layer");
    const double units = number_at(layer, "units");
    const auto first = changes.lower_bound({number, 0});
    if (first == changes.end() || first->first.first != number || !(units >= 1 && units <= max_units)) continue;
    figures += life_map(source, changes, number, static_cast<std::size_t>(units));
  }
  return figures;
}

// Units that something is wrong with.
std::string notable_units(const ReportSource& source) {
  Numbers numbers{.caption = "Units that are not simply alive",
                  .header = {"layer", "unit", "state", "fires on", "died at", "revived at", "margin", "mean |a|"}};
  for (const JsonValue& unit : source.files.units) {
    const std::string state = text_at(unit, "state");
    if (state == "alive" && std::isnan(number_at(unit, "died_at"))) continue;
    const JsonValue* born = unit.find("born_dead");
    const bool is_born_dead = born != nullptr && born->boolean;
    numbers.rows.push_back(
        {shown(number_at(unit, "layer")), shown(number_at(unit, "unit")), state, shown(number_at(unit, "fires")),
         is_born_dead ? "from the start" : shown(number_at(unit, "died_at")), shown(number_at(unit, "revived_at")),
         shown(number_at(unit, "margin")), shown(number_at(unit, "mean_activation"))});
  }
  return numbers.rows.empty()
             ? ""
             : details(counted(static_cast<double>(numbers.rows.size()), "unit") + " to look at", table(numbers, 500));
}

// The script fills it: without the script there is the table.
constexpr const char* ledger = R"(<div id="ledger" hidden>
<h3>The history of a unit</h3>
<p><label>Layer <select id="layer"></select></label> <label>Unit <input id="unit" type="number" min="1" step="1"></label></p>
<p id="history" aria-live="polite"></p>
<div id="weights"></div>
</div>
)";

JsonValue rounded(double value) {
  if (!std::isfinite(value)) return {};
  JsonValue json(value);
  json.text = hinge::to_text(value, 3);
  return json;
}

// Of each layer, the rows of W; none of larger networks.
JsonValue weights_json(const hinge::Network<float>& network) {
  constexpr std::size_t max_weights = 20'000;
  JsonValue json = JsonValue::object();
  if (network.values().size() > max_weights) return json;
  for (std::size_t i = 0; i < network.size(); ++i) {
    const auto weight = network.layer(i).weight();
    std::vector<JsonValue> rows;
    for (std::size_t unit = 0; unit < weight.rows; ++unit) {
      std::vector<JsonValue> row;
      for (std::size_t k = 0; k < weight.cols; ++k) row.push_back(rounded(static_cast<double>(weight(unit, k))));
      rows.emplace_back(std::move(row));
    }
    if (!rows.empty()) json.set(std::to_string(i + 1), std::move(rows));
  }
  return json;
}

}  // namespace

std::string neurons_section(const ReportSource& source) {
  if (source.files.looks.empty()) return "";
  const double samples = number_at(source.files.looks.back(), "samples");
  std::string text = paragraph("Measured on " + counted(samples, "training sample") + ", the probe.");
  const std::string figures = share_figures(source);
  if (figures.empty()) text += paragraph("No unit was dead, one-sided, rare or saturated at any time.");
  text += row_of(figures + life_maps(source));
  return text + (source.files.units.empty() ? "" : ledger) + notable_units(source);
}

JsonValue units_json(const ReportSource& source) {
  constexpr std::size_t max_units = 20'000;
  const auto& units = source.files.units;
  std::vector<JsonValue> rows;
  for (std::size_t i = 0; i < std::min(max_units, units.size()); ++i) {
    const JsonValue* born = units[i].find("born_dead");
    std::vector<JsonValue> row = {text_at(units[i], "state"), born != nullptr && born->boolean,
                                  text_at(units[i], "revivable")};
    for (const char* key : {"layer", "unit", "fires", "died_after", "died_at", "revived_after", "revived_at", "margin",
                            "mean_activation", "weight_norm", "largest_z"}) {
      const double value = number_at(units[i], key);
      const bool is_count = value == std::floor(value);
      row.push_back(is_count ? hinge::number_or_null(value) : rounded(value));
    }
    rows.emplace_back(std::move(row));
  }
  JsonValue json = JsonValue::object({{"units", std::move(rows)}});
  json.set("samples", hinge::number_or_null(number_at(source.files.history, "samples")));
  if (!source.files.epochs.empty()) {
    const JsonValue& last = source.files.epochs.back();
    json.set("steps", hinge::number_or_null(number_at(last, "steps") / number_at(last, "epoch")));
  }
  if (source.network != nullptr) json.set("weights", weights_json(*source.network));
  if (source.run != nullptr && source.run->data().train.features() <= 1000) {
    json.set("inputs", hinge::list_of(source.run->data().train.feature_names()));
  }
  return json;
}

}  // namespace hinge_command
