// hinge explain: shows a training step with every number in its equation.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/run/run.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "explain/explain_view.h"
#include "faults.h"
#include "parts.h"
#include "playground_link.h"

namespace hinge_command {

namespace {

struct ExplainArguments {
  std::string what;
  std::vector<std::string> overrides;
  std::optional<std::string> sample;
  std::optional<std::string> batch;
  std::optional<std::string> steps;
  std::optional<std::string> layer;
  std::optional<std::string> unit;
  std::optional<std::string> digits;
  std::optional<std::string> html;
  bool ascii = false;
  bool markdown = false;
  bool json = false;
};

constexpr const char* explain_help =
    "Takes the network of a config with its initial weights, or that of a run's\n"
    "folder with its trained weights, and trains it for a step, on one training\n"
    "sample or on a few as one batch. The code is that of training, in double\n"
    "precision. Beside each gradient stands a difference quotient of the loss, which\n"
    "needs no derivative. The state of the optimiser and the schedule of the learning\n"
    "rate start from the beginning, also for a run.\n"
    "\n"
    "Layers, units and samples count from 1. Long sums and layers are shortened;\n"
    "--layer L --unit U shows one unit completely.\n"
    "\n"
    "The page of --html goes through the step: Next, or on a full screen (key F) the\n"
    "keys of a clicker. H hides the numbers, R reveals the next one. Its address says\n"
    "what is shown: page.html#step=1&phase=backward&layer=2&unit=2.1\n"
    "In the page of a network with up to 1,500 weights and biases, Break it puts a\n"
    "mistake of hinge gradcheck --break into the backward pass.\n"
    "\n"
    "  hinge explain configs/mazur.json --digits 12\n"
    "  hinge explain configs/digits.json --layer 2 --unit 3\n"
    "  hinge explain configs/mazur.json --steps 5 --html mazur.html";

// The most numbers in JSON and pages, which show all parameters of all steps: more would be hundreds of megabytes.
constexpr std::size_t max_shown = 200'000;
// The most multiplications for the difference quotients: more take over ten seconds.
constexpr double max_work = 1e11;

Selection selection_of(const ExplainArguments& arguments, const hinge::Network<double>& network) {
  Selection selection;
  if (arguments.layer) selection.layer = parse_count("--layer", arguments.layer, 0, 1, network.size()) - 1;
  if (!arguments.unit) return selection;
  if (!selection.layer) throw hinge::ConfigError("--unit: say in which layer, with --layer");
  selection.unit = parse_count("--unit", arguments.unit, 0, 1, network.layer(*selection.layer).outputs()) - 1;
  return selection;
}

// The number of elements that are shown, and of those that get a difference quotient.
struct ShownCount {
  std::size_t all = 0;
  std::size_t trainable = 0;
};

ShownCount count_shown(const hinge::Network<double>& network, const Selection& selection, bool all) {
  ShownCount count;
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (!selection.shows(i)) continue;
    for (const auto& p : network.layer(i).parameters()) {
      const Extent extent = shown_extent(p.value(), network.layer(i).outputs(), selection, all);
      count.all += extent.rows * extent.cols;
      if (p.trainable()) count.trainable += extent.rows * extent.cols;
    }
  }
  return count;
}

// Whether every element is shown, not only those of an overview.
bool shows_all(const ExplainArguments& arguments) { return arguments.json || arguments.html || arguments.unit; }

// The options that would reduce the work: `with --layer and --unit, or less --steps`.
std::string ways_to_less(const ExplainArguments& arguments, std::size_t steps, std::size_t batch) {
  std::vector<std::string> ways;
  if (arguments.html) {
    ways.emplace_back(arguments.layer ? "with --layer and --unit, without --html" : "with --layer");
  } else if (!arguments.unit) {
    ways.emplace_back("with --layer and --unit");
  }
  if (steps > 1) ways.emplace_back(ways.empty() ? "with less --steps" : "less --steps");
  if (batch > 1) ways.emplace_back(ways.empty() ? "with a smaller --batch" : "a smaller --batch");
  return ways.empty() ? "" : "; show less " + hinge::join(ways, ", or ");
}

void require_feasible(const ExplainArguments& arguments, const hinge::Network<double>& network,
                      const Selection& selection, std::size_t steps, std::size_t batch) {
  const bool all = shows_all(arguments);
  const ShownCount shown = count_shown(network, selection, all);
  const std::string ways = ways_to_less(arguments, steps, batch);
  if (all && shown.all * steps > max_shown) {
    throw hinge::ConfigError("explain: " + std::to_string(shown.all) + " parameters in " + std::to_string(steps) +
                             (steps == 1 ? " step" : " steps") + " are too many to show" + ways);
  }
  constexpr double passes = 5;  // forward passes for each difference quotient
  const double work =
      passes * static_cast<double>(shown.trainable * steps) * static_cast<double>(batch * network.values().size());
  if (work > max_work) {
    throw hinge::ConfigError("explain: differences for " + std::to_string(shown.trainable) + " parameters over " +
                             std::to_string(batch) + " samples and " + std::to_string(steps) + " steps take too long" +
                             ways);
  }
}

std::string title_of(const ExplainArguments& arguments, std::size_t first, std::size_t count) {
  std::string title = hinge::printable(arguments.what) + ", ";
  title += count == 1 ? "sample " + std::to_string(first + 1)
                      : "samples " + std::to_string(first + 1) + " to " + std::to_string(first + count);
  return title + " of the training part";
}

void require_one_form(const ExplainArguments& arguments) {
  if (int(arguments.ascii) + int(arguments.markdown) + int(arguments.json) + int(arguments.html.has_value()) > 1) {
    throw hinge::ConfigError(
        "explain: --ascii, --markdown, --json and --html cannot stand beside each other; keep one of them");
  }
  if (arguments.html && arguments.unit) {
    throw hinge::ConfigError("explain: the page of --html shows whole layers; leave --unit out");
  }
}

Notation notation_of(const ExplainArguments& arguments) {
  if (arguments.markdown) return Notation::markdown;
  if (arguments.ascii) return Notation::ascii;
  return Display::stdout_has_colours() ? Notation::colour : Notation::text;
}

// The summary of a spec; unless all options are wanted, without those at their defaults.
template <typename Spec>
std::string shown_summary(Spec spec, bool all) {
  static hinge::Registries parts = known_parts();
  if (all) return spec.summary();
  Spec defaults = parts.of<Spec>().find(spec.type());
  return hinge::summary(spec.held(), defaults.held());
}

// The most values of a network, times its steps, whose page can break its backward pass: each fault brings all steps again.
constexpr std::size_t max_broken = 1500;

bool shows_fault(const ShownStep& shown) {
  return std::any_of(shown.proofs.begin(), shown.proofs.end(), [](const std::vector<Proof>& proofs) {
    return std::any_of(proofs.begin(), proofs.end(),
                       [](const Proof& proof) { return proof.difference && !proof.agrees; });
  });
}

// The same steps with a fault in the backward pass, up to one that gives no finite numbers; nothing if no gradient changes.
std::optional<hinge::JsonValue> fault_json(const Fault& fault, hinge::Explanation& explanation, ShownExplanation shown,
                                           const Selection& selection) {
  shown.source = &explanation;
  std::string stopped;
  std::vector<hinge::JsonValue> steps;
  while (steps.size() < shown.steps && stopped.empty()) {
    try {
      const ShownStep step = shown_step(explanation, selection, true);
      if (steps.empty() && !shows_fault(step)) return std::nullopt;
      steps.push_back(page_step_json(shown, step, selection));
    } catch (const hinge::NonFiniteError& error) {
      stopped = error.what();
    }
  }
  return hinge::JsonValue::object({{"name", fault.name},
                                   {"what", fault.what},
                                   {"why", fault.why},
                                   {"stopped", stopped},
                                   {"steps", std::move(steps)}});
}

using Explain = std::function<hinge::Explanation(const FaultyParts&)>;

Explain explain_of(const hinge::LoadedConfig& loaded, const hinge::Dataset<double>& samples) {
  return [&loaded, samples](const FaultyParts& parts) {
    const hinge::TrainSection& train = loaded.config.train;
    return hinge::Explanation(
        parts.network, parts.loss, loaded.config.optimizer,
        {.schedule = train.schedule, .clip_norm = train.clip_norm, .clip_value = train.clip_value}, samples);
  };
}

// Every fault that shows, in a network that is small enough.
std::vector<hinge::JsonValue> faults_json(const FaultyParts& right, const Explain& explain,
                                          const ShownExplanation& shown, const Selection& selection) {
  std::vector<hinge::JsonValue> list;
  if (right.network.values().size() * shown.steps > max_broken) return list;
  for (const Fault& fault : faults()) {
    const auto parts = with_fault(fault, right.network, right.loss);
    if (!parts) continue;
    hinge::Explanation explanation = explain(*parts);
    if (auto json = fault_json(fault, explanation, shown, selection)) list.push_back(std::move(*json));
  }
  return list;
}

// Text appears step by step; JSON and the page need all steps first. If the training diverges, the steps before are
// still shown, then the error. `more` is what the page has beside the steps.
void show_steps(const ExplainArguments& arguments, hinge::Explanation& explanation, const ShownExplanation& shown,
                const Selection& selection, int digits, const hinge::JsonValue& more) {
  const bool is_text = !arguments.json && !arguments.html;
  std::vector<hinge::JsonValue> steps;
  std::exception_ptr failure;
  for (std::size_t i = 0; i < shown.steps && !failure; ++i) {
    try {
      const ShownStep step = shown_step(explanation, selection, shows_all(arguments));
      if (is_text) {
        std::printf("%s", explanation_text(shown, step, selection, notation_of(arguments), digits).c_str());
      } else {
        steps.push_back((arguments.html ? page_step_json : step_json)(shown, step, selection));
      }
    } catch (const hinge::NonFiniteError&) {
      failure = std::current_exception();
    }
  }
  if (!steps.empty()) {
    hinge::JsonValue json = explanation_json(shown, selection, std::move(steps));
    if (arguments.html) {
      for (const hinge::JsonMember& member : more.members) json.set(member.key, member.value);
      hinge::write_file(*arguments.html,
                        explanation_page(std::move(json), units_on_page(explanation.network(), shown.steps)));
    } else {
      std::printf("%s\n", hinge::to_json(json).c_str());
    }
  }
  if (failure) std::rethrow_exception(failure);
}

// Where a step of training itself would be another one.
void note_what_differs(const hinge::TrainSection& train, bool is_trained, const hinge::Explanation& explanation) {
  const Display display = Display::of_stderr(false);
  if (train.accumulate > 1) note(display, "train.accumulate is left aside: a step here has one batch");
  if (train.shards > 1) note(display, "train.shards is left aside: the samples here are one shard");
  const bool has_past = !explanation.memory_names().empty() || train.schedule.type() != hinge::ConstantRate::type;
  if (is_trained && has_past) {
    note(display, "the weights are the trained ones; optimiser and learning rate start anew");
  }
}

int explain(const ExplainArguments& arguments) {
  require_one_form(arguments);
  const std::size_t steps = parse_count("--steps", arguments.steps, 1, 1, 1000);
  const auto digits = static_cast<int>(parse_count("--digits", arguments.digits, 9, 3, 17));
  const StartArgument start = start_argument(arguments.what);
  const hinge::LoadedConfig loaded = load_config_argument({start.config, arguments.overrides});
  const hinge::Run run(loaded);
  // A new network in double, not a converted one: the weights keep the digits that the config gives.
  hinge::Network<double> network(run.network().inputs(), run.network().specs(), loaded.config.train.seed);
  load_trained(start, run, network);
  const Selection selection = selection_of(arguments, network);
  const std::size_t size = run.data().train.size();
  const std::size_t first = parse_count("--sample", arguments.sample, 1, 1, size) - 1;
  const std::size_t count = parse_count("--batch", arguments.batch, 1, 1, size - first);
  require_feasible(arguments, network, selection, steps, count);
  const Explain explain_parts = explain_of(loaded, decimal_samples(run.data().train, first, count));
  hinge::Explanation explanation = explain_parts({network, run.config().loss});
  note_what_differs(loaded.config.train, start.is_trained, explanation);
  const ShownExplanation shown{.title = title_of(arguments, first, count),
                               .config = &run.config(),
                               .source = &explanation,
                               .steps = steps,
                               .loss = shown_summary(run.config().loss, arguments.json),
                               .optimizer = shown_summary(run.config().optimizer, arguments.json),
                               .activations = activation_summaries(network, [&](const hinge::ActivationSpec& spec) {
                                 return shown_summary(spec, arguments.json);
                               })};
  hinge::JsonValue more;  // of the page
  if (arguments.html) {
    const std::string folder = hinge::folder_of(*arguments.html);
    more = hinge::JsonValue::object(
        {{"faults", faults_json({network, run.config().loss}, explain_parts, shown, selection)},
         {"playground", playground_link(folder, loaded.tree, run.data().train.features())}});
  }
  show_steps(arguments, explanation, shown, selection, digits, more);
  return exit_success;
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "explain", "Shows a step of training with its numbers in the equations", explain);
  command.footer(explain_help);
  command.add_option("what", arguments.what, "a config, the folder of a run, or the model in it")->required();
  add_overrides(command, arguments.overrides, "changes the config, as in hinge train");
  command.add_option("--sample", arguments.sample, "the training sample; else 1")->type_name("N");
  command.add_option("--batch", arguments.batch, "number of samples from there on, as one batch; else 1")
      ->type_name("N");
  command.add_option("--steps", arguments.steps, "steps on the same samples; else 1")->type_name("K");
  command.add_option("--layer", arguments.layer, "this layer only")->type_name("L");
  command.add_option("--unit", arguments.unit, "this unit of the layer only, with every term")->type_name("U");
  command.add_option("--digits", arguments.digits, "significant digits of the numbers; else 9")->type_name("N");
  command.add_flag("--ascii", arguments.ascii, "writes equations in plain letters, to paste into Python");
  command.add_flag("--markdown", arguments.markdown, "prints Markdown with LaTeX");
  command.add_flag("--json", arguments.json, "prints JSON, with all digits");
  command.add_option("--html", arguments.html, "writes a page that steps through it")->type_name("FILE");
}

}  // namespace hinge_command
