// The changes that a diagnosis tries.
#include <hinge/optim/run/diagnosis/changes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/config_values.h>

namespace hinge {

namespace {

// The fixed order of causes: what names itself comes before what heals by the way.
enum class Rank : std::size_t {
  shuffle,
  frozen,
  output_activation,
  whole_numbers,
  averaging,
  accumulate,
  early_stopping,
  clipping,
  schedule,
  dropout,
  decay,
  inputs,
  initialisation,
  no_nonlinearity,
  bias,
  momentum,
  optimizer_options,
  class_weights,
  outliers,
  batch,
  rate,
  activation,
  epochs,
  far_rate,
  capacity,
  optimizer,
  regularisation,  // below ranks_of_suspects
};

std::string digits(double value) { return to_text(value, 3); }
std::string whole(double value) { return std::to_string(static_cast<std::size_t>(value)); }

// A layer with its path in the config: `model.layers[2]`.
struct PlacedLayer {
  std::string path = {};
  const JsonValue* layer = nullptr;
};

void collect(const JsonValue& layers, const std::string& path, std::vector<PlacedLayer>& to) {
  for (std::size_t i = 0; i < layers.elements.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    to.push_back({place, &layers.elements[i]});
    if (const JsonValue* inner = layers.elements[i].find("layers")) collect(*inner, place + ".layers", to);
  }
}

bool is_saturating(std::string_view activation) {
  return activation == "sigmoid" || activation == "tanh" || activation == "hard_sigmoid" || activation == "hard_tanh" ||
         activation == "softsign";
}

// Weights that start at the scale of their layer: the variance 1/fan-in or 2/fan-in, or so.
bool is_scaled_init(std::string_view type) {
  return type.starts_with("he_") || type.starts_with("xavier_") || type.starts_with("lecun_") || type == "orthogonal" ||
         type == "randomized_asymmetric" || type == "given";
}

// In distances of the quartiles from the median: 20 deviations of normal values.
constexpr double far_out = 15;

// What a sound network is made of.
constexpr double sound_units = 48;
constexpr const char* hidden_layers =
    "{\"type\":\"dense\",\"units\":48,\"activation\":\"relu\"},{\"type\":\"dense\",\"units\":24,\"activation\":"
    "\"relu\"},";

constexpr const char* decaying_optimizer = "optimizer={\"type\":\"adamw\",\"learning_rate\":0.003,\"weight_decay\":2}";
constexpr const char* sound_optimizer = "optimizer={\"type\":\"adam\",\"learning_rate\":0.003}";

// Builds the changes of one config.
class Changes {
 public:
  Changes(const JsonValue& config, const SampleFacts& facts) : config_(config), facts_(facts) {
    if (const JsonValue* layers = value_at(config, "model.layers")) collect(*layers, "model.layers", layers_);
    for (const PlacedLayer& each : layers_) {
      if (type_at(*each.layer, "") == "dense") dense_.push_back(each);
    }
    loss_ = type_at(config, "loss");
    optimizer_ = type_at(config, "optimizer");
    rate_ = number_at(config, "optimizer.learning_rate");
    epochs_ = number_at(config, "train.epochs");
    batch_ = std::min(number_at(config, "train.batch_size"), static_cast<double>(facts.rows));
    steps_ = std::ceil(static_cast<double>(facts.rows) / batch_ / number_at(config, "train.accumulate", 1)) * epochs_;
  }

  std::vector<Change> all() {
    order_of_samples();
    frozen_layers();
    output_activation();
    whole_numbers();
    averaging();
    early_stopping();
    clipping();
    schedule();
    dropout();
    decay();
    scaling();
    initialisation();
    hidden_activation();
    bias();
    optimizer_options();
    class_weights();
    outliers();
    batch();
    rate();
    epochs();
    layers();
    another_optimizer();
    regularisation();
    std::erase_if(changes_, [](const Change& change) { return change.overrides.empty(); });
    return std::move(changes_);
  }

