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
  if (file.epochs.empty())
    throw hinge::DataError(hinge::printable(path) + " holds no report; was the run ended at once?");
  return file;
}

const hinge::JsonValue& member(const hinge::JsonValue& json, const char* key) {
  const hinge::JsonValue* value = json.find(key);
  if (value == nullptr) throw hinge::DataError(std::string("health.jsonl: the key \"") + key + "\" is missing");
  return *value;
}

// A whole number from `least` on; layers and units count from 1. The file may be anybody's.
std::size_t count(const hinge::JsonValue& json, const char* key, std::size_t least = 0) {
  const hinge::JsonValue& value = member(json, key);
  const auto number = value.kind == hinge::JsonValue::Kind::number ? hinge::parse_size(value.text) : std::nullopt;
  if (number && *number >= least) return *number;
  throw hinge::DataError(std::string("health.jsonl: ") + key + ": found " + value.described() +
                         ", wanted a whole number from " + std::to_string(least) + " on");
}

std::string count_text(const hinge::JsonValue& json, const char* key, std::size_t least = 0) {
  return std::to_string(count(json, key, least));
}

// A dash for an epoch in which nothing happened.
std::string epoch_text(const hinge::JsonValue& json, const char* key) {
  return member(json, key).kind == hinge::JsonValue::Kind::null ? "-" : count_text(json, key);
}

// A word, a number with few digits, or a dash for what is not known.
std::string shown(const hinge::JsonValue& value, int digits = 3) {
  if (value.kind == hinge::JsonValue::Kind::string) return hinge::printable(value.text);
  if (value.kind != hinge::JsonValue::Kind::number) return "-";
  return hinge::to_text(hinge::parse_double(value.text).value_or(0), digits);
}

bool is_wanted(const hinge::JsonValue& json, const HealthArguments& arguments) {
  return arguments.layer.empty() || count_text(json, "layer", 1) == arguments.layer;
}

void print_verdict(const hinge::JsonValue& report, const std::string& heading = "") {
  const hinge::JsonValue& verdict = member(report, "verdict");
  std::string text = heading + member(verdict, "status").text + " after epoch " + count_text(report, "epoch");
  if (const auto* reason = verdict.find("reason")) text += ": " + reason->text;
  if (const auto* advice = verdict.find("advice")) text += "\n" + advice->text;
  print_text(stdout, text);
}

// Where early stopping went back to an earlier epoch.
void print_verdict_of_model(const HealthFile& file) {
  if (!file.units || file.units->find("model_epoch") == nullptr) return;
  const std::size_t epoch = count(*file.units, "model_epoch");
  if (epoch == count(file.epochs.back(), "epoch")) return;
  for (const hinge::JsonValue& each : file.epochs) {
    if (count(each, "epoch") == epoch) print_verdict(each, "the model has the weights of an earlier epoch: ");
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
    std::vector<std::string> row = {count_text(layer, "layer", 1)};
    for (const char* key : {"units", "dead", "born_dead", "lost", "one_sided", "rare", "always_on", "saturated",
                            "dormant_0.1", "gradient_dormant", "non_finite"}) {
      row.push_back(count_text(layer, key));
    }
    counts.add(std::move(row));
    const auto& rates = member(layer, "firing_rates").elements;
    if (rates.empty()) throw hinge::DataError("health.jsonl: \"firing_rates\" is empty");
    figures.add({count_text(layer, "layer", 1), shown(rates.front()), shown(rates.back()),
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
std::string fires_text(const hinge::JsonValue& unit, const std::string& samples) {
  const std::string fires = count_text(unit, "fires") + "/" + samples;
  return count(unit, "fires") > 0 ? fires : fires + " (<" + shown(member(unit, "rate_bound"), 2) + ")";
}

void print_units(const HealthFile& file, const HealthArguments& arguments) {
  const std::string samples = count_text(*file.units, "samples");
  Table table;
  table.add({"layer", "unit", "state", "fires on", "died", "revived", "revive?", "margin", "mean |a|"});
  for (const hinge::JsonValue& unit : member(*file.units, "units").elements) {
    if (!is_wanted(unit, arguments)) continue;
    const bool born = member(unit, "born_dead").boolean;
    table.add({count_text(unit, "layer", 1), count_text(unit, "unit", 1), shown(member(unit, "state")),
               fires_text(unit, samples), born ? "born" : epoch_text(unit, "died_at"), epoch_text(unit, "revived_at"),
               shown(member(unit, "revivable")), shown(member(unit, "margin")),
               shown(member(unit, "mean_activation"))});
  }
  table.print();
}

void check_layer(const hinge::JsonValue& last, const HealthArguments& arguments) {
  std::vector<std::string> known;
  for (const hinge::JsonValue& layer : member(last, "layers").elements) known.push_back(count_text(layer, "layer", 1));
  if (arguments.layer.empty() || std::find(known.begin(), known.end(), arguments.layer) != known.end()) return;
  throw hinge::ConfigError("--layer " + hinge::printable(arguments.layer) + ": the run watches the layers " +
                           hinge::join(known));
}

int health(const HealthArguments& arguments) {
  const HealthFile file = read_health(arguments.run);
  const hinge::JsonValue& last = file.epochs.back();
  check_layer(last, arguments);
  if (arguments.units && !file.units) {
    throw hinge::DataError(hinge::printable(arguments.run) +
                           " has no record of its units: the run did not end by itself");
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
