// What the hidden units did: shares over epochs, deaths and revivals, and each unit's history.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/layers/layer.h>

#include "drawing/chart.h"
#include "drawing/state_map.h"
#include "report/page.h"
#include "report/run_charts.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// The share of units of each layer that a look counts under `key`; without series where there never were any.
Chart share_chart(const ReportSource& source, const std::string& key, const char* title, const char* meaning) {
  Chart chart{.title = title,
              .description = meaning,
              .x = {.label = "epoch", .kind = ScaleKind::whole},
              .y = {.label = "% of the units of a layer", .low = 0, .high = 100},
              .width = figure_width,
              .height = 240};
  bool has_any = false;
  const auto share = [&](const JsonValue& layer) {
    const double count = number_at(layer, key);
    has_any = has_any || count > 0;
    return 100 * count / number_at(layer, "units");
  };
  add_layers(source.files, share, chart);
  if (!has_any) chart.series.clear();
  return chart;
}

struct Kind {
  const char* key;
  const char* title;
  const char* meaning;
};

constexpr Kind kinds[] = {
    {"dead", "Dead", "The local derivative is 0 on every sample of the probe: nothing can change the unit."},
    {"one_sided", "One-sided", "On every sample of the probe z ≤ 0."},
    {"rare", "Rare", "On some samples z > 0, but on fewer than 1 % of them."},
    {"saturated", "Saturated", "The local derivative is tiny on every sample."},
    {"non_finite", "Not finite", "On some sample z or the output is NaN or infinite."},
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

std::string life_maps(const ReportSource& source) {
  std::string figures;
  for (DeathMap& death : death_maps(source.files, true)) {
    if (!death.has_deaths) continue;
    death.map.title = "Deaths and revivals in layer " + shown(death.layer);
    death.map.description = "Whether each unit was dead at each look.";
    death.map.width = figure_width;
    figures += element(
        "div", {{"class", "map"}, {"data-layer", shown(death.layer)}, {"data-units", hinge::join(death.map.rows, " ")}},
        "\n" + figure(draw(death.map), numbers_of(death.map)));
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