 private:
  // How much the config looks as if this were its fault.
  enum class Look { sound, suspect, evident };

  static Look look(bool is_suspect, bool is_evident = false) {
    return is_evident ? Look::evident : is_suspect ? Look::suspect : Look::sound;
  }

  Change& add(std::string name, std::string key, std::string words, Overrides overrides, Rank rank,
              Look appearance = Look::suspect) {
    const std::size_t last = appearance == Look::sound ? ranks_of_suspects : 0;
    changes_.push_back({.name = std::move(name),
                        .key = std::move(key),
                        .words = std::move(words),
                        .overrides = std::move(overrides),
                        .rank = last + static_cast<std::size_t>(rank),
                        .is_evident = appearance == Look::evident});
    return changes_.back();
  }

  // One override for each dense layer for which `wanted` says yes.
  template <typename Wanted>
  Overrides for_dense(const std::string& assignment, const Wanted& wanted) const {
    Overrides overrides;
    for (const PlacedLayer& each : dense_) {
      if (wanted(*each.layer)) overrides.push_back(each.path + "." + assignment);
    }
    return overrides;
  }

  bool is_last(const JsonValue& layer) const { return &layer == dense_.back().layer; }

  void order_of_samples() {
    if (is_true(config_, "train.shuffle", true)) return;
    add("unshuffled", "train.shuffle",
        "the samples are not shuffled, so every epoch takes them in the order of the data", {"train.shuffle=true"},
        Rank::shuffle, Look::evident);
  }

  void frozen_layers() {
    Overrides overrides =
        for_dense("train_weight=true", [](const JsonValue& layer) { return !is_true(layer, "train_weight", true); });
    const std::size_t frozen = overrides.size();
    for (std::string& each :
         for_dense("train_bias=true", [](const JsonValue& layer) { return !is_true(layer, "train_bias", true); })) {
      overrides.push_back(std::move(each));
    }
    if (overrides.empty()) return;
    add("frozen", key_of_first(overrides),
        frozen == 0
            ? "biases are frozen (train_bias false), so they never change"
            : "the weights of " + quantity(frozen, "layer") + " are frozen (train_weight false), so they stay random",
        overrides, Rank::frozen, Look::evident);
  }

  static std::string key_of_first(const Overrides& overrides) {
    return overrides.empty() ? "" : overrides[0].substr(0, overrides[0].find('='));
  }

  void output_activation() {
    if (dense_.empty()) return;
    const std::string activation = type_at(*dense_.back().layer, "activation");
    if (activation != "identity") {
      const bool is_loss_of_logits = loss_ == "softmax_cross_entropy" || loss_ == "bce_with_logits";
      add("output_activation", dense_.back().path + ".activation",
          "the last layer's activation " + activation + " limits its outputs" +
              (is_loss_of_logits ? ", but the loss " + loss_ + " wants any number: it applies its own"
                                 : ", so it cannot reach all targets"),
          {dense_.back().path + ".activation=identity"}, Rank::output_activation, Look::evident);
    }
    const PlacedLayer& last = layers_.back();
    if (type_at(*last.layer, "") == "activation") {
      add("output_activation", last.path + ".activation",
          "the last layer is the activation " + type_at(*last.layer, "activation") + ", which limits the outputs",
          {last.path + ".activation=identity"}, Rank::output_activation, Look::evident);
    }
  }

  void whole_numbers() {
    if (facts_.whole_numbers == 0 || dense_.empty()) return;
    add("wrong_loss", "loss",
        "the targets are " + std::to_string(facts_.whole_numbers) +
            " whole numbers, so they are classes, but the loss " + loss_ + " treats them as values on a scale",
        {"loss=softmax_cross_entropy", dense_.back().path + ".units=\"auto\"",
         dense_.back().path + ".activation=identity"},
        Rank::whole_numbers);
  }

