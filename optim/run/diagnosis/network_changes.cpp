// Changes of layers: their activations, first weights, dropout, number and size.
#include <algorithm>
#include <array>
#include <string_view>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/change_rules.h>

namespace hinge {

namespace {

constexpr double sound_units = 48;

bool is_saturating(std::string_view activation) {
  constexpr std::array<std::string_view, 5> saturating = {"sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign"};
  return std::find(saturating.begin(), saturating.end(), activation) != saturating.end();
}

// Weights that start at the scale of their layer: the variance 1/fan-in or 2/fan-in, or so.
bool is_scaled_init(std::string_view type) {
  return type.empty() || type.starts_with("he_") || type.starts_with("xavier_") || type.starts_with("lecun_") ||
         type == "orthogonal" || type == "randomized_asymmetric" || type == "given";
}

bool is_last(const ConfigView& view, const PlacedLayer& layer) { return layer.path == view.dense.back().path; }

void change_output_activation(const ConfigView& view, std::vector<Change>& changes) {
  const PlacedLayer& last = view.layers.back().type() == "activation" ? view.layers.back() : view.dense.back();
  if (last.activation() == "identity") return;
  add_change(changes, "output_activation", "the last layer's activation " + last.activation() + " limits its outputs",
             {last.path + ".activation=identity"});
}

void change_dropout(const ConfigView& view, std::vector<Change>& changes) {
  Overrides overrides;
  double most = 0;
  for (const PlacedLayer& each : view.layers) {
    if (each.type() != "dropout") continue;
    overrides.push_back(each.path + ".rate=0");
    most = std::max(most, number_at(*each.json, "rate"));
  }
  if (overrides.empty()) return;
  add_change(changes, "dropout", "dropout of " + short_digits(most) + " hides too much", overrides).looks_sound =
      most <= 0.5 && view.layers.front().type() != "dropout";
}

void change_initialisation(const ConfigView& view, std::vector<Change>& changes) {
  Overrides overrides;
  std::string found;
  for (const PlacedLayer& each : view.dense) {
    const bool is_linear_output = each.activation() == "identity" && is_last(view, each);
    const bool wants_xavier = is_saturating(each.activation()) || is_linear_output;
    for (const char* option : {"weight_init", "bias_init"}) {
      const std::string init = type_at(*each.json, option);
      const bool is_bias = std::string_view(option) == "bias_init";
      if (is_bias ? init.empty() || init == "zeros" || init == "randomized_asymmetric" : is_scaled_init(init)) continue;
      overrides.push_back(each.path + "." + option +
                          (is_bias        ? "=zeros"
                           : wants_xavier ? "=xavier_normal"
                                          : "=he_normal"));
      if (found.empty()) found = std::string(option) + " " + to_json_line(*value_at(*each.json, option));
    }
  }
  if (overrides.empty()) return;
  const bool is_bias = found.starts_with("bias_init");
  add_change(changes, is_bias ? "born_dead" : "init_scale",
             is_bias ? "the initialisation makes units dead from the start: " + found
                     : "the initial weights do not have the scale of their layers: " + found,
             overrides);
}

void change_hidden_activation(const ConfigView& view, std::vector<Change>& changes) {
  Overrides relu;
  Overrides leaky;
  std::size_t linear = 0;
  for (const PlacedLayer& each : view.dense) {
    if (each.activation() == "relu") leaky.push_back(each.path + ".activation=leaky_relu");
    if (is_last(view, each) || (each.activation() != "identity" && !is_saturating(each.activation()))) continue;
    linear += each.activation() == "identity" ? 1 : 0;
    relu.push_back(each.path + ".activation=relu");
    relu.push_back(each.path + ".weight_init=he_normal");
  }
  const std::size_t hidden = view.dense.size() - 1;
  const bool has_activation_layers = std::any_of(view.layers.begin(), view.layers.end(),
                                                 [](const PlacedLayer& each) { return each.type() == "activation"; });
  if (!relu.empty() && !(linear > 0 && has_activation_layers)) {
    add_change(changes, linear == hidden ? "no_nonlinearity" : "vanishing",
               linear == hidden ? "no hidden layer has an activation, so all of them are a single linear one"
                                : "gradients vanish through the saturating activations (sigmoid, tanh) of " +
                                      quantity(relu.size() / 2, "hidden layer"),
               relu)
        .looks_sound = hidden <= 2 && linear < hidden;
  }
  if (leaky.empty()) return;
  Change& change = add_change(changes, "dying_relu", "ReLU units die: their slope is 0 on every sample", leaky);
  change.looks_sound = true;
  change.leads_to_par = false;
}

void change_layers(const ConfigView& view, std::vector<Change>& changes) {
  const std::string sound_layers =
      "model.layers=[" + std::string(sound_hidden_layers) + to_json_line(*view.dense.back().json) + "]";
  const std::size_t hidden = view.dense.size() - 1;
  if (hidden == 0) {
    add_change(changes, "no_hidden_layer", "without a hidden layer the network is linear, and too small for these data",
               {sound_layers})
        .replaces_section = true;
    return;
  }
  double narrowest = 1e9;
  Overrides wider;
  for (const PlacedLayer& each : view.dense) {
    const double units = number_at(*each.json, "units");
    if (is_last(view, each)) continue;
    narrowest = std::min(narrowest, units);
    if (units < sound_units) wider.push_back(each.path + ".units=" + whole_digits(sound_units));
  }
  if (!wider.empty()) {
    add_change(changes, "capacity",
               "the network has too few units: its narrowest hidden layer has " + short_digits(narrowest), wider)
        .looks_sound = narrowest >= 6;
  }
  if (hidden > 4) {
    add_change(changes, "too_deep",
               "the network is too deep: gradients vanish in " + quantity(hidden, "hidden layer") +
                   ", the narrowest of " + quantity(static_cast<std::size_t>(narrowest), "unit"),
               {sound_layers})
        .replaces_section = true;
  }
}

}  // namespace

void add_network_changes(const ConfigView& view, std::vector<Change>& changes) {
  if (view.dense.empty()) return;
  for (const auto rule :
       {change_output_activation, change_dropout, change_initialisation, change_hidden_activation, change_layers}) {
    rule(view, changes);
  }
}

}  // namespace hinge
