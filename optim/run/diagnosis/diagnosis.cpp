// The steps of a diagnosis.
#include <hinge/optim/run/diagnosis/diagnosis.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/optim/run/diagnosis/changes.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/diagnosis/judge.h>
#include <hinge/optim/run/diagnosis/trials.h>
#include <hinge/optim/run/overrides.h>
#include <hinge/optim/run/run.h>

namespace hinge {

namespace {

// A gap that a person would care about: five points of accuracy, or of explained variance. Sound configs differ by less
// among themselves (docs/diagnosis.md).
constexpr double min_gap = 0.05;
// And of what is left to a perfect answer: where noise bounds all models alike, a few points are chance.
constexpr double min_gap_of_rest = 0.15;
constexpr double errors_to_be_sure = 2;
constexpr double learned_by_heart = 0.15;  // how much better the training samples are known than others

constexpr double closes = 0.5;              // a cause closes at least half of the gap
constexpr double alike = 0.15;              // shares that differ by less say nothing about which is the cause
constexpr double closes_if_evident = 0.25;  // a fault that the config alone shows
constexpr double least_share = 0.1;
constexpr double enough = 0.9;  // of the gap: what is left is noise
constexpr double worth_adding = 0.1;
constexpr double can_be_missed = 0.075;  // a change that closes no more
constexpr std::size_t max_changes = 4;   // in one cure
constexpr std::size_t max_causes = 5;
constexpr std::size_t finalists = 8;

// The work of a small diagnosis: a few seconds of one processor.
constexpr double min_work = 1e11;

std::string rounded(double value) { return to_text(value, 3); }

// A change, or several at once, with what they came to.
struct Trial {
  std::vector<std::size_t> changes = {};
  Overrides overrides = {};
  double share = 0;
  double error = 0;
};

std::string digest_of_run(const LoadedConfig& loaded, const DataParts& parts) {
  Checksum checksum;
  RunConfig config = loaded.config;
  checksum.add(std::string(version()) + to_json_line(config_of(config)) + digest_of(parts.train));
  if (parts.validation) checksum.add("validation" + digest_of(*parts.validation));
  if (parts.test) checksum.add("test" + digest_of(*parts.test));
  return checksum.text();
}

class Diagnoser {
 public:
  Diagnoser(const LoadedConfig& loaded, const Registries& registries, const DiagnosisOptions& options)
      : trials_(loaded, registries, trial_options(options)),
        facts_(facts_of(trials_.parts(), trials_.judge())),
        changes_(changes_for(trials_.base().tree, facts_)),
        recipes_(recipes_for(trials_.base().tree, facts_)) {
    diagnosis_.digest = digest_of_run(loaded, trials_.parts());
    take_findings();
  }

  Diagnosis run() {
    find_par();
    if (judges_a_table()) {
      trials_.judge_by_training();
      facts_ = facts_of(trials_.parts(), trials_.judge());
      recipes_ = recipes_for(trials_.base().tree, facts_);
      changes_ = changes_for(trials_.base().tree, facts_);
      take_findings();
      find_par();
    }
    if (par_ != nullptr && trials_.judge().metric() == "balanced_accuracy" &&
        trials_.judge().is_accurate(trials_.gains({}, trials_.known({})))) {
      trials_.judge_by_accuracy();  // rare classes that overlap others may be given up for it
      find_par();
    }
    describe();
    if (trials_.known({}) == 0 || par_ == nullptr) {
      diagnosis_.verdict = "interrupted";
    } else if (is_behind()) {
      diagnosis_.verdict = "behind";
      find_causes();
    } else if (nothing_is_learned()) {
      diagnosis_.verdict = "nothing to learn";
      name_nothing_to_learn();
    } else {
      diagnosis_.verdict = "pass";
    }
    add_findings();
    measure_cures();
    diagnosis_.trainings = trials_.trainings();
    if (trials_.is_interrupted()) diagnosis_.notes.push_back("interrupted: what was not tried may be the cause");
    return std::move(diagnosis_);
  }

