// The sound recipes of a diagnosis.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <hinge/optim/run/diagnosis/change_rules.h>

namespace hinge {

namespace {

// Par is trained for some 1,250 steps of 32 samples: enough for what small networks learn (docs/diagnosis.md).
double epochs_of_par(const DataParts& parts) {
  return std::clamp(std::round(40000 / static_cast<double>(parts.train.size())), 20.0, 1500.0);
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
  return "model.layers=[" + std::string(sound_hidden_layers) +
         "{\"type\":\"dense\",\"units\":" + (is_number ? units->text : "\"auto\"") + "}]";
}

// All of a sound recipe but its optimiser.
Overrides sound_recipe(const JsonValue& config, const DataParts& parts) {
  Overrides recipe;
  if (value_at(config, "data.preprocess") != nullptr) recipe.push_back("data.preprocess=standard");
  if (const JsonValue* layers = value_at(config, "model.layers")) recipe.push_back(sound_model(*layers));
  recipe = with(recipe, {"train.epochs=" + whole_digits(epochs_of_par(parts)), "train.batch_size=32",
                         "train.schedule=constant", "train.clip_norm=0", "train.clip_value=0", "train.averaging=0",
                         "train.accumulate=1", "train.shuffle=true", "train.early_stopping.patience=0"});
  const std::string loss = type_at(config, "loss");
  const bool has_errors = loss == "mae" || loss == "huber" || loss == "half_squared_mean" || loss == "half_squared_sum";
  if (has_errors) recipe.push_back("loss=mse");
  for (const char* weights : {"loss.class_weights", "loss.pos_weight"}) {
    if (value_at(config, weights) != nullptr) recipe.push_back(std::string(weights) + "=[]");
  }
  return recipe;
}

// What a change makes of a recipe for such samples: nothing unless it is one of data and loss. Layers are the recipe's own.
Overrides part_for_recipe(const Finding& change) {
  constexpr std::array<std::string_view, 6> of_data = {"imbalance", "class_weights",  "outlier",
                                                       "sentinel",  "target_outlier", "wrong_loss"};
  if (std::find(of_data.begin(), of_data.end(), change.name) == of_data.end()) return {};
  Overrides part = change.set;
  std::erase_if(part, [](const std::string& each) { return each.starts_with("model.") || each.ends_with("=[]"); });
  if (change.name == "wrong_loss") part.push_back("model.layers[2].units=\"auto\"");
  return part;
}

}  // namespace

std::vector<Recipe> recipes_for(const JsonValue& config, const DataParts& parts, const Judge& judge,
                                const std::vector<Change>& changes) {
  const Overrides sound = sound_recipe(config, parts);
  std::vector<Recipe> recipes = {{"standard", with(sound, {sound_optimizer})}};
  if (!judge.judges_by_training()) {
    const std::string epochs = "train.epochs=" + whole_digits(std::min(epochs_of_par(parts), 60.0));
    recipes.push_back({"strong decay", with(sound, {decaying_optimizer, epochs})});
  }
  for (const Change& change : changes) {  // what the user's own network gives
    const Overrides& set = change.finding.set;
    if (set[0] == decaying_optimizer) recipes.push_back({"the config with strong decay", set});
    if (set[0] == "loss.class_weights=balanced") recipes.push_back({"the config with balanced class weights", set});
  }
  for (const Change& change : changes) {
    const Overrides part = part_for_recipe(change.finding);
    if (!part.empty()) recipes.push_back({change.finding.name, with(with(sound, {sound_optimizer}), part)});
  }
  return recipes;
}

}  // namespace hinge
