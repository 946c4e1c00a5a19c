// hinge activations: facts about the activations, and the values that the code computes.
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations/activations.h>

#include "arguments/part_argument.h"
#include "command.h"
#include "console.h"
#include "parts.h"

namespace hinge_command {

namespace {

struct ActivationsArguments {
  std::string name;
  bool json = false;
};

constexpr const char* activations_help =
    "Without a name: all of them, and what other programs take for the slope at the\n"
    "kink. With a name, such as relu or leaky_relu:alpha=0.1, its formula and slope,\n"
    "when to use it, and its values at special points, as the code computes them in\n"
    "double precision. hinge plot draws them.";

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tiny = std::numeric_limits<double>::denorm_min();  // the neighbours of 0 show the slope at a kink
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// In ascending order.
constexpr double points[] = {-infinity, -10, -3, -1, -tiny, -0.0, 0, tiny, 1, 3, 10, infinity, not_a_number};

// JSON has no numbers for infinity and NaN.
hinge::JsonValue number_or_text(double value) {
  return std::isfinite(value) ? hinge::JsonValue(value) : hinge::JsonValue(hinge::to_text(value));
}

// The slopes that a program uses at the kinks of ReLU and leaky ReLU, and its default slope of leaky ReLU below 0; found
// in its source or by running it in 2026.
struct KinkConvention {
  std::string program;
  std::string relu_at_zero;
  std::string leaky_at_zero;  // α: the slope below 0; –: it has none
  std::string leaky_slope;
};

std::vector<KinkConvention> kink_conventions() {
  const auto relu = hinge::Activation<double>::from(hinge::Relu{});
  const auto leaky = hinge::Activation<double>::from(hinge::LeakyRelu{});
  const auto own = [](double slope) { return hinge::to_text(slope) + ", settable"; };
  return {
      {"Hinge", own(relu->derivative(0)), own(leaky->derivative(0)), hinge::to_text(leaky->derivative(-1))},
      {"PyTorch", "0", "α", "0.01"},
      {"scikit-learn", "0", "–", "–"},
      {"tiny-dnn", "0", "α", "0.01"},
      {"mlpack", "0", "1 (its text says α)", "0.03"},
      {"dlib", "0", "α", "0.01"},
      {"tiny-cuda-nn", "0", "α", "0.01, fixed"},
      {"MiniDNN", "0", "–", "–"},
      {"FANN", "steepness, 0.5", "steepness, 0.5", "0.01 × steepness, 0.005"},
  };
}

std::vector<hinge::ActivationSpec> known_activations() {
  hinge::Registries parts = known_parts();
  const auto& registry = parts.of<hinge::ActivationSpec>();
  std::vector<hinge::ActivationSpec> activations;
  for (const std::string& name : registry.names()) activations.emplace_back(registry.find(name));
  return activations;
}

hinge::JsonValue facts_json(const hinge::ActivationSpec& activation) {
  const hinge::ActivationFacts facts = activation->build<double>()->facts();
  return hinge::JsonValue::object({{"name", activation.type()},
                                   {"formula", facts.formula},
                                   {"where", facts.where},
                                   {"derivative", facts.derivative},
                                   {"range", facts.range},
                                   {"derivative_at_kinks", facts.at_kinks},
                                   {"use", facts.use},
                                   {"source", facts.source}});
}

void print_all_json() {
  const auto convention_json = [](const KinkConvention& convention) {
    return hinge::JsonValue::object({{"program", convention.program},
                                     {"relu_at_zero", convention.relu_at_zero},
                                     {"leaky_relu_at_zero", convention.leaky_at_zero},
                                     {"leaky_relu_slope", convention.leaky_slope}});
  };
  const auto json = hinge::JsonValue::object({{"activations", hinge::list_of(known_activations(), facts_json)},
                                              {"conventions", hinge::list_of(kink_conventions(), convention_json)}});
  std::printf("%s\n", hinge::to_json(json).c_str());
}

void print_all() {
  Table table(Table::Numbers::none);
  table.add({"", "range", "φ′ at kinks", "φ(z)"});
  for (hinge::ActivationSpec& activation : known_activations()) {
    const hinge::ActivationFacts facts = activation->build<double>()->facts();
    const bool has_options = !activation.held().options().empty();
    table.add({std::string(activation.type()) + (has_options ? " *" : ""), std::string(facts.range),
               facts.at_kinks.empty() ? "–" : std::string(facts.at_kinks), std::string(facts.formula)});
  }
  table.print();
  std::printf("\n* has options: hinge activations NAME\n\n");
  Table programs(Table::Numbers::none);
  programs.add({"program", "relu′(0)", "leaky_relu′(0)", "usual slope α"});
  for (const KinkConvention& convention : kink_conventions()) {
    programs.add({convention.program, convention.relu_at_zero, convention.leaky_at_zero, convention.leaky_slope});
  }
  programs.print();
}

void print_one_json(hinge::ActivationSpec activation, const hinge::Activation<double>& function) {
  hinge::JsonValue json = facts_json(activation);
  json.set("as_chosen", activation.summary());
  json.set("values", hinge::list_of(points, [&](double z) {
             return hinge::JsonValue::object({{"z", number_or_text(z)},
                                              {"value", number_or_text(function.value(z))},
                                              {"derivative", number_or_text(function.derivative(z))}});
           }));
  std::printf("%s\n", hinge::to_json(json).c_str());
}

// Adds a name and a text, which continues in further rows if it does not fit into 80 columns.
void add_wrapped(Table& table, const char* name, std::string_view text) {
  if (text.empty()) return;
  for (const std::string& line : wrapped(text, 70)) table.add({std::exchange(name, ""), line});
}

void print_one(hinge::ActivationSpec activation, const hinge::Activation<double>& function) {
  const hinge::ActivationFacts facts = function.facts();
  Table text(Table::Numbers::none);
  add_wrapped(text, "name", activation.summary());
  // The facts are those of the default options.
  const bool is_usual = activation_label(activation) == activation.type();
  add_wrapped(text, "φ(z)", facts.formula);
  if (is_usual) add_wrapped(text, "where", facts.where);
  add_wrapped(text, "φ′(z)", facts.derivative);
  add_wrapped(text, "range", facts.range);
  if (is_usual) add_wrapped(text, "at kinks", facts.at_kinks);
  add_wrapped(text, "use", facts.use);
  add_wrapped(text, "source", facts.source);
  for (const hinge::Option& option : activation.held().options()) {
    add_wrapped(text, "option", std::string(option.name) + ": " + std::string(option.meaning));
  }
  text.print();
  std::printf("\n");
  Table table;
  table.add({"", "z", "φ(z)", "φ′(z)"});
  for (const double z : points) {
    table.add(
        {"", hinge::typeset(z, 6), hinge::typeset(function.value(z), 6), hinge::typeset(function.derivative(z), 6)});
  }
  table.print();
}

int activations(const ActivationsArguments& arguments) {
  if (arguments.name.empty()) {
    (arguments.json ? print_all_json : print_all)();
    return exit_success;
  }
  const hinge::ActivationSpec activation = parse_activation(arguments.name);
  const auto function = activation->build<double>();
  (arguments.json ? print_one_json : print_one)(activation, *function);
  return exit_success;
}

}  // namespace

void add_activations(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "activations", "Shows the activation functions, and when to use which", activations);
  command.footer(activations_help);
  command.add_option("name", arguments.name, "one of them: NAME or NAME:OPTION=VALUE,…");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
