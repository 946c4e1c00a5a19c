// Rules about the options of a config, and all rules together.
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/diagnosis/config_values.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/optimizers/adam.h>
#include <hinge/optim/run/diagnosis/data_rules.h>
#include <hinge/optim/run/diagnosis/data_sample.h>
#include <hinge/optim/run/diagnosis/run_preview.h>

namespace hinge {

namespace {

std::string setting(const char* key, double value) { return std::string(key) + "=" + to_text(value, 2); }

// The size of He's weights of all layers, √Σ units: what training has to move. (W has units·fan-in elements of 1/fan-in.)
double usual_weights(const RunPreview& run) {
  double units = 0;
  for (const UnitLayer& layer : run.layers) units += static_cast<double>(layer.layer->outputs());
  return std::sqrt(units);
}

// Σ of the rates of all steps. Momentum moves a weight 1/(1 − momentum) as far in all.
double sum_of_rates(const RunPreview& run) {
  double mean = 0;
  for (const double rate : run.rates) mean += rate / static_cast<double>(run.rates.size());
  return run.rate * mean * run.steps / (1 - number_at(run.tree, "optimizer.momentum"));
}

// ---------------------------------------------------------------- dropout

// The error is flat for rates of 0.2 to 0.6 and rises beyond [Srivastava et al. 2014, figure 9]; of inputs they drop 0.2.
constexpr double large_dropout = 0.7;
constexpr double large_input_dropout = 0.5;

void add_dropout(const RunPreview& run, std::vector<Finding>& findings) {
  const std::vector<JsonValue>& layers = option_at(run.tree, "model.layers").elements;
  bool is_first = true;
  std::size_t last_units = 0;
  const auto is_dropout = [&](std::size_t i) { return layers[i].find("type")->text == "dropout"; };
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].find("units") != nullptr) last_units = i;
  }
  Finding finding{.name = "dropout"};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!is_dropout(i)) {
      is_first = false;
      continue;
    }
    const double rate = parse_double(layers[i].find("rate")->text).value_or(0);
    const std::string key = "model.layers[" + std::to_string(i) + "].rate";
    const bool is_last = last_units > 0 && i > last_units;
    if (rate == 0 || (!is_last && rate < large_dropout && !(is_first && rate > large_input_dropout))) continue;
    finding.set.push_back(key + "=" + (is_last ? "0" : "0.1"));
    if (!finding.key.empty()) continue;
    finding.key = key;
    finding.evidence = "dropout of " + to_text(rate, 3) +
                       (is_last    ? " behind the last layer drops outputs, whatever they are to be"
                        : is_first ? " on the inputs leaves out more than half of what a sample says"
                                   : " leaves " + percent_text(1 - rate) + " of the units of a layer in each step");
  }
  if (!finding.key.empty()) findings.push_back(std::move(finding));
}

// ---------------------------------------------------------------- penalties

// AdamW shrinks weights by rate·decay a step, and forgets in 1/(rate·decay) steps. A decay that keeps 111 steps cured an
// overfitted network (measured); 30 is too few for the gradients of one epoch.
constexpr double decay_steps = 30;
// The penalty beside the first gradient, the largest of a training as a rule: beyond half of it
// many weights only shrink (usual penalties have a hundredth).
constexpr double strong_penalty = 0.5;
constexpr double odd_penalty = 0.1;
// With fewer samples a penalty as strong may be right: the recipe of hinge init takes a decay of about 7/samples.
constexpr std::size_t penalty_samples = 50;

void add_decoupled_decay(const RunPreview& run, double decay, std::vector<Finding>& findings) {
  const double memory = 1 / (run.rate * decay);
  if (decay == 0 || run.rate == 0 || memory > decay_steps) return;
  add_finding(findings, "weight_decay", "optimizer.weight_decay",
              "weight_decay " + to_text(decay, 3) + " is too strong: with the learning rate " + to_text(run.rate, 3) +
                  " each step shrinks all weights by " + percent_text(run.rate * decay) + ", so they hold what " +
                  to_text(memory, 2) + " steps taught",
              {"optimizer.weight_decay=0.01"});
}

