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
#include <hinge/optim/run/diagnosis/cause_search.h>
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

constexpr std::size_t max_causes = 5;
constexpr std::size_t measured_cures = 3;

// The work of a small diagnosis: a few seconds of one processor.
constexpr double min_work = 1e11;

std::string rounded(double value) { return to_text(value, 3); }

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
        alarm_(options.alarm),
        findings_(findings_before_training(trials_.base().config, trials_.parts())) {
    diagnosis_.digest = digest_of_run(loaded, trials_.parts());
    list_changes();
  }

  Diagnosis run() {
    find_par();
    if (judges_a_table()) {
      trials_.judge_by_training();
      list_changes();
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

  void list_changes() {
    const JsonValue& config = trials_.base().tree;
    changes_ = changes_for(config, trials_.parts(), trials_.judge(), findings_);
    recipes_ = recipes_for(config, trials_.parts(), trials_.judge(), changes_);
  }

  // Faults of the data come behind the first cause that a training showed, and alone where none did.
  void add_findings() {
    for (Finding& finding : findings_) {
      const bool is_of_data = finding.key.starts_with("data") && finding.key != "data.preprocess";
      if (!finding.is_certain || !is_of_data || finding.name == "nothing_to_learn") continue;  // the latter is measured
      if (finding.name == "class_missing") {  // the part lacks it, whatever the config says
        diagnosis_.notes.push_back(finding.evidence);
        continue;
      }
      if (is_known(finding)) continue;
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

  void find_causes() {
    leave_out_what_is_not_seen();
    CauseSearch search(trials_, changes_, par_->overrides, stage_);
    const Trial cure = search.find_cure();
    for (const std::size_t each : cure.changes) add_cause(each, cure, search.single(each));
    if (!cure.changes.empty() && !trials_.is_interrupted()) {
      for (const Trial& other : search.sufficient()) add_cause(other.changes[0], other, &other);
    }
    if (diagnosis_.causes.empty()) name_the_recipe();
    for (const Change& change : changes_) {
      if (trials_.known(change.finding.set) == 0) diagnosis_.not_tried.push_back(change.finding.name);
    }
  }

  // Overfitting and dying units are seen in the run itself, or are none.
  void leave_out_what_is_not_seen() {
    const Outcome& own = *trials_.find({}, 0);
    const bool overfits =
        own.failure.empty() && own.training_score - diagnosis_.user > 0.5 * (diagnosis_.par - diagnosis_.user);
    const bool dies = own.health && own.health->status != HealthStatus::pass;
    std::erase_if(changes_, [&](const Change& change) {
      const std::string& name = change.finding.name;
      return (name == "overfitting" && !overfits) || (name == "dying_relu" && !dies);
    });
  }

  void add_cause(std::size_t index, const Trial& cure, const Trial* alone) {
    const Finding& fault = changes_[index].finding;
    if (diagnosis_.causes.size() >= max_causes || is_known(fault)) return;
    Cause cause{.finding = {.name = fault.name, .key = fault.key, .set = cure.overrides}};
    if (alone != nullptr) {
      cause.share = alone->share;
      cause.share_low = alone->share - 1.96 * alone->error;
      cause.share_high = alone->share + 1.96 * alone->error;
    }
    const std::size_t known = std::max<std::size_t>(1, trials_.known(cure.overrides));
    cause.finding.evidence = fault.evidence + "; with " + join(cure.overrides) + " " + diagnosis_.metric +
                             " goes from " + rounded(diagnosis_.user) + " to " +
                             rounded(trials_.judge().score(trials_.gains(cure.overrides, known))) +
                             ", where a sound recipe has " + rounded(diagnosis_.par);
    diagnosis_.causes.push_back(std::move(cause));
  }

  bool is_known(const Finding& finding) const {
    return std::any_of(diagnosis_.causes.begin(), diagnosis_.causes.end(), [&](const Cause& cause) {
      return cause.finding.name == finding.name || cause.finding.key == finding.key;
    });
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
    if (trials_.is_interrupted() || diagnosis_.causes.empty()) return;
    diagnosis_.metric_before = trials_.train_really({});
    for (std::size_t i = 0; i < std::min(measured_cures, diagnosis_.causes.size()); ++i) {
      Cause& cause = diagnosis_.causes[i];
      if (cause.finding.set.empty()) continue;
      const auto first = std::find_if(diagnosis_.causes.begin(), diagnosis_.causes.end(),
                                      [&](const Cause& each) { return each.finding.set == cause.finding.set; });
      if (&*first == &cause) {
        cause.metric_after = trials_.train_really(cause.finding.set);
        start_from_alarm(cause);
      } else {
        cause.metric_after = first->metric_after;
        cause.from_alarm = first->from_alarm;
      }
    }
  }

  // Whether units that died come back shows only where training goes on from them.
  void start_from_alarm(Cause& cause) {
    if (!alarm_ || diagnosis_.verdict != "behind") return;
    const std::optional<double> after = trials_.train_really(cause.finding.set, &*alarm_);
    if (!after) return;
    cause.from_alarm = {
        .epoch = alarm_->epoch, .metric_before = trials_.score_of_start(*alarm_), .metric_after = *after};
  }

  std::string stage_;
  Trials trials_;
  const std::optional<TrainingState<float>>& alarm_;
  std::vector<Finding> findings_;
  std::vector<Change> changes_;
  std::vector<Recipe> recipes_;
  const Recipe* par_ = nullptr;
  Diagnosis diagnosis_;
};

JsonValue json_of(const Cause& cause, const std::optional<double>& before) {
  JsonValue json = json_of(cause.finding);
  json.set("share", number_or_null(cause.share));
  if (cause.share) json.set("share_interval", list_of(std::array{cause.share_low, cause.share_high}));
  json.set("metric_before", number_or_null(before));
  json.set("metric_after", number_or_null(cause.metric_after));
  if (cause.from_alarm) {
    json.set("from_alarm", JsonValue::object({{"epoch", cause.from_alarm->epoch},
                                              {"metric_before", number_or_null(cause.from_alarm->metric_before)},
                                              {"metric_after", cause.from_alarm->metric_after}}));
  }
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