  void averaging() {
    const double decay = number_at(config_, "train.averaging");
    if (decay > 0) {
      const double memory = 1 / (1 - decay);
      add("averaging", "train.averaging",
          "the running mean of the weights spans some " + digits(memory) + " steps (averaging " + digits(decay) +
              "), and training has " + digits(steps_),
          {"train.averaging=0"}, Rank::averaging, look(memory > steps_ / 5, memory > steps_));
    }
    const double accumulate = number_at(config_, "train.accumulate", 1);
    if (accumulate > 1) {
      add("accumulate", "train.accumulate",
          "accumulating " + digits(accumulate) + " batches for each update leaves only " + digits(steps_) + " updates",
          {"train.accumulate=1"}, Rank::accumulate, look(steps_ < 500, steps_ < 100));
    }
  }

  void early_stopping() {
    const double patience = number_at(config_, "train.early_stopping.patience");
    if (patience == 0) return;
    const double longer = std::max(20.0, patience);
    add("early_stop", "train.early_stopping",
        "early stopping ends training too early: its patience is " + digits(patience) + " and min_delta is " +
            digits(number_at(config_, "train.early_stopping.min_delta")),
        {"train.early_stopping.patience=" + whole(longer), "train.early_stopping.min_delta=0"}, Rank::early_stopping,
        look(patience < 5 || number_at(config_, "train.early_stopping.min_delta") > 0.01));
  }

  void clipping() {
    Overrides overrides;
    std::string words;
    double smallest = 1e9;
    for (const char* name : {"clip_norm", "clip_value"}) {
      const double limit = number_at(config_, std::string("train.") + name);
      if (limit == 0) continue;
      overrides.push_back(std::string("train.") + name +
                          (std::string_view(name) == "clip_norm" && limit < 1 ? "=1" : "=0"));
      words += (words.empty() ? "" : " and ") + std::string(name) + " " + digits(limit);
      smallest = std::min(smallest, limit);
    }
    add("clip", key_of_first(overrides), "gradient clipping is too tight: " + words + " shortens the steps", overrides,
        Rank::clipping, look(smallest < 0.5, smallest < 0.05));
  }

  void schedule() {
    const std::string type = type_at(config_, "train.schedule");
    if (type.empty() || type == "constant") return;
    const bool warms = type.starts_with("warmup");
    add(warms ? "warmup" : "schedule", "train.schedule",
        warms ? "the learning rate schedule " + type + " does not suit " + digits(epochs_) + " epochs (" +
                    digits(steps_) + " steps): the warm-up leaves the rate too low"
              : "the learning rate schedule " + type + " does not suit " + digits(epochs_) +
                    " epochs: the rate decays too fast",
        {"train.schedule=constant"}, Rank::schedule);
  }

  void dropout() {
    Overrides overrides;
    double most = 0;
    bool is_last_layer = false;
    for (const PlacedLayer& each : layers_) {
      if (type_at(*each.layer, "") != "dropout") continue;
      overrides.push_back(each.path + ".rate=0");
      most = std::max(most, number_at(*each.layer, "rate"));
      is_last_layer = &each == &layers_.back();
    }
    if (overrides.empty()) return;
    const bool is_first = type_at(*layers_.front().layer, "") == "dropout";
    add("dropout", key_of_first(overrides),
        is_last_layer ? "dropout of " + digits(most) + " behind the last layer sets outputs to 0"
        : is_first    ? "dropout of " + digits(most) + " on the inputs hides too much of them"
                      : "dropout of " + digits(most) + " is too strong",
        overrides, Rank::dropout, look(most > 0.5 || is_first, is_last_layer));
  }

  void decay() {
    // What decay pulls against: AdamW multiplies weights by 1 − rate·decay in a step, so its scale is another one.
    const double usual = optimizer_ == "adamw" ? 0.5 : 0.01;
    for (const char* name : {"weight_decay", "l1"}) {
      const double strength = number_at(config_, std::string("optimizer.") + name);
      if (strength == 0) continue;
      const bool is_l1 = std::string_view(name) == "l1";
      add(is_l1 ? "l1" : "weight_decay", std::string("optimizer.") + name,
          std::string(is_l1 ? "the L1 penalty of " : "weight decay of ") + digits(strength) +
              " is too strong: it pulls the weights to 0",
          {std::string("optimizer.") + name + "=0"}, Rank::decay, look(strength > (is_l1 ? 0.001 : usual)));
    }
  }

