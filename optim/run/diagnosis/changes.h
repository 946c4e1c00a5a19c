// What may be wrong in a config, and what to change it to: the trials of a diagnosis.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/trials.h>

namespace hinge {

/// A change of a config towards a sound one.
struct Change {
  std::string name = {};     ///< of the fault that it mends, one of docs/diagnosis.md: `learning_rate_high`
  std::string key = {};      ///< of the config: `optimizer.learning_rate`
  std::string words = {};    ///< the fault in a sentence, without a full stop: `the learning rate of 1 is too high`
  Overrides overrides = {};  ///< as for `--set`
  /// Of changes that close the gap alike, the one of the smallest rank is the cause: one that names itself in the config
  /// comes before one that heals by the way.
  std::size_t rank = 0;
  /// The config alone shows that it is a fault: it is the cause even where another change heals more by the way.
  bool is_evident = false;
  bool leads_to_par = true;       ///< false for what is tried beside it, such as ten times the learning rate
  bool replaces_section = false;  ///< makes every other change of its section (the key up to the first point) needless
};

/// The rank of a change that looks sound is at least this.
inline constexpr std::size_t ranks_of_suspects = 32;

/// A config that is known to be sound on many data, as changes of the user's: par is the best of a few.
struct Recipe {
  std::string name = {};
  Overrides overrides = {};
};

/// What of the samples decides about changes.
struct SampleFacts {
  std::size_t rows = 0;  ///< to train from
  bool is_regression = false;
  double smallest_deviation = 1;  ///< of the inputs that vary, as the network sees them
  double largest_deviation = 1;
  double largest_mean = 0;         ///< of the absolute means
  double farthest = 0;             ///< distance of the farthest input from its median, in distances of the quartiles
  std::size_t farthest_count = 0;  ///< how many samples have just that value
  std::string farthest_text = {};  ///< `99999 in the column "age"`
  double target_deviation = 1;     ///< of the targets as the loss sees them; 1 for classes
  double target_offset = 0;        ///< largest |mean| of them
  std::size_t outlying_targets = 0;
  std::size_t whole_numbers = 0;  ///< that stand for classes in a regression
  double rarity = 1;              ///< Judge::rarity
  bool judges_by_training = false;
};

HINGE_API SampleFacts facts_of(const DataParts& parts, const Judge& judge);

/// The changes that suit a config in which every option stands, in the order in which they are tried.
HINGE_API std::vector<Change> changes_for(const JsonValue& config, const SampleFacts& facts);

/// The sound recipes for it.
HINGE_API std::vector<Recipe> recipes_for(const JsonValue& config, const SampleFacts& facts);

/// Several changes at once: those of a section that another one replaces are left out.
HINGE_API Overrides together(const std::vector<Change>& changes);

}  // namespace hinge
