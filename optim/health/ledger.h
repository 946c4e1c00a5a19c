// The ledger of neuron health: what became of every unit since training began.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/optim/health/probe.h>

namespace hinge {

/// Whether a dead unit can ever fire again. Inputs that move, momentum, weight decay and samples outside the probe can all
/// bring one back, so `no` is said only where it is certain.
enum class Revivable { no, unknown };

/// `no`, `unknown`
HINGE_API std::string_view text_of(Revivable revivable);

/// One unit's life, as the reports show it. Epochs count from 1; epoch 0 is the network before its first step. Reports may
/// be epochs apart: a unit that died after epoch 1,004 and at epoch 1,008 died somewhere between the two.
struct UnitHistory {
  std::size_t layer = 0;  ///< counted from 1
  std::size_t unit = 0;   ///< counted from 0: the row of the weights
  bool born_dead = false;
  // Of its last death and its last revival.
  std::optional<std::size_t> died_after = {};     ///< the report before, which saw it not dead; none for born dead
  std::optional<std::size_t> died_at = {};        ///< the report that first saw it dead; 0 for born dead
  std::optional<std::size_t> revived_after = {};  ///< the report before, which saw it dead
  std::optional<std::size_t> revived_at = {};     ///< the report that first saw it alive again
  UnitHealth now = {};
};

/// What is remembered of a layer as a whole.
struct LayerHistory {
  std::size_t layer = 0;
  std::size_t worst_epoch = 0;  ///< whose report saw most units dead that were not before; 0: none did
  std::size_t died_then = 0;
  std::optional<double> update_ratio_then = {};  ///< the layer's largest ‖Δθ‖ / ‖θ‖ in that epoch
};

/// Keeps a record for each unit from one health report to the next. One thread at a time.
class HINGE_API HealthLedger {
 public:
  /// Of the untrained network. Forgets everything before.
  void start(HealthReport& report);
  /// Of an epoch: writes the counts against the start and the last report into `report`. Throws ShapeError when the
  /// units are not those of `start`.
  void add(std::size_t epoch, HealthReport& report);

  /// Of a network that has not trained since the last report: writes the counts against the start.
  void compare(HealthReport& report) const;

  /// For a training that is interrupted: all records.
  void list_state(StateArchive& state);

  bool is_started() const { return started_; }
  /// Of the last report; 0 after `start`.
  std::size_t epoch() const { return epoch_; }
  /// In the order of layers and units.
  const std::vector<UnitHistory>& units() const { return units_; }
  const std::vector<LayerHistory>& layers() const { return layers_; }

 private:
  void check_units(const HealthReport& report) const;
  void remember_worst(std::size_t epoch, const LayerHealth& layer, LayerHistory& history) const;

  bool started_ = false;
  std::size_t epoch_ = 0;
  std::vector<UnitHistory> units_;
  std::vector<LayerHistory> layers_;
};

/// What must be so for a dead unit of the first layer to stay dead for ever.
struct RevivalFacts {
  bool stationary_at_zero_gradient = false;  ///< `Optimizer::stationary_at_zero_gradient`
  bool probe_is_training_set = false;        ///< the probe holds every training sample, as the network sees it
  bool inputs_are_fixed = false;             ///< the samples are the same in every epoch, as those of a Dataset are
};

/// `no` for a dead unit of layer 1 when all facts hold: its gradient is 0 on all samples, now and after every step.
HINGE_API Revivable revivable(const UnitHistory& unit, const RevivalFacts& facts);

}  // namespace hinge