  void scaling() {
    const std::string method = type_at(config_, "data.preprocess");
    if (method == "standard" || method.empty()) return;
    const bool tiny = facts_.largest_deviation < 0.05;
    const bool wide = facts_.largest_deviation > 5 || facts_.largest_mean > 5 ||
                      facts_.largest_deviation > 20 * facts_.smallest_deviation;
    const bool far = facts_.is_regression && (facts_.target_deviation > 5 || facts_.target_deviation < 0.05 ||
                                              facts_.target_offset > 3 * facts_.target_deviation);
    std::string name = tiny ? "inputs_tiny" : wide ? "inputs_unscaled" : far ? "targets_unscaled" : "inputs_unscaled";
    std::string words = tiny ? "the inputs are tiny: as the network sees them, none has a deviation above " +
                                   digits(facts_.largest_deviation) + ", as if they were scaled twice"
                             : "the inputs are not scaled: their deviations range from " +
                                   digits(facts_.smallest_deviation) + " to " + digits(facts_.largest_deviation) +
                                   ", their means reach " + digits(facts_.largest_mean);
    if (far && !tiny) {
      const std::string of_targets = "the targets are not scaled: their mean is " + digits(facts_.target_offset) +
                                     ", their deviation " + digits(facts_.target_deviation);
      words = wide ? words + "; " + of_targets : of_targets;
    }
    add(name, "data.preprocess", words, {"data.preprocess=standard"}, Rank::inputs, look(tiny || wide || far));
  }

  void initialisation() {
    Overrides overrides;
    bool is_symmetric = false;
    double lowest_bias = 0;
    std::string found;
    for (const PlacedLayer& each : dense_) {
      const std::string init = type_at(*each.layer, "weight_init");
      const std::string activation = type_at(*each.layer, "activation");
      const bool wants_xavier = is_saturating(activation) || (activation == "identity" && is_last(*each.layer));
      if (!init.empty() && !is_scaled_init(init)) {
        overrides.push_back(each.path + ".weight_init=" + (wants_xavier ? "xavier_normal" : "he_normal"));
        is_symmetric = is_symmetric || init == "zeros" || init == "constant";
        if (found.empty()) found = "weight_init " + init_text(*value_at(*each.layer, "weight_init"));
      }
      const std::string bias = type_at(*each.layer, "bias_init");
      if (bias.empty() || bias == "zeros" || bias == "randomized_asymmetric") continue;
      overrides.push_back(each.path + ".bias_init=zeros");
      lowest_bias = std::min(lowest_bias, number_at(*each.layer, "bias_init.value"));
      if (found.empty()) found = "bias_init " + init_text(*value_at(*each.layer, "bias_init"));
    }
    const bool is_bias = found.starts_with("bias_init");
    add(is_symmetric ? "init_symmetric"
        : is_bias    ? "born_dead"
                     : "init_scale",
        key_of_first(overrides),
        is_symmetric ? "the initial weights are all alike (" + found + "), so all units of a layer stay the same"
        : is_bias    ? "the initialisation makes units dead from the start: " + found
                     : "the initial weights do not have the scale of their layers: " + found,
        overrides, Rank::initialisation, look(true, is_symmetric));
  }

  static std::string init_text(const JsonValue& init) {
    std::string text = type_at(init, "");
    for (const JsonMember& member : init.members) {
      if (member.key != "type") text += " " + member.key + " " + member.value.text;
    }
    return text;
  }