 private:
  TrialOptions trial_options(const DiagnosisOptions& options) {
    if (options.jobs == 0) throw ConfigError("diagnose: jobs = 0, must be >= 1");
    TrialOptions trial{
        .jobs = options.jobs, .budget = min_work, .multiple = options.budget, .is_interrupted = options.is_interrupted};
    if (options.observe) {
      trial.observe = [this, observe = options.observe](std::size_t begun) {
        observe("training " + std::to_string(begun + 1) + ": " + stage_);
      };
    }
    return trial;
  }

  // What is known before any training: a change that mends the same key becomes more suspect; a cure that no change has is
  // one more change; what only other data can mend is told as it is.
  void take_findings() {
    findings_.clear();
    for (Finding& finding : findings_before_training(trials_.base().config, trials_.parts())) {
      bool is_change = false;
      bool is_named = false;
      for (Change& change : changes_) {
        is_named = is_named || change.name == finding.name;
        if (change.key != finding.key) continue;
        change.is_evident = change.is_evident || finding.is_certain;
        change.rank %= ranks_of_suspects;
        is_change = true;
      }
      if ((!is_change || (finding.is_certain && !is_named)) && !finding.set.empty()) {
        changes_.push_back({.name = finding.name,
                            .key = finding.key,
                            .words = finding.evidence,
                            .overrides = finding.set,
                            .rank = finding.is_certain ? 0 : ranks_of_suspects,
                            .is_evident = finding.is_certain});
      }
      if (!is_change && finding.is_certain) findings_.push_back(std::move(finding));
    }
  }

  // Faults of the data come behind the first cause that a training showed, and alone where none did.
  void add_findings() {
    for (Finding& finding : findings_) {
      if (finding.name == "nothing_to_learn") continue;  // measured here
      if (finding.name == "class_missing") {             // the part lacks it, whatever the config says
        diagnosis_.notes.push_back(finding.evidence);
        continue;
      }
      const bool is_known = std::any_of(diagnosis_.causes.begin(), diagnosis_.causes.end(), [&](const Cause& cause) {
        return cause.finding.name == finding.name || cause.finding.key == finding.key;
      });
      if (is_known) continue;
      if (diagnosis_.verdict == "pass") diagnosis_.verdict = "fault in the data";
      const std::size_t place = diagnosis_.verdict == "behind" ? std::min<std::size_t>(1, diagnosis_.causes.size()) : 0;
      diagnosis_.causes.insert(diagnosis_.causes.begin() + static_cast<std::ptrdiff_t>(place),
                               {.finding = std::move(finding)});
    }
  }

  void find_par() {
    stage_ = "the config and sound recipes beside it";
    std::vector<Overrides> all = {{}};
    for (const Recipe& recipe : recipes_) all.push_back(recipe.overrides);
    trials_.run(all, {0, 1, 2, 3});
    par_ = nullptr;
    const std::size_t known = trials_.known({});
    if (known == 0) return;
    for (const Recipe& recipe : recipes_) {
      if (trials_.known(recipe.overrides) < known) continue;
      const double score = trials_.judge().score(trials_.gains(recipe.overrides, known));
      if (par_ != nullptr && score <= diagnosis_.par) continue;
      par_ = &recipe;
      diagnosis_.par = score;
    }
    if (par_ == nullptr) return;
    const auto user = trials_.gains({}, known);
    const Difference gap = trials_.judge().difference(user, trials_.gains(par_->overrides, known));
    diagnosis_.user = trials_.judge().score(user);
    diagnosis_.gap_error = gap.error;
    diagnosis_.recipe = par_->name;
  }

  // Without a part that is kept apart the user looks at the training samples. Where no recipe can tell others from these,
  // they are a table to be learned by heart, such as parity, and judge themselves.
  bool judges_a_table() const {
    const DataParts& parts = trials_.parts();
    return par_ != nullptr && !trials_.judge().judges_by_training() && !parts.test && !parts.validation &&
           diagnosis_.par - trials_.judge().constant() < 0.3 * (1 - trials_.judge().constant());
  }

