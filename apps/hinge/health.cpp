// hinge health: how the neurons of a run are, and what became of each.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/result_folder.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"

namespace hinge_command {

namespace {

struct HealthArguments {
  std::string run;
  std::string layer;
  bool units = false;
  bool json = false;
};

const hinge::JsonValue& member(const hinge::JsonValue& json, const char* key) { return *json.find(key); }

double number(const hinge::JsonValue& json, const char* key) {
  return hinge::parse_double(member(json, key).text).value_or(0);
}

// A number with few digits, or a dash for what is not known.
std::string shown(const hinge::JsonValue& value, int digits = 3) {
  if (value.kind == hinge::JsonValue::Kind::string) return hinge::printable(value.text);
  if (value.kind != hinge::JsonValue::Kind::number) return "-";
  return hinge::to_text(hinge::parse_double(value.text).value_or(0), digits);
}

bool is_wanted(const hinge::JsonValue& json, const HealthArguments& arguments) {
  return arguments.layer.empty() || member(json, "layer").text == arguments.layer;
}

void print_verdict(const hinge::JsonValue& report, const std::string& heading = "") {
  const hinge::JsonValue& verdict = member(report, "verdict");
  std::string text = heading + member(verdict, "status").text + " after epoch " + member(report, "epoch").text;
  if (const auto* reason = verdict.find("reason")) text += ": " + reason->text;
  if (const auto* advice = verdict.find("advice")) text += "\n" + advice->text;
  print_text(stdout, text);
}

// The verdict of summary.json on the weights that the model has; null of a run without one.
hinge::JsonValue run_verdict(const std::string& run) {
  const std::string path = hinge::join_path(run, hinge::run_files::summary);
  if (!hinge::file_exists(path)) return {};
  const hinge::JsonValue summary = hinge::parse_json(hinge::read_file(path), hinge::printable(path));
  const hinge::JsonValue* verdict = summary.find("verdict");
  return verdict == nullptr || verdict->find("status") == nullptr ? hinge::JsonValue() : *verdict;
}

void print_run_verdict(const hinge::JsonValue& verdict, const hinge::JsonValue& report, const std::string& heading) {
  std::string text = heading + member(verdict, "status").text + " after epoch " + member(report, "epoch").text;
  std::string before = ": ";
  if (const hinge::JsonValue* causes = verdict.find("causes")) {
    for (const hinge::JsonValue& cause : causes->elements) {
      const hinge::JsonValue* evidence = cause.find("evidence");
      if (evidence != nullptr) text += std::exchange(before, "\n") + evidence->text;
    }
  }
  print_text(stdout, text);
}

void print_verdicts(const hinge::HealthFile& file, const hinge::JsonValue& of_run) {
  // Early stopping may have gone back to an earlier epoch.
  const bool is_of_earlier = file.of_model().kind != hinge::JsonValue::Kind::null;
  const std::string heading = is_of_earlier ? "the model has the weights of an earlier epoch: " : "";
  if (of_run.kind != hinge::JsonValue::Kind::null) {
    print_run_verdict(of_run, is_of_earlier ? file.of_model() : file.last(), heading);
  } else {
    print_verdict(file.last());
    if (is_of_earlier) print_verdict(file.of_model(), heading);
  }
  std::printf("\n");
}

void print_layers_json(hinge::JsonValue last, const HealthArguments& arguments) {
  std::erase_if(last.find("layers")->elements,
                [&](const hinge::JsonValue& layer) { return !is_wanted(layer, arguments); });
  std::printf("%s\n", hinge::to_json(last).c_str());
}

// Unit by unit, each on a line: a document of all would take kilobytes of memory for each.
void print_units_json(const hinge::HealthFile& file, const HealthArguments& arguments) {
  const char* before = "{\n  ";
  for (const auto& [key, value, place] : file.history().members) {
    std::printf("%s\"%s\": %s", before, key.c_str(), key == "units" ? "[" : hinge::to_json(value).c_str());
    before = ",\n  ";
    if (key != "units") continue;
    const char* between = "\n    ";
    file.for_each_unit([&](const hinge::JsonValue& unit) {
      if (!is_wanted(unit, arguments)) return;
      std::printf("%s%s", between, hinge::to_json_line(unit).c_str());
      between = ",\n    ";
    });
    std::printf("\n  ]");
  }
  std::printf("\n}\n");
}

// Counts of units, then what the layer as a whole does.
void print_layers(const hinge::JsonValue& last, const HealthArguments& arguments) {
  Table counts;
  Table figures;
  counts.add({"layer", "units", "dead", "born", "lost", "one-sided", "rare", "on", "sat", "dormant", "idle", "nan"});
  figures.add({"layer", "fires on", "to", "mean |a|", "gradient norm", "step/weights"});
  for (const hinge::JsonValue& layer : member(last, "layers").elements) {
    if (!is_wanted(layer, arguments)) continue;
    std::vector<std::string>& row = counts.add({});
    for (const char* key : {"layer", "units", "dead", "born_dead", "lost", "one_sided", "rare", "always_on",
                            "saturated", "dormant_0.1", "gradient_dormant", "non_finite"}) {
      row.push_back(shown(member(layer, key)));
    }
    const auto& rates = member(layer, "firing_rates").elements;
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

void print_units(const hinge::HealthFile& file, const HealthArguments& arguments) {
  const double samples = number(file.history(), "samples");
  Table table;
  table.add({"layer", "unit", "state", "fires on", "died", "revived", "revive?", "margin", "mean |a|"});
  file.for_each_unit([&](const hinge::JsonValue& unit) {
    if (!is_wanted(unit, arguments)) return;
    const bool born = member(unit, "born_dead").boolean;
    table.add({shown(member(unit, "layer"), 9), shown(member(unit, "unit"), 9), shown(member(unit, "state")),
               fires_text(unit, samples), born ? "born" : shown(member(unit, "died_at"), 9),
               shown(member(unit, "revived_at"), 9), shown(member(unit, "revivable")), shown(member(unit, "margin")),
               shown(member(unit, "mean_activation"))});
  });
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
  warn_of_unfinished(arguments.run);
  const hinge::HealthFile file(hinge::join_path(arguments.run, hinge::run_files::health));
  const hinge::JsonValue& last = file.last();
  check_layer(last, arguments);
  if (arguments.units && file.history().kind == hinge::JsonValue::Kind::null) {
    throw hinge::DataError(hinge::printable(arguments.run) +
                           " has no record of its units: the run did not end by itself");
  }
  const hinge::JsonValue verdict = run_verdict(arguments.run);
  if (!arguments.json) print_verdicts(file, verdict);
  if (arguments.units) {
    (arguments.json ? print_units_json : print_units)(file, arguments);
  } else {
    arguments.json ? print_layers_json(last, arguments) : print_layers(last, arguments);
  }
  const hinge::JsonValue* remark = verdict.find("note");
  if (remark != nullptr && !arguments.json) print_text(stdout, "\nnote: " + remark->text);
  return exit_success;
}

}  // namespace

void add_health(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "health", "Shows how the neurons of a run are, and what became of them", health);
  command.add_option("run", arguments.run, "the folder of a run")->required();
  command.add_option("--layer", arguments.layer, "this layer only, counted from 1")->type_name("N");
  command.add_flag("--units", arguments.units, "a line for each unit");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
