// What may be wrong in a config, and what to change it to: the trials of a diagnosis.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/trials.h>
#include <hinge/optim/run/finding.h>

namespace hinge {

/// A change of a config towards a sound one.
struct Change {
  /// The fault that it mends; `set` is the change. A certain one is the cause even where another change heals more by the way.
  Finding finding = {};
  /// Of changes that close the gap alike, the one of the smallest rank is the cause: one that names itself in the config
  /// comes before one that heals by the way.
  std::size_t rank = 0;
  bool looks_sound = false;       ///< what the config says is usual: its rank lies behind all others
  bool leads_to_par = true;       ///< false for what is tried beside it, such as ten times the learning rate
  bool replaces_section = false;  ///< makes every other change of its section (the key up to the first point) needless
};

/// A config that is known to be sound on many data, as changes of the user's: par is the best of a few.
struct Recipe {
  std::string name = {};
  Overrides overrides = {};
};

/// The changes that suit a config in which every option stands, in the order in which they are tried: what is not usual in
/// it, and the cures of what was found before training.
HINGE_API std::vector<Change> changes_for(const JsonValue& config, const DataParts& parts, const Judge& judge,
                                          const std::vector<Finding>& findings);

/// The sound recipes for it. `changes` are those of `changes_for`: some are about the data, and a recipe needs them too.
HINGE_API std::vector<Recipe> recipes_for(const JsonValue& config, const DataParts& parts, const Judge& judge,
                                          const std::vector<Change>& changes);

/// Several changes at once: those of a section that another one replaces are left out.
HINGE_API Overrides together(const std::vector<Change>& changes);

}  // namespace hinge
