// Checkpoints: the state of an unfinished run as a file in its folder, to go on from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/clock.h>
#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/core/fwd.h>

namespace hinge {

class Run;

/// The most checkpoints that a run keeps.
inline constexpr std::size_t max_checkpoints = 10;

/// The name of a checkpoint in the folder of its run: `checkpoint.safetensors` is the newest, `checkpoint-1.safetensors`
/// the one before.
HINGE_API std::string checkpoint_name(std::size_t age);
/// The name of one that is written while older ones stay.
inline constexpr const char* next_checkpoint_name = "checkpoint-next.safetensors";

/// Says when a checkpoint is due: so many seconds after the last one, and so long after it that writing takes at most a
/// hundredth of the time. Made to be asked after every step: where steps are short it reads the clock rarely.
class HINGE_API CheckpointClock {
 public:
  /// 0 seconds: never.
  explicit CheckpointClock(double seconds) : seconds_(seconds) {}

  bool is_due();
  /// A checkpoint was written, or tried, from `start` until now.
  void written(Clock::time_point start);
  /// What all of them took, in seconds.
  double total_cost() const { return total_cost_; }

 private:
  double seconds_;
  double cost_ = 0;  // of the last checkpoint, in seconds
  double total_cost_ = 0;
  Clock::time_point last_ = Clock::now();
  Clock::time_point looked_ = last_;
  std::size_t stride_ = 1;  // questions from one look at the clock to the next
  std::size_t left_ = 1;
};

/// What a run must have in common with a checkpoint: the version of Hinge, the config, the samples.
class HINGE_API CheckpointOrigin {
 public:
  /// `config` with all its options.
  CheckpointOrigin(const Run& run, JsonValue config);

  void list_state(StateArchive& state);
  /// Throws ConfigError with the first key that differs from that of the checkpoint in `file`: but for `data`, where the
  /// samples count and not where they lie, and for the keys of `changeable_keys`.
  void require_same(const CheckpointOrigin& checkpoint, const std::string& file) const;

  /// What may change when a run goes on: how long it trains, and what has no part in its numbers.
  static const std::vector<std::string>& changeable_keys();

 private:
  std::string version_;
  std::string config_;                // JSON
  std::vector<std::string> samples_;  // a digest for each part
};

/// Writes the file of the newest checkpoint; older ones move on, and `keep` of them stay. Throws as write_file does; the
/// older ones are then as they were.
HINGE_API void write_checkpoint(const std::string& folder, const std::string& bytes, std::size_t keep);

/// The newest checkpoint that can be read, nothing where there is none. `file` becomes its path, `warning` says of newer ones
/// that are damaged. Throws ModelError where all are.
HINGE_API std::optional<StateArchive> read_checkpoint(const std::string& folder, std::string& file,
                                                      std::string& warning);
/// Its kind, as the file says it.
inline constexpr const char* checkpoint_kind = "hinge checkpoint 1";

}  // namespace hinge
