// Weighing a health report.
#include <hinge/optim/health/verdict.h>

#include <algorithm>
#include <array>
#include <vector>

#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr const char* divergence_advice = "training diverged; lower learning_rate, or set clip_norm";
constexpr double unscaled_above = 10;  // of |x|: inputs of that size make z of a He-initialised unit about as large
constexpr double large_update_above = 0.1;
constexpr double small_margin_below = 0.1;   // of the norm of the inputs
constexpr std::size_t min_warned_units = 3;  // fewer dead units, though a share of a small layer, are chance

HealthStatus status_of(const LayerHealth& layer, const HealthThresholds& thresholds) {
  const auto share = [&](std::size_t count) { return static_cast<double>(count) / static_cast<double>(layer.units); };
  if (layer.non_finite > 0) return HealthStatus::not_finite;
  if (share(layer.dead) > thresholds.alarm_dead) return HealthStatus::alarm;
  const auto are_many = [&](std::size_t count, double from) {
    return count >= min_warned_units && share(count) >= from;
  };
  if (are_many(layer.dead, thresholds.warn_dead) || are_many(layer.lost, thresholds.warn_lost)) {
    return HealthStatus::warn;
  }
  return HealthStatus::pass;
}

// Of equally bad layers the one with the largest share of dead units.
const LayerHealth* worst_layer(const HealthReport& report, const HealthThresholds& thresholds) {
  const LayerHealth* worst = nullptr;
  for (const LayerHealth& layer : report.layers) {
    if (worst == nullptr || status_of(layer, thresholds) > status_of(*worst, thresholds) ||
        (status_of(layer, thresholds) == status_of(*worst, thresholds) &&
         layer.dead_fraction() > worst->dead_fraction())) {
      worst = &layer;
    }
  }
  return worst;
}

// The median distance of the dead units from the data, as a share of the size of the inputs; nothing where there is none.
std::optional<double> median_margin(const LayerHealth& layer) {
  std::vector<double> margins;
  for (const UnitHealth& unit : layer.each) {
    const std::optional<double> margin = unit.margin();
    if (unit.dead && margin) margins.push_back(*margin);
  }
  if (margins.empty() || layer.input_norm == 0) return std::nullopt;
  const auto middle = margins.begin() + static_cast<std::ptrdiff_t>(margins.size() / 2);
  std::nth_element(margins.begin(), middle, margins.end());
  return *middle / layer.input_norm;
}

// Most dead units have some z > 0, so their activation is flat on both sides: they are saturated until the slope is 0.
bool is_mostly_saturated(const LayerHealth& layer) {
  const std::size_t without_positive_z = layer.one_sided - layer.one_sided_alive;  // of the dead
  return 2 * without_positive_z < layer.dead;
}

// Every dead unit has weights of 0, or inputs of 0.
bool weights_are_zero(const LayerHealth& layer) {
  return std::all_of(layer.each.begin(), layer.each.end(),
                     [](const UnitHealth& unit) { return !unit.dead || unit.weight_norm == 0; });
}

DeathCause cause_of(const HealthReport& report, const LayerHealth& layer, const LayerHistory& history) {
  if (report.dead_outputs > 0) return DeathCause::output_activation;
  if (layer.dead == 0) return DeathCause::none;
  const bool mostly_born = 2 * layer.lost < layer.dead;
  if ((mostly_born || is_mostly_saturated(layer)) && report.largest_input > unscaled_above)
    return DeathCause::unscaled_inputs;
  if (mostly_born) return DeathCause::initialisation;
  if (history.update_ratio_then && *history.update_ratio_then > large_update_above) return DeathCause::large_update;
  const std::optional<double> margin = median_margin(layer);
  if (margin && *margin < small_margin_below) return DeathCause::small_margin;
  return DeathCause::unknown;
}

// Of units that were born dead.
std::string advice_for_birth(const LayerHealth& layer) {
  if (layer.input_norm == 0) {
    return layer.layer == 1 ? "dead from the start: all inputs are 0"
                            : "dead from the start: all outputs of the layer before are 0";
  }
  if (weights_are_zero(layer)) return "dead from the start: their weights are 0 (weight_init)";
  return "dead from the start: look at bias_init and weight_init (or randomized_asymmetric)";
}

