// What the rules for changes of a config look at: layers, steps, and the loss with its data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/optim/run/diagnosis/changes.h>
#include <hinge/optim/run/diagnosis/config_values.h>

namespace hinge {

/// A layer with its path in the config: `model.layers[2]`.
struct PlacedLayer {
  std::string path = {};
  const JsonValue* json = nullptr;

  std::string type() const { return type_at(*json, ""); }
  std::string activation() const { return type_at(*json, "activation"); }
};

/// A config in which every option stands, and what of the samples matters.
struct HINGE_API ConfigView {
  ConfigView(const JsonValue& json, const DataParts& parts, const Judge& judge_of_trials);

  double number(const std::string& path, double otherwise = 0) const { return number_at(config, path, otherwise); }

  const JsonValue& config;
  const Judge& judge;
  double rows = 0;  ///< to train from
  bool has_classes = false;
  std::vector<PlacedLayer> layers = {};  ///< those inside blocks too
  std::vector<PlacedLayer> dense = {};
  std::string loss = {};
  std::string optimizer = {};
  double rate = 0;
  double epochs = 0;
  double batch = 0;
  double steps = 0;  ///< of the optimiser, in the whole training
};

/// Three digits.
HINGE_API std::string short_digits(double value);
HINGE_API std::string whole_digits(double value);
/// The key of the first of some overrides.
HINGE_API std::string key_of_first(const Overrides& overrides);

/// Adds a change, whose key is that of its first override. Requires one.
HINGE_API Change& add_change(std::vector<Change>& changes, std::string name, std::string evidence, Overrides overrides);

/// Each family of rules adds its changes. Their order is that of the names in changes.cpp.
HINGE_API void add_network_changes(const ConfigView& view, std::vector<Change>& changes);
HINGE_API void add_step_changes(const ConfigView& view, std::vector<Change>& changes);
HINGE_API void add_loss_changes(const ConfigView& view, std::vector<Change>& changes);

/// What a sound recipe trains with, and the same with strong decay.
inline constexpr const char* sound_optimizer = "optimizer={\"type\":\"adam\",\"learning_rate\":0.003}";
inline constexpr const char* decaying_optimizer =
    "optimizer={\"type\":\"adamw\",\"learning_rate\":0.003,\"weight_decay\":2}";
/// Two hidden layers of ReLUs, to stand before a last layer.
inline constexpr const char* sound_hidden_layers =
    "{\"type\":\"dense\",\"units\":48,\"activation\":\"relu\"},{\"type\":\"dense\",\"units\":24,\"activation\":"
    "\"relu\"},";

}  // namespace hinge
