// Trying cures.
#include <hinge/optim/run/rescue.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/optim/run/run_folder.h>
#include <hinge/optim/run/state_file.h>
#include <hinge/optim/run/study.h>

namespace hinge {

namespace {

// The 97.5 % quantile of Student's t distribution with that many degrees of freedom; beyond the table that of the normal
// distribution with a correction of the first order, right to three digits.
double student_quantile(std::size_t degrees) {
  constexpr std::array<double, 10> table = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
  if (degrees <= table.size()) return table[degrees - 1];
  return 1.95996 + 2.3722 / static_cast<double>(degrees) + 2.8225 / static_cast<double>(degrees * degrees);
}

// Half the width of the 95 % interval of a mean.
double half_width_of(const Spread& spread) {
  if (!spread.deviation) return 0;
  return student_quantile(spread.count - 1) * *spread.deviation / std::sqrt(static_cast<double>(spread.count));
}

std::string type_named_in(const JsonValue* spec) {
  if (spec == nullptr) return "";
  if (spec->kind == JsonValue::Kind::string) return spec->text;
  const JsonValue* type = spec->find("type");
  return type == nullptr ? "" : type->text;
}

double number_of(const JsonValue* value, double otherwise) {
  return value == nullptr ? otherwise : parse_double(value->text).value_or(otherwise);
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// One override for each layer for which `wanted` says yes, those inside others included.
template <typename Wanted>
std::vector<std::string> for_layers(const JsonValue& layers, const std::string& assignment, const Wanted& wanted,
                                    const std::string& place = "model.layers") {
  std::vector<std::string> overrides;
  for (std::size_t i = 0; i < layers.elements.size(); ++i) {
    const JsonValue& layer = layers.elements[i];
    const std::string key = place + "[" + std::to_string(i) + "].";
    if (wanted(layer)) overrides.push_back(key + assignment);
    if (const JsonValue* inner = layer.find("layers")) {
      append(overrides, for_layers(*inner, assignment, wanted, key + "layers"));
    }
  }
  return overrides;
}

const JsonValue& section(const JsonValue& config, const char* name) {
  static const JsonValue none;
  const JsonValue* found = config.find(name);
  return found == nullptr ? none : *found;
}

// Starts anew; the output layer as it was.
Cure restart(std::string name, std::string meaning, const JsonValue& layers, const std::string& weights,
             const std::string& biases) {
  const auto is_hidden_dense = [&](const JsonValue& layer) {
    return &layer != &layers.elements.back() && type_named_in(&layer) == Dense::type;
  };
  Cure cure{.name = std::move(name), .meaning = std::move(meaning), .restarts = true};
  append(cure.overrides, for_layers(layers, "weight_init=" + weights, is_hidden_dense));
  append(cure.overrides, for_layers(layers, "bias_init=" + biases, is_hidden_dense));
  return cure;
}

// The share of the hidden units of which the last look counted so many; 0 without a look.
double share(const RunSummary& run, std::size_t LayerHealth::*count) {
  double units = 0;
  double counted = 0;
  if (!run.last->health) return 0;
  for (const LayerHealth& layer : run.last->health->layers) {
    units += static_cast<double>(layer.units);
    counted += static_cast<double>(layer.*count);
  }
  return units == 0 ? 0 : counted / units;
}

// The metric of the loss, or the loss itself where it has none, turned so that larger is better.
std::pair<std::string, double> metric_of(Evaluation validation, std::string_view name) {
  validation.others.clear();  // the command shows scores without knowing an application's metrics
  if (!value_of(validation, name)) name = "loss";
  const double value = *value_of(validation, name);
  return {"val/" + std::string(name), larger_is_better(name) ? value : -value};
}

class Rescue {
 public:
  Rescue(const std::string& folder, const RescueOptions& options, const Registries& registries)
      : config_path_(join_path(folder, run_files::config)), registries_(registries) {
    const std::string state_path = join_path(folder, run_files::alarm);
    if (!file_exists(state_path)) {
      throw ConfigError(printable(folder) +
                        ": this run had no alarm, so there is nothing to rescue (see hinge health)");
    }
    state_ = load_state(state_path);
    const LoadedConfig loaded = load_config(config_path_, {}, registries);
    const std::size_t planned = loaded.config.train.epochs;
    metric_ = loaded.config.loss->build<float>()->metric();
    constexpr std::size_t min_epochs = 5;
    result_.alarm_epoch = state_.epoch;
    result_.epochs =
        options.epochs > 0 ? options.epochs : std::max(min_epochs, planned - std::min(planned, state_.epoch));
    first_seed_ = loaded.config.train.seed;
    seeds_ = options.seeds;
    cures_ = cures_for(loaded.tree);
    needs_validation_ = !Run(loaded).data().validation;
    is_interrupted_ = options.is_interrupted;
  }

  // Empty when it was stopped.
  RescueResult run(const std::function<bool(const Cure&, std::size_t)>& observe) {
    if (needs_validation_ && !make_validation()) return {};
    for (const Cure& cure : cures_) {
      CureResult result{.cure = cure};
      std::vector<RunSummary> runs;
      for (std::size_t i = 0; i < seeds_ && result.failure.empty(); ++i) {
        if (!observe(cure, first_seed_ + i)) return {};
        try {
          RunSummary summary = train(cure, first_seed_ + i);
          if (summary.status == "interrupted") return {};
          result.failure = summary.error;
          if (summary.is_complete()) runs.push_back(std::move(summary));
        } catch (const ConfigError& error) {  // the cure does not fit the config
          result.failure = error.what();
        }
      }
      if (result.failure.empty()) summarise(runs, result);
      result_.results.push_back(std::move(result));
    }
    rank();
    return std::move(result_);
  }

 private:
  // The state at the alarm knows all training samples: what a part of them says of it would be too good. So the run up to
  // there is trained again without that part. False when it was to stop.
  bool make_validation() {
    overrides_.push_back("data.validation={\"fraction\": 0.2}");
    result_.notes.push_back(
        "the run has no validation part: a fifth of its training samples is taken for one, and the epochs up to the "
        "alarm "
        "are trained again without it");
    std::vector<std::string> overrides = overrides_;
    overrides.push_back("train.epochs=" + std::to_string(state_.epoch));
    overrides.push_back("train.early_stopping={}");
    Run run(load_config(config_path_, overrides, registries_));
    TrainingState<float> at_alarm = run.trainer().state();
    run.trainer().on_epoch([&](const EpochReport&) {  // before a mean of the weights takes their place
      at_alarm = run.trainer().state();
      return Control::proceed;
    });
    const RunSummary summary = train_run(run, nullptr, is_interrupted_);
    if (summary.status == "interrupted") return false;
    if (!summary.is_complete()) throw NonFiniteError("without a validation part of its own: " + summary.error, 0, 0, 0);
    state_ = std::move(at_alarm);
    return true;
  }

  RunSummary train(const Cure& cure, std::size_t seed) {
    std::vector<std::string> overrides = overrides_;
    append(overrides, cure.overrides);
    const std::size_t epochs = result_.epochs + (cure.restarts ? result_.alarm_epoch : 0);
    overrides.push_back("train.seed=" + std::to_string(seed));
    overrides.push_back("train.epochs=" + std::to_string(epochs));
    overrides.push_back("train.early_stopping={}");
    Run run(load_config(config_path_, overrides, registries_));
    if (!cure.restarts) run.trainer().restore(state_);
    return train_run(run, nullptr, is_interrupted_);
  }

  void summarise(const std::vector<RunSummary>& runs, CureResult& result) {
    const auto seeds = static_cast<double>(runs.size());
    result.chance_is_known = false;
    for (const RunSummary& run : runs) {
      const auto [name, value] = metric_of(*run.last->validation, metric_);
      result_.metric = name;
      result.scores.push_back(value);
      if (run.last->validation->loss != runs.front().last->validation->loss) result.chance_is_known = true;
      result.dead += share(run, &LayerHealth::dead) / seeds;
      result.one_sided += share(run, &LayerHealth::one_sided) / seeds;
      result.dormant += share(run, &LayerHealth::dormant) / seeds;
    }
    const Spread spread = spread_of(result.scores);
    result.mean = spread.mean;
    result.half_width = half_width_of(spread);
    // The first cure is none; the same seed shuffles alike, so differences are taken seed by seed.
    const std::vector<double>& before = result_.results.empty() ? result.scores : result_.results.front().scores;
    result.is_compared = before.size() == result.scores.size();
    if (!result.is_compared) return;
    std::vector<double> gains;
    for (std::size_t i = 0; i < before.size(); ++i) gains.push_back(result.scores[i] - before[i]);
    const Spread gain = spread_of(gains);
    result.gain = gain.mean;
    result.gain_half_width = half_width_of(gain);
  }

  void rank() {
    const auto key = [](const CureResult& r) {
      return std::array<double, 4>{r.failure.empty() ? 0.0 : 1.0, -r.mean, r.one_sided, r.dormant};
    };
    std::stable_sort(result_.results.begin(), result_.results.end(),
                     [&](const CureResult& a, const CureResult& b) { return key(a) < key(b); });
  }

  std::string config_path_;
  std::string metric_;  // of the loss
  const Registries& registries_;
  TrainingState<float> state_;
  std::size_t first_seed_ = 0;
  std::size_t seeds_ = 0;
  std::vector<Cure> cures_;
  std::vector<std::string> overrides_;
  bool needs_validation_ = false;
  std::function<bool()> is_interrupted_;
  RescueResult result_;
};

JsonValue json_of(const CureResult& result) {
  JsonValue json = JsonValue::object(
      {{"cure", result.cure.name}, {"meaning", result.cure.meaning}, {"set", list_of(result.cure.overrides)}});
  if (!result.failure.empty()) {
    json.set("failure", result.failure);
    return json;
  }
  json.set("mean", result.mean);
  json.set("half_width", result.half_width);
  json.set("gain", result.is_compared ? JsonValue(result.gain) : JsonValue());
  json.set("gain_half_width", result.is_compared ? JsonValue(result.gain_half_width) : JsonValue());
  json.set("dead", result.dead);
  json.set("one_sided", result.one_sided);
  json.set("dormant", result.dormant);
  json.set("scores", list_of(result.scores));
  json.set("helps", result.helps());
  return json;
}

}  // namespace

const CureResult* RescueResult::best() const {
  const auto found = std::find_if(results.begin(), results.end(), [](const CureResult& r) { return r.helps(); });
  return found == results.end() ? nullptr : &*found;
}

std::vector<Cure> cures_for(const JsonValue& config) {
  const JsonValue& layers = section(section(config, "model"), "layers");
  std::vector<Cure> cures = {{.name = "none", .meaning = "go on as before"}};
  const auto has_relu = [](const JsonValue& layer) { return type_named_in(layer.find("activation")) == Relu::type; };
  const std::vector<std::string> leaky = for_layers(layers, "activation=leaky_relu", has_relu);
  if (!leaky.empty()) {
    cures.push_back({.name = "leaky_relu", .meaning = "leaky ReLU in the place of ReLU", .overrides = leaky});
  }
  const double rate = number_of(section(config, "optimizer").find("learning_rate"), 0);
  if (rate > 0) {
    Cure slower{.name = "learning_rate/10",
                .meaning = "a tenth of the learning rate",
                .overrides = {"optimizer.learning_rate=" + to_text(rate / 10)}};
    const double smallest = number_of(section(section(config, "train"), "schedule").find("smallest"), 0);
    if (smallest > 0) slower.overrides.push_back("train.schedule.smallest=" + to_text(smallest / 10));
    cures.push_back(std::move(slower));
  }
  if (number_of(section(config, "train").find("clip_norm"), 0) == 0) {
    cures.push_back(
        {.name = "clip_norm", .meaning = "gradients of norm 1 at most", .overrides = {"train.clip_norm=1"}});
  }
  cures.push_back({.name = "recycle",
                   .meaning = "dormant units start anew after every epoch",
                   .overrides = {"health.recycle.every=1"}});
  cures.push_back(
      restart("fresh start", "he_normal weights and biases of 0, from the first epoch", layers, "he_normal", "zeros"));
  cures.push_back(restart("asymmetric start", "randomized_asymmetric weights and biases, from the first epoch", layers,
                          "randomized_asymmetric", "randomized_asymmetric"));
  return cures;
}

RescueResult rescue(const std::string& run_folder, const RescueOptions& options, const Registries& registries,
                    const std::function<bool(const Cure&, std::size_t seed)>& observe) {
  if (options.seeds < 2) throw ConfigError("rescue: seeds must be >= 2: one training says nothing of chance");
  return Rescue(run_folder, options, registries).run(observe);
}

JsonValue json_of(const RescueResult& result) {
  return JsonValue::object({{"alarm_epoch", result.alarm_epoch},
                            {"epochs", result.epochs},
                            {"metric", result.metric},
                            {"best", result.best() == nullptr ? JsonValue() : JsonValue(result.best()->cure.name)},
                            {"cures", list_of(result.results, [](const CureResult& r) { return json_of(r); })}});
}

}  // namespace hinge
