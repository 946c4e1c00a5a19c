// Writing neuron health.
#include <hinge/optim/health/health_json.h>

#include <array>
#include <cmath>
#include <utility>

namespace hinge {

namespace {

JsonValue number_or_null(double value) { return std::isfinite(value) ? JsonValue::of(value) : JsonValue(); }

JsonValue number_or_null(const std::optional<double>& value) { return value ? number_or_null(*value) : JsonValue(); }

JsonValue epoch_or_null(const std::optional<std::size_t>& epoch) { return epoch ? JsonValue::of(*epoch) : JsonValue(); }

JsonValue json_of(const LayerHealth& layer) {
  JsonValue json = JsonValue::object();
  const std::array<std::pair<const char*, std::size_t>, 15> counts = {{{"layer", layer.layer},
                                                                       {"units", layer.units},
                                                                       {"dead", layer.dead},
                                                                       {"born_dead", layer.born_dead},
                                                                       {"lost", layer.lost},
                                                                       {"died", layer.died},
                                                                       {"revived", layer.revived},
                                                                       {"one_sided", layer.one_sided},
                                                                       {"rare", layer.rare},
                                                                       {"always_on", layer.always_on},
                                                                       {"saturated", layer.saturated},
                                                                       {"non_finite", layer.non_finite},
                                                                       {"dormant_0.1", layer.dormant},
                                                                       {"dormant_0.025", layer.deeply_dormant},
                                                                       {"gradient_dormant", layer.gradient_dormant}}};
  for (const auto& [name, count] : counts) json.set(name, JsonValue::of(count));
  std::vector<JsonValue> rates;
  for (const double rate : layer.firing_rates) rates.push_back(number_or_null(rate));
  json.set("firing_rates", JsonValue::of(std::move(rates)));
  json.set("mean_activation", number_or_null(layer.mean_activation));
  json.set("input_norm", number_or_null(layer.input_norm));
  json.set("gradient_norm", number_or_null(layer.gradient_norm));
  json.set("update_ratio", number_or_null(layer.update_ratio));
  return json;
}

// Units whose last death, or revival, the report of that epoch was the first to see.
template <typename Member>
JsonValue units_of(const HealthLedger& ledger, std::size_t epoch, Member member) {
  std::vector<JsonValue> places;
  for (const UnitHistory& unit : ledger.units()) {
    if (unit.*member != epoch) continue;
    places.push_back(JsonValue::of(std::vector{JsonValue::of(unit.layer), JsonValue::of(unit.unit + 1)}));
  }
  return JsonValue::of(std::move(places));
}

std::string state_of(const UnitHealth& unit) {
  if (!unit.finite) return "not finite";
  if (unit.dead) return "dead";
  if (unit.saturated) return "saturated";
  if (unit.one_sided) return "one-sided";
  if (unit.rare) return "rare";
  return unit.always_on ? "always on" : "alive";
}

JsonValue json_of(const UnitHistory& unit, std::size_t samples, const RevivalFacts& facts) {
  JsonValue json = JsonValue::object();
  json.set("layer", JsonValue::of(unit.layer));
  json.set("unit", JsonValue::of(unit.unit + 1));
  json.set("state", JsonValue::of(state_of(unit.now)));
  json.set("born_dead", JsonValue::of(unit.born_dead));
  json.set("died_at", epoch_or_null(unit.died_at));
  json.set("revived_at", epoch_or_null(unit.revived_at));
  json.set("died_after", epoch_or_null(unit.died_after));
  json.set("revived_after", epoch_or_null(unit.revived_after));
  json.set("revivable", unit.now.dead ? JsonValue::of(std::string(text_of(revivable(unit, facts)))) : JsonValue());
  json.set("fires", JsonValue::of(unit.now.fires));
  json.set("rate_bound", unit.now.fires == 0 ? number_or_null(rate_bound(samples)) : JsonValue());
  json.set("largest_z", number_or_null(unit.now.largest_z));
  json.set("weight_norm", number_or_null(unit.now.weight_norm));
  json.set("margin", number_or_null(unit.now.margin()));
  json.set("mean_activation", number_or_null(unit.now.mean_activation));
  json.set("mean_gradient", number_or_null(unit.now.mean_gradient));
  return json;
}

}  // namespace

JsonValue json_of(const HealthVerdict& verdict) {
  JsonValue json = JsonValue::object();
  json.set("status", JsonValue::of(std::string(text_of(verdict.status))));
  if (verdict.layer > 0) json.set("layer", JsonValue::of(verdict.layer));
  if (!verdict.reason.empty()) json.set("reason", JsonValue::of(verdict.reason));
  if (!verdict.advice.empty()) json.set("advice", JsonValue::of(verdict.advice));
  return json;
}

JsonValue json_of(std::size_t epoch, const HealthReport& report, const HealthVerdict& verdict,
                  const HealthLedger& ledger) {
  JsonValue json = JsonValue::object();
  json.set("epoch", JsonValue::of(epoch));
  json.set("samples", JsonValue::of(report.samples));
  json.set("verdict", json_of(verdict));
  json.set("output_is_constant", JsonValue::of(report.output_is_constant));
  json.set("dead_outputs", JsonValue::of(report.dead_outputs));
  json.set("non_finite_outputs", JsonValue::of(report.non_finite_outputs));
  std::vector<JsonValue> layers;
  for (const LayerHealth& layer : report.layers) layers.push_back(json_of(layer));
  json.set("layers", JsonValue::of(std::move(layers)));
  json.set("died", units_of(ledger, epoch, &UnitHistory::died_at));
  json.set("revived", units_of(ledger, epoch, &UnitHistory::revived_at));
  return json;
}

JsonValue json_of(const HealthLedger& ledger, std::size_t samples, const RevivalFacts& facts) {
  std::vector<JsonValue> units;
  for (const UnitHistory& unit : ledger.units()) units.push_back(json_of(unit, samples, facts));
  JsonValue json = JsonValue::object();
  json.set("samples", JsonValue::of(samples));
  json.set("units", JsonValue::of(std::move(units)));
  return json;
}

}  // namespace hinge
