// Rules about the untrained network: its activations, first weights and first gradient.
#include <algorithm>
#include <array>
#include <cmath>

#include <hinge/core/text.h>
#include <hinge/layers/activation.h>
#include <hinge/optim/run/diagnosis/data_sample.h>
#include <hinge/optim/run/diagnosis/run_preview.h>

namespace hinge {

namespace {

std::string units_text(const UnitLayer& layer) { return std::to_string(layer.layer->outputs()) + " units"; }

// One override for each of the layers.
template <typename Wanted>
std::vector<std::string> in_layers(const RunPreview& run, const std::string& assignment, const Wanted& wanted) {
  std::vector<std::string> overrides;
  for (const UnitLayer& layer : run.layers) {
    if (wanted(layer)) overrides.push_back(layer.key + "." + assignment);
  }
  return overrides;
}

// ---------------------------------------------------------------- the last activation

// φ of the outputs: that of the last layer, behind which dropout may stand; null for the identity.
const Activation<float>* output_activation(const RunPreview& run) {
  for (std::size_t i = run.network.size(); i-- > 0;) {
    const Layer<float>& layer = run.network.layer(i);
    if (layer.is_unit_wise() && layer.activation() == nullptr) continue;
    const bool is_identity = layer.activation_spec() == nullptr || layer.activation_spec()->type() == Identity::type;
    return is_identity ? nullptr : layer.activation();
  }
  return nullptr;
}

std::string_view output_activation_name(const RunPreview& run) {
  for (std::size_t i = run.network.size(); i-- > 0;) {
    if (run.network.layer(i).activation_spec() != nullptr) return run.network.layer(i).activation_spec()->type();
  }
  return "";
}

std::vector<std::string> drop_output_activation(const RunPreview& run) {
  return {run.layers.back().key + ".activation=identity"};
}

void add_doubled_activation(const RunPreview& run, std::vector<Finding>& findings) {
  const Activation<float>* activation = output_activation(run);
  const OutputTransform transform = run.loss->output_transform();
  if (activation == nullptr || transform == OutputTransform::identity || run.layers.empty()) return;
  const ActivationFacts facts = activation->facts();
  if (std::isinf(facts.lowest) && std::isinf(facts.highest)) return;  // leaky: it cuts nothing off
  add_finding(findings, "output_activation", run.layers.back().key + ".activation",
              "the last layer's activation is " + std::string(output_activation_name(run)) + ", whose range is " +
                  std::string(facts.range) + ", and the loss " + std::string(run.config.loss.type()) + " applies " +
                  std::string(name_of(transform)) +
                  " to the outputs already; it needs outputs of any size: leave the activation out",
              drop_output_activation(run));
}

// A tanh on targets scaled to deviation 1 misses 32 % of them, a sigmoid or ReLU half; targets of 0 and 1 none.
constexpr double unreachable_share = 0.05;

void add_unreachable_targets(const RunPreview& run, std::vector<Finding>& findings) {
  const Activation<float>* activation = output_activation(run);
  const MatrixView<const float> targets = run.batch.values();
  if (activation == nullptr || run.loss->output_transform() != OutputTransform::identity || targets.empty()) return;
  if (run.layers.empty() || run.loss->is_classification()) return;
  const ActivationFacts facts = activation->facts();
  double lowest = static_cast<double>(targets(0, 0));
  double highest = lowest;
  double outside = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto target = static_cast<double>(targets(i / targets.cols, i % targets.cols));
    lowest = std::min(lowest, target);
    highest = std::max(highest, target);
    if (target < facts.lowest || target > facts.highest) outside += 1 / static_cast<double>(targets.size());
  }
  if (outside < unreachable_share) return;
  add_finding(findings, "output_activation", run.layers.back().key + ".activation",
              "the outputs cannot reach " + percent_text(outside) + " of the targets: the last layer's activation " +
                  std::string(output_activation_name(run)) + " gives " + std::string(facts.range) +
                  ", and the targets that the network sees lie between " + to_text(lowest, 3) + " and " +
                  to_text(highest, 3),
              drop_output_activation(run));
}

// ---------------------------------------------------------------- layers

// Whether the layer is an affine function of its inputs, as far as Hinge knows.
bool is_affine_layer(const RunPreview& run, std::size_t index) {
  const Layer<float>& layer = run.network.layer(index);
  const bool is_affine_sum = !layer.weight().empty() || layer.is_unit_wise();
  return is_affine_sum && (layer.activation_spec() == nullptr || layer.activation_spec()->type() == Identity::type);
}

void add_linear(const RunPreview& run, std::vector<Finding>& findings) {
  if (run.layers.empty()) return;
  for (std::size_t i = 0; i < run.network.size(); ++i) {
    if (!is_affine_layer(run, i) && &run.network.layer(i) != run.layers.back().layer) return;
  }
  const auto is_hidden = [](const UnitLayer& layer) { return layer.is_hidden; };
  if (run.has_hidden_layers()) {
    add_finding(findings, "no_nonlinearity", run.layers[0].key + ".activation",
                "the hidden layers are linear: without an activation, " + std::to_string(run.layers.size()) +
                    " layers compute what a single one would",
                in_layers(run, "activation=relu", is_hidden));
    return;
  }
  const std::string features = std::to_string(run.parts.train.features());
  add_finding(findings, "no_nonlinearity", "model.layers",
              "the network has no hidden layer: its outputs are linear in the " + features +
                  " inputs before the last activation")
      .is_certain = false;
}

// [Lu, Shin, Su & Karniadakis 2020]: a layer of w ReLUs is off for a given sample with probability 2⁻ʷ, and a network in
// which one is off passes nothing on.
constexpr double dead_by_width = 0.5;

bool is_one_sided(const UnitLayer& layer) {
  const Activation<float>* activation = layer.layer->activation();
  return activation != nullptr && activation->derivative(-1.0F) == 0 && activation->derivative(1.0F) != 0;
}

void add_too_deep(const RunPreview& run, std::vector<Finding>& findings) {
  double alive = 1;
  std::size_t narrow = 0;
  const auto is_narrow = [](const UnitLayer& layer) {
    return layer.is_hidden && is_one_sided(layer) && layer.layer->outputs() < 8;
  };
  for (const UnitLayer& layer : run.layers) {
    if (!layer.is_hidden || !is_one_sided(layer)) continue;
    alive *= 1 - std::pow(0.5, static_cast<double>(layer.layer->outputs()));
    if (is_narrow(layer)) ++narrow;
  }
  if (alive > 1 - dead_by_width) return;
  add_finding(findings, "too_deep", "model.layers",
              "the network is too narrow and deep: " + std::to_string(narrow) +
                  " layers of few ReLUs let a sample through with probability " + to_text(alive, 2) +
                  " only, so it is likely to die before training",
              in_layers(run, "units=16", is_narrow));
}

// A layer of fewer units than half the outputs lets through less than the outputs could tell apart.
void add_bottleneck(const RunPreview& run, std::vector<Finding>& findings) {
  for (const UnitLayer& layer : run.layers) {
    if (!layer.is_hidden || 2 * layer.layer->outputs() >= run.network.outputs()) continue;
    add_finding(findings, "capacity", layer.key + ".units",
                "a hidden layer of " + units_text(layer) + " is a bottleneck before " +
                    std::to_string(run.network.outputs()) + " outputs: too few units",
                {layer.key + ".units=32"})
        .is_certain = false;
    return;
  }
}

void add_no_bias(const RunPreview& run, std::vector<Finding>& findings) {
  const auto has_no_bias = [](const UnitLayer& layer) { return layer.layer->parameters().size() == 1; };
  const std::vector<std::string> cure = in_layers(run, "bias=true", has_no_bias);
  if (cure.empty() || run.network.size() != run.layers.size()) return;
  add_finding(findings, "bias_missing", cure[0].substr(0, cure[0].find('=')),
              "the bias is missing in " + std::to_string(cure.size()) + " of " + quantity(run.layers.size(), "layer") +
                  ": such a layer cannot shift its outputs",
              cure)
      .is_certain = false;
}

// ---------------------------------------------------------------- first weights

bool rows_are_equal(const MatrixView<const float>& view) {
  for (std::size_t r = 1; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.cols; ++c) {
      if (view(r, c) != view(0, c)) return false;
    }
  }
  return view.rows > 1;
}