  void describe() {
    const Judge& judge = trials_.judge();
    diagnosis_.metric = judge.metric();
    diagnosis_.constant = judge.constant();
    diagnosis_.real_metric = trials_.real_metric();
    if (judge.judges_by_training()) {
      diagnosis_.judged_by = "the training samples";
      diagnosis_.notes.push_back(
          "judged by the training samples themselves: there are too few to keep some apart, or no "
          "part of the config does");
    } else {
      diagnosis_.judged_by = "a quarter of the training part, in turn";
    }
    if (judge.rows() < trials_.parts().train.size()) {
      diagnosis_.notes.push_back("diagnosed on a sample of " + std::to_string(judge.rows()) + " of the " +
                                 std::to_string(trials_.parts().train.size()) + " training samples");
    }
    if (judge.outlying_targets() > 0) {
      diagnosis_.notes.push_back(std::to_string(judge.outlying_targets()) +
                                 " samples whose targets lie far out do not judge");
    }
  }

  bool is_behind() const {
    const double gap = diagnosis_.par - diagnosis_.user;
    if (gap < min_gap || gap < min_gap_of_rest * (1 - diagnosis_.user)) return false;
    if (gap < errors_to_be_sure * diagnosis_.gap_error) return false;
    // Without class weights a sound config gives up rare classes that overlap others. It is at fault when it hardly finds
    // any, though they can be found.
    const bool is_balanced = trials_.judge().metric() == "balanced_accuracy";
    return !is_balanced || diagnosis_.user - diagnosis_.constant < (diagnosis_.par - diagnosis_.constant) / 3;
  }

  bool nothing_is_learned() const {
    const Outcome* own = trials_.find({}, 0);
    if (trials_.judge().judges_by_training() || own == nullptr) return false;
    // Where the signal is weak, a sound config answers much as a constant does. Learning by heart without any use for other
    // samples is what inputs without a signal look like.
    if (own->training_score - diagnosis_.user < learned_by_heart) return false;
    const double best = std::max(diagnosis_.par, diagnosis_.user);
    return best - diagnosis_.constant < min_gap_of_rest / 3 * (1 - diagnosis_.constant);
  }

  void name_nothing_to_learn() {
    const Outcome* own = trials_.find({}, 0);
    diagnosis_.causes.push_back(
        {.finding = {
             .name = "nothing_to_learn",
             .key = "data",
             .evidence =
                 "the inputs tell nothing about the targets: " + diagnosis_.metric + " on samples kept apart is " +
                 rounded(diagnosis_.user) + ", that of a sound recipe " + rounded(diagnosis_.par) +
                 ", no better than the " + rounded(diagnosis_.constant) + " of a constant answer" +
                 (own == nullptr ? std::string() : " (on the training samples " + rounded(own->training_score) + ")") +
                 "; check whether inputs and targets belong together, row by row"}});
  }

  // What changes come to, in shares of the gap.
  Trial trial(std::vector<std::size_t> changes, Overrides overrides) const {
    Trial trial{.changes = std::move(changes), .overrides = std::move(overrides), .share = -1};
    const std::size_t known = std::min(trials_.known(trial.overrides), trials_.known(par_->overrides));
    if (known == 0) return trial;
    const auto user = trials_.gains({}, known);
    const double gap = trials_.judge().difference(user, trials_.gains(par_->overrides, known)).mean;
    if (gap <= 0) return trial;
    const Difference gain = trials_.judge().difference(user, trials_.gains(trial.overrides, known));
    trial.share = gain.mean / gap;
    trial.error = gain.error / gap;
    return trial;
  }

  // Trains sets of changes with two repetitions each, and the best of them with all.
  std::vector<Trial> measured(const std::vector<std::pair<std::vector<std::size_t>, Overrides>>& sets) {
    std::vector<Overrides> all;
    for (const auto& [changes, overrides] : sets) all.push_back(overrides);
    trials_.run(all, {0, 1});
    std::vector<Trial> results;
    for (const auto& [changes, overrides] : sets) results.push_back(trial(changes, overrides));
    std::vector<Trial> best = results;
    std::stable_sort(best.begin(), best.end(), [](const Trial& a, const Trial& b) { return a.share > b.share; });
    std::vector<Overrides> again;
    for (std::size_t i = 0; i < std::min(finalists, best.size()); ++i) {
      if (best[i].share > closes / 2) again.push_back(best[i].overrides);
    }
    trials_.run(again, {2, 3});
    for (Trial& each : results) each = trial(each.changes, each.overrides);
    return results;
  }