void add_penalty(const RunPreview& run, std::vector<Finding>& findings) {
  const double l1 = number_at(run.tree, "optimizer.l1");
  double l2 = number_at(run.tree, "optimizer.weight_decay");
  if (run.config.optimizer.type() == AdamW::type) {
    add_decoupled_decay(run, l2, findings);
    return;
  }
  double weakest = 0;
  for (const UnitLayer& layer : run.layers) {
    if (!layer.weight->trainable() || layer.gradient_size == 0) continue;
    const double pull = std::max(l1, l2 * layer.weight_size) / layer.gradient_size;
    weakest = weakest == 0 ? pull : std::min(weakest, pull);
  }
  if (weakest < odd_penalty) return;
  const bool is_l1 = l1 >= l2;
  const std::string name = is_l1 ? "l1" : "weight_decay";
  add_finding(findings, is_l1 ? "l1" : "weight_decay", "optimizer." + name,
              name + " " + to_text(is_l1 ? l1 : l2, 3) + " is too strong: it pulls weights to 0 by " +
                  to_text(weakest, 2) + " times the first gradient of the loss or more",
              {"optimizer." + name + "=0"})
      .is_certain = weakest > strong_penalty && run.parts.train.size() >= penalty_samples;
}

// ---------------------------------------------------------------- how far the steps reach

// Training moves weights by about their own size (digits: 0.7 to 2 times). A run whose steps all together, in one
// direction, reach a twentieth of it ends where it began.
constexpr double short_reach = 0.05;
// Fewer steps are to be looked at, not to train.
constexpr double shown_steps = 10;

// Whether a norm of the gradient gives so short a way. 0: the rate alone decides, as for Adam.
bool is_too_short(const RunPreview& run, double norm) {
  if (run.rates.empty() || run.layers.empty()) return false;
  if (!run.optimizer.is_adaptive) return sum_of_rates(run) * norm < short_reach * usual_weights(run);
  double weight = 1;
  for (const UnitLayer& layer : run.layers) {
    weight = std::min(weight, 1 / std::sqrt(static_cast<double>(layer.weight->value().cols)));
  }
  return sum_of_rates(run) < short_reach * weight;
}

void add_clip(const RunPreview& run, std::vector<Finding>& findings) {
  const double by_element = run.config.train.clip_value * std::sqrt(static_cast<double>(run.network.values().size()));
  const bool is_norm = run.config.train.clip_norm > 0;
  const double limit = is_norm ? run.config.train.clip_norm : by_element;
  if (limit == 0 || limit > run.gradient_norm || run.optimizer.is_adaptive) return;
  if (is_too_short(run, run.gradient_norm) || !is_too_short(run, limit)) return;
  add_finding(findings, "clip", is_norm ? "train.clip_norm" : "train.clip_value",
              (is_norm ? "clip_norm " + to_text(limit, 3) : "clip_value " + to_text(run.config.train.clip_value, 3)) +
                  " is too small: the first gradient has a norm of " + to_text(run.gradient_norm, 3) + ", and " +
                  to_text(run.steps) + " clipped steps move weights of size " + to_text(usual_weights(run), 2) +
                  " by " + to_text(sum_of_rates(run) * limit, 2) + " at most",
              {is_norm ? "train.clip_norm=1" : "train.clip_value=0"});
}

// ---------------------------------------------------------------- schedules

// A cosine over the whole run has a mean of 0.5, a step to a tenth after a third 0.4, gamma 0.9 over 100 epochs 0.1.
constexpr double short_schedule = 0.08;
constexpr double odd_schedule = 0.15;
constexpr double rate_is_zero = 1e-3;

void add_schedule(const RunPreview& run, std::vector<Finding>& findings) {
  if (run.rates.size() < 5) return;
  double mean = 0;
  double highest = 0;
  std::size_t zeros = 0;
  for (const double rate : run.rates) {
    mean += rate / static_cast<double>(run.rates.size());
    highest = std::max(highest, rate);
    if (rate < rate_is_zero) ++zeros;
  }
  const double zero_share = static_cast<double>(zeros) / static_cast<double>(run.rates.size());
  if (mean > odd_schedule && zero_share < 0.5) return;
  const bool is_warmup = run.rates.back() == highest && highest < 0.5;
  const std::string type(run.config.train.schedule.type());
  Finding finding{.name = is_warmup ? "warmup" : "schedule",
                  .key = "train.schedule",
                  .set = {"train.schedule=constant"},
                  .is_certain = mean < short_schedule || is_warmup};
  if (is_warmup) {
    finding.evidence = "the warm-up of the schedule " + type + " never ends: after all " + to_text(run.steps) +
                       " steps the learning rate is at " + percent_text(highest) + " of the optimiser's";
  } else {
    finding.evidence = "the schedule " + type + " ends training early: the learning rate is " + percent_text(mean) +
                       " of the optimiser's in the mean of the run, and 0 (below a thousandth) for " +
                       percent_text(zero_share) + " of it";
  }
  findings.push_back(std::move(finding));
}