std::vector<std::string> restart_weights(const RunPreview& run) {
  return in_layers(run, "weight_init=he_normal", [](const UnitLayer& layer) { return layer.weight->trainable(); });
}

// Equal units get equal gradients where what reads them is equal too.
void add_symmetric(const RunPreview& run, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i + 1 < run.layers.size(); ++i) {
    const UnitLayer& layer = run.layers[i];
    if (!rows_are_equal(layer.weight->value())) continue;
    add_finding(findings, "init_symmetric", layer.key + ".weight_init",
                "all " + units_text(layer) + " of " + layer.key + " start with the same weights (the first is " +
                    to_text(static_cast<double>(layer.weight->value().data[0]), 3) +
                    "): by symmetry they learn the same, or nothing",
                restart_weights(run));
    return;
  }
}

// He's weights multiply the size of their inputs by √2, Glorot's by about 1: √(fan-in)·size. Five times He's, a layer
// of tanh is saturated (|z| > 3 for two thirds of its units); beneath a hundredth of it, nothing passes.
constexpr double large_gain = 7;
constexpr double odd_gain = 4;
constexpr double small_gain = 0.014;
constexpr double odd_small_gain = 0.3;

// Glorot's weights are smaller where there are more units than inputs, so a small gain is measured by both.
double gain_of(const UnitLayer& layer) {
  const auto fan_in = static_cast<double>(layer.weight->value().cols);
  const auto fan_out = static_cast<double>(layer.weight->value().rows);
  const double gain = layer.weight_size * std::sqrt(fan_in);
  return gain < 1 ? std::min(1.0, layer.weight_size * std::sqrt(std::max(fan_in, (fan_in + fan_out) / 2))) : gain;
}

