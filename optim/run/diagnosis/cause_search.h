// The search of a diagnosis for what closes the gap to par.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/changes.h>
#include <hinge/optim/run/diagnosis/trials.h>

namespace hinge {

/// A change, or several at once, with what they came to.
struct Trial {
  std::vector<std::size_t> changes = {};  ///< by index, in the order in which they were found
  Overrides overrides = {};
  double share = 0;  ///< of the gap to par that they close
  double error = 0;  ///< its standard error
};

/// Trains changes one at a time, then on top of the best one, then all but one. The config itself and par must be trained.
class HINGE_API CauseSearch {
 public:
  /// `par`: what the best recipe changes. `stage` gets what is being tried, for people. All must outlive the search.
  CauseSearch(Trials& trials, const std::vector<Change>& changes, const Overrides& par, std::string& stage)
      : trials_(trials), changes_(changes), par_(par), stage_(stage) {}

  /// The smallest set of changes found that closes most of the gap, the causes first; none where none closes a tenth.
  Trial find_cure();
  /// The changes that close at least half of the gap by themselves, the best first.
  std::vector<Trial> sufficient() const;
  /// A change by itself; null if it was not tried.
  const Trial* single(std::size_t change) const;

 private:
  Trial measured(std::vector<std::size_t> changes) const;
  std::vector<Trial> with_one_more(const std::vector<std::size_t>& changes);
  Trial with_all_but_the_needless();
  std::vector<std::size_t> all_towards_par() const;
  void extend(Trial& cure);
  const Trial* choose(const std::vector<Trial>& trials) const;
  const Trial* choose_value(const std::vector<Trial>& trials, const Trial& chosen) const;
  bool names_the_optimizer(const Trial& trial) const;
  void sort_by_rank(std::vector<std::size_t>& changes) const;
  Overrides combined(const std::vector<std::size_t>& changes) const;
  const Change& last_of(const Trial& trial) const { return changes_[trial.changes.back()]; }

  Trials& trials_;
  const std::vector<Change>& changes_;
  const Overrides& par_;
  std::string& stage_;
  std::vector<Trial> singles_;
};

}  // namespace hinge