  void hidden_activation() {
    Overrides overrides;
    std::size_t linear = 0;
    for (const PlacedLayer& each : dense_) {
      if (is_last(*each.layer)) continue;
      const std::string activation = type_at(*each.layer, "activation");
      if (activation != "identity" && !is_saturating(activation)) continue;
      linear += activation == "identity" ? 1 : 0;
      overrides.push_back(each.path + ".activation=relu");
      overrides.push_back(each.path + ".weight_init=he_normal");
    }
    const std::size_t hidden = dense_.empty() ? 0 : dense_.size() - 1;
    const bool has_activation_layers = std::any_of(layers_.begin(), layers_.end(), [](const PlacedLayer& each) {
      return type_at(*each.layer, "") == "activation";
    });
    if (has_activation_layers && linear > 0) return;
    if (linear > 0 && linear == hidden) {
      add("no_nonlinearity", key_of_first(overrides),
          "no hidden layer has an activation, so all layers together are a single linear one", overrides,
          Rank::no_nonlinearity);
    } else if (!overrides.empty()) {
      add("vanishing", key_of_first(overrides),
          "gradients vanish through the saturating activations (sigmoid, tanh) of " +
              quantity(overrides.size() / 2, "hidden layer"),
          overrides, Rank::activation, look(hidden > 2));
    }
    const Overrides leaky = for_dense("activation=leaky_relu",
                                      [](const JsonValue& layer) { return type_at(layer, "activation") == "relu"; });
    add("dying_relu", key_of_first(leaky), "ReLU units die: their slope is 0 on every sample", leaky, Rank::activation,
        Look::sound)
        .leads_to_par = false;
  }

  void bias() {
    const Overrides overrides =
        for_dense("bias=true", [](const JsonValue& layer) { return !is_true(layer, "bias", true); });
    add("bias_missing", key_of_first(overrides),
        "the layers have no bias (bias false), so they cannot shift their outputs", overrides, Rank::bias);
  }

  void optimizer_options() {
    const double momentum = number_at(config_, "optimizer.momentum");
    if (momentum > 0.9) {
      add("momentum", "optimizer.momentum",
          "momentum of " + digits(momentum) + " makes the steps " + digits(1 / (1 - momentum)) +
              " times larger, too large for this learning rate",
          {"optimizer.momentum=0.9"}, Rank::momentum);
    }
    Overrides overrides;
    std::string words;
    const std::array<std::pair<const char*, double>, 4> usual = {
        {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}, {"initial_accumulator", 0}}};
    for (const auto& [name, value] : usual) {
      const std::string path = std::string("optimizer.") + name;
      const double found = number_at(config_, path, value);
      if (found == value || (path == "optimizer.epsilon" && found < value)) continue;
      overrides.push_back(path + "=" + to_text(value));
      words += (words.empty() ? "" : ", ") + std::string(name) + " " + digits(found);
    }
    add("optimizer_options", key_of_first(overrides), "options of " + optimizer_ + " are unusual: " + words, overrides,
        Rank::optimizer_options);
  }

  void class_weights() {
    const JsonValue* weights = value_at(config_, "loss.class_weights");
    const bool has_weights = weights != nullptr && (!weights->elements.empty() || !weights->members.empty());
    if (!facts_.is_regression && loss_ != "bce_with_logits") {
      if (has_weights) {
        add("class_weights", "loss.class_weights", "the class_weights do not suit the shares of the classes",
            {"loss.class_weights=[]"}, Rank::class_weights, look(facts_.rarity >= 0.5));
      }
      const bool is_balanced = weights != nullptr && weights->text == "balanced";
      if (facts_.rarity < 0.5 && !is_balanced) {
        add(has_weights ? "class_weights" : "imbalance", "loss.class_weights",
            has_weights ? "the class_weights do not suit the shares of the classes"
                        : "the classes are imbalanced: the rarest has " + digits(100 * facts_.rarity) +
                              " % of an equal share, and without class_weights it is hardly learned",
            {"loss.class_weights=balanced"}, Rank::class_weights);
      }
    }
    const JsonValue* pos_weight = value_at(config_, "loss.pos_weight");
    if (loss_ != "bce_with_logits" || pos_weight == nullptr) return;
    if (!pos_weight->elements.empty()) {
      add("class_weights", "loss.pos_weight", "the pos_weight does not suit the shares of the classes",
          {"loss.pos_weight=[]"}, Rank::class_weights);
    } else if (facts_.rarity < 0.5) {
      const double share = facts_.rarity / 2;
      add("imbalance", "loss.pos_weight",
          "the classes are imbalanced: the rarer has a share of " + digits(100 * share) +
              " %, and without pos_weight it is hardly learned",
          {"loss.pos_weight=[" + digits((1 - share) / share) + "]"}, Rank::class_weights);
    }
  }

