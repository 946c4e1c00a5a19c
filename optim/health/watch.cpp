// Probe, meter and ledger together.
#include <hinge/optim/health/watch.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/io/state_archive.h>
#include <hinge/core/random.h>

namespace hinge {

namespace {

// A slope that is learned may leave 0 without any gradient of z.
template <typename Scalar>
bool has_fixed_slope(const Layer<Scalar>& layer) {
  return layer.activation() == nullptr || layer.activation()->declare_parameters(layer.outputs()).empty();
}

// √Σ term(p, i)² over the elements of a layer's trainable parameters, in memory order.
template <typename Scalar, typename Term>
double norm_over(const Layer<Scalar>& layer, const Term& term) {
  double squares = 0;
  for (const Parameter<Scalar>& p : layer.parameters()) {
    if (!p.trainable()) continue;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double value = term(p, i);
      squares += value * value;
    }
  }
  return std::sqrt(squares);
}

void keep_larger(std::optional<double>& kept, double value) { kept = std::max(kept.value_or(0), value); }

}  // namespace

template <typename Scalar>
UpdateMeter<Scalar>::UpdateMeter(const Network<Scalar>& network)
    : layers_(network.size()), values_(network.values().size()) {}

template <typename Scalar>
void UpdateMeter<Scalar>::before(const Network<Scalar>& network) {
  std::copy(network.values().begin(), network.values().end(), values_.data());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    keep_larger(layers_[l].gradient_norm, norm_over(network.layer(l), [](const Parameter<Scalar>& p, std::size_t i) {
                  return static_cast<double>(p.gradient().data[i]);
                }));
  }
}

template <typename Scalar>
void UpdateMeter<Scalar>::after(const Network<Scalar>& network) {
  const Scalar* now = network.values().data();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto old_value = [&](const Parameter<Scalar>& p, std::size_t i) {
      return static_cast<double>(values_.data()[static_cast<std::size_t>(p.value().data - now) + i]);
    };
    const double size = norm_over(network.layer(l), old_value);
    if (size == 0) continue;
    const double change = norm_over(network.layer(l), [&](const Parameter<Scalar>& p, std::size_t i) {
      return static_cast<double>(p.value().data[i]) - old_value(p, i);
    });
    keep_larger(layers_[l].update_ratio, change / size);
  }
}

template <typename Scalar>
void UpdateMeter<Scalar>::write(HealthReport& report) {
  for (LayerHealth& health : report.layers) {
    Layer& layer = layers_[health.layer - 1];
    health.gradient_norm = layer.gradient_norm;
    health.update_ratio = layer.update_ratio;
  }
  reset();
}

template <typename Scalar>
void UpdateMeter<Scalar>::reset() {
  std::fill(layers_.begin(), layers_.end(), Layer{});
}

template <typename Scalar>
void UpdateMeter<Scalar>::list_state(StateArchive& state) {
  const std::size_t layers = layers_.size();
  state.add("updates", layers_, {&Layer::gradient_norm, &Layer::update_ratio});
  state.require(layers_.size() == layers, "updates");
}

template <typename Scalar>
void HealthWatch<Scalar>::resume(Network<Scalar>& network, BatchSource<Scalar>& train, const Loss<Scalar>& loss,
                                 std::size_t samples, std::size_t chunk, bool stationary) {
  Batch<Scalar> batch = train.make_batch(std::min(samples, train.size()));
  train.start_epoch(RandomStream(network.seed(), Purpose::probe));
  train.next(batch);
  probe_.emplace(std::move(batch), loss, chunk);
  meter_.emplace(network);
  revival_facts_ = {.stationary_at_zero_gradient = stationary && has_fixed_slope(network.layer(0)),
                    .probe_is_training_set = probe_->size() == train.size(),
                    .inputs_are_fixed = train.is_fixed()};
}

template <typename Scalar>
HealthReport HealthWatch<Scalar>::start(Network<Scalar>& network, BatchSource<Scalar>& train, const Loss<Scalar>& loss,
                                        std::size_t samples, std::size_t chunk, bool stationary) {
  resume(network, train, loss, samples, chunk, stationary);
  HealthReport report = probe_->measure(network);
  if (ledger_.is_started()) {
    ledger_.compare(report);
  } else {
    ledger_.start(report);
  }
  return report;
}

template <typename Scalar>
void HealthWatch<Scalar>::list_state(StateArchive& state) {
  ledger_.list_state(state);
  meter_->list_state(state);
}

template <typename Scalar>
void HealthWatch<Scalar>::stop() {
  probe_.reset();
  meter_.reset();
}

template <typename Scalar>
HealthReport HealthWatch<Scalar>::measure(Network<Scalar>& network, std::size_t epoch) {
  HealthReport report = probe_->measure(network);
  meter_->write(report);
  ledger_.add(epoch, report);
  return report;
}

template <typename Scalar>
HealthReport HealthWatch<Scalar>::look(Network<Scalar>& network) const {
  HealthReport report = probe_->measure(network);
  ledger_.compare(report);
  return report;
}

template class UpdateMeter<float>;
template class UpdateMeter<double>;
template class HealthWatch<float>;
template class HealthWatch<double>;

}  // namespace hinge
