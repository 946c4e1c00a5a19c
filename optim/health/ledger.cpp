// Births, deaths and revivals.
#include <hinge/optim/health/ledger.h>

#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/optim/health/health_state.h>

namespace hinge {

namespace {

void count_against_start(bool born_dead, const UnitHealth& now, LayerHealth& layer) {
  if (now.dead && !born_dead) ++layer.lost;
  if (born_dead) ++layer.born_dead;
}

// Writes what happened to a unit between the report of epoch `before` and `now`, of `epoch`, and counts it.
void follow(UnitHistory& unit, const UnitHealth& now, std::size_t before, std::size_t epoch, LayerHealth& layer) {
  if (now.dead && !unit.now.dead) {
    unit.died_after = before;
    unit.died_at = epoch;
    ++layer.died;
  }
  if (!now.dead && now.finite && unit.now.dead) {
    unit.revived_after = before;
    unit.revived_at = epoch;
    ++layer.revived;
  }
  count_against_start(unit.born_dead, now, layer);
  unit.now = now;
}

}  // namespace

std::string_view text_of(Revivable revivable) { return revivable == Revivable::no ? "no" : "unknown"; }

void HealthLedger::start(HealthReport& report) {
  units_.clear();
  layers_.clear();
  epoch_ = 0;
  for (LayerHealth& layer : report.layers) {
    layers_.push_back({.layer = layer.layer});
    layer.born_dead = layer.dead;
    for (std::size_t u = 0; u < layer.each.size(); ++u) {
      UnitHistory unit{.layer = layer.layer, .unit = u, .born_dead = layer.each[u].dead, .now = layer.each[u]};
      if (unit.born_dead) unit.died_at = 0;
      units_.push_back(unit);
    }
  }
  started_ = true;
}

void HealthLedger::check_units(const HealthReport& report) const {
  std::size_t units = 0;
  for (const LayerHealth& layer : report.layers) units += layer.each.size();
  if (report.layers.size() == layers_.size() && units == units_.size()) return;
  throw ShapeError("health: the report has " + std::to_string(units) + " units, but the ledger " +
                   std::to_string(units_.size()));
}

void HealthLedger::compare(HealthReport& report) const {
  check_units(report);
  auto unit = units_.begin();
  for (LayerHealth& layer : report.layers) {
    for (const UnitHealth& now : layer.each) count_against_start((unit++)->born_dead, now, layer);
  }
}

void HealthLedger::add(std::size_t epoch, HealthReport& report) {
  check_units(report);
  const std::size_t before = std::exchange(epoch_, epoch);
  auto unit = units_.begin();
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    LayerHealth& layer = report.layers[i];
    for (const UnitHealth& now : layer.each) follow(*unit++, now, before, epoch, layer);
    remember_worst(epoch, layer, layers_[i]);
  }
}

void HealthLedger::remember_worst(std::size_t epoch, const LayerHealth& layer, LayerHistory& history) const {
  if (layer.died <= history.died_then) return;
  history.worst_epoch = epoch;
  history.died_then = layer.died;
  history.update_ratio_then = layer.update_ratio;
}

void HealthLedger::list_state(StateArchive& state) {
  using Unit = UnitHistory;
  using Layer = LayerHistory;
  state.add("started", started_);
  state.add("epoch", epoch_);
  state.add("histories", units_,
            {&Unit::layer, &Unit::unit, &Unit::born_dead, &Unit::died_after, &Unit::died_at, &Unit::revived_after,
             &Unit::revived_at});
  state.add("layers", layers_, {&Layer::layer, &Layer::worst_epoch, &Layer::died_then, &Layer::update_ratio_then});
  std::vector<UnitHealth> now;
  for (const UnitHistory& unit : units_) now.push_back(unit.now);
  hinge::list_state(state, now);
  state.require(now.size() == units_.size(), "units");
  for (std::size_t i = 0; i < now.size(); ++i) units_[i].now = now[i];
}

Revivable revivable(const UnitHistory& unit, const RevivalFacts& facts) {
  const bool is_certain = unit.layer == 1 && unit.now.dead && facts.stationary_at_zero_gradient &&
                          facts.probe_is_training_set && facts.inputs_are_fixed;
  return is_certain ? Revivable::no : Revivable::unknown;
}

}  // namespace hinge
