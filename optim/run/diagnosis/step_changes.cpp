// Changes of the steps: how large they are, how many, and what restrains them.
#include <algorithm>
#include <array>
#include <cmath>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/change_rules.h>

namespace hinge {

namespace {

// An option with a number, and the number that a sound config has.
struct SoundOption {
  const char* name;
  const char* path;
  double sound;
  const char* words;
  bool (*looks_sound)(double value, const ConfigView& view);
  bool is_limit = false;  // smaller values are as good
};

bool never(double, const ConfigView&) { return false; }

constexpr std::array<SoundOption, 10> sound_options = {{
    {"averaging", "train.averaging", 0, "the running mean of the weights is too slow",
     [](double value, const ConfigView& view) { return 5 / (1 - value) <= view.steps; }},
    {"accumulate", "train.accumulate", 1, "accumulating batches leaves few updates",
     [](double, const ConfigView& view) { return view.steps >= 500; }},
    {"clip", "train.clip_value", 0, "gradient clipping is too tight: it shortens the steps",
     [](double value, const ConfigView&) { return value >= 0.5; }},
    {"weight_decay", "optimizer.weight_decay", 0, "weight decay is too strong: it pulls the weights to 0",
     // AdamW multiplies weights by 1 − rate·decay in a step, so its scale is another one.
     [](double value, const ConfigView& view) { return value <= (view.optimizer == "adamw" ? 0.5 : 0.01); }},
    {"l1", "optimizer.l1", 0, "the L1 penalty is too strong: it pulls the weights to 0",
     [](double value, const ConfigView&) { return value <= 0.001; }},
    {"momentum", "optimizer.momentum", 0.9, "momentum makes the steps too large for this learning rate", never, true},
    {"optimizer_options", "optimizer.beta1", 0.9, "an option of the optimiser is unusual", never},
    {"optimizer_options", "optimizer.beta2", 0.999, "an option of the optimiser is unusual", never},
    {"optimizer_options", "optimizer.epsilon", 1e-8, "an option of the optimiser is unusual", never, true},
    {"optimizer_options", "optimizer.initial_accumulator", 0, "an option of the optimiser is unusual", never},
}};

void change_options(const ConfigView& view, std::vector<Change>& changes) {
  for (const SoundOption& option : sound_options) {
    const double value = view.number(option.path, option.sound);
    if (value == option.sound || (option.is_limit && value < option.sound)) continue;
    const std::string path = option.path;
    add_change(changes, option.name, std::string(option.words) + " (" + path + " is " + to_text(value, 6) + ")",
               {path + "=" + to_text(option.sound)})
        .looks_sound = option.looks_sound(value, view);
  }
}

void change_shuffle(const ConfigView& view, std::vector<Change>& changes) {
  if (is_true(view.config, "train.shuffle", true)) return;
  add_change(changes, "unshuffled", "the samples are not shuffled: every epoch takes them in the order of the data",
             {"train.shuffle=true"});
}

void change_clip_norm(const ConfigView& view, std::vector<Change>& changes) {
  const double limit = view.number("train.clip_norm");
  if (limit == 0) return;
  add_change(changes, "clip",
             "gradient clipping is too tight: clip_norm " + short_digits(limit) + " shortens the steps",
             {limit < 1 ? "train.clip_norm=1" : "train.clip_norm=0"})
      .looks_sound = limit >= 0.5;
}

void change_early_stopping(const ConfigView& view, std::vector<Change>& changes) {
  const double patience = view.number("train.early_stopping.patience");
  const double min_delta = view.number("train.early_stopping.min_delta");
  if (patience == 0) return;
  add_change(
      changes, "early_stop",
      "early stopping ends training too early: its patience is " + short_digits(patience) + " and min_delta is " +
          short_digits(min_delta),
      {"train.early_stopping.patience=" + whole_digits(std::max(20.0, patience)), "train.early_stopping.min_delta=0"})
      .looks_sound = patience >= 5 && min_delta <= 0.01;
}

void change_schedule(const ConfigView& view, std::vector<Change>& changes) {
  const std::string type = type_at(view.config, "train.schedule");
  if (type.empty() || type == "constant") return;
  const bool warms = type.starts_with("warmup");
  add_change(changes, warms ? "warmup" : "schedule",
             "the learning rate schedule " + type + " does not suit " + short_digits(view.epochs) +
                 " epochs: " + (warms ? "the warm-up leaves the rate too low" : "the rate decays too fast"),
             {"train.schedule=constant"});
}

void change_batch(const ConfigView& view, std::vector<Change>& changes) {
  if ((view.batch >= 16 && view.batch <= 64) || view.rows <= 32) return;
  const bool small = view.batch < 16;
  Change& change =
      add_change(changes, small ? "small_batch" : "big_batch",
                 "the batch size of " + short_digits(view.batch) +
                     (small ? " is too small for this learning rate: gradients are noisy"
                            : " is too large: only " + short_digits(view.steps) + " updates in all epochs"),
                 {"train.batch_size=32"});
  change.looks_sound = view.batch >= 4 && view.steps >= 500;
  change.leads_to_par = false;
}

// What an optimiser is usually run with.
double usual_rate(const ConfigView& view) {
  if (view.optimizer == "sgd") return view.number("optimizer.momentum") >= 0.5 ? 0.02 : 0.1;
  return view.optimizer == "rmsprop" ? 0.001 : 0.003;
}

Change& add_rate_change(const ConfigView& view, double to, std::vector<Change>& changes) {
  const bool lower = to < view.rate;
  Overrides overrides = {"optimizer.learning_rate=" + short_digits(to)};
  const double smallest = view.number("train.schedule.smallest");
  if (lower && smallest > 0) {
    overrides.push_back("train.schedule.smallest=" + short_digits(smallest * to / view.rate));
  }
  return add_change(changes, lower ? "learning_rate_high" : "learning_rate_low",
                    "the learning rate of " + short_digits(view.rate) + " is too " + (lower ? "high" : "low") +
                        " for " + view.optimizer,
                    overrides);
}

void change_rate(const ConfigView& view, std::vector<Change>& changes) {
  if (view.rate <= 0) return;
  const double usual = usual_rate(view);
  constexpr double unusual = 8;
  const bool high = view.rate >= unusual * usual;
  const bool low = view.rate <= usual / unusual;
  if (high || low) add_rate_change(view, usual, changes);
  for (const double factor : {0.1, 10.0, 0.01, 100.0}) {
    const bool is_far = factor < 0.1 || factor > 10;
    Change& change = add_rate_change(view, view.rate * factor, changes);
    change.leads_to_par = false;
    change.looks_sound = factor < 1 ? (is_far ? !high : low && !high) : (is_far ? !low : high && !low);
  }
}

void change_epochs(const ConfigView& view, std::vector<Change>& changes) {
  const double wanted = std::max(5 * view.epochs, std::ceil(1500 * view.epochs / std::max(view.steps, 1.0)));
  const double to = std::min(wanted, std::max(view.epochs, 3000.0));
  if (to < 2 * view.epochs) return;
  add_change(changes, "undertrained",
             "training is too short: " + short_digits(view.epochs) + " epochs (" + short_digits(view.steps) +
                 " updates) are too few epochs to converge",
             {"train.epochs=" + whole_digits(to)})
      .looks_sound = view.steps >= 300;
}

void change_optimizer(const ConfigView& view, std::vector<Change>& changes) {
  const std::string at_rate = view.optimizer + " with a learning rate of " + short_digits(view.rate);
  Change& change =
      add_change(changes, "optimizer_unsuited", at_rate + " does not get there: adam does", {sound_optimizer});
  change.looks_sound = true;
  change.replaces_section = true;
}

void change_regularisation(const ConfigView& view, std::vector<Change>& changes) {
  if (view.judge.judges_by_training()) return;
  Change& change = add_change(changes, "overfitting", "the network overfits: it learns the training samples by heart",
                              {decaying_optimizer, "train.epochs=" + whole_digits(std::min(40.0, view.epochs))});
  change.leads_to_par = false;
  change.replaces_section = true;
}

}  // namespace

void add_step_changes(const ConfigView& view, std::vector<Change>& changes) {
  for (const auto rule : {change_shuffle, change_options, change_clip_norm, change_early_stopping, change_schedule,
                          change_batch, change_rate, change_epochs, change_optimizer, change_regularisation}) {
    rule(view, changes);
  }
}

}  // namespace hinge
