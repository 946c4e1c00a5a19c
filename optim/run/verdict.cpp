// Judging a run by the figures that its training left.
#include <hinge/optim/run/verdict.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/cadence.h>
#include <hinge/optim/health/health_state.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

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
// Training minus test. The recipe of `hinge init` has 0.12 at most on seventeen small tables.
constexpr double overfit_gap = 0.15;
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

// Fewer samples have no score worth the name.
constexpr std::size_t min_samples = 4;
// More than rounding of a loss that stays as it is.
constexpr double worse_by = 1e-3;

constexpr std::size_t judged_training_samples = 2048;  // as many as a look at the neurons takes

std::string short_text(double value) { return to_text(value, 4); }

// ---- Recording

std::optional<double> epoch_score(const Evaluation& evaluation) {
  for (const std::optional<double>& score : {evaluation.accuracy, evaluation.d2, evaluation.r2}) {
    if (score) return score;
  }
  return std::nullopt;
}

double mean_weight_norm(const LayerHealth& layer) {
  double sum = 0;
  for (const UnitHealth& unit : layer.each) sum += unit.weight_norm;
  return layer.each.empty() ? 0 : sum / static_cast<double>(layer.each.size());
}

LayerHealth without_units(LayerHealth layer) {
  layer.each.clear();
  return layer;
}

void record_start(const StartReport& report, RunRecord& record) {
  if (!report.health || report.resumed_epoch > 0) return;
  record.first_loss = report.health->loss;
  record.largest_input = report.health->largest_input;
  for (const LayerHealth& layer : report.health->layers) {
    const double norm = mean_weight_norm(layer);
    record.layers.push_back({.now = without_units(layer), .first_weight_norm = norm, .weight_norm = norm});
  }
}

void record_health(const HealthReport& health, std::uint64_t steps, RunRecord& record) {
  for (std::size_t i = 0; i < health.layers.size(); ++i) {
    LayerRecord& layer = record.layers[i];
    const double ratio = health.layers[i].update_ratio.value_or(0);
    layer.now = without_units(health.layers[i]);
    layer.max_update_ratio = std::max(layer.max_update_ratio, ratio);
    layer.travel += ratio * static_cast<double>(steps - record.steps);
    layer.weight_norm = mean_weight_norm(health.layers[i]);
  }
  record.steps = steps;
}

double largest_target(const Dataset<float>& train) {
  double largest = 0;
  for (std::size_t k = 0; k < train.target_rows(); ++k) {
    double squares = 0;
    for (std::size_t i = 0; i < train.size(); ++i) {
      const auto y = static_cast<double>(train.values()(k, i));
      squares += y * y;
    }
    largest = std::max(largest, std::sqrt(squares / static_cast<double>(train.size())));
  }
  return largest;
}

double largest_decay(OptimizerSpec optimizer) {
  double largest = 0;
  const std::vector<Option> options = optimizer.held().options();
  for (const char* name : {"weight_decay", "l1"}) {
    const Option* option = find_option(options, name);
    double* const* decay = option == nullptr ? nullptr : std::get_if<double*>(&option->place);
    if (decay != nullptr) largest = std::max(largest, **decay);
  }
  return largest;
}

// ---- Scores

std::vector<double> class_shares(const Dataset<float>& part) {
  std::vector<double> shares(part.class_count());
  for (const std::int32_t c : part.classes()) shares[static_cast<std::size_t>(c)] += 1;
  for (double& share : shares) share /= static_cast<double>(part.size());
  return shares;
}

// The accuracy of the more frequent answer, a mean over the rows of yes-or-no targets.
double majority_of_answers(const Dataset<float>& part) {
  std::size_t hits = 0;
  for (std::size_t k = 0; k < part.target_rows(); ++k) {
    std::size_t yes = 0;
    for (std::size_t i = 0; i < part.size(); ++i) yes += part.values()(k, i) > 0.5F ? 1 : 0;
    hits += std::max(yes, part.size() - yes);
  }
  return static_cast<double>(hits) / static_cast<double>(part.size() * part.target_rows());
}

// −log of the training share of each sample's class, the mean; a class that training lacks counts nothing.
double log_loss_of(const std::vector<double>& shares, const Dataset<float>& part) {
  double sum = 0;
  for (const std::int32_t c : part.classes()) {
    const double share = shares[static_cast<std::size_t>(c)];
    if (share > 0) sum -= std::log(share);
  }
  return sum / static_cast<double>(part.size());
}