void add_plateau(const RunPreview& run, std::vector<Finding>& findings) {
  const std::size_t stop = run.config.train.early_stopping.patience;
  if (run.config.train.schedule.type() != ReduceOnPlateau::type || stop == 0) return;
  const JsonValue* patience = option_at(run.tree, "train.schedule").find("patience");
  if (patience == nullptr || parse_double(patience->text).value_or(0) < static_cast<double>(stop)) return;
  add_finding(findings, "schedule", "train.schedule.patience",
              "the schedule waits " + patience->text +
                  " epochs without improvement before it lowers the rate, and early stopping ends "
                  "training after " +
                  std::to_string(stop),
              {"train.schedule.patience=" + std::to_string(stop / 2)})
      .is_certain = false;
}

// ---------------------------------------------------------------- early stopping

// min_delta alone bounds the run: the loss can fall by it start/min_delta times, each within patience + 1 epochs.
void add_early_stop(const RunPreview& run, std::vector<Finding>& findings) {
  const EarlyStopping& stop = run.config.train.early_stopping;
  if (stop.patience == 0 || stop.metric != "loss") return;
  const auto waits = static_cast<double>(stop.patience) + 1;
  const auto epochs = static_cast<double>(run.config.train.epochs);
  const double bound = stop.min_delta > 0 ? run.start_loss / stop.min_delta * waits : epochs;
  const bool is_certain = bound < epochs / 4;
  if (!is_certain && (stop.patience > 2 || epochs < 10)) return;
  add_finding(findings, "early_stop", "train.early_stopping",
              is_certain ? "early stopping is impatient: a loss of " + to_text(run.start_loss, 3) +
                               " at the start can fall by min_delta " + to_text(stop.min_delta, 3) +
                               " so few times that training ends after " + to_text(std::floor(bound)) + " of " +
                               to_text(epochs) + " epochs at most"
                         : "early stopping has a patience of " + std::to_string(stop.patience) +
                               ": a chance rise of the validation loss ends training",
              {"train.early_stopping.patience=20", "train.early_stopping.min_delta=0"})
      .is_certain = is_certain;
}

// ---------------------------------------------------------------- number and size of the steps

void add_averaging(const RunPreview& run, std::vector<Finding>& findings) {
  const double decay = run.config.train.averaging;
  const double memory = 1 / (1 - decay);
  if (decay == 0 || memory <= run.steps) return;
  add_finding(findings, "averaging", "train.averaging",
              "averaging " + to_text(decay, 6) + " remembers " + to_text(memory, 3) + " steps, and training has " +
                  to_text(run.steps) + ": the mean of the weights keeps those of the start",
              {setting("train.averaging", std::max(0.0, 1 - 20 / std::max(run.steps, 20.0)))});
}

// Fewer updates do not train a hidden layer: digits has 1,400, a linear model 60 in a sound run (measured).
constexpr double few_steps = 50;
constexpr double few_accumulated_steps = 100;

void add_few_steps(const RunPreview& run, std::vector<Finding>& findings) {
  const std::size_t accumulate = run.config.train.accumulate;
  if (accumulate > 1 && run.steps < few_accumulated_steps) {
    add_finding(findings, "accumulate", "train.accumulate",
                "accumulate " + std::to_string(accumulate) + " leaves too few updates: " + to_text(run.steps) +
                    " in the whole training, of " +
                    to_text(run.batches_per_epoch * static_cast<double>(run.config.train.epochs)) + " batches",
                {"train.accumulate=1"});
    return;
  }
  if (run.steps >= few_steps || run.steps < shown_steps) return;
  const bool is_batch = run.batches_per_epoch <= 2 && run.parts.train.size() > 64;
  add_finding(findings, is_batch ? "big_batch" : "undertrained", is_batch ? "train.batch_size" : "train.epochs",
              "too few updates: training has " + to_text(run.steps) + " steps, " + to_text(run.batches_per_epoch) +
                  " in each of " + std::to_string(run.config.train.epochs) + " epochs" +
                  (is_batch ? ", because the batch is too large" : ""),
              {is_batch ? "train.batch_size=32" : "train.epochs=" + std::to_string(20 * run.config.train.epochs)})
      .is_certain = false;
}

