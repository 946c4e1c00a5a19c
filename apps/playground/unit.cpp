// One unit's life in words.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/optim/health/health_json.h>

#include "answers.h"

namespace hinge_playground {

namespace {

using hinge::JsonValue;

constexpr int digits = 4;

const hinge::UnitHealth* find_unit(const hinge::HealthReport& report, std::size_t layer, std::size_t unit) {
  for (const hinge::LayerHealth& health : report.layers) {
    if (health.layer == layer + 1) return &health.each[unit];
  }
  return nullptr;
}

const hinge::UnitHistory* find_history(const hinge::HealthLedger& ledger, std::size_t layer, std::size_t unit) {
  for (const hinge::UnitHistory& history : ledger.units()) {
    if (history.layer == layer + 1 && history.unit == unit) return &history;
  }
  return nullptr;
}

// A unit's own parameters, weights first: their rows.
std::vector<float> row_of(const hinge::Layer<float>& layer, std::size_t unit, bool of_gradients) {
  std::vector<float> values;
  for (const hinge::Parameter<float>& p : layer.parameters()) {
    const hinge::MatrixView<const float> view = of_gradients ? p.gradient() : p.value();
    if (view.rows != layer.outputs()) continue;
    for (std::size_t c = 0; c < view.cols; ++c) values.push_back(view(unit, c));
  }
  return values;
}

// The step that killed a unit.
struct Death {
  std::size_t step = 0;
  std::size_t epoch = 0;
  bool by_hand = false;  // what was changed after the step killed it
  double learning_rate = 0;
  std::vector<float> before = {};
  std::vector<float> gradient = {};
  std::vector<float> after = {};
  double largest_z_before = 0;
  double largest_z_after = 0;
};

// Follows one unit through a replay.
class Follower {
 public:
  Follower(const Session& session, std::size_t layer, std::size_t unit)
      : session_(session), layer_(layer), unit_(unit) {}

  // The step, or the change by hand, after which the unit is dead; it is not dead at `step`.
  std::optional<Death> find(std::size_t step) {
    replay_ = session_.replay(step);
    look();
    while (true) {
      if (auto edited = session_.replay_edit(replay_->steps())) {
        begin();
        replay_ = std::move(edited);
        if (look()) return ended(true);
      }
      if (replay_->steps() == session_.training().steps()) return std::nullopt;
      begin();
      replay_->step();
      if (look()) return ended(false);
    }
  }

 private:
  // Whether the unit is dead.
  bool look() {
    const hinge::HealthReport report = replay_->look();
    const hinge::UnitHealth& health = *find_unit(report, layer_, unit_);
    largest_z_ = health.largest_z;
    return health.dead;
  }

  void begin() { death_ = {.before = row_of(layer(), unit_, false), .largest_z_before = largest_z_}; }

  Death ended(bool by_hand) {
    death_.by_hand = by_hand;
    death_.step = replay_->steps();
    death_.epoch = replay_->epochs() + (replay_->batches() > 0 ? 1 : 0);
    death_.learning_rate = replay_->learning_rate();
    if (replay_->has_gradients()) death_.gradient = row_of(layer(), unit_, true);
    death_.after = row_of(layer(), unit_, false);
    death_.largest_z_after = largest_z_;
    return death_;
  }

  const hinge::Layer<float>& layer() const { return replay_->network().layer(layer_); }

