// Rescue: which cure helps a network whose neurons die, found out by trying.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>
#include <hinge/optim/run/config.h>

namespace hinge {

/// A change of the run that might help. All but the restarts go on from the state at the alarm.
struct Cure {
  std::string name = {};                    ///< `leaky_relu`
  std::string meaning = {};                 ///< one line for people
  std::vector<std::string> overrides = {};  ///< of the run's config, as for `--set`
  bool restarts = false;                    ///< trains from fresh weights, with the epochs before the alarm added
};

struct RescueOptions {
  std::size_t epochs = 0;  ///< to train under each cure; 0: as many as the run had left at the alarm, at least 5
  std::size_t seeds = 5;   ///< runs of each cure, which differ in the order of the samples; at least 2
  std::function<bool()> is_interrupted = {};  ///< asked after every step; true ends the rescue without a result
};

/// What a cure came to, over its seeds.
struct CureResult {
  Cure cure = {};
  std::vector<double> scores = {};  ///< the validation metric after training, one for each seed
  double mean = 0;
  double half_width = 0;       ///< of the 95 % interval of the mean
  double gain = 0;             ///< mean difference to going on as before, seed by seed
  double gain_half_width = 0;  ///< of its 95 % interval
  double dead = 0;             ///< share of the hidden units at the end, the mean over the seeds; likewise
  double one_sided = 0;
  double dormant = 0;
  std::string failure = {};  ///< why it has no scores: it diverged, or does not fit the config
  bool is_compared = true;   ///< false where going on as before diverged, so that there is nothing to gain on
  bool chance_is_known =
      true;  ///< false where every seed gives the same training: batches of all samples, in one order
  /// The whole interval of the gain is above 0, or going on as before diverges.
  bool helps() const { return failure.empty() && (!is_compared || (chance_is_known && gain - gain_half_width > 0)); }
};

struct HINGE_API RescueResult {
  std::size_t alarm_epoch = 0;
  std::size_t epochs = 0;
  std::string metric = {};               ///< `val/accuracy`, `val/r2`, whatever the loss names
  std::vector<CureResult> results = {};  ///< the best first
  std::vector<std::string> notes = {};
  /// The first result whose gain is certain; null when no cure helps.
  const CureResult* best() const;
};

/// The cures that can be tried on a config: going on as before (always the first), leaky ReLU in the place of ReLU, a tenth
/// of the learning rate, clipped gradients, recycling, and fresh starts.
HINGE_API std::vector<Cure> cures_for(const JsonValue& config);

/// Trains every cure from the state that a run saved when its health first was an alarm (`alarm.safetensors`), and ranks
/// them by the validation metric, of equals by the shares of one-sided and then of dormant units. A run without a validation
/// part gets one: a fifth of its training samples; as the saved state has learned from these, the epochs up to the alarm are
/// then trained again without them. Intervals are Student's, over the seeds; the same seeds for every cure.
///
/// `observe` is called before each single training, and stops the rescue when it answers false: then there is no result.
/// Throws ConfigError when the run had no alarm, FileError when its files are not there, and what training throws but for
/// divergence, which is a result.
HINGE_API RescueResult rescue(const std::string& run_folder, const RescueOptions& options, const Registries& registries,
                              const std::function<bool(const Cure&, std::size_t seed)>& observe);

/// For `--json`.
HINGE_API JsonValue json_of(const RescueResult& result);

}  // namespace hinge
