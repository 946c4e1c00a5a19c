// Writing neuron health.
#include <hinge/optim/health/health_json.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

JsonValue epoch_or_null(const std::optional<std::size_t>& epoch) { return epoch ? JsonValue(*epoch) : JsonValue(); }

constexpr std::array<std::pair<const char*, std::size_t LayerHealth::*>, 15> layer_counts = {
    {{"layer", &LayerHealth::layer},
     {"units", &LayerHealth::units},
     {"dead", &LayerHealth::dead},
     {"born_dead", &LayerHealth::born_dead},
     {"lost", &LayerHealth::lost},
     {"died", &LayerHealth::died},
     {"revived", &LayerHealth::revived},
     {"one_sided", &LayerHealth::one_sided},
     {"rare", &LayerHealth::rare},
     {"always_on", &LayerHealth::always_on},
     {"saturated", &LayerHealth::saturated},
     {"non_finite", &LayerHealth::non_finite},
     {"dormant_0.1", &LayerHealth::dormant},
     {"dormant_0.025", &LayerHealth::deeply_dormant},
     {"gradient_dormant", &LayerHealth::gradient_dormant}}};

JsonValue json_of(const LayerHealth& layer) {
  JsonValue json = JsonValue::object();
  for (const auto& [name, count] : layer_counts) json.set(name, layer.*count);
  json.set("firing_rates", list_of(layer.firing_rates, [](double rate) { return number_or_null(rate); }));
  json.set("mean_activation", number_or_null(layer.mean_activation));
  json.set("input_norm", number_or_null(layer.input_norm));
  json.set("gradient_norm", number_or_null(layer.gradient_norm));
  json.set("update_ratio", number_or_null(layer.update_ratio));
  return json;
}

// A line with two such lists stays far below the limits of parse_json.
constexpr std::size_t max_named_units = 100'000;

// Units whose last death, or revival, the report of that epoch was the first to see.
template <typename Member>
JsonValue units_of(const HealthLedger& ledger, std::size_t epoch, Member member) {
  std::vector<JsonValue> places;
  for (const UnitHistory& unit : ledger.units()) {
    if (unit.*member != epoch || places.size() == max_named_units) continue;
    places.emplace_back(std::vector<JsonValue>{unit.layer, unit.unit + 1});
  }
  return places;
}

JsonValue json_of(const UnitHistory& unit, std::size_t samples, const RevivalFacts& facts) {
  return JsonValue::object({{"layer", unit.layer},
                            {"unit", unit.unit + 1},
                            {"state", state_name(unit.now)},
                            {"born_dead", unit.born_dead},
                            {"died_at", epoch_or_null(unit.died_at)},
                            {"revived_at", epoch_or_null(unit.revived_at)},
                            {"died_after", epoch_or_null(unit.died_after)},
                            {"revived_after", epoch_or_null(unit.revived_after)},
                            {"revivable", unit.now.dead ? JsonValue(text_of(revivable(unit, facts))) : JsonValue()},
                            {"fires", unit.now.fires},
                            {"rate_bound", unit.now.fires == 0 ? number_or_null(rate_bound(samples)) : JsonValue()},
                            {"largest_z", number_or_null(unit.now.largest_z)},
                            {"weight_norm", number_or_null(unit.now.weight_norm)},
                            {"margin", number_or_null(unit.now.margin())},
                            {"mean_activation", number_or_null(unit.now.mean_activation)},
                            {"mean_gradient", number_or_null(unit.now.mean_gradient)}});
}

using Kind = JsonValue::Kind;
using Test = bool (*)(const JsonValue&);

bool is_text(const JsonValue& value) { return value.kind == Kind::string; }
bool is_truth(const JsonValue& value) { return value.kind == Kind::boolean; }
bool is_list(const JsonValue& value) { return value.kind == Kind::array; }
bool is_count(const JsonValue& value) { return value.kind == Kind::number && parse_size(value.text); }
bool is_place(const JsonValue& value) { return is_count(value) && parse_size(value.text) > 0U; }  // counted from 1
bool is_count_or_null(const JsonValue& value) { return value.kind == Kind::null || is_count(value); }
bool is_text_or_null(const JsonValue& value) { return value.kind == Kind::null || is_text(value); }
bool is_number_or_null(const JsonValue& value) { return value.kind == Kind::null || value.kind == Kind::number; }

void check(const JsonValue& value, Test test, const char* name) {
  if (test(value)) return;
  throw DataError(value.place.text() + ": found " + value.described() + " for \"" + name +
                  "\", which no run writes there");
}

// Throws unless the object has all these keys, with values that pass the test.
void check(const JsonValue& json, Test test, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const JsonValue* value = json.find(key);
    if (value == nullptr) throw DataError(json.place.text() + ": the key \"" + key + "\" is missing");
    check(*value, test, key);
  }
}

void check_report(const JsonValue& report) {
  check(report, is_count, {"epoch", "samples"});
  check(report, is_list, {"layers"});
  const JsonValue& verdict = *report.find("verdict");
  check(verdict, is_text, {"status"});
  for (const char* name : {"reason", "advice"}) {
    if (verdict.find(name) != nullptr) check(verdict, is_text, {name});
  }
  for (const JsonValue& layer : report.find("layers")->elements) {
    for (const auto& [name, member] : layer_counts) check(layer, is_count, {name});
    check(layer, is_place, {"layer"});
    check(layer, is_number_or_null, {"mean_activation", "input_norm", "gradient_norm", "update_ratio"});
    check(layer, [](const JsonValue& rates) { return is_list(rates) && !rates.elements.empty(); }, {"firing_rates"});
    for (const JsonValue& rate : layer.find("firing_rates")->elements) check(rate, is_number_or_null, "firing_rates");
  }
}

