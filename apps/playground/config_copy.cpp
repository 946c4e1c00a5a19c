// The config that trains, on the command line, to what the page shows.
#include <algorithm>
#include <string>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/optim/run/config.h>

#include "answers.h"

namespace hinge_playground {

namespace {

using hinge::JsonValue;

// The values of a parameter, row by row, from an array that lies in memory as the network's.
JsonValue given_json(const hinge::Network<float>& network, const hinge::Parameter<float>& p,
                     const std::vector<float>& values) {
  const hinge::MatrixView<const float> view = p.value();
  std::vector<JsonValue> list;
  for (std::size_t r = 0; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.cols; ++c) {
      list.push_back(number_json(values[static_cast<std::size_t>(&view(r, c) - network.values().data())]));
    }
  }
  return JsonValue::object({{"type", "given"}, {"values", std::move(list)}});
}

// The options of a dense layer that say a parameter's first values; "" for any other parameter.
std::string option_for(const std::string& parameter) {
  if (parameter.ends_with(".weight")) return "weight_init";
  return parameter.ends_with(".bias") ? "bias_init" : "";
}

// Writes the values into the layers of a config. False where it has no words for one of them.
bool set_first_values(JsonValue& config, const hinge::Network<float>& network, const std::vector<float>& values) {
  JsonValue* layers = config.find("model") == nullptr ? nullptr : config.find("model")->find("layers");
  if (layers == nullptr || layers->elements.size() != network.size()) return false;  // a block has layers of its own
  for (std::size_t i = 0; i < network.size(); ++i) {
    for (const hinge::Parameter<float>& p : network.layer(i).parameters()) {
      const std::string option = network.spec(i).type() == "dense" ? option_for(p.name()) : "";
      if (option.empty()) return false;
      layers->elements[i].set(option, given_json(network, p, values));
    }
  }
  return true;
}

bool is_changed(const Setup& setup, const Snapshot& snapshot) {
  const auto values = setup.run.network().values();
  return !std::equal(values.begin(), values.end(), snapshot.state.values.begin());
}

}  // namespace

JsonValue config_json(const Session& session, const std::map<std::string, std::string>& files) {
  const Training& training = session.training();
  const bool goes_on = session.is_edited();
  const Snapshot start = goes_on ? training.snapshot() : session.start();
  JsonValue config = training.setup().loaded.tree;
  std::string note;
  if (goes_on) {
    note =
        "Weights or settings were changed after the first step: this config starts from the weights as they are, with "
        "a new optimiser.";
  } else if (training.batches() > 0) {
    note = "The page stands within an epoch: this config trains the " + std::to_string(training.epochs()) +
           " whole epochs before.";
  }
  if (goes_on || is_changed(training.setup(), start)) {
    if (!set_first_values(config, training.network(), start.state.values)) {
      note = "The config cannot say the weights that were changed by hand: it starts from those of its seed.";
    }
  }
  if (!goes_on && training.epochs() > 0) {
    if (config.find("train") == nullptr) config.set("train", JsonValue::object());
    config.find("train")->set("epochs", training.epochs());
  }
  JsonValue contents = JsonValue::object();
  for (const auto& [name, bytes] : files) contents.set(name, bytes);
  return JsonValue::object({{"text", hinge::to_json(config) + "\n"},
                            {"config", std::move(config)},
                            {"files", std::move(contents)},
                            {"exact", note.empty() && training.epochs() > 0},
                            {"note", note},
                            {"command", "HINGE_ISA=baseline hinge train playground.json"}});
}

}  // namespace hinge_playground