void add_init_scale(const RunPreview& run, std::vector<Finding>& findings) {
  const UnitLayer* worst = nullptr;
  double worst_gain = 1;
  for (const UnitLayer& layer : run.layers) {
    const double gain = gain_of(layer);
    if (gain == 0 || layer.weight->value().size() < 8) continue;
    if (worst != nullptr && std::abs(std::log(gain)) <= std::abs(std::log(worst_gain))) continue;
    worst = &layer;
    worst_gain = gain;
  }
  if (worst == nullptr || (worst_gain < odd_gain && worst_gain > odd_small_gain)) return;
  const auto fan_in = static_cast<double>(worst->weight->value().cols);
  add_finding(findings, "init_scale", worst->key + ".weight_init",
              "the initial weights of " + worst->key + " have a root mean square of " + to_text(worst->weight_size, 3) +
                  ", " + to_text(worst->weight_size * std::sqrt(fan_in / 2), 2) + " times that of he_normal for " +
                  to_text(fan_in) + " inputs",
              restart_weights(run))
      .is_certain = worst_gain > large_gain || worst_gain < small_gain;
}

// A network of 2/3 dead units may learn soundly (measured); of nine tenths it is a tenth of the network.
constexpr double dead_start = 0.9;
constexpr double odd_dead_start = 0.6;

void add_born_dead(const RunPreview& run, std::vector<Finding>& findings) {
  for (const UnitLayer& layer : run.layers) {
    if (!layer.is_hidden || layer.layer->outputs() < 2) continue;
    if (rows_are_equal(layer.weight->value())) return;  // symmetry is the cause, and what follows its effect
    if (layer.dead_share < odd_dead_start) continue;
    add_finding(findings, "born_dead", layer.key + ".bias_init",
                percent_text(layer.dead_share) + " of the " + units_text(layer) + " of " + layer.key +
                    " are dead from the start, on all of " + std::to_string(run.batch.size()) +
                    " samples: look at bias_init and weight_init",
                {layer.key + ".bias_init=zeros", layer.key + ".weight_init=he_normal"})
        .is_certain = layer.dead_share >= dead_start;
    return;
  }
}

// The first gradient of the first layer beside that of the last: AUTOTRAINER warns below 10⁻³; five layers of tanh with
// Glorot's weights have some 1, three of sigmoids 10⁻².
constexpr double vanishing_ratio = 1e-4;
constexpr double odd_vanishing_ratio = 1e-2;

void add_vanishing(const RunPreview& run, std::vector<Finding>& findings) {
  if (run.layers.size() < 3) return;
  const double last = run.layers.back().gradient_size;
  const double ratio = last > 0 ? run.layers[0].gradient_size / last : 1;
  if (ratio == 0 || ratio > odd_vanishing_ratio || std::isnan(ratio)) return;
  add_finding(findings, "vanishing", "model.layers",
              "gradients vanish: that of the first layer's weights is " + to_text(ratio, 2) +
                  " times that of the last layer's before training, over " + std::to_string(run.layers.size()) +
                  " layers",
              in_layers(run, "activation=relu", [](const UnitLayer& layer) { return layer.is_hidden; }))
      .is_certain = ratio < vanishing_ratio;
  for (std::string& override : restart_weights(run)) findings.back().set.push_back(std::move(override));
}

void add_frozen(const RunPreview& run, std::vector<Finding>& findings) {
  std::vector<std::string> frozen;
  Finding finding{.name = "frozen", .is_certain = false};
  for (std::size_t i = 0; i < run.layers.size(); ++i) {
    const UnitLayer& layer = run.layers[i];
    const auto is_trained = [](const Parameter<float>& parameter) { return parameter.trainable(); };
    if (std::all_of(layer.layer->parameters().begin(), layer.layer->parameters().end(), is_trained)) continue;
    if (finding.key.empty()) finding.key = layer.key + (layer.weight->trainable() ? ".train_bias" : ".train_weight");
    frozen.push_back(layer.key);
    finding.set.push_back(layer.key + ".train_weight=true");
    finding.set.push_back(layer.key + ".train_bias=true");
  }
  if (frozen.empty()) return;
  finding.evidence = "frozen: weights or biases of " + join(frozen) + " are not trained, " +
                     std::to_string(frozen.size()) + " of " + std::to_string(run.layers.size()) + " layers";
  findings.push_back(std::move(finding));
}

using StartRule = void (*)(const RunPreview&, std::vector<Finding>&);

constexpr std::array<StartRule, 11> start_rules = {
    add_doubled_activation, add_unreachable_targets, add_linear, add_symmetric, add_too_deep,  add_born_dead,
    add_init_scale,         add_vanishing,           add_frozen, add_no_bias,   add_bottleneck};

}  // namespace

std::vector<Finding> start_findings(const RunPreview& run) {
  std::vector<Finding> findings;
  for (const StartRule rule : start_rules) rule(run, findings);
  return findings;
}

}  // namespace hinge