  std::vector<std::pair<std::vector<std::size_t>, Overrides>> extended(const std::vector<std::size_t>& by) const {
    std::vector<std::pair<std::vector<std::size_t>, Overrides>> sets;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const bool is_same =
          std::any_of(by.begin(), by.end(), [&](std::size_t each) { return changes_[each].key == changes_[i].key; });
      if (is_same) continue;
      std::vector<std::size_t> set = by;
      set.push_back(i);
      sets.emplace_back(set, combined(set));
    }
    std::stable_sort(sets.begin(), sets.end(),
                     [&](const auto& a, const auto& b) {  // where the budget ends, it ends here
                       return changes_[a.first.back()].rank < changes_[b.first.back()].rank;
                     });
    return sets;
  }

  // Of the trials that are nearly as good as the best, the one whose last change names itself.
  const Trial* choice(const std::vector<Trial>& trials) const {
    double top = 0;
    for (const Trial& each : trials) top = std::max(top, std::min(each.share, 1.0));
    const Trial* chosen = nullptr;
    for (const Trial& each : trials) {
      if (each.share < least_share) continue;
      const bool is_evident = changes_[each.changes.back()].is_evident &&
                              each.share >= std::max(closes_if_evident, errors_to_be_sure * each.error);
      if (each.share < top - alike && !is_evident) continue;
      if (chosen == nullptr || changes_[each.changes.back()].rank < changes_[chosen->changes.back()].rank)
        chosen = &each;
    }
    return chosen == nullptr ? nullptr : best_value(trials, *chosen);
  }

  // Of several values that mend one cause, such as learning rates, the usual one, or one that closes clearly more.
  const Trial* best_value(const std::vector<Trial>& trials, const Trial& chosen) const {
    const Change& cause = changes_[chosen.changes.back()];
    const Trial* best = &chosen;
    for (const Trial& each : trials) {
      const Change& change = changes_[each.changes.back()];
      if (change.name != cause.name || change.key != cause.key) continue;
      if (each.share > best->share + (best == &chosen ? worth_adding : 0)) best = &each;
    }
    return best;
  }

  void find_causes() {
    leave_out_what_is_not_seen();
    stage_ = "single changes of the config";
    singles_ = measured(extended({}));
    const Trial* first = choice(singles_);
    Trial cure = first == nullptr ? Trial{} : *first;
    while (!cure.changes.empty() && cure.share < enough && cure.changes.size() < max_changes &&
           !trials_.is_interrupted()) {
      stage_ = "further changes on top of " + changes_[cure.changes.back()].name;
      const std::vector<Trial> pairs = measured(extended(cure.changes));
      const Trial* next = choice(pairs);
      if (next == nullptr || next->share < cure.share + worth_adding) break;
      cure = *next;
    }
    if ((cure.share < closes + alike || names_the_optimizer(cure)) && !trials_.is_interrupted()) {
      const Trial undone = undo_all();
      const bool says_more = names_the_optimizer(cure) && !names_the_optimizer(undone);
      if (undone.share > cure.share + (says_more ? -alike : worth_adding)) cure = undone;
    }
    if (cure.changes.size() > 1 && first != nullptr && first->share < closes) {  // the first alone was not the cause
      std::stable_sort(cure.changes.begin(), cure.changes.end(),
                       [&](std::size_t a, std::size_t b) { return changes_[a].rank < changes_[b].rank; });
    }
    if (!cure.overrides.empty()) add_causes(cure);
    if (diagnosis_.causes.empty()) name_the_recipe();
    for (const Change& change : changes_) {
      if (trials_.known(change.overrides) == 0) diagnosis_.not_tried.push_back(change.name);
    }
  }

