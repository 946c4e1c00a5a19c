// The changes that a diagnosis tries: the rules together, and their order.
#include <hinge/optim/run/diagnosis/changes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/change_rules.h>

namespace hinge {

namespace {

// The fixed order of causes: what names itself comes before what heals by the way.
constexpr std::array<std::string_view, 42> order_of_causes = {"id_column",
                                                              "leak",
                                                              "unshuffled",
                                                              "frozen",
                                                              "output_activation",
                                                              "wrong_loss",
                                                              "averaging",
                                                              "accumulate",
                                                              "early_stop",
                                                              "clip",
                                                              "schedule",
                                                              "warmup",
                                                              "dropout",
                                                              "weight_decay",
                                                              "l1",
                                                              "inputs_tiny",
                                                              "inputs_unscaled",
                                                              "targets_unscaled",
                                                              "init_symmetric",
                                                              "born_dead",
                                                              "init_scale",
                                                              "no_nonlinearity",
                                                              "bias_missing",
                                                              "momentum",
                                                              "optimizer_options",
                                                              "rprop_minibatch",
                                                              "class_weights",
                                                              "imbalance",
                                                              "target_outlier",
                                                              "sentinel",
                                                              "outlier",
                                                              "small_batch",
                                                              "big_batch",
                                                              "learning_rate_high",
                                                              "learning_rate_low",
                                                              "vanishing",
                                                              "dying_relu",
                                                              "undertrained",
                                                              "capacity",
                                                              "no_hidden_layer",
                                                              "too_deep",
                                                              "optimizer_unsuited"};

std::size_t place_in_order(const Change& change) {
  const auto place = std::find(order_of_causes.begin(), order_of_causes.end(), change.finding.name);
  const std::size_t last = change.looks_sound ? order_of_causes.size() + 1 : 0;
  return last + static_cast<std::size_t>(place - order_of_causes.begin());
}

void collect(const JsonValue& layers, const std::string& path, std::vector<PlacedLayer>& to) {
  for (std::size_t i = 0; i < layers.elements.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    to.push_back({place, &layers.elements[i]});
    if (const JsonValue* inner = layers.elements[i].find("layers")) collect(*inner, place + ".layers", to);
  }
}

// A change that a finding speaks of gets its words, which have figures. A cure that no change has is one more change.
void take_finding(const Finding& finding, std::vector<Change>& changes) {
  bool is_change = false;
  for (Change& change : changes) {
    const bool is_same = change.finding.set == finding.set;
    if (!is_same && change.finding.name != finding.name) continue;
    const Overrides set = std::exchange(change.finding.set, {});
    change.finding = finding;
    change.finding.set = set;
    change.looks_sound = false;
    is_change = is_change || is_same;
  }
  if (!is_change && !finding.set.empty()) changes.push_back({.finding = finding});
}

std::string section_of_key(const std::string& key) { return key.substr(0, key.find('.')); }

}  // namespace

ConfigView::ConfigView(const JsonValue& json, const DataParts& parts, const Judge& judge_of_trials)
    : config(json),
      judge(judge_of_trials),
      rows(static_cast<double>(parts.train.size())),
      has_classes(parts.train.target_rows() == 0),
      loss(type_at(json, "loss")),
      optimizer(type_at(json, "optimizer")),
      rate(number("optimizer.learning_rate")),
      epochs(number("train.epochs")),
      batch(std::min(number("train.batch_size"), rows)),
      steps(std::ceil(rows / batch / number("train.accumulate", 1)) * epochs) {
  if (const JsonValue* all = value_at(json, "model.layers")) collect(*all, "model.layers", layers);
  std::copy_if(layers.begin(), layers.end(), std::back_inserter(dense),
               [](const PlacedLayer& layer) { return layer.type() == "dense"; });
}

std::string short_digits(double value) { return to_text(value, 3); }
std::string whole_digits(double value) { return std::to_string(static_cast<std::size_t>(value)); }
std::string key_of_first(const Overrides& overrides) { return overrides[0].substr(0, overrides[0].find('=')); }

Change& add_change(std::vector<Change>& changes, std::string name, std::string evidence, Overrides overrides) {
  changes.push_back({.finding = {.name = std::move(name),
                                 .key = key_of_first(overrides),
                                 .evidence = std::move(evidence),
                                 .set = std::move(overrides),
                                 .is_certain = false}});
  return changes.back();
}

std::vector<Change> changes_for(const JsonValue& config, const DataParts& parts, const Judge& judge,
                                const std::vector<Finding>& findings) {
  const ConfigView view(config, parts, judge);
  std::vector<Change> changes;
  add_loss_changes(view, changes);
  add_network_changes(view, changes);
  add_step_changes(view, changes);
  for (const Finding& finding : findings) take_finding(finding, changes);
  for (Change& change : changes) change.rank = place_in_order(change);
  return changes;
}

Overrides together(const std::vector<Change>& changes) {
  Overrides overrides;
  const auto is_needless = [&](const Change& change) {
    return std::any_of(changes.begin(), changes.end(), [&](const Change& other) {
      return &other != &change && other.replaces_section && !change.replaces_section &&
             section_of_key(other.finding.key) == section_of_key(change.finding.key);
    });
  };
  for (const Change& change : changes) {
    const Overrides& set = change.finding.set;
    if (!is_needless(change)) overrides.insert(overrides.end(), set.begin(), set.end());
  }
  return overrides;
}

}  // namespace hinge
