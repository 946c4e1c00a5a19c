// A training with its past: what was trained, what was changed by hand, and the way back.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "training.h"

namespace hinge_playground {

/// Owns a Training and snapshots of it, so that any earlier step comes back to the bit: the snapshot before it is trained on.
/// A change by hand is a snapshot too; going back beyond it undoes it. One thread.
class Session {
 public:
  explicit Session(std::shared_ptr<Setup> setup);

  const Training& training() const { return *training_; }
  Training& training() { return *training_; }
  /// The epochs so far, without their health.
  const std::vector<hinge::EpochReport>& history() const { return history_; }
  /// Whether weights or the config were changed by hand after the first step.
  bool is_edited() const;
  /// Before the first step, with what was changed by hand then.
  const Snapshot& start() const;

  /// One update of the weights. On a NonFiniteError, which is thrown on, the training is as it was before.
  void step();
  /// Requires step ≤ training().steps().
  void go_back(std::size_t step);
  /// Writes one element of a parameter.
  void set_value(std::size_t parameter, std::size_t row, std::size_t col, float value);
  /// Goes on by another config of the same data, loss, seed, batches and sizes: throws ConfigError for any other. Memory of the
  /// optimiser stays where it fits.
  void change(hinge::LoadedConfig config);

  /// A training of its own that stands at an earlier step, before what was changed by hand there.
  std::unique_ptr<Training> replay(std::size_t step) const;
  /// And behind it; null where nothing was changed by hand.
  std::unique_ptr<Training> replay_edit(std::size_t step) const;

 private:
  struct Mark {
    Snapshot snapshot;
    bool is_edit = false;
  };

  void keep_snapshot();
  void mark_edit(Snapshot snapshot);

  std::unique_ptr<Training> training_;
  std::vector<Mark> marks_;  // by step
  std::size_t stride_ = 1;   // epochs from one plain mark to the next
  std::vector<hinge::EpochReport> history_;
};

}  // namespace hinge_playground