void check_unit(const JsonValue& unit) {
  check(unit, is_place, {"layer", "unit"});
  check(unit, is_text, {"state"});
  check(unit, is_truth, {"born_dead"});
  check(unit, is_count, {"fires"});
  check(unit, is_count_or_null, {"died_at", "revived_at"});  // 0.1.0 had no died_after and revived_after
  check(unit, is_text_or_null, {"revivable"});
  check(unit, is_number_or_null, {"rate_bound", "margin", "mean_activation"});
}

std::size_t count(const JsonValue& json, const char* key) { return parse_size(json.find(key)->text).value(); }

}  // namespace

const char* state_name(const UnitHealth& unit) {
  if (!unit.finite) return "not finite";
  if (unit.dead) return "dead";
  if (unit.saturated) return "saturated";
  if (unit.one_sided) return "one-sided";
  if (unit.rare) return "rare";
  return unit.always_on ? "always on" : "alive";
}

JsonValue json_of(const HealthVerdict& verdict) {
  JsonValue json = JsonValue::object({{"status", text_of(verdict.status)}});
  if (verdict.layer > 0) json.set("layer", verdict.layer);
  if (!verdict.reason.empty()) json.set("reason", verdict.reason);
  if (!verdict.advice.empty()) json.set("advice", verdict.advice);
  return json;
}

HealthVerdict health_verdict_from(const JsonValue& json) {
  const auto text = [&](const char* key) {
    const JsonValue* value = json.find(key);
    return value == nullptr ? std::string() : value->text;
  };
  HealthVerdict verdict{.reason = text("reason"), .advice = text("advice")};
  verdict.layer = parse_size(text("layer")).value_or(0);
  constexpr HealthStatus all[] = {HealthStatus::warn, HealthStatus::alarm, HealthStatus::collapse,
                                  HealthStatus::not_finite};
  for (const HealthStatus status : all) {
    if (text("status") == text_of(status)) verdict.status = status;
  }
  return verdict;
}

JsonValue json_of(std::size_t epoch, const HealthReport& report, const HealthVerdict& verdict,
                  const HealthLedger& ledger) {
  return JsonValue::object({{"epoch", epoch},
                            {"samples", report.samples},
                            {"verdict", json_of(verdict)},
                            {"output_is_constant", report.output_is_constant},
                            {"dead_outputs", report.dead_outputs},
                            {"non_finite_outputs", report.non_finite_outputs},
                            {"layers", list_of(report.layers, [](const LayerHealth& layer) { return json_of(layer); })},
                            {"died", units_of(ledger, epoch, &UnitHistory::died_at)},
                            {"revived", units_of(ledger, epoch, &UnitHistory::revived_at)}});
}

std::string history_text(const HealthLedger& ledger, std::size_t samples, const RevivalFacts& facts,
                         std::size_t model_epoch) {
  std::string text = to_json_line(
      JsonValue::object({{"samples", samples}, {"units", ledger.units().size()}, {"model_epoch", model_epoch}}));
  for (const UnitHistory& unit : ledger.units()) text += "\n" + to_json_line(json_of(unit, samples, facts));
  return text;
}

HealthFile::HealthFile(const std::string& path) : path_(path), text_(read_file(path)) {
  Line line;
  for (std::size_t start = 0, end = 0; (end = text_.find('\n', start)) != std::string::npos; start = end + 1) {
    ++line.number;
    line.text = std::string_view(text_).substr(start, end - start);
    take(line);
  }
  if (reports_.empty()) throw DataError(printable(path) + " holds no report; was the run ended at once?");
  if (history_.kind == JsonValue::Kind::null) return;
  find_model_report();
  if (count(history_, "units") != unit_count_) history_ = {};
}

JsonValue HealthFile::parse(const Line& line) const {
  try {
    return parse_json(line.text, printable(path_) + ":" + std::to_string(line.number));
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
}

void HealthFile::take(const Line& line) {
  JsonValue json = parse(line);
  if (json.find("verdict") != nullptr) {
    check_report(json);
    reports_.emplace_back(count(json, "epoch"), line);
    last_ = std::move(json);
  } else if (json.find("unit") != nullptr) {
    check_unit(json);
    units_.push_back(line);
    ++unit_count_;
  } else if (JsonValue* units = json.find("units"); units != nullptr && is_list(*units)) {  // as 0.1.0 wrote
    check(json, is_count, {"samples"});
    for (const JsonValue& unit : units->elements) check_unit(unit);
    units_.push_back(line);
    unit_count_ = units->elements.size();
    *units = unit_count_;
    history_ = std::move(json);
  } else {
    check(json, is_count, {"samples", "units", "model_epoch"});
    history_ = std::move(json);
  }
}

// The last look at or before the epoch whose weights the model has.
void HealthFile::find_model_report() {
  if (history_.find("model_epoch") == nullptr) return;
  const std::size_t epoch = count(history_, "model_epoch");
  const auto is_later = [&](const auto& report) { return report.first > epoch; };
  const auto found = std::find_if_not(reports_.rbegin(), reports_.rend(), is_later);
  if (found != reports_.rbegin() && found != reports_.rend()) of_model_ = parse(found->second);
}

void HealthFile::for_each_report(const std::function<void(const JsonValue&)>& take_report) const {
  for (const auto& [epoch, line] : reports_) take_report(parse(line));
}

void HealthFile::for_each_unit(const std::function<void(const JsonValue&)>& take_unit) const {
  for (const Line& line : units_) {
    const JsonValue json = parse(line);
    const JsonValue* list = json.find("units");
    if (list == nullptr) take_unit(json);
    for (std::size_t i = 0; list != nullptr && i < list->elements.size(); ++i) take_unit(list->elements[i]);
  }
}

}  // namespace hinge