void add_sign_reader(const RunPreview& run, std::vector<Finding>& findings) {
  const auto samples = static_cast<double>(run.config.train.batch_size * run.config.train.accumulate);
  if (!run.optimizer.reads_signs || samples >= static_cast<double>(run.parts.train.size())) return;
  add_finding(findings, "rprop_minibatch", "train.batch_size",
              std::string(run.config.optimizer.type()) +
                  " reads the signs of the gradient of all samples; in batches of " +
                  std::to_string(run.config.train.batch_size) + " of " + std::to_string(run.parts.train.size()) +
                  " the signs are those of chance: use the whole batch, or adam",
              {"train.batch_size=" + std::to_string(run.parts.train.size())});
}

// Each step of Adam or RMSprop moves each weight by about the rate; weights are of size 1/√fan-in, some 0.1 to 0.5.
constexpr double large_adaptive_rate = 0.3;
constexpr double odd_adaptive_rate = 0.05;
// The first step of SGD at the speed that momentum reaches, in sizes of all weights. A linear model stands it.
constexpr double large_first_step = 2;
constexpr double odd_first_step = 0.5;
constexpr double large_momentum = 0.99;

void add_rate(const RunPreview& run, std::vector<Finding>& findings) {
  if (run.rate == 0 || run.rates.empty()) return;
  const double momentum = number_at(run.tree, "optimizer.momentum");
  const std::string rate = "the learning rate " + to_text(run.rate, 3);
  if (run.has_hidden_layers() && run.optimizer.is_adaptive && !run.optimizer.reads_signs &&
      run.optimizer.usual_step > odd_adaptive_rate) {
    add_finding(findings, "learning_rate_high", "optimizer.learning_rate",
                rate + " is too high for " + std::string(run.config.optimizer.type()) +
                    ": each step moves every weight by about " + to_text(run.optimizer.usual_step, 2),
                {"optimizer.learning_rate=0.003"})
        .is_certain = run.optimizer.usual_step >= large_adaptive_rate;
  }
  const double step = run.rate * run.gradient_norm / (1 - momentum) / usual_weights(run);
  if (run.has_hidden_layers() && !run.optimizer.is_adaptive && step > odd_first_step) {
    const bool is_momentum = momentum >= large_momentum;
    add_finding(findings, is_momentum ? "momentum" : "learning_rate_high",
                is_momentum ? "optimizer.momentum" : "optimizer.learning_rate",
                rate + (momentum > 0 ? " with momentum " + to_text(momentum, 3) : "") +
                    " is too high: the first gradient alone, of norm " + to_text(run.gradient_norm, 3) +
                    ", moves the weights by " + to_text(step, 2) + " times their size",
                {is_momentum ? "optimizer.momentum=0.9" : setting("optimizer.learning_rate", run.rate * 0.05 / step)})
        .is_certain = step > large_first_step;
  }
  if (run.steps < shown_steps || run.optimizer.reads_signs || !is_too_short(run, run.gradient_norm)) return;
  add_finding(findings, "learning_rate_low", "optimizer.learning_rate",
              rate + " is too low: all " + to_text(run.steps) +
                  " steps together, in one direction, move the weights by less than " + percent_text(short_reach) +
                  " of their size",
              {setting("optimizer.learning_rate", run.optimizer.is_adaptive ? 0.003 : 0.05)});
}

// The noise of SGD goes with rate/(batch·(1 − momentum)) [Smith & Le 2018]. Sound runs here have 0.003 to 0.05, online
// learning at a rate of 0.01 as much.
constexpr double odd_noise = 0.1;
constexpr double small_batch = 4;

void add_noise(const RunPreview& run, std::vector<Finding>& findings) {
  const auto batch = static_cast<double>(run.config.train.batch_size * run.config.train.accumulate);
  const double rate = run.rate / (1 - number_at(run.tree, "optimizer.momentum"));
  if (run.optimizer.is_adaptive || !run.has_hidden_layers() || run.batches_per_epoch < 2) return;
  if (batch > small_batch || rate < odd_noise * batch) return;
  add_finding(findings, "small_batch", "train.batch_size",
              "the batch is too small for the learning rate: a batch of " + to_text(batch) + " moves the weights by " +
                  to_text(rate, 3) + " times a noisy gradient; take a larger batch or lower the learning rate",
              {"train.batch_size=32"})
      .is_certain = false;
}

// A network can store about as many samples as it has parameters; digits has 3 a sample, the residual one 60.
constexpr double odd_capacity = 100;

