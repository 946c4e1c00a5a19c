// What Hinge says about a training, and one sample's step in all its numbers: the same code as in the command.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/verdict.h>

#include "answers.h"
#include "explain/explain_view.h"
#include "faults.h"

namespace hinge_playground {

namespace {

using hinge::JsonValue;

// Gives the run other weights to score, and its own ones back at the end.
class LentWeights {
 public:
  LentWeights(hinge::Run& run, const hinge::TrainingState<float>& state)
      : trainer_(run.trainer()), own_(trainer_.state()) {
    trainer_.restore(state);
  }
  LentWeights(const LentWeights&) = delete;
  LentWeights& operator=(const LentWeights&) = delete;
  ~LentWeights() { trainer_.restore(own_); }

 private:
  hinge::Trainer<float>& trainer_;
  hinge::TrainingState<float> own_;
};

// In double, with the digits that the config gives where a value is still its own, else with those of the float.
hinge::Network<double> exact_network(const Training& training) {
  const hinge::Network<float>& now = training.network();
  hinge::Network<double> network(now.inputs(), now.specs(), training.setup().loaded.config.train.seed);
  for (std::size_t i = 0; i < now.values().size(); ++i) {
    const float value = now.values()[i];
    if (training.steps() > 0) {
      network.values()[i] = static_cast<double>(value);
    } else if (static_cast<float>(network.values()[i]) != value) {
      network.values()[i] = hinge::parse_double(hinge::to_text(value)).value_or(static_cast<double>(value));
    }
  }
  std::copy(now.state_values().begin(), now.state_values().end(), network.state_values().begin());
  return network;
}

}  // namespace

JsonValue findings_json(const Session& session) {
  const Setup& setup = session.training().setup();
  const auto findings = hinge::findings_before_training(setup.run.config(), setup.run.data());
  return JsonValue::object({{"findings", hinge::list_of(findings, [](const hinge::Finding& finding) {
                               JsonValue json = hinge::json_of(finding);
                               json.set("certain", finding.is_certain);
                               return json;
                             })}});
}

JsonValue verdict_json(Session& session) {
  Training& training = session.training();
  hinge::Run& run = training.setup().run;
  hinge::RunRecord record = training.record();
  record.health = hinge::judge(training.look(), training.ledger(), run.config().health.thresholds);
  const LentWeights lent(run, training.snapshot().state);
  hinge::FitResult result;
  if (!session.history().empty()) result.epochs.push_back(session.history().back());
  hinge::record_end(run, result, {}, record);
  return hinge::json_of(hinge::verdict_of(record));
}

JsonValue explanation_json(const Session& session, std::size_t sample, bool with_equations) {
  const Training& training = session.training();
  const hinge::Run& run = training.setup().run;
  const hinge::TrainSection& train = run.config().train;
  hinge::Explanation explanation(
      exact_network(training), run.config().loss, run.config().optimizer,
      {.schedule = train.schedule, .clip_norm = train.clip_norm, .clip_value = train.clip_value},
      hinge_command::decimal_samples(run.data().train, sample, 1));
  const hinge_command::ShownExplanation shown{
      .title = "the playground, sample " + std::to_string(sample + 1) + " of the training part",
      .config = &run.config(),
      .source = &explanation,
      .loss = run.config().loss.summary(),
      .optimizer = run.config().optimizer.summary(),
      .activations = hinge_command::activation_summaries(
          explanation.network(), [](const hinge::ActivationSpec& spec) { return spec.summary(); })};
  const hinge_command::ShownStep step = hinge_command::shown_step(explanation, {}, true);
  const auto step_json = with_equations ? hinge_command::page_step_json : hinge_command::step_json;
  return hinge_command::explanation_json(shown, {}, {step_json(shown, step, {})});
}

JsonValue gradient_check_json(const Session& session, const std::string& fault) {
  constexpr std::size_t samples = 8;    // of the batch, as in the command
  constexpr std::size_t elements = 50;  // of each tensor: an answer within a blink
  const hinge::Run& run = session.training().setup().run;
  const hinge_command::Fault* chosen = fault.empty() ? nullptr : &hinge_command::fault_named(fault);
  const auto batch = hinge_command::decimal_samples(run.data().train, 0, std::min(samples, run.data().train.size()));
  return check_json(
      hinge_command::check_gradients(chosen, exact_network(session.training()), run.config().loss, batch, elements),
      chosen);
}

}  // namespace hinge_playground
