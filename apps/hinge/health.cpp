// hinge health: how the neurons of a run are, and what became of each.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

#include "command.h"
#include "console.h"
#include "table.h"

namespace hinge_command {

namespace {

struct HealthArguments {
  std::string run;
  std::string layer;
  bool units = false;
  bool json = false;
};

// The lines of health.jsonl.
struct HealthFile {
  std::vector<hinge::JsonValue> epochs;
  std::optional<hinge::JsonValue> units;  // of a run that came to its end
};

HealthFile read_health(const std::string& run) {
  const std::string path = hinge::join_path(run, "health.jsonl");
  const std::string text = hinge::read_file(path);
  HealthFile file;
  for (std::size_t start = 0, number = 1; start < text.size(); ++number) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string::npos) break;  // a line that a killed run did not finish
    hinge::JsonValue line = hinge::parse_json(text.substr(start, end - start), path + ":" + std::to_string(number));
    if (line.find("units") != nullptr) {
      file.units = std::move(line);
    } else {
      file.epochs.push_back(std::move(line));
    }
    start = end + 1;
  }
  if (file.epochs.empty()) throw hinge::DataError(path + " holds no report; was the run ended at once?");
  return file;
}

const hinge::JsonValue& member(const hinge::JsonValue& json, const char* key) {
  const hinge::JsonValue* value = json.find(key);
  if (value == nullptr) throw hinge::DataError(std::string("health.jsonl: the key \"") + key + "\" is missing");
  return *value;
}

double number(const hinge::JsonValue& json, const char* key) {
  return hinge::parse_double(member(json, key).text).value_or(0);
}

// A number with few digits, or a dash for what is not known.
std::string shown(const hinge::JsonValue& value, int digits = 3) {
  if (value.kind == hinge::JsonValue::Kind::string) return value.text;
  if (value.kind != hinge::JsonValue::Kind::number) return "-";
  return hinge::to_text(hinge::parse_double(value.text).value_or(0), digits);
}

bool is_wanted(const hinge::JsonValue& json, const HealthArguments& arguments) {
  return arguments.layer.empty() || member(json, "layer").text == arguments.layer;
}

void print_verdict(const hinge::JsonValue& last) {
  const hinge::JsonValue& verdict = member(last, "verdict");
  std::printf("%s after epoch %s", member(verdict, "status").text.c_str(), member(last, "epoch").text.c_str());
  if (const auto* reason = verdict.find("reason")) std::printf(": %s", hinge::printable(reason->text).c_str());
  std::printf("\n");
  if (const auto* advice = verdict.find("advice")) std::printf("%s\n", hinge::printable(advice->text).c_str());
}

// Where early stopping went back to an earlier epoch.
void print_verdict_of_model(const HealthFile& file) {
  const hinge::JsonValue* epoch = file.units ? file.units->find("model_epoch") : nullptr;
  if (epoch == nullptr || epoch->text == member(file.epochs.back(), "epoch").text) return;
  for (const hinge::JsonValue& each : file.epochs) {
    if (member(each, "epoch").text != epoch->text) continue;
    std::printf("the model has the weights of an earlier epoch: ");
    print_verdict(each);
  }
}

// The same report with the units or layers that were asked for.
hinge::JsonValue of_wanted_layer(hinge::JsonValue report, const HealthArguments& arguments) {
  for (hinge::JsonMember& each : report.members) {
    if (each.key != "units" && each.key != "layers") continue;
    std::erase_if(each.value.elements, [&](const hinge::JsonValue& json) { return !is_wanted(json, arguments); });
  }
  return report;
}

