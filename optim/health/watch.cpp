// Probe, meter and ledger together.
#include <hinge/optim/health/watch.h>

#include <algorithm>
#include <utility>

#include <hinge/core/random.h>

namespace hinge {

namespace {

// A slope that is learned may leave 0 without any gradient of z.
template <typename Scalar>
bool has_fixed_slope(const Layer<Scalar>& layer) {
  return layer.activation() == nullptr || layer.activation()->declare_parameters(layer.outputs()).empty();
}

}  // namespace

template <typename Scalar>
HealthReport HealthWatch<Scalar>::start(Network<Scalar>& network, BatchSource<Scalar>& train, const Loss<Scalar>& loss,
                                        std::size_t samples, std::size_t chunk, bool stationary) {
  Batch<Scalar> batch = train.make_batch(std::min(samples, train.size()));
  train.start_epoch(RandomStream(network.seed(), Purpose::probe));
  train.next(batch);
  probe_.emplace(std::move(batch), loss, chunk);
  meter_.emplace(network);
  HealthReport report = probe_->measure(network);
  if (ledger_.is_started()) {
    ledger_.compare(report);
  } else {
    ledger_.start(report);
  }
  revival_facts_ = {.stationary_at_zero_gradient = stationary && has_fixed_slope(network.layer(0)),
                    .probe_is_training_set = probe_->size() == train.size(),
                    .inputs_are_fixed = train.is_fixed()};
  return report;
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

template class HealthWatch<float>;
template class HealthWatch<double>;

}  // namespace hinge