  void outliers() {
    const std::string method = type_at(config_, "data.preprocess");
    if (facts_.outlying_targets > 0 && facts_.is_regression) {
      const std::string words = quantity(facts_.outlying_targets, "target") + " of " + std::to_string(facts_.rows) +
                                " are outliers, and the loss " + loss_ + " squares their errors";
      Overrides overrides = {"loss=mae"};
      if (method != "robust") overrides.push_back("data.preprocess=robust");
      add("target_outlier", "loss", words, overrides, Rank::outliers);
    }
    if (method.empty() || method == "robust" || facts_.farthest < far_out) return;
    const bool is_sentinel = facts_.farthest_count > 2;
    add(is_sentinel ? "sentinel" : "outlier", "data.preprocess",
        is_sentinel ? "the inputs hold " + facts_.farthest_text + " " + std::to_string(facts_.farthest_count) +
                          " times, far from all other values, as if it stood for missing ones; it squeezes the others"
                    : "an outlier among the inputs, " + facts_.farthest_text + ", " + digits(facts_.farthest) +
                          " distances of the quartiles from the median, squeezes the other values",
        {"data.preprocess=robust"}, Rank::outliers);
  }

  void batch() {
    if (batch_ >= 16 && batch_ <= 64) return;
    if (static_cast<double>(facts_.rows) <= 32) return;
    const bool small = batch_ < 16;
    add(small ? "small_batch" : "big_batch", "train.batch_size",
        small ? "the batch size of " + digits(batch_) + " is too small for this learning rate: gradients are noisy"
              : "the batch size of " + digits(batch_) + " is too large: only " + digits(steps_) + " updates in " +
                    digits(epochs_) + " epochs",
        {"train.batch_size=32"}, Rank::batch, look(batch_ < 4 || steps_ < 500))
        .leads_to_par = false;
  }

  // What an optimiser is usually run with.
  double usual_rate() const {
    if (optimizer_ == "sgd") return number_at(config_, "optimizer.momentum") >= 0.5 ? 0.02 : 0.1;
    return optimizer_ == "rmsprop" ? 0.001 : 0.003;
  }

  Change& rate_change(double to, bool is_suspect, Rank rank) {
    const bool lower = to < rate_;
    Overrides overrides = {"optimizer.learning_rate=" + digits(to)};
    const double smallest = number_at(config_, "train.schedule.smallest");
    if (lower && smallest > 0) overrides.push_back("train.schedule.smallest=" + digits(smallest * to / rate_));
    return add(lower ? "learning_rate_high" : "learning_rate_low", "optimizer.learning_rate",
               "the learning rate of " + digits(rate_) + " is too " + (lower ? "high" : "low") + " for " + optimizer_,
               overrides, rank, look(is_suspect));
  }

  void rate() {
    if (rate_ <= 0) return;
    const double usual = usual_rate();
    constexpr double unusual = 8;
    const bool high = rate_ >= unusual * usual;
    const bool low = rate_ <= usual / unusual;
    if (high || low) rate_change(usual, true, Rank::rate);
    rate_change(rate_ / 10, high || !low, Rank::rate).leads_to_par = false;
    rate_change(rate_ * 10, low || !high, Rank::rate).leads_to_par = false;
    rate_change(rate_ / 100, high, Rank::far_rate).leads_to_par = false;
    rate_change(rate_ * 100, low, Rank::far_rate).leads_to_par = false;
  }