void add_class_scores(const PredictionReport& report, const std::vector<double>& shares, const Dataset<float>& part,
                      PartScore& score) {
  const double constant = log_loss_of(shares, part);
  if (report.log_loss && constant > 0) score.log_loss_ratio = *report.log_loss / constant;
  if (!report.confusion) return;
  double variance = 0;
  for (std::size_t c = 0; c < report.confusion->classes(); ++c) {
    const ClassScores of_class = report.confusion->scores(c);
    if (of_class.samples == 0) continue;
    ++score.classes;
    variance += of_class.recall * (1 - of_class.recall) / static_cast<double>(of_class.samples);
  }
  score.balanced_accuracy = report.confusion->balanced_accuracy();
  score.balanced_error = std::sqrt(variance) / static_cast<double>(score.classes);
}

// Standard errors: of an accuracy p that of a binomial share; of an r² that of large normal samples,
// var = 4r²(1 − r²)²/n [Olkin & Finn 1995], and 2/n for predictions that are unrelated to the targets.
void add_standard_errors(PartScore& score) {
  const auto n = static_cast<double>(score.samples);
  const auto deviation = [&](double p) { return std::sqrt(std::max(0.0, p * (1 - p)) / n); };
  if (score.metric == "accuracy") {
    score.error = deviation(score.value);
    score.noise = deviation(score.constant);
  } else {
    const double r2 = std::clamp(score.value, 0.0, 1.0);
    score.noise = 2 / n;
    score.error = score.noise + 2 * std::sqrt(r2 / n) * (1 - r2);
  }
}

// Nothing where nothing but the loss measures, or a constant is perfect.
std::optional<PartScore> score_of(const Run& run, const Dataset<float>& part, const char* name,
                                  const PartMeasures& measures) {
  const Evaluation& evaluation = measures.evaluation;
  const std::optional<double> value = epoch_score(evaluation);
  if (!value || !std::isfinite(*value) || part.size() < min_samples) return std::nullopt;
  PartScore score{.part = name,
                  .metric = evaluation.accuracy ? "accuracy"
                            : evaluation.d2     ? "d2"
                                                : "r2",
                  .samples = part.size(),
                  .value = *value,
                  .loss = evaluation.loss};
  if (part.class_count() > 0 && evaluation.accuracy) {
    const std::vector<double> shares = class_shares(run.data().train);
    const std::vector<double> own = class_shares(part);
    score.constant = *std::max_element(own.begin(), own.end());  // no constant is better there
    add_class_scores(measures.report, shares, part, score);
  } else if (evaluation.accuracy) {
    score.constant = majority_of_answers(part);
  }
  if (score.constant >= 1) return std::nullopt;
  if (score.part != "training") add_standard_errors(score);
  return score;
}

// Without a report where only classes need one; a loss of an application may not have it.
std::optional<PartScore> measured_score(const Run& run, const Dataset<float>& part, const char* name) {
  PartMeasures measures{.evaluation = run.trainer().evaluate(part)};
  if (part.class_count() > 0 && measures.evaluation.accuracy) {
    measures.report = report_of(run.network(), run.trainer().loss(), part);
  }
  return score_of(run, part, name, measures);
}

std::optional<PartScore> training_score_of(const Run& run) {
  const Dataset<float>& train = run.data().train;
  if (train.size() <= judged_training_samples) return measured_score(run, train, "training");
  std::vector<std::size_t> rows(judged_training_samples);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * train.size() / rows.size();
  return measured_score(run, train.subset(rows), "training");
}

// ---- Rules

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

using VerdictRule = std::optional<Finding> (*)(const RunRecord&);

std::optional<Finding> divergence_finding(const RunRecord& record) {
  if (record.error.empty()) return std::nullopt;
  return Finding{.name = "diverged", .key = "optimizer.learning_rate", .evidence = record.error};
}

std::optional<Finding> constant_finding(const RunRecord& record) {
  const PartScore* score = judging_score(record);
  if (score == nullptr || !is_near_constant(*score) || says_more_than_shares(*score)) return std::nullopt;
  const bool is_accuracy = score->metric == "accuracy";
  return Finding{.name = "no_better_than_constant",
                 .evidence = "no better than a constant: " + score_text(*score) + ", where always " +
                             (is_accuracy ? "the most frequent answer" : "the mean") + " gives " +
                             short_text(score->constant)};
}

