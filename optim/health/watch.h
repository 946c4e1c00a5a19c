// The watch over a network's units while it trains.
#pragma once

#include <cstddef>
#include <optional>

#include <hinge/data/batch_source.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/probe.h>

namespace hinge {

/// Looks at single steps and keeps the largest of each figure: the norm of the gradient over a layer's trainable
/// parameters, and ‖Δθ‖ / ‖θ‖ of the same. Allocates when it is made, and never again. One thread at a time.
template <typename Scalar>
class HINGE_API UpdateMeter {
 public:
  explicit UpdateMeter(const Network<Scalar>& network);

  /// Between backward pass and update.
  void before(const Network<Scalar>& network);
  void after(const Network<Scalar>& network);

  /// Writes the figures into the report's layers, and starts anew.
  void write(HealthReport& report);
  /// Starts anew.
  void reset();
  /// For a training that is interrupted.
  void list_state(StateArchive& state);

 private:
  struct Layer {
    std::optional<double> gradient_norm = {};
    std::optional<double> update_ratio = {};
  };

  std::vector<Layer> layers_;
  Buffer<Scalar> values_;  // before the update
};

/// Joins the probe (what units do), the meter (how large steps are) and the ledger (what became of each unit).
///
/// Between `start` and `stop` it measures one network, on samples drawn once from its training data. The ledger stays:
/// a second `start` compares with the network that the first one saw. Never changes the network's parameters. One thread
/// at a time.
template <typename Scalar>
class HINGE_API HealthWatch {
 public:
  /// Draws up to `samples` probe samples by the network's seed, and measures. Passes take `chunk` samples at a time. A
  /// source that cannot shuffle gives its first samples. `stationary`: whether a parameter whose gradient is 0 from some
  /// step on never moves again. `loss` must live until `stop`.
  HealthReport start(Network<Scalar>& network, BatchSource<Scalar>& train, const Loss<Scalar>& loss,
                     std::size_t samples, std::size_t chunk, bool stationary);
  /// The same without a measurement: `list_state` brings the ledger back.
  void resume(Network<Scalar>& network, BatchSource<Scalar>& train, const Loss<Scalar>& loss, std::size_t samples,
              std::size_t chunk, bool stationary);
  /// For a training that is interrupted: ledger and meter. Requires is_on().
  void list_state(StateArchive& state);
  /// Releases the samples.
  void stop();
  bool is_on() const { return probe_.has_value(); }

  /// Measures after `epoch`, and enters what changed since the last look into ledger and report. Requires is_on().
  HealthReport measure(Network<Scalar>& network, std::size_t epoch);
  /// Measures the network as it is, compared with the start; the ledger stays as it is. Requires is_on().
  HealthReport look(Network<Scalar>& network) const;

  /// Around an update that the report shall tell of: between backward pass and update, and after it. Requires is_on().
  void before_update(const Network<Scalar>& network) { meter_->before(network); }
  void after_update(const Network<Scalar>& network) { meter_->after(network); }
  /// Forgets the updates since the last measurement. Requires is_on().
  void forget_updates() { meter_->reset(); }

  /// What became of every unit since the first `start`.
  const HealthLedger& ledger() const { return ledger_; }
  /// Whether the ledger's dead units of layer 1 can come back.
  const RevivalFacts& revival_facts() const { return revival_facts_; }

 private:
  std::optional<HealthProbe<Scalar>> probe_;
  std::optional<UpdateMeter<Scalar>> meter_;
  HealthLedger ledger_;
  RevivalFacts revival_facts_;
};

extern template class HINGE_API UpdateMeter<float>;
extern template class HINGE_API UpdateMeter<double>;
extern template class HINGE_API HealthWatch<float>;
extern template class HINGE_API HealthWatch<double>;

}  // namespace hinge