  void epochs() {
    const double to =
        std::min(std::max(5 * epochs_, std::ceil(1500 * epochs_ / std::max(steps_, 1.0))), std::max(epochs_, 3000.0));
    if (to < 2 * epochs_) return;
    add("undertrained", "train.epochs",
        "training is too short: " + digits(epochs_) + " epochs (" + digits(steps_) +
            " updates) are too few epochs to converge",
        {"train.epochs=" + whole(to)}, Rank::epochs, look(steps_ < 300));
  }

  void layers() {
    if (dense_.empty()) return;
    const std::size_t hidden = dense_.size() - 1;
    double narrowest = 1e9;
    Overrides wider;
    for (const PlacedLayer& each : dense_) {
      const double units = number_at(*each.layer, "units");
      if (is_last(*each.layer)) continue;
      narrowest = std::min(narrowest, units);
      if (units < sound_units) wider.push_back(each.path + ".units=" + whole(sound_units));
    }
    if (hidden == 0) {
      add("no_hidden_layer", "model.layers",
          "without a hidden layer the network is linear, and too small for these data", {sound_layers()},
          Rank::capacity)
          .replaces_section = true;
      return;
    }
    add("capacity", key_of_first(wider),
        "the network has too few units: its narrowest hidden layer has " + digits(narrowest), wider, Rank::capacity,
        look(narrowest < 6));
    if (hidden > 4) {
      add("too_deep", "model.layers",
          "the network is too deep: gradients vanish in " + quantity(hidden, "hidden layer") + ", the narrowest of " +
              quantity(static_cast<std::size_t>(narrowest), "unit"),
          {sound_layers()}, Rank::capacity)
          .replaces_section = true;
    }
  }

  // Two hidden layers, and the last layer as it is.
  std::string sound_layers() const {
    return "model.layers=[" + std::string(hidden_layers) + to_json_line(*dense_.back().layer) + "]";
  }

  void another_optimizer() {
    const bool is_low = rate_ > 0 && rate_ <= usual_rate();
    add("optimizer_unsuited", "optimizer",
        is_low ? "the learning rate of " + digits(rate_) + " is too low for " + optimizer_ + ", or " + optimizer_ +
                     " too slow here: adam gets there"
               : optimizer_ + " with a learning rate of " + digits(rate_) + " does not get there: adam does",
        {sound_optimizer}, Rank::optimizer, Look::sound)
        .replaces_section = true;
  }

  void regularisation() {
    if (facts_.judges_by_training) return;
    Change& change =
        add("overfitting", "optimizer.weight_decay", "the network overfits: it learns the training samples by heart",
            {decaying_optimizer, "train.epochs=" + whole(std::min(40.0, epochs_))}, Rank::regularisation);
    change.leads_to_par = false;
    change.replaces_section = true;
  }

  const JsonValue& config_;
  const SampleFacts& facts_;
  std::vector<PlacedLayer> layers_;
  std::vector<PlacedLayer> dense_;
  std::string loss_;
  std::string optimizer_;
  double rate_ = 0;
  double epochs_ = 0;
  double batch_ = 0;
  double steps_ = 0;  // of the optimiser, in the whole training
  std::vector<Change> changes_;
};

std::string section_of(const std::string& key) { return key.substr(0, key.find('.')); }

}  // namespace

std::vector<Change> changes_for(const JsonValue& config, const SampleFacts& facts) {
  return Changes(config, facts).all();
}