std::optional<Finding> one_class_finding(const RunRecord& record) {
  const PartScore* score = judging_score(record);
  if (score == nullptr || !score->balanced_accuracy || score->constant < dominant_class || !is_near_constant(*score) ||
      !says_more_than_shares(*score)) {
    return std::nullopt;
  }
  const double chance = 1 / static_cast<double>(score->classes);
  const double margin = certain_errors * score->balanced_error;
  if (*score->balanced_accuracy > chance + margin) return std::nullopt;
  return Finding{.name = "one_class",
                 .key = "loss.class_weights",
                 .evidence = "nearly always the most frequent class: " + score->part + " balanced accuracy " +
                             short_text(*score->balanced_accuracy) + ", where chance gives " + short_text(chance)};
}

std::optional<Finding> worse_finding(const RunRecord& record) {
  if (!record.first_loss || !record.train ||
      record.train->loss <= *record.first_loss + worse_by * std::abs(*record.first_loss))
    return std::nullopt;
  return Finding{.name = "worse_than_start",
                 .evidence = "the training loss is " + short_text(record.train->loss) + ", above the " +
                             short_text(*record.first_loss) + " before the first step"};
}

std::optional<Finding> overfit_finding(const RunRecord& record) {
  if (!record.train || !record.judged || record.judged->samples < min_judging_samples) return std::nullopt;
  const double gap = record.train->value - record.judged->value;
  if (gap < overfit_gap || gap < certain_errors * record.judged->error) return std::nullopt;
  return Finding{.name = "overfitting",
                 .evidence = "training " + record.train->metric + " " + short_text(record.train->value) + ", but " +
                             score_text(*record.judged) + ": it does not generalise (overfitting)"};
}

