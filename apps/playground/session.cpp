#include "session.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>

namespace hinge_playground {

namespace {

// More snapshots would make going back no faster than people look.
constexpr std::size_t max_marks = 64;

// What a change must leave as it is: the samples, their order, and the sizes of parameters.
constexpr const char* fixed_sections[] = {"data", "loss"};
constexpr const char* fixed_in_train[] = {"seed", "batch_size", "accumulate", "shuffle"};

std::string section_text(const hinge::JsonValue& config, const char* section, const char* key = nullptr) {
  const hinge::JsonValue* value = config.find(section);
  if (value != nullptr && key != nullptr) value = value->find(key);
  return value == nullptr ? "" : hinge::to_json_line(*value);
}

[[noreturn]] void refuse_change(const std::string& pointer) {
  throw hinge::ConfigError(pointer + ": cannot change while training goes on; start again", pointer);
}

void require_same_sizes(const hinge::Network<float>& now, const hinge::Network<float>& changed) {
  const bool is_same =
      std::equal(now.parameters().begin(), now.parameters().end(), changed.parameters().begin(),
                 changed.parameters().end(), [](const auto& a, const auto& b) {
                   return a.name() == b.name() && a.value().rows == b.value().rows && a.value().cols == b.value().cols;
                 });
  if (!is_same || now.state_values().size() != changed.state_values().size()) refuse_change("/model/layers");
}

void require_same(hinge::RunConfig now, hinge::RunConfig changed) {
  const hinge::JsonValue before = hinge::config_of(now);
  const hinge::JsonValue after = hinge::config_of(changed);
  for (const char* section : fixed_sections) {
    if (section_text(before, section) != section_text(after, section)) refuse_change("/" + std::string(section));
  }
  for (const char* key : fixed_in_train) {
    if (section_text(before, "train", key) != section_text(after, "train", key))
      refuse_change("/train/" + std::string(key));
  }
}

bool have_same_sizes(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.size() == y.size(); });
}

}  // namespace

Session::Session(std::shared_ptr<Setup> setup) : training_(std::make_unique<Training>(std::move(setup))) {
  marks_.push_back({training_->snapshot()});
}

bool Session::is_edited() const {
  return std::any_of(marks_.begin(), marks_.end(),
                     [](const Mark& mark) { return mark.is_edit && mark.snapshot.steps > 0; });
}

const Snapshot& Session::start() const {
  const auto after =
      std::find_if(marks_.begin(), marks_.end(), [](const Mark& mark) { return mark.snapshot.steps > 0; });
  return std::prev(after)->snapshot;
}

void Session::step() {
  const std::size_t before = training_->steps();
  try {
    const std::optional<hinge::EpochReport> report = training_->step();
    if (!report) return;
    history_.push_back(*report);
    keep_snapshot();
  } catch (const hinge::NonFiniteError&) {
    go_back(before);
    throw;
  }
}

void Session::keep_snapshot() {
  if (training_->epochs() % stride_ != 0) return;
  marks_.push_back({training_->snapshot()});
  if (marks_.size() <= max_marks) return;
  stride_ *= 2;
  std::erase_if(marks_, [&](const Mark& mark) {
    return !mark.is_edit && mark.snapshot.batches == 0 && mark.snapshot.state.epoch % stride_ != 0;
  });
}

void Session::go_back(std::size_t step) {
  while (marks_.back().snapshot.steps > step) marks_.pop_back();
  training_ = std::make_unique<Training>(marks_.back().snapshot);
  history_.resize(training_->epochs());
  while (training_->steps() < step) this->step();
}

std::unique_ptr<Training> Session::replay(std::size_t step) const {
  const auto mark = std::find_if(marks_.rbegin(), marks_.rend(), [&](const Mark& each) {
    return each.snapshot.steps < step || (each.snapshot.steps == step && !each.is_edit);
  });
  auto training = std::make_unique<Training>(mark->snapshot);
  while (training->steps() < step) training->step();
  return training;
}

std::unique_ptr<Training> Session::replay_edit(std::size_t step) const {
  const auto edit = std::find_if(marks_.begin(), marks_.end(),
                                 [&](const Mark& mark) { return mark.is_edit && mark.snapshot.steps == step; });
  return edit == marks_.end() ? nullptr : std::make_unique<Training>(edit->snapshot);
}

void Session::mark_edit(Snapshot snapshot) {
  training_ = std::make_unique<Training>(snapshot);
  const bool replaces = marks_.back().is_edit && marks_.back().snapshot.steps == snapshot.steps;
  if (replaces) marks_.pop_back();
  marks_.push_back({std::move(snapshot), true});
}

void Session::set_value(std::size_t parameter, std::size_t row, std::size_t col, float value) {
  training_->set_value(parameter, row, col, value);
  mark_edit(training_->snapshot());
}

void Session::change(hinge::LoadedConfig config) {
  const std::shared_ptr<Setup> now = training_->shared_setup();
  const auto setup = std::make_shared<Setup>(std::move(config), now->first ? now->first : now);
  require_same(training_->setup().run.config(), setup->run.config());
  require_same_sizes(training_->network(), setup->run.network());
  Snapshot snapshot = training_->snapshot();
  const Snapshot fresh = Training(setup).snapshot();
  if (!have_same_sizes(snapshot.state.optimizer_state, fresh.state.optimizer_state)) {
    snapshot.state.optimizer_state = fresh.state.optimizer_state;
  }
  snapshot.setup = setup;
  snapshot.learning_rate.reset();
  mark_edit(std::move(snapshot));
}

}  // namespace hinge_playground
