// What the playground answers, as JSON.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>

#include "session.h"

namespace hinge_playground {

/// The ranges of the raw features that are drawn: those of the samples that are drawn and a fifth more on each side. With one feature
/// y is the target.
struct View {
  double x[2];
  double y[2];
};
View view_of(const hinge::DataParts& parts);

/// The indices of the hidden layers whose units are drawn.
std::vector<std::size_t> drawn_layers(const hinge::Network<float>& network);

/// What stays while training goes on: samples, layers, config.
hinge::JsonValue setup_json(const Session& session);
/// The network as it is, with its losses and its health.
hinge::JsonValue state_json(Session& session);
/// The epochs from row `first` on, a list for each figure.
hinge::JsonValue history_json(const Session& session, std::size_t first);

/// Why a unit is dead: the step that killed it, found by training again, and what that step did to it. Counted from 0.
hinge::JsonValue unit_json(Session& session, std::size_t layer, std::size_t unit);

/// The findings before training, and the verdict on the training so far.
hinge::JsonValue findings_json(const Session& session);
hinge::JsonValue verdict_json(Session& session);

/// What `hinge explain --json` says of training sample `sample`, counted from 0, or what its page is made of.
hinge::JsonValue explanation_json(const Session& session, std::size_t sample, bool with_equations);

/// What `hinge gradcheck --json` says of the weights as they are, with the mistake in the backward pass that is called `fault`,
/// "" for none. Throws ConfigError for one that changes no gradient.
hinge::JsonValue gradient_check_json(const Session& session, const std::string& fault);

/// A config that trains to the weights as they are, if there is one.
hinge::JsonValue config_json(const Session& session, const std::map<std::string, std::string>& files);

/// The number with the digits of its float.
hinge::JsonValue number_json(float value);

}  // namespace hinge_playground