// Below the epoch before by more than chance moves it, in the second half of training.
std::optional<Finding> oscillation_finding(const RunRecord& record) {
  constexpr std::size_t min_epochs = 10;
  if (record.epochs.size() < min_epochs) return std::nullopt;
  const auto n = static_cast<double>(record.samples);
  const std::size_t half = record.epochs.size() / 2;
  std::size_t falls = 0;
  for (std::size_t i = half + 1; i < record.epochs.size(); ++i) {
    if (!record.epochs[i].score || !record.epochs[i - 1].score) return std::nullopt;
    const double before = *record.epochs[i - 1].score;
    const double share = std::clamp(before, 0.0, 1.0);
    const double chance = certain_errors * std::sqrt(share * (1 - share) / n);
    falls += before - *record.epochs[i].score > std::max(swing_size, chance) ? 1 : 0;
  }
  const double share = static_cast<double>(falls) / static_cast<double>(record.epochs.size() - half - 1);
  if (share < swing_share) return std::nullopt;
  return Finding{.name = "oscillation",
                 .key = "optimizer.learning_rate",
                 .evidence = "the training score oscillates: in " + percent_text(share) +
                             " of the last epochs it falls by " + short_text(swing_size) + " or more"};
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

std::optional<Finding> falling_finding(const RunRecord& record) {
  const double fall = record.stopped_early ? 0 : relative_fall(record);
  if (fall < fast_fall) return std::nullopt;
  return Finding{.name = "still_falling",
                 .key = "train.epochs",
                 .evidence = "the training loss still falls at the end, " + to_text(fall, 2) +
                             " times as fast as on average: more epochs, or larger steps"};
}

bool units_cost_nothing(const RunRecord& record) {
  return record.health && record.health->status < HealthStatus::collapse && record.train &&
         record.train->skill() >= enough_skill;
}

std::string neurons_text(const HealthVerdict& health) {
  return health.reason + (health.cause == DeathCause::unknown ? "" : "; " + health.advice);
}

// More than half of a layer, or the outputs.
std::optional<Finding> many_units_finding(const RunRecord& record) {
  if (!record.health || !record.error.empty() || record.health->status < HealthStatus::alarm ||
      units_cost_nothing(record)) {
    return std::nullopt;
  }
  const char* name = record.health->status == HealthStatus::not_finite ? "not_finite"
                     : record.health->status == HealthStatus::collapse ? "constant_output"
                                                                       : "dead_units";
  return Finding{.name = name, .evidence = neurons_text(*record.health)};
}

// Fewer: the others may well do.
std::optional<Finding> some_units_finding(const RunRecord& record) {
  if (!record.health || record.health->status != HealthStatus::warn || units_cost_nothing(record)) return std::nullopt;
  return Finding{.name = "dead_units", .evidence = neurons_text(*record.health)};
}

std::optional<Finding> decay_finding(const RunRecord& record) {
  for (const LayerRecord& layer : record.layers) {
    const double left = layer.first_weight_norm > 0 ? layer.weight_norm / layer.first_weight_norm : 1;
    if (record.decay == 0 || left >= shrunk_weights) continue;
    return Finding{.name = "weights_decayed",
                   .key = "optimizer",
                   .evidence = "the weights of layer " + std::to_string(layer.now.layer) + " shrank to " +
                               percent_text(left) + " of their size at the start: weight_decay or l1 is too strong"};
  }
  return std::nullopt;
}

std::optional<Finding> inputs_finding(const RunRecord& record) {
  if (record.largest_input < unscaled_from) return std::nullopt;
  return Finding{.name = "inputs_unscaled",
                 .key = "data.preprocess",
                 .evidence = "inputs reach " + to_text(record.largest_input, 3) + ": scale them"};
}

std::optional<Finding> targets_finding(const RunRecord& record) {
  if (record.target_size < unscaled_from) return std::nullopt;
  return Finding{.name = "targets_unscaled",
                 .key = "data.preprocess",
                 .evidence = "targets are of size " + to_text(record.target_size, 3) + ": scale them"};
}

std::optional<Finding> saturation_finding(const RunRecord& record) {
  for (const LayerRecord& layer : record.layers) {
    if (2 * layer.now.saturated < layer.now.units || layer.now.units == 0) continue;
    return Finding{.name = "saturated_units",
                   .evidence = "layer " + std::to_string(layer.now.layer) + ": " + std::to_string(layer.now.saturated) +
                               " of " + std::to_string(layer.now.units) + " units are saturated on every sample"};
  }
  return std::nullopt;
}

std::optional<Finding> large_steps_finding(const RunRecord& record) {
  const auto larger = [](const LayerRecord& a, const LayerRecord& b) {
    return a.max_update_ratio < b.max_update_ratio;
  };
  const auto layer = std::max_element(record.layers.begin(), record.layers.end(), larger);
  if (layer == record.layers.end() || layer->max_update_ratio <= large_step || decay_finding(record)) {
    return std::nullopt;
  }
  return Finding{.name = "steps_too_large",
                 .key = "optimizer.learning_rate",
                 .evidence = "a step changed the weights of layer " + std::to_string(layer->now.layer) + " by " +
                             percent_text(layer->max_update_ratio) + " of their size: learning_rate is too large"};
}

std::optional<Finding> small_steps_finding(const RunRecord& record) {
  double travel = 0;
  double gradient = 0;
  for (const LayerRecord& layer : record.layers) {
    travel = std::max(travel, layer.travel);
    gradient = std::max(gradient, layer.now.gradient_norm.value_or(0));
  }
  // Without a gradient, or a weight that may move, another finding says more.
  if (travel == 0 || travel >= short_travel || gradient == 0) return std::nullopt;
  const bool is_clipped = record.clip_norm > 0 && gradient > 10 * record.clip_norm;
  return Finding{.name = "steps_too_small",
                 .key = is_clipped ? "train.clip_norm" : "optimizer.learning_rate",
                 .evidence = "all steps together changed the weights by " + percent_text(travel) +
                             " of their size at most: " +
                             (is_clipped ? "clip_norm cuts gradients of " + to_text(gradient, 3) + " down to " +
                                               to_text(record.clip_norm, 3)
                                         : "learning_rate is too small, or the steps are too few")};
}

std::optional<Finding> vanishing_finding(const RunRecord& record) {
  if (record.layers.size() < 2) return std::nullopt;
  const double first = record.layers.front().now.gradient_norm.value_or(0);
  const double last = record.layers.back().now.gradient_norm.value_or(0);
  if (first == 0 || last == 0 || first >= vanished_below * last) return std::nullopt;
  return Finding{.name = "vanishing_gradient",
                 .key = "model.layers",
                 .evidence = "the gradient vanishes: that of layer " + std::to_string(record.layers.front().now.layer) +
                             " is " + to_text(first / last, 2) + " of that of layer " +
                             std::to_string(record.layers.back().now.layer)};
}

// A loss that still falls explains a gap between the parts, and not the other way round.
constexpr std::array<VerdictRule, 8> symptoms = {divergence_finding,  constant_finding,  one_class_finding,
                                                 worse_finding,       falling_finding,   overfit_finding,
                                                 oscillation_finding, many_units_finding};
constexpr std::array<VerdictRule, 8> possible_reasons = {some_units_finding,  decay_finding,      inputs_finding,
                                                         targets_finding,     saturation_finding, large_steps_finding,
                                                         small_steps_finding, vanishing_finding};

void apply_rules(std::span<const VerdictRule> rules, const RunRecord& record, std::vector<Finding>& findings) {
  for (const VerdictRule rule : rules) {
    if (std::optional<Finding> finding = rule(record)) findings.push_back(std::move(*finding));
  }
}

bool is_failure(const Finding& finding) {
  constexpr std::array<std::string_view, 5> failures = {"diverged", "no_better_than_constant", "worse_than_start",
                                                        "not_finite", "constant_output"};
  return std::find(failures.begin(), failures.end(), finding.name) != failures.end();
}

}  // namespace