  // Overfitting and dying units are seen in the run itself, or are none.
  void leave_out_what_is_not_seen() {
    const Outcome& own = *trials_.find({}, 0);
    const bool overfits =
        own.failure.empty() && own.training_score - diagnosis_.user > 0.5 * (diagnosis_.par - diagnosis_.user);
    const bool dies = own.health && own.health->status != HealthStatus::pass;
    std::erase_if(changes_, [&](const Change& change) {
      return (change.name == "overfitting" && !overfits) || (change.name == "dying_relu" && !dies);
    });
  }

  // Another optimiser hides which of the options of this one is at fault.
  bool names_the_optimizer(const Trial& trial) const {
    return std::any_of(trial.changes.begin(), trial.changes.end(),
                       [&](std::size_t each) { return changes_[each].name == "optimizer_unsuited"; });
  }

  // Mends everything that can be mended, and undoes one change after another, the least suspect first: what is left is
  // what the config cannot do without.
  Trial undo_all() {
    stage_ = "undoing one change of all at a time";
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const Change& change = changes_[i];
      const auto same_key = [&](std::size_t other) { return changes_[other].key == change.key; };
      const auto known = std::find_if(all.begin(), all.end(), same_key);
      if (!change.leads_to_par) continue;
      if (known == all.end()) {
        all.push_back(i);
      } else if (change.rank < changes_[*known].rank) {
        *known = i;
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [&](std::size_t a, std::size_t b) { return changes_[a].rank < changes_[b].rank; });
    for (std::size_t i = all.size(); i-- > 0;) {
      std::vector<std::size_t> without;
      for (const std::size_t each : all) {
        if (each != all[i]) without.push_back(each);
      }
      if (without.empty()) break;
      trials_.run({combined(all), combined(without)}, {0, 1});
      const double share = trial(all, combined(all)).share;
      if (share < closes) return {};
      if (trial(without, combined(without)).share >= share - can_be_missed) all = without;
    }
    trials_.run({combined(all)}, {2, 3});
    return trial(all, combined(all));
  }

  Overrides combined(const std::vector<std::size_t>& changes) const {
    std::vector<Change> chosen;
    for (const std::size_t each : changes) chosen.push_back(changes_[each]);
    return together(chosen);
  }

  const Trial* single(std::size_t change) const {
    for (const Trial& each : singles_) {
      if (each.changes.size() == 1 && each.changes[0] == change) return &each;
    }
    return nullptr;
  }

  void add_causes(const Trial& cure) {
    for (const std::size_t each : cure.changes) add_cause(each, cure);
    std::vector<const Trial*> others;
    for (const Trial& each : singles_) {
      if (each.share >= closes && !trials_.is_interrupted()) others.push_back(&each);
    }
    std::stable_sort(others.begin(), others.end(), [&](const Trial* a, const Trial* b) { return a->share > b->share; });
    for (const Trial* each : others) add_cause(each->changes[0], *each);
  }

  void add_cause(std::size_t index, const Trial& cure) {
    const Change& change = changes_[index];
    if (diagnosis_.causes.size() >= max_causes) return;
    for (const Cause& known : diagnosis_.causes) {
      if (known.finding.key == change.key) return;
    }
    const Trial* alone = single(index);
    Cause cause{.finding = {.name = change.name, .key = change.key, .set = cure.overrides}};
    if (alone != nullptr) {
      cause.share = alone->share;
      cause.share_low = alone->share - 1.96 * alone->error;
      cause.share_high = alone->share + 1.96 * alone->error;
    }
    cause.finding.evidence = evidence(change, cure);
    diagnosis_.causes.push_back(std::move(cause));
  }

  std::string evidence(const Change& change, const Trial& cure) const {
    const std::size_t known = std::max<std::size_t>(1, trials_.known(cure.overrides));
    return change.words + "; with " + join(cure.overrides) + " " + diagnosis_.metric + " goes from " +
           rounded(diagnosis_.user) + " to " + rounded(trials_.judge().score(trials_.gains(cure.overrides, known))) +
           ", where a sound recipe has " + rounded(diagnosis_.par);
  }

  // No change of the config was found to help: par itself is the cure.
  void name_the_recipe() {
    diagnosis_.causes.push_back(
        {.finding = {.name = "behind_a_sound_recipe",
                     .evidence = "a sound recipe (" + par_->name + ") has " + diagnosis_.metric + " " +
                                 rounded(diagnosis_.par) + " where the config has " + rounded(diagnosis_.user) +
                                 "; no change of the config that was " + "tried explains it",
                     .set = par_->overrides}});
  }

