// Judging a run by the figures that its training left.
#include <hinge/optim/run/verdict.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <hinge/core/text.h>

namespace hinge {

namespace {

// Every rule compares a run with itself or with a constant; none asks for a certain accuracy.

// Of samples that judge: below that many, chance alone moves an accuracy by ± 0.18, and the training samples judge instead.
constexpr std::size_t min_judging_samples = 30;
// A difference of two standard errors is chance in one of twenty cases.
constexpr double certain_errors = 2;
// A log loss that much below that of the class shares says more than the shares. Below 2 % lies what a bias fitted to
// some hundred samples gains by chance.
constexpr double informative_log_loss = 0.98;
// Of training samples, where no chance of drawing them is left: 1 % of what a constant leaves open is nothing learned.
constexpr double min_training_skill = 0.01;
// Training minus test. The recipe of `hinge init` has 0.12 at most on sixteen small tables, and 0.23 on one of seven classes
// that hardly depend on the inputs: there the training samples are not known by heart either.
constexpr double overfit_gap = 0.15;
constexpr double memorised_skill = 0.5;
// Of the training samples: from that share on an accuracy hides that the other classes are never found.
constexpr double dominant_class = 0.9;
// A fall of the training score that counts, and the share of such epochs: those of AUTOTRAINER [Zhang et al., ICSE 2021].
// Sound runs have 0.024 of such epochs at most.
constexpr double swing_size = 0.03;
constexpr double swing_share = 0.2;
// Speed at the end / mean speed of the run. A straight line has 1, sound runs at most 0.32, those cut short 0.9 and more.
constexpr double fast_fall = 0.5;
// Steps that all together change the weights by a tenth leave the network about as it was drawn.
constexpr double short_travel = 0.1;
// A step of a tenth of the weights, as in optim/health/verdict.cpp. Sound runs: 0.095 at most, in their first epochs.
constexpr double large_step = 0.1;
// Of the norms at the start. Where decay suits the data, unneeded weights shrink too, to 0.16 at least.
constexpr double shrunk_weights = 0.1;
// Inputs and targets that are scaled lie within some tens even with outliers.
constexpr double unscaled_from = 100;
// First hidden layer against the last one: AUTOTRAINER's.
constexpr double vanished_below = 1e-3;
// Training that comes this near to perfect, counted from a constant, has all the units that it needs.
constexpr double enough_skill = 0.95;
// More than rounding of a loss that stays as it is.
constexpr double worse_by = 1e-3;

std::string short_text(double value) { return to_text(value, 4); }

// The part that judges: the training part where the others are too small.
const PartScore* judging_score(const RunRecord& record) {
  if (record.judged && record.judged->samples >= min_judging_samples) return &*record.judged;
  return record.train ? &*record.train : nullptr;
}

bool is_near_constant(const PartScore& score) {
  const double margin = score.part == "training" ? min_training_skill * (1 - score.constant) : 0;
  return score.value <= score.constant + certain_errors * score.noise + margin;
}

bool says_more_than_shares(const PartScore& score) {
  return score.log_loss_ratio && *score.log_loss_ratio < informative_log_loss;
}

std::string score_text(const PartScore& score) {
  return score.part + " " + score.metric + " " + short_text(score.value) + " on " + std::to_string(score.samples) +
         " samples";
}

using VerdictRule = void (*)(const RunRecord&, std::vector<Finding>&);

void find_divergence(const RunRecord& record, std::vector<Finding>& findings) {
  if (record.error.empty()) return;
  add_finding(findings, "diverged", "optimizer.learning_rate", record.error);
}

void find_constant(const RunRecord& record, std::vector<Finding>& findings) {
  const PartScore* score = judging_score(record);
  if (score == nullptr || !is_near_constant(*score) || says_more_than_shares(*score)) return;
  const bool is_accuracy = score->metric == "accuracy";
  add_finding(findings, "no_better_than_constant", "",
              "no better than a constant: " + score_text(*score) + ", where always " +
                  (is_accuracy ? "the most frequent answer" : "the mean") + " gives " + short_text(score->constant));
}

void find_one_class(const RunRecord& record, std::vector<Finding>& findings) {
  const PartScore* score = judging_score(record);
  if (score == nullptr || !score->balanced_accuracy || score->constant < dominant_class || !is_near_constant(*score) ||
      !says_more_than_shares(*score)) {
    return;
  }
  const double chance = 1 / static_cast<double>(score->classes);
  const double margin = certain_errors * score->balanced_error;
  if (*score->balanced_accuracy > chance + margin) return;
  add_finding(findings, "one_class", "loss.class_weights",
              "nearly always the most frequent class: " + score->part + " balanced accuracy " +
                  short_text(*score->balanced_accuracy) + ", where chance gives " + short_text(chance));
}

void find_worse(const RunRecord& record, std::vector<Finding>& findings) {
  if (!record.first_loss || !record.train ||
      record.train->loss <= *record.first_loss + worse_by * std::abs(*record.first_loss))
    return;
  add_finding(findings, "worse_than_start", "",
              "the training loss is " + short_text(record.train->loss) + ", above the " +
                  short_text(*record.first_loss) + " before the first step");
}

void find_overfit(const RunRecord& record, std::vector<Finding>& findings) {
  if (!record.train || !record.judged || record.judged->samples < min_judging_samples) return;
  const double gap = record.train->value - record.judged->value;
  if (record.train->skill() < memorised_skill || gap < overfit_gap || gap < certain_errors * record.judged->error)
    return;
  add_finding(findings, "overfitting", "",
              "training " + record.train->metric + " " + short_text(record.train->value) + ", but " +
                  score_text(*record.judged) + ": it does not generalise (overfitting)");
}

// Below the epoch before by more than chance moves it, in the second half of training.
void find_oscillation(const RunRecord& record, std::vector<Finding>& findings) {
  constexpr std::size_t min_epochs = 10;
  if (record.epochs.size() < min_epochs) return;
  const auto n = static_cast<double>(record.samples);
  const std::size_t half = record.epochs.size() / 2;
  std::size_t falls = 0;
  for (std::size_t i = half + 1; i < record.epochs.size(); ++i) {
    if (!record.epochs[i].score || !record.epochs[i - 1].score) return;
    const double before = *record.epochs[i - 1].score;
    const double share = std::clamp(before, 0.0, 1.0);
    const double chance = certain_errors * std::sqrt(share * (1 - share) / n);
    falls += before - *record.epochs[i].score > std::max(swing_size, chance) ? 1 : 0;
  }
  const double share = static_cast<double>(falls) / static_cast<double>(record.epochs.size() - half - 1);
  if (share < swing_share) return;
  add_finding(findings, "oscillation", "optimizer.learning_rate",
              "the training score oscillates: in " + percent_text(share) + " of the last epochs it falls by " +
                  short_text(swing_size) + " or more");
}

// Speed over the last tenth of the epochs / mean speed. 0 where the loss goes up and down.
double relative_fall(const RunRecord& record) {
  std::vector<EpochFigures> epochs = record.epochs;
  if (record.first_loss) epochs.insert(epochs.begin(), EpochFigures{.loss = *record.first_loss});
  if (epochs.size() < 3) return 0;
  double ups = 0;
  double downs = 0;
  for (std::size_t i = epochs.size() / 2 + 1; i < epochs.size(); ++i) {
    const double change = epochs[i].loss - epochs[i - 1].loss;
    (change > 0 ? ups : downs) += std::abs(change);
  }
  const EpochFigures& last = epochs.back();
  const EpochFigures& late = epochs[epochs.size() - 1 - std::max<std::size_t>(1, epochs.size() / 10)];
  const auto speed = [&](const EpochFigures& from) {
    return (from.loss - last.loss) / static_cast<double>(last.epoch - from.epoch);
  };
  return ups > downs / 2 || speed(epochs.front()) <= 0 ? 0 : speed(late) / speed(epochs.front());
}

void find_falling(const RunRecord& record, std::vector<Finding>& findings) {
  const double fall = record.stopped_early ? 0 : relative_fall(record);
  if (fall < fast_fall) return;
  add_finding(findings, "still_falling", "train.epochs",
              "the training loss still falls at the end, " + to_text(fall, 2) +
                  " times as fast as on average: more epochs, or larger steps");
}

bool units_cost_nothing(const RunRecord& record) {
  return record.health && record.health->status < HealthStatus::collapse && record.train &&
         record.train->skill() >= enough_skill;
}

std::string neurons_text(const HealthVerdict& health) {
  return health.reason + (health.cause == DeathCause::unknown ? "" : "; " + health.advice);
}

// More than half of a layer, or the outputs.
void find_many_units(const RunRecord& record, std::vector<Finding>& findings) {
  if (!record.health || !record.error.empty() || record.health->status < HealthStatus::alarm ||
      units_cost_nothing(record)) {
    return;
  }
  const char* name = record.health->status == HealthStatus::not_finite ? "not_finite"
                     : record.health->status == HealthStatus::collapse ? "constant_output"
                                                                       : "dead_units";
  add_finding(findings, name, "", neurons_text(*record.health));
}

// Fewer: the others may well do.
bool has_some_dead_units(const RunRecord& record) {
  return record.health && record.health->status == HealthStatus::warn && !units_cost_nothing(record);
}

void find_some_units(const RunRecord& record, std::vector<Finding>& findings) {
  if (has_some_dead_units(record)) add_finding(findings, "dead_units", "", neurons_text(*record.health));
}

double left_of_weights(const LayerRecord& layer) {
  return layer.first_weight_norm > 0 ? layer.weight_norm / layer.first_weight_norm : 1;
}

// The first layer whose weights a penalty shrank; null if there is none.
const LayerRecord* decayed_layer(const RunRecord& record) {
  if (record.decay == 0) return nullptr;
  const auto found = std::find_if(record.layers.begin(), record.layers.end(),
                                  [](const LayerRecord& layer) { return left_of_weights(layer) < shrunk_weights; });
  return found == record.layers.end() ? nullptr : &*found;
}

void find_decay(const RunRecord& record, std::vector<Finding>& findings) {
  const LayerRecord* layer = decayed_layer(record);
  if (layer == nullptr) return;
  add_finding(findings, "weights_decayed", "optimizer",
              "the weights of layer " + std::to_string(layer->now.layer) + " shrank to " +
                  percent_text(left_of_weights(*layer)) +
                  " of their size at the start: weight_decay or l1 is too strong");
}

void find_inputs(const RunRecord& record, std::vector<Finding>& findings) {
  if (record.largest_input < unscaled_from) return;
  add_finding(findings, "inputs_unscaled", "data.preprocess",
              "inputs reach " + to_text(record.largest_input, 3) + ": scale them");
}

void find_targets(const RunRecord& record, std::vector<Finding>& findings) {
  if (record.target_size < unscaled_from) return;
  add_finding(findings, "targets_unscaled", "data.preprocess",
              "targets are of size " + to_text(record.target_size, 3) + ": scale them");
}

void find_saturation(const RunRecord& record, std::vector<Finding>& findings) {
  const auto layer = std::find_if(record.layers.begin(), record.layers.end(), [](const LayerRecord& each) {
    return each.now.units > 0 && 2 * each.now.saturated >= each.now.units;
  });
  if (layer == record.layers.end()) return;
  add_finding(findings, "saturated_units", "",
              "layer " + std::to_string(layer->now.layer) + ": " + std::to_string(layer->now.saturated) + " of " +
                  std::to_string(layer->now.units) + " units are saturated on every sample");
}

void find_large_steps(const RunRecord& record, std::vector<Finding>& findings) {
  const auto larger = [](const LayerRecord& a, const LayerRecord& b) {
    return a.max_update_ratio < b.max_update_ratio;
  };
  const auto layer = std::max_element(record.layers.begin(), record.layers.end(), larger);
  if (layer == record.layers.end() || layer->max_update_ratio <= large_step || decayed_layer(record) != nullptr) {
    return;
  }
  add_finding(findings, "steps_too_large", "optimizer.learning_rate",
              "a step changed the weights of layer " + std::to_string(layer->now.layer) + " by " +
                  percent_text(layer->max_update_ratio) + " of their size: learning_rate is too large");
}

void find_small_steps(const RunRecord& record, std::vector<Finding>& findings) {
  double travel = 0;
  double gradient = 0;
  for (const LayerRecord& layer : record.layers) {
    travel = std::max(travel, layer.travel);
    gradient = std::max(gradient, layer.now.gradient_norm.value_or(0));
  }
  // Without a gradient, or a weight that may move, another finding says more.
  if (travel == 0 || travel >= short_travel || gradient == 0) return;
  const bool is_clipped = record.clip_norm > 0 && gradient > 10 * record.clip_norm;
  add_finding(findings, "steps_too_small", is_clipped ? "train.clip_norm" : "optimizer.learning_rate",
              "all steps together changed the weights by " + percent_text(travel) + " of their size at most: " +
                  (is_clipped ? "clip_norm cuts gradients of " + to_text(gradient, 3) + " down to " +
                                    to_text(record.clip_norm, 3)
                              : "learning_rate is too small, or the steps are too few"));
}

void find_vanishing(const RunRecord& record, std::vector<Finding>& findings) {
  if (record.layers.size() < 2) return;
  const double first = record.layers.front().now.gradient_norm.value_or(0);
  const double last = record.layers.back().now.gradient_norm.value_or(0);
  if (first == 0 || last == 0 || first >= vanished_below * last) return;
  add_finding(findings, "vanishing_gradient", "model.layers",
              "the gradient vanishes: that of layer " + std::to_string(record.layers.front().now.layer) + " is " +
                  to_text(first / last, 2) + " of that of layer " + std::to_string(record.layers.back().now.layer));
}

// A loss that still falls explains a gap between the parts, and not the other way round.
constexpr std::array<VerdictRule, 8> symptoms = {find_divergence, find_constant, find_one_class,   find_worse,
                                                 find_falling,    find_overfit,  find_oscillation, find_many_units};
constexpr std::array<VerdictRule, 8> possible_reasons = {find_some_units,  find_decay,      find_inputs,
                                                         find_targets,     find_saturation, find_large_steps,
                                                         find_small_steps, find_vanishing};

bool is_failure(const Finding& finding) {
  constexpr std::array<std::string_view, 5> failures = {"diverged", "no_better_than_constant", "worse_than_start",
                                                        "not_finite", "constant_output"};
  return std::find(failures.begin(), failures.end(), finding.name) != failures.end();
}

}  // namespace

std::vector<Finding> run_findings(const RunRecord& record) {
  std::vector<Finding> findings;
  for (const VerdictRule rule : symptoms) rule(record, findings);
  if (findings.empty()) return {};
  for (const VerdictRule rule : possible_reasons) rule(record, findings);
  return findings;
}

RunVerdict verdict_of(const RunRecord& record) {
  RunVerdict verdict{.causes = run_findings(record)};
  const bool fails = std::any_of(verdict.causes.begin(), verdict.causes.end(), is_failure);
  if (!verdict.causes.empty()) {
    verdict.status = fails ? "fail" : "warn";
    verdict.reason = verdict.causes.front().evidence;
  }
  if (units_cost_nothing(record) && record.health->status != HealthStatus::pass) {
    verdict.note = record.health->reason + "; they cost nothing: training " + record.train->metric + " is " +
                   short_text(record.train->value);
  } else if (verdict.causes.empty() && has_some_dead_units(record)) {
    verdict.note = neurons_text(*record.health);
  }
  return verdict;
}

JsonValue json_of(const RunVerdict& verdict) {
  JsonValue json = JsonValue::object({{"status", verdict.status}});
  if (!verdict.reason.empty()) json.set("reason", verdict.reason);
  if (!verdict.note.empty()) json.set("note", verdict.note);
  json.set("causes", list_of(verdict.causes, [](const Finding& finding) { return json_of(finding); }));
  return json;
}

RunVerdict run_verdict_from(const JsonValue& json) {
  const auto text = [](const JsonValue& object, const char* key) {
    const JsonValue* value = object.find(key);
    return value == nullptr ? std::string() : value->text;
  };
  RunVerdict verdict{.status = text(json, "status"), .reason = text(json, "reason"), .note = text(json, "note")};
  const JsonValue* causes = json.find("causes");
  if (causes == nullptr) return verdict;
  for (const JsonValue& cause : causes->elements) {
    Finding& finding = add_finding(verdict.causes, text(cause, "name"), text(cause, "key"), text(cause, "evidence"));
    const JsonValue* set = cause.find("set");
    if (set == nullptr) continue;
    for (const JsonValue& change : set->elements) finding.set.push_back(change.text);
  }
  return verdict;
}

}  // namespace hinge