namespace {

// Par is trained for some 1,250 steps of 32 samples: enough for what small networks learn (docs/diagnosis.md).
double epochs_of_par(const SampleFacts& facts) {
  return std::clamp(std::round(40000 / static_cast<double>(facts.rows)), 20.0, 1500.0);
}

Overrides with(Overrides overrides, const Overrides& more) {
  overrides.insert(overrides.end(), more.begin(), more.end());
  return overrides;
}

// As many outputs as the config has.
std::string sound_model(const JsonValue& layers) {
  const JsonValue* units = nullptr;
  for (const JsonValue& layer : layers.elements) {
    if (const JsonValue* found = layer.find("units")) units = found;
  }
  const bool is_number = units != nullptr && units->kind == JsonValue::Kind::number;
  return "model.layers=[" + std::string(hidden_layers) +
         "{\"type\":\"dense\",\"units\":" + (is_number ? units->text : "\"auto\"") + "}]";
}

// All of a sound recipe but its optimiser.
Overrides sound_recipe(const JsonValue& config, const SampleFacts& facts) {
  Overrides recipe;
  if (value_at(config, "data.preprocess") != nullptr) recipe.push_back("data.preprocess=standard");
  if (const JsonValue* layers = value_at(config, "model.layers")) recipe.push_back(sound_model(*layers));
  recipe = with(recipe, {"train.epochs=" + whole(epochs_of_par(facts)), "train.batch_size=32",
                         "train.schedule=constant", "train.clip_norm=0", "train.clip_value=0", "train.averaging=0",
                         "train.accumulate=1", "train.shuffle=true", "train.early_stopping.patience=0"});
  const std::string loss = type_at(config, "loss");
  const bool has_errors = loss == "mae" || loss == "huber" || loss == "half_squared_mean" || loss == "half_squared_sum";
  if (has_errors) recipe.push_back("loss=mse");
  for (const char* weights : {"class_weights", "pos_weight"}) {
    const std::string path = std::string("loss.") + weights;
    if (value_at(config, path) != nullptr) recipe.push_back(path + "=[]");
  }
  return recipe;
}

// What a change makes of a recipe for such samples: nothing unless it is one of data and loss. Layers are the recipe's own.
Overrides part_for_recipe(const Change& change) {
  const bool is_of_data = change.name == "imbalance" || change.name == "class_weights" || change.name == "outlier" ||
                          change.name == "sentinel" || change.name == "target_outlier" || change.name == "wrong_loss";
  if (!is_of_data) return {};
  Overrides part = change.overrides;
  std::erase_if(part, [](const std::string& each) { return each.starts_with("model.") || each.ends_with("=[]"); });
  if (change.name == "wrong_loss") part.push_back("model.layers[2].units=\"auto\"");
  return part;
}

}  // namespace

std::vector<Recipe> recipes_for(const JsonValue& config, const SampleFacts& facts) {
  const std::vector<Change> changes = changes_for(config, facts);
  const Overrides sound = sound_recipe(config, facts);
  std::vector<Recipe> recipes = {{"standard", with(sound, {sound_optimizer})}};
  if (!facts.judges_by_training) {
    recipes.push_back({"strong decay", with(sound, {decaying_optimizer,
                                                    "train.epochs=" + whole(std::min(epochs_of_par(facts), 60.0))})});
  }
  for (const Change& change : changes) {  // what the user's own network gives
    if (change.name == "overfitting") recipes.push_back({"the config with strong decay", change.overrides});
    const bool weighs = change.overrides[0] == "loss.class_weights=balanced";
    if (weighs) recipes.push_back({"the config with balanced class weights", change.overrides});
  }
  for (const Change& change : changes) {
    const Overrides part = part_for_recipe(change);
    if (!part.empty()) recipes.push_back({change.name, with(with(sound, {sound_optimizer}), part)});
  }
  return recipes;
}

Overrides together(const std::vector<Change>& changes) {
  Overrides overrides;
  const auto is_needless = [&](const Change& change) {
    return std::any_of(changes.begin(), changes.end(), [&](const Change& other) {
      return &other != &change && other.replaces_section && !change.replaces_section &&
             section_of(other.key) == section_of(change.key);
    });
  };
  for (const Change& change : changes) {
    if (!is_needless(change)) overrides.insert(overrides.end(), change.overrides.begin(), change.overrides.end());
  }
  return overrides;
}

}  // namespace hinge
