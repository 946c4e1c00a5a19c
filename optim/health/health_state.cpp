// Health reports as tables of state.
#include <hinge/optim/health/health_state.h>

#include <cstddef>
#include <iterator>

#include <hinge/core/io/state_archive.h>

namespace hinge {

void list_state(StateArchive& state, std::vector<UnitHealth>& units) {
  using Unit = UnitHealth;
  state.add("units", units,
            {&Unit::finite, &Unit::dead, &Unit::one_sided, &Unit::always_on, &Unit::rare, &Unit::saturated,
             &Unit::fires, &Unit::largest_z, &Unit::mean_activation, &Unit::mean_gradient, &Unit::weight_norm});
}

namespace {

// What a table cannot hold of a layer: its firing rates, and how many of the units are its own.
struct LayerRest {
  double smallest = 0;
  double lower = 0;
  double median = 0;
  double upper = 0;
  double largest = 0;
  std::size_t units = 0;
};

LayerRest rest_of(const LayerHealth& layer) {
  const RateQuantiles& rates = layer.firing_rates;
  return {rates[0], rates[1], rates[2], rates[3], rates[4], layer.each.size()};
}

void list_counts(StateArchive& state, std::vector<LayerHealth>& layers) {
  using Layer = LayerHealth;
  state.add("layers", layers,
            {&Layer::layer,           &Layer::units,      &Layer::dead,           &Layer::one_sided,
             &Layer::one_sided_alive, &Layer::non_finite, &Layer::rare,           &Layer::always_on,
             &Layer::saturated,       &Layer::dormant,    &Layer::deeply_dormant, &Layer::gradient_dormant,
             &Layer::mean_activation, &Layer::input_norm, &Layer::gradient_norm,  &Layer::update_ratio,
             &Layer::born_dead,       &Layer::lost,       &Layer::died,           &Layer::revived});
}

}  // namespace

void list_state(StateArchive& state, std::vector<LayerHealth>& layers) {
  std::vector<LayerRest> rests;
  std::vector<UnitHealth> units;  // of all layers
  for (const LayerHealth& layer : layers) {
    rests.push_back(rest_of(layer));
    units.insert(units.end(), layer.each.begin(), layer.each.end());
  }
  list_counts(state, layers);
  state.add("rests", rests,
            {&LayerRest::smallest, &LayerRest::lower, &LayerRest::median, &LayerRest::upper, &LayerRest::largest,
             &LayerRest::units});
  list_state(state, units);
  if (!state.is_reading()) return;
  state.require(rests.size() == layers.size(), "rests");
  std::size_t first = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerRest& rest = rests[i];
    state.require(rest.units <= units.size() - first, "units");
    layers[i].firing_rates = {rest.smallest, rest.lower, rest.median, rest.upper, rest.largest};
    layers[i].each.assign(units.data() + first, units.data() + first + rest.units);
    first += rest.units;
  }
}

void list_state(StateArchive& state, HealthReport& report) {
  state.add("samples", report.samples);
  list_state(state, report.layers);
  state.add("non_finite_outputs", report.non_finite_outputs);
  state.add("dead_outputs", report.dead_outputs);
  state.add("output_is_constant", report.output_is_constant);
  state.add("largest_input", report.largest_input);
  state.add("loss", report.loss);
}

void list_state(StateArchive& state, HealthVerdict& verdict) {
  auto status = static_cast<unsigned>(verdict.status);
  auto cause = static_cast<unsigned>(verdict.cause);
  state.add("status", status);
  state.add("cause", cause);
  state.require(status <= static_cast<unsigned>(HealthStatus::not_finite), "status");
  state.require(cause <= static_cast<unsigned>(DeathCause::unknown), "cause");
  verdict.status = static_cast<HealthStatus>(status);
  verdict.cause = static_cast<DeathCause>(cause);
  state.add("layer", verdict.layer);
  state.add("reason", verdict.reason);
  state.add("advice", verdict.advice);
}

}  // namespace hinge
