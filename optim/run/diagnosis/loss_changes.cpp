// Changes of the loss, and of how its data are scaled.
#include <algorithm>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/change_rules.h>

namespace hinge {

namespace {

constexpr double rare = 0.5;  // of an equal share

void change_scaling(const ConfigView& view, std::vector<Change>& changes) {
  const std::string method = type_at(view.config, "data.preprocess");
  if (method == "standard" || method.empty()) return;
  add_change(changes, "inputs_unscaled", "the inputs are not scaled to mean 0 and deviation 1",
             {"data.preprocess=standard"})
      .looks_sound = true;
}

// None where there are some, and balanced ones where a class is rare.
void change_class_weights(const ConfigView& view, std::vector<Change>& changes) {
  const bool is_bce = view.loss == "bce_with_logits";
  const std::string key = is_bce ? "loss.pos_weight" : "loss.class_weights";
  const JsonValue* weights = value_at(view.config, key);
  if (weights == nullptr) return;
  const bool has_weights = !weights->elements.empty() || !weights->members.empty();
  const bool is_rare = view.has_classes && view.judge.rarity() < rare && weights->text != "balanced";
  if (has_weights) {
    add_change(changes, "class_weights", key.substr(5) + " does not suit the shares of the classes", {key + "=[]"})
        .looks_sound = is_rare;
  }
  if (!is_rare || (is_bce && has_weights)) return;
  const double share = view.judge.rarity() / 2;
  add_change(changes, has_weights ? "class_weights" : "imbalance",
             has_weights ? "class_weights do not suit the shares of the classes"
                         : "the classes are imbalanced: the rarest has " + percent_text(view.judge.rarity()) +
                               " of an equal share, and without class weights it is hardly learned",
             {key + "=" + (is_bce ? "[" + short_digits((1 - share) / share) + "]" : "balanced")});
}

}  // namespace

void add_loss_changes(const ConfigView& view, std::vector<Change>& changes) {
  change_scaling(view, changes);
  change_class_weights(view, changes);
}

}  // namespace hinge