  void measure_cures() {
    stage_ = "the cures on the whole";
    constexpr std::size_t measured_cures = 3;
    if (trials_.is_interrupted() || diagnosis_.causes.empty()) return;
    diagnosis_.metric_before = trials_.train_really({});
    for (std::size_t i = 0; i < std::min(measured_cures, diagnosis_.causes.size()); ++i) {
      Cause& cause = diagnosis_.causes[i];
      if (cause.finding.set.empty()) continue;
      for (std::size_t k = 0; k < i && !cause.metric_after; ++k) {
        if (diagnosis_.causes[k].finding.set == cause.finding.set)
          cause.metric_after = diagnosis_.causes[k].metric_after;
      }
      if (!cause.metric_after) cause.metric_after = trials_.train_really(cause.finding.set);
    }
  }

  std::string stage_;
  Trials trials_;
  SampleFacts facts_;
  std::vector<Change> changes_;
  std::vector<Recipe> recipes_;
  const Recipe* par_ = nullptr;
  std::vector<Trial> singles_;
  std::vector<Finding> findings_;  // that no change of the config stands for
  Diagnosis diagnosis_;
};

JsonValue json_of(const Cause& cause, const std::optional<double>& before) {
  JsonValue json = JsonValue::object({{"name", cause.finding.name},
                                      {"key", cause.finding.key},
                                      {"evidence", cause.finding.evidence},
                                      {"share", number_or_null(cause.share)}});
  if (cause.share) json.set("share_interval", list_of(std::array{cause.share_low, cause.share_high}));
  json.set("set", list_of(cause.finding.set));
  json.set("metric_before", number_or_null(before));
  json.set("metric_after", number_or_null(cause.metric_after));
  return json;
}

}  // namespace

Diagnosis diagnose(const LoadedConfig& loaded, const Registries& registries, const DiagnosisOptions& options) {
  return Diagnoser(loaded, registries, options).run();
}

std::string digest_for_diagnosis(const LoadedConfig& loaded) { return digest_of_run(loaded, load_data(loaded)); }

JsonValue json_of(const Diagnosis& diagnosis) {
  JsonValue json = JsonValue::object({{"verdict", diagnosis.verdict},
                                      {"metric", diagnosis.metric},
                                      {"judged_by", diagnosis.judged_by},
                                      {"constant", diagnosis.constant},
                                      {"user", diagnosis.user},
                                      {"par", diagnosis.par},
                                      {"gap_error", diagnosis.gap_error},
                                      {"recipe", diagnosis.recipe},
                                      {"real_metric", diagnosis.real_metric}});
  json.set("causes",
           list_of(diagnosis.causes, [&](const Cause& cause) { return json_of(cause, diagnosis.metric_before); }));
  json.set("notes", list_of(diagnosis.notes));
  json.set("not_tried", list_of(diagnosis.not_tried));
  json.set("trainings", diagnosis.trainings);
  return json;
}

std::string mended_config(const LoadedConfig& loaded, const Registries& registries, const JsonValue& diagnosis,
                          const std::string& folder) {
  LoadedConfig mended{.tree = loaded.tree, .folder = loaded.folder};
  std::string comments;
  const JsonValue* causes = diagnosis.find("causes");
  if (causes != nullptr && !causes->elements.empty()) {
    const JsonValue& first = causes->elements[0];
    comments = "  // Mended by hinge diagnose: " + printable(first.find("evidence")->text) + "\n";
    for (const JsonValue& change : first.find("set")->elements) {
      override_config(mended.tree, change.text);
      comments += "  // changed: " + printable(change.text) + "\n";
    }
  }
  ConfigErrors errors;
  read_config(mended.tree, mended.config, registries, errors);
  errors.throw_if_any();
  std::string text = to_json(resolved_config(mended, folder)) + "\n";
  return text.insert(text.find('\n') + 1, comments);
}

}  // namespace hinge