PartMeasures measure(const Run& run, const Dataset<float>& part) {
  return {.evaluation = run.trainer().evaluate(part, 256, run.metrics()),
          .report = report_of(run.network(), run.trainer().loss(), part)};
}

void list_state(StateArchive& state, RunRecord& record) {
  using Epoch = EpochFigures;
  using Layer = LayerRecord;
  state.add("steps", record.steps);
  state.add("first_loss", record.first_loss);
  state.add("largest_input", record.largest_input);
  state.add("epochs", record.epochs, {&Epoch::epoch, &Epoch::loss, &Epoch::score});
  std::vector<LayerHealth> now;
  for (const Layer& layer : record.layers) now.push_back(layer.now);
  state.add("records", record.layers,
            {&Layer::max_update_ratio, &Layer::travel, &Layer::first_weight_norm, &Layer::weight_norm});
  list_state(state, now);
  state.require(now.size() == record.layers.size(), "layers");
  for (std::size_t i = 0; i < now.size(); ++i) record.layers[i].now = now[i];
}

void record_training(Run& run, RunRecord& record) {
  record.samples = run.data().train.size();
  record.target_size = largest_target(run.data().train);
  record.clip_norm = run.config().train.clip_norm;
  record.decay = largest_decay(run.config().optimizer);
  run.trainer().on_start([&record](const StartReport& report) { record_start(report, record); });
  run.trainer().on_epoch([&record, cadence = Cadence()](const EpochReport& report) {
    if (report.health) record_health(*report.health, report.steps, record);
    if (cadence.is_due(report.epoch)) {
      record.epochs.push_back({report.epoch, report.train.loss, epoch_score(report.train)});
    }
    return Control::proceed;
  });
  run.trainer().on_divergence([&record](const EpochReport& report, const NonFiniteError& error) {
    if (report.health) record_health(*report.health, report.steps, record);
    record.error = error.what();
  });
}

void record_end(const Run& run, const FitResult& result, const std::optional<PartMeasures>& test, RunRecord& record) {
  record.stopped_early = result.stopped_early;
  if (!result.epochs.empty() && (record.epochs.empty() || record.epochs.back().epoch < result.epochs.back().epoch)) {
    const EpochReport& last = result.epochs.back();
    record.epochs.push_back({last.epoch, last.train.loss, epoch_score(last.train)});
  }
  if (result.epochs.empty()) return;  // nothing was trained that could have learned
  try {
    record.train = training_score_of(run);
  } catch (const NonFiniteError& error) {  // the last step went too far for a loss, though not for the weights
    record.error = error.what();
  }
  if (test) {
    record.judged = score_of(run, *run.data().test, "test", *test);
  } else if (run.data().validation) {
    record.judged = measured_score(run, *run.data().validation, "validation");
  }
}

std::vector<Finding> run_findings(const RunRecord& record) {
  std::vector<Finding> findings;
  apply_rules(symptoms, record, findings);
  if (!findings.empty()) apply_rules(possible_reasons, record, findings);
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
  } else if (verdict.causes.empty() && some_units_finding(record)) {
    verdict.note = neurons_text(*record.health);
  }
  return verdict;
}

JsonValue json_of(const RunVerdict& verdict) {
  JsonValue json = JsonValue::object({{"status", verdict.status}});
  if (!verdict.reason.empty()) json.set("reason", verdict.reason);
  if (!verdict.note.empty()) json.set("note", verdict.note);
  json.set("causes", list_of(verdict.causes, [](const Finding& finding) {
             return JsonValue::object({{"name", finding.name},
                                       {"key", finding.key},
                                       {"evidence", finding.evidence},
                                       {"set", list_of(finding.set)}});
           }));
  return json;
}

}  // namespace hinge