void add_overfit(const RunPreview& run, std::vector<Finding>& findings) {
  const auto parameters = static_cast<double>(run.network.values().size());
  const auto samples = static_cast<double>(run.parts.train.size());
  const bool is_restrained = run.config.train.early_stopping.patience > 0 ||
                             number_at(run.tree, "optimizer.weight_decay") > 0 ||
                             number_at(run.tree, "optimizer.l1") > 0;
  if (is_restrained || samples < 10 || parameters < odd_capacity * samples || run.steps < few_steps) return;
  add_finding(findings, "overfitting", "train.epochs",
              "the network can memorise the data: " + to_text(parameters) + " parameters for " + to_text(samples) +
                  " training samples, without early stopping or weight decay",
              {"optimizer=adamw", "optimizer.learning_rate=0.003", "optimizer.weight_decay=1"})
      .is_certain = false;
}

// ---------------------------------------------------------------- class weights

// From 3 times the samples and 3 times the weight on, a frequent class counts nine times a rare one.
constexpr double swapped_ratio = 3;

// The weights of the classes; pos_weight is that of class 1 beside 1.
std::vector<double> class_weights_of(const RunPreview& run) {
  std::vector<double> weights;
  for (const char* name : {"class_weights", "pos_weight"}) {
    const std::vector<JsonValue>& numbers = option_at(run.tree, std::string("loss.") + name).elements;
    if (std::string_view(name) == "pos_weight" && numbers.size() == 1) weights.push_back(1);
    for (const JsonValue& number : numbers) weights.push_back(parse_double(number.text).value_or(1));
  }
  return weights;
}

void add_class_weights(const RunPreview& run, std::vector<Finding>& findings) {
  const std::vector<double> weights = class_weights_of(run);
  const Dataset<float>& train = run.parts.train;
  if (weights.size() < 2 || weights.size() != train.class_count()) return;
  std::vector<double> counts(weights.size());
  for (const std::int32_t c : train.classes()) counts[static_cast<std::size_t>(c)] += 1;
  const auto frequent = static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  const auto rare = static_cast<std::size_t>(std::min_element(counts.begin(), counts.end()) - counts.begin());
  if (counts[frequent] < swapped_ratio * counts[rare]) return;
  if (weights[frequent] < swapped_ratio * weights[rare]) return;
  const bool has_list = !option_at(run.tree, "loss.class_weights").elements.empty();
  const std::string key = has_list ? "class_weights" : "pos_weight";
  const auto of_class = [&](std::size_t c) {
    return in_quotes(train.class_names()[c]) + " has " + to_text(counts[c]) + " samples and the weight " +
           to_text(weights[c], 3);
  };
  add_finding(
      findings, "class_weights", "loss." + key,
      key + " makes the most frequent class count more: " + of_class(frequent) + ", " + of_class(rare) +
          ": are they swapped?",
      {has_list ? "loss.class_weights=balanced" : setting("loss.pos_weight", counts[0] / std::max(1.0, counts[1]))});
}

using OptionRule = void (*)(const RunPreview&, std::vector<Finding>&);

constexpr std::array<OptionRule, 13> option_rules = {
    add_dropout,   add_penalty,     add_clip,  add_schedule, add_plateau, add_early_stop,   add_averaging,
    add_few_steps, add_sign_reader, add_noise, add_overfit,  add_rate,    add_class_weights};

// A network beyond 400 MB with its gradients is not built twice.
constexpr std::size_t most_parameters = 50000000;

void certain_first(std::vector<Finding>& findings) {
  std::stable_partition(findings.begin(), findings.end(), [](const Finding& finding) { return finding.is_certain; });
}

void append_findings(std::vector<Finding>& to, std::vector<Finding> from) {
  std::move(from.begin(), from.end(), std::back_inserter(to));
}

}  // namespace

std::vector<Finding> option_findings(const RunPreview& run) {
  std::vector<Finding> findings;
  if (!std::isfinite(run.gradient_norm)) return findings;  // nothing to compare steps and penalties with
  for (const OptionRule rule : option_rules) rule(run, findings);
  return findings;
}

std::vector<Finding> config_findings(const ResolvedConfig& resolved, const DataParts& parts) {
  const std::vector<LayerSpec>& layers = resolved.config.model.layers.specs();
  if (Network<float>::count_parameters(parts.train.features(), layers) > most_parameters) return {};
  const RunPreview run(resolved, parts);
  std::vector<Finding> findings = start_findings(run);
  append_findings(findings, option_findings(run));
  certain_first(findings);
  return findings;
}

std::vector<Finding> findings_before_training(const RunConfig& config, const DataParts& parts) {
  const ResolvedConfig resolved(config, parts);
  std::vector<Finding> findings = data_findings(resolved, parts);
  append_findings(findings, config_findings(resolved, parts));
  certain_first(findings);
  return findings;
}

}  // namespace hinge
