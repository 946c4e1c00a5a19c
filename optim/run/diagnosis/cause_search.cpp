// Looking for the changes that close the gap.
#include <hinge/optim/run/diagnosis/cause_search.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hinge {

namespace {

constexpr double closes = 0.5;              // a cause closes at least half of the gap
constexpr double alike = 0.15;              // shares that differ by less say nothing about which is the cause
constexpr double closes_if_evident = 0.25;  // a fault that is certain before training
constexpr double errors_of_evident = 2;
constexpr double least_share = 0.1;
constexpr double enough = 0.9;  // of the gap: what is left is noise
constexpr double worth_adding = 0.1;
constexpr double can_be_missed = 0.075;  // a change that closes no more
constexpr std::size_t max_changes = 4;   // in one cure
constexpr std::size_t finalists = 8;

bool mend_the_same(const Change& a, const Change& b) { return a.finding.key == b.finding.key; }

}  // namespace

Trial CauseSearch::find_cure() {
  stage_ = "single changes of the config";
  singles_ = with_one_more({});
  const Trial* first = choose(singles_);
  Trial cure = first == nullptr ? Trial{} : *first;
  extend(cure);
  if ((cure.share < closes + alike || names_the_optimizer(cure)) && !trials_.is_interrupted()) {
    stage_ = "undoing one change of all at a time";
    const Trial needed = with_all_but_the_needless();
    const bool says_more = names_the_optimizer(cure) && !names_the_optimizer(needed);
    if (needed.share > cure.share + (says_more ? -alike : worth_adding)) cure = needed;
  }
  const bool first_was_a_part = first != nullptr && first->share < closes;
  if (cure.changes.size() > 1 && first_was_a_part) sort_by_rank(cure.changes);
  return cure;
}

// Adds changes as long as each brings something.
void CauseSearch::extend(Trial& cure) {
  while (!cure.changes.empty() && cure.share < enough && cure.changes.size() < max_changes &&
         !trials_.is_interrupted()) {
    stage_ = "further changes on top of " + last_of(cure).finding.name;
    const std::vector<Trial> trials = with_one_more(cure.changes);
    const Trial* next = choose(trials);
    if (next == nullptr || next->share < cure.share + worth_adding) return;
    cure = *next;
  }
}

std::vector<Trial> CauseSearch::sufficient() const {
  std::vector<Trial> trials;
  std::copy_if(singles_.begin(), singles_.end(), std::back_inserter(trials),
               [](const Trial& each) { return each.share >= closes; });
  std::stable_sort(trials.begin(), trials.end(), [](const Trial& a, const Trial& b) { return a.share > b.share; });
  return trials;
}

const Trial* CauseSearch::single(std::size_t change) const {
  const auto found =
      std::find_if(singles_.begin(), singles_.end(), [&](const Trial& each) { return each.changes.front() == change; });
  return found == singles_.end() ? nullptr : &*found;
}

// What changes come to, as far as it is known.
Trial CauseSearch::measured(std::vector<std::size_t> changes) const {
  Trial trial{.changes = std::move(changes), .share = -1};
  trial.overrides = combined(trial.changes);
  const std::size_t known = std::min(trials_.known(trial.overrides), trials_.known(par_));
  if (known == 0) return trial;
  const auto user = trials_.gains({}, known);
  const double gap = trials_.judge().difference(user, trials_.gains(par_, known)).mean;
  if (gap <= 0) return trial;
  const Difference gain = trials_.judge().difference(user, trials_.gains(trial.overrides, known));
  trial.share = gain.mean / gap;
  trial.error = gain.error / gap;
  return trial;
}