  const Session& session_;
  std::size_t layer_;
  std::size_t unit_;
  std::unique_ptr<Training> replay_ = {};
  double largest_z_ = 0;
  Death death_ = {};
};

// The step from which on the unit may have died: the end of the last epoch that saw it not dead.
std::size_t last_seen_alive(const Session& session, const hinge::UnitHistory& history) {
  const bool is_known_dead = history.now.dead && history.died_after.has_value();
  const std::size_t epoch = is_known_dead ? *history.died_after : session.training().ledger().epoch();
  return epoch * session.training().steps_per_epoch();
}

std::string listed(const std::vector<float>& values) {
  std::vector<std::string> texts;
  for (const float value : values) texts.push_back(hinge::typeset(static_cast<double>(value), digits));
  return hinge::join(texts);
}

std::vector<std::string> death_words(const Death& death) {
  const std::string move =
      "from " + hinge::typeset(death.largest_z_before, digits) + " to " + hinge::typeset(death.largest_z_after, digits);
  std::vector<std::string> words;
  if (death.by_hand) {
    words.push_back("It died by what was changed by hand after step " + std::to_string(death.step) +
                    ": its largest z went " + move + ".");
  } else {
    words.push_back("It died in epoch " + std::to_string(death.epoch) + ", at step " + std::to_string(death.step) +
                    ": the update took its largest z over the samples " + move + ".");
  }
  words.push_back("Its weights and bias went from (" + listed(death.before) + ") to (" + listed(death.after) +
                  "), at learning rate " + hinge::typeset(death.learning_rate, digits) + ".");
  return words;
}

JsonValue numbers_json(const std::vector<float>& values) { return hinge::list_of(values, number_json); }

JsonValue death_json(const Death& death) {
  return JsonValue::object({{"step", death.step},
                            {"by_hand", death.by_hand},
                            {"learning_rate", death.learning_rate},
                            {"before", numbers_json(death.before)},
                            {"gradient", numbers_json(death.gradient)},
                            {"after", numbers_json(death.after)},
                            {"largest_z_before", hinge::number_or_null(death.largest_z_before)},
                            {"largest_z_after", hinge::number_or_null(death.largest_z_after)}});
}

std::string firing_words(const hinge::UnitHealth& health, std::size_t samples, std::size_t layer, std::size_t unit) {
  const std::string name = "Unit " + std::to_string(unit + 1) + " of layer " + std::to_string(layer + 1);
  const std::string fires = health.fires == 0 ? "none" : health.fires == samples ? "all" : std::to_string(health.fires);
  return name + " has z > 0 on " + fires + " of the " + std::to_string(samples) + " training samples.";
}

std::string end_words(bool is_certain) {
  return is_certain
             ? "Its slope is 0 on every training sample, so its gradient is 0 and it never moves again."
             : "Its slope is 0 on every training sample, so no gradient reaches its weights; only a change of its "
               "inputs, momentum or weight decay could bring it back.";
}

}  // namespace

JsonValue unit_json(Session& session, std::size_t layer, std::size_t unit) {
  const hinge::HealthReport report = session.training().look();
  const hinge::UnitHealth* health = find_unit(report, layer, unit);
  const hinge::UnitHistory* history = find_history(session.training().ledger(), layer, unit);
  if (health == nullptr || history == nullptr) {
    throw hinge::ConfigError("request: layer " + std::to_string(layer + 1) + " is not a hidden layer with units");
  }
  std::vector<std::string> words = {firing_words(*health, report.samples, layer, unit)};
  JsonValue answer = JsonValue::object({{"layer", layer + 1},
                                        {"unit", unit + 1},
                                        {"state", hinge::state_name(*health)},
                                        {"died_epoch", JsonValue()},
                                        {"died_step", JsonValue()},
                                        {"killed", JsonValue()}});
  if (health->dead && history->born_dead && history->died_at == 0U) {
    answer.set("died_epoch", std::size_t{0});
    answer.set("died_step", std::size_t{0});
    words.emplace_back("It is born dead: before the first step z ≤ 0 on every sample.");
  } else if (health->dead) {
    if (const auto death = Follower(session, layer, unit).find(last_seen_alive(session, *history))) {
      answer.set("died_epoch", death->epoch);
      answer.set("died_step", death->step);
      answer.set("killed", death_json(*death));
      for (std::string& text : death_words(*death)) words.push_back(std::move(text));
    }
  }
  if (health->dead) {
    hinge::UnitHistory now = *history;
    now.now = *health;
    const hinge::RevivalFacts& facts = session.training().revival_facts();
    words.push_back(end_words(!session.is_edited() && hinge::revivable(now, facts) == hinge::Revivable::no));
  }
  answer.set("words", hinge::list_of(words));
  return answer;
}

}  // namespace hinge_playground