std::string advice_for(DeathCause cause, const HealthReport& report, const LayerHealth& layer,
                       const LayerHistory& history) {
  switch (cause) {
    case DeathCause::none:
      return "no hidden unit is dead: look at the last layer and at learning_rate";
    case DeathCause::output_activation:
      return "the last layer's activation cuts its outputs off: leave it out, the loss does the rest";
    case DeathCause::unscaled_inputs:
      return "inputs reach " + to_text(report.largest_input, 3) + ": scale them (preprocess: standard or minmax)";
    case DeathCause::initialisation:
      return advice_for_birth(layer);
    case DeathCause::large_update:
      return "most died in epoch " + std::to_string(history.worst_epoch) + ", a step there changed the weights by " +
             percent_text(*history.update_ratio_then) + ": lower learning_rate, or set clip_norm";
    case DeathCause::small_margin:
      return "dead units lie close to the data: a small change of the weights may bring them back";
    case DeathCause::unknown:
      return is_mostly_saturated(layer) ? "z is far from 0 on every sample: look at weight_init and learning_rate"
                                        : "hinge diagnose measures which change helps";
  }
  return "";
}

std::string reason_for(const LayerHealth& layer) {
  const std::string place = "layer " + std::to_string(layer.layer) + ": ";
  if (layer.non_finite > 0) {
    return place + std::to_string(layer.non_finite) + " of " + std::to_string(layer.units) + " units are not finite";
  }
  std::string text = place + std::to_string(layer.dead) + " of " + std::to_string(layer.units) + " units are " +
                     (is_mostly_saturated(layer) && layer.dead > 0 ? "saturated, with a slope of 0 (" : "dead (") +
                     percent_text(layer.dead_fraction()) + ")";
  if (layer.lost < layer.dead) text += ", " + std::to_string(layer.dead - layer.lost) + " of them from the start";
  if (layer.died > 0) text += ", " + std::to_string(layer.died) + " since the last look";
  return text;
}

// Of the layer with units that are not finite; null: only outputs are.
HealthVerdict judge_divergence(const HealthReport& report, const LayerHealth* layer) {
  return {.status = HealthStatus::not_finite,
          .layer = layer != nullptr ? layer->layer : 0,
          .reason = layer != nullptr ? reason_for(*layer)
                                     : std::to_string(report.non_finite_outputs) + " outputs are not finite",
          .advice = divergence_advice};
}

LayerHistory history_of(const HealthLedger& ledger, std::size_t layer) {
  for (const LayerHistory& history : ledger.layers()) {
    if (history.layer == layer) return history;
  }
  return {};
}

void put_first(const std::string& reason, HealthVerdict& verdict) {
  verdict.reason = reason + (verdict.reason.empty() ? "" : "; " + verdict.reason);
}

}  // namespace

std::string_view text_of(HealthStatus status) {
  constexpr std::array<std::string_view, 5> names = {"pass", "warn", "alarm", "collapse", "not finite"};
  return names[static_cast<std::size_t>(status)];
}

HealthVerdict judge(const HealthReport& report, const HealthLedger& ledger, const HealthThresholds& thresholds) {
  HealthVerdict verdict;
  const LayerHealth* layer = worst_layer(report, thresholds);
  if (layer != nullptr) verdict.status = status_of(*layer, thresholds);
  if (verdict.status == HealthStatus::not_finite) return judge_divergence(report, layer);
  if (report.non_finite_outputs > 0) return judge_divergence(report, nullptr);
  // A last layer of zeros gives one output for all before the first step, and is no harm.
  const bool may_start_so = ledger.epoch() == 0 && verdict.status == HealthStatus::pass;
  const bool collapses = report.output_is_constant && !may_start_so;
  if (collapses) verdict.status = HealthStatus::collapse;
  if (verdict.status == HealthStatus::pass && report.dead_outputs == 0) return verdict;

  if (layer != nullptr) {
    verdict.layer = layer->layer;
    verdict.reason = reason_for(*layer);
  }
  if (report.dead_outputs > 0) {
    verdict.status = std::max(verdict.status, HealthStatus::warn);
    put_first(std::to_string(report.dead_outputs) + " outputs are dead", verdict);
  }
  if (collapses) {
    put_first("the outputs are the same on all " + std::to_string(report.samples) + " probe samples", verdict);
  }
  const LayerHistory history = history_of(ledger, verdict.layer);
  const LayerHealth& worst = layer != nullptr ? *layer : LayerHealth{};
  verdict.cause = cause_of(report, worst, history);
  verdict.advice = advice_for(verdict.cause, report, worst, history);
  return verdict;
}

HealthVerdict divergence(const NonFiniteError& error) {
  return {.status = HealthStatus::not_finite, .reason = error.what(), .advice = divergence_advice};
}

}  // namespace hinge