// Trains each further change with two repetitions, and the best of them with all; the most suspect first, since a budget
// may end.
std::vector<Trial> CauseSearch::with_one_more(const std::vector<std::size_t>& changes) {
  std::vector<std::size_t> further;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto is_same = [&](std::size_t each) { return mend_the_same(changes_[each], changes_[i]); };
    if (std::none_of(changes.begin(), changes.end(), is_same)) further.push_back(i);
  }
  sort_by_rank(further);
  std::vector<Trial> trials;
  std::vector<Overrides> all;
  for (const std::size_t each : further) {
    std::vector<std::size_t> set = changes;
    set.push_back(each);
    all.push_back(combined(set));
    trials.push_back({.changes = std::move(set)});
  }
  const auto measure_all = [&] {
    for (Trial& each : trials) each = measured(each.changes);
  };
  trials_.run(all, {0, 1});
  measure_all();
  std::vector<Trial> best = trials;
  std::stable_sort(best.begin(), best.end(), [](const Trial& a, const Trial& b) { return a.share > b.share; });
  std::vector<Overrides> again;
  for (std::size_t i = 0; i < std::min(finalists, best.size()); ++i) {
    if (best[i].share > closes / 2) again.push_back(best[i].overrides);
  }
  trials_.run(again, {2, 3});
  measure_all();
  return trials;
}

// Of the trials that are nearly as good as the best, the one whose last change names itself.
const Trial* CauseSearch::choose(const std::vector<Trial>& trials) const {
  double top = 0;
  for (const Trial& each : trials) top = std::max(top, std::min(each.share, 1.0));
  const Trial* chosen = nullptr;
  for (const Trial& each : trials) {
    if (each.share < least_share) continue;
    const bool is_evident =
        last_of(each).finding.is_certain && each.share >= std::max(closes_if_evident, errors_of_evident * each.error);
    if (each.share < top - alike && !is_evident) continue;
    if (chosen == nullptr || last_of(each).rank < last_of(*chosen).rank) chosen = &each;
  }
  return chosen == nullptr ? nullptr : choose_value(trials, *chosen);
}

// Of several values that mend one cause, such as learning rates, the usual one, or one that closes clearly more.
const Trial* CauseSearch::choose_value(const std::vector<Trial>& trials, const Trial& chosen) const {
  const Trial* best = &chosen;
  for (const Trial& each : trials) {
    const bool is_same_cause = last_of(each).finding.name == last_of(chosen).finding.name;
    if (!is_same_cause || !mend_the_same(last_of(each), last_of(chosen))) continue;
    if (each.share > best->share + (best == &chosen ? worth_adding : 0)) best = &each;
  }
  return best;
}

// Another optimiser hides which of the options of this one is at fault.
bool CauseSearch::names_the_optimizer(const Trial& trial) const {
  return std::any_of(trial.changes.begin(), trial.changes.end(),
                     [&](std::size_t each) { return changes_[each].finding.name == "optimizer_unsuited"; });
}

// Mends everything that can be mended, and undoes one change after another, the least suspect first: what is left is what
// the config cannot do without.
Trial CauseSearch::with_all_but_the_needless() {
  std::vector<std::size_t> needed = all_towards_par();
  for (std::size_t i = needed.size(); i-- > 0 && needed.size() > 1;) {
    std::vector<std::size_t> without;
    std::copy_if(needed.begin(), needed.end(), std::back_inserter(without),
                 [&](std::size_t each) { return each != needed[i]; });
    trials_.run({combined(needed), combined(without)}, {0, 1});
    const double share = measured(needed).share;
    if (share < closes) return {};
    if (measured(without).share >= share - can_be_missed) needed = without;
  }
  trials_.run({combined(needed)}, {2, 3});
  return measured(needed);
}

// Of changes of one cause the most suspect.
std::vector<std::size_t> CauseSearch::all_towards_par() const {
  std::vector<std::size_t> ranked(changes_.size());
  for (std::size_t i = 0; i < ranked.size(); ++i) ranked[i] = i;
  sort_by_rank(ranked);
  std::vector<std::size_t> all;
  for (const std::size_t next : ranked) {
    const auto is_same = [&](std::size_t each) { return mend_the_same(changes_[each], changes_[next]); };
    if (changes_[next].leads_to_par && std::none_of(all.begin(), all.end(), is_same)) all.push_back(next);
  }
  return all;
}

void CauseSearch::sort_by_rank(std::vector<std::size_t>& changes) const {
  std::stable_sort(changes.begin(), changes.end(),
                   [&](std::size_t a, std::size_t b) { return changes_[a].rank < changes_[b].rank; });
}

Overrides CauseSearch::combined(const std::vector<std::size_t>& changes) const {
  std::vector<Change> chosen;
  for (const std::size_t each : changes) chosen.push_back(changes_[each]);
  return together(chosen);
}

}  // namespace hinge