// Counts of units, then what the layer as a whole does.
void print_layers(const hinge::JsonValue& last, const HealthArguments& arguments) {
  Table counts;
  Table figures;
  counts.add({"layer", "units", "dead", "born", "lost", "one-sided", "rare", "on", "sat", "dormant", "idle", "nan"});
  figures.add({"layer", "fires on", "to", "mean |a|", "gradient norm", "step/weights"});
  for (const hinge::JsonValue& layer : member(last, "layers").elements) {
    if (!is_wanted(layer, arguments)) continue;
    counts.add({shown(member(layer, "layer")), shown(member(layer, "units")), shown(member(layer, "dead")),
                shown(member(layer, "born_dead")), shown(member(layer, "lost")), shown(member(layer, "one_sided")),
                shown(member(layer, "rare")), shown(member(layer, "always_on")), shown(member(layer, "saturated")),
                shown(member(layer, "dormant_0.1")), shown(member(layer, "gradient_dormant")),
                shown(member(layer, "non_finite"))});
    const auto& rates = member(layer, "firing_rates").elements;
    if (rates.empty()) throw hinge::DataError("health.jsonl: \"firing_rates\" is empty");
    figures.add({shown(member(layer, "layer")), shown(rates.front()), shown(rates.back()),
                 shown(member(layer, "mean_activation")), shown(member(layer, "gradient_norm")),
                 shown(member(layer, "update_ratio"))});
  }
  counts.print();
  std::printf(
      "born: dead from the start; lost: dead now, but not then; on: z > 0 always;\n"
      "sat: saturated; idle: hardly any gradient; nan: not finite\n\n");
  figures.print();
}

// How often a unit fires; "never" is only known of the samples that were looked at.
std::string fires_text(const hinge::JsonValue& unit, double samples) {
  const double fires = number(unit, "fires");
  if (fires == 0) return "0/" + hinge::to_text(samples) + " (<" + shown(member(unit, "rate_bound"), 2) + ")";
  return hinge::to_text(fires) + "/" + hinge::to_text(samples);
}

void print_units(const HealthFile& file, const HealthArguments& arguments) {
  const double samples = number(*file.units, "samples");
  Table table;
  table.add({"layer", "unit", "state", "fires on", "died", "revived", "revive?", "margin", "mean |a|"});
  for (const hinge::JsonValue& unit : member(*file.units, "units").elements) {
    if (!is_wanted(unit, arguments)) continue;
    const bool born = member(unit, "born_dead").boolean;
    table.add({shown(member(unit, "layer"), 9), shown(member(unit, "unit"), 9), shown(member(unit, "state")),
               fires_text(unit, samples), born ? "born" : shown(member(unit, "died_at"), 9),
               shown(member(unit, "revived_at"), 9), shown(member(unit, "revivable")), shown(member(unit, "margin")),
               shown(member(unit, "mean_activation"))});
  }
  table.print();
}

void check_layer(const hinge::JsonValue& last, const HealthArguments& arguments) {
  std::vector<std::string> known;
  for (const hinge::JsonValue& layer : member(last, "layers").elements) known.push_back(member(layer, "layer").text);
  if (arguments.layer.empty() || std::find(known.begin(), known.end(), arguments.layer) != known.end()) return;
  throw hinge::ConfigError("--layer " + hinge::printable(arguments.layer) + ": the run watches the layers " +
                           hinge::join(known));
}

int health(const HealthArguments& arguments) {
  const HealthFile file = read_health(arguments.run);
  const hinge::JsonValue& last = file.epochs.back();
  check_layer(last, arguments);
  if (arguments.units && !file.units) {
    throw hinge::DataError(arguments.run + " has no record of its units: the run did not end by itself");
  }
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(of_wanted_layer(arguments.units ? *file.units : last, arguments)).c_str());
    return exit_success;
  }
  print_verdict(last);
  print_verdict_of_model(file);
  std::printf("\n");
  if (arguments.units) {
    print_units(file, arguments);
  } else {
    print_layers(last, arguments);
  }
  return exit_success;
}

}  // namespace

void add_health(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<HealthArguments>();
  CLI::App* command = app.add_subcommand("health", "Shows how the neurons of a run are, and what became of them");
  command->add_option("run", arguments->run, "the folder of a run")->required();
  command->add_option("--layer", arguments->layer, "this layer only, counted from 1")->type_name("N");
  command->add_flag("--units", arguments->units, "a line for each unit");
  command->add_flag("--json", arguments->json, "prints JSON");
  command->callback([&action, arguments] { action = [arguments] { return health(*arguments); }; });
}

}  // namespace hinge_command
