// hinge rescue: tries cures on a run whose neurons died, and says which one helps.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <hinge/core/text.h>
#include <hinge/optim/run/rescue.h>
#include <hinge/optim/run/run.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "parts.h"

namespace hinge_command {

namespace {

struct RescueArguments {
  std::string run;
  std::optional<std::string> epochs;
  std::optional<std::string> seeds;
  bool quiet = false;
  bool json = false;
};

// Losses and errors are ranked by their negatives; people want to see them as they are.
double shown_score(const hinge::RescueResult& result, double score) {
  constexpr std::string_view prefix = "val/";
  return hinge::larger_is_better(std::string_view(result.metric).substr(prefix.size())) ? score : -score;
}

std::string with_interval(const std::string& value, double half_width) {
  return value + " ± " + hinge::to_text(half_width, 2);
}

std::string in_percent(double share) { return hinge::to_text(100 * share, 3) + " %"; }

// Empty for going on as before, a dash where that diverges. More digits than the interval's would say nothing.
std::string gain_text(const hinge::CureResult& result) {
  if (result.cure.name == "none") return "";
  return result.is_compared ? with_interval(hinge::to_text(result.gain, 2), result.gain_half_width) : "-";
}

void print_table(const hinge::RescueResult& result) {
  Table table;
  table.add({"cure", result.metric, "gain", "dead", "one-sided", "dormant"});
  for (const hinge::CureResult& each : result.results) {
    if (!each.failure.empty()) {
      table.add({each.cure.name, "failed"});
      continue;
    }
    table.add({each.cure.name, with_interval(short_number(shown_score(result, each.mean)), each.half_width),
               gain_text(each), in_percent(each.dead), in_percent(each.one_sided), in_percent(each.dormant)});
  }
  table.print();
}

void print_failures(const hinge::RescueResult& result) {
  for (const hinge::CureResult& each : result.results) {
    if (!each.failure.empty()) print_text(stdout, "warning: " + each.cure.name + ": " + each.failure);
    if (each.chance_is_known || !each.failure.empty()) continue;
    print_text(stdout, "warning: " + each.cure.name + ": every seed gives the same training, so chance cannot be told");
  }
}

void print_verdict(const hinge::RescueResult& result) {
  const hinge::CureResult* best = result.best();
  if (best == nullptr) {
    std::printf("no cure helps: no gain is certain, to 95 %%\n");
    return;
  }
  print_text(stdout, best->cure.name + " helps: " + best->cure.meaning);
  for (const std::string& text : best->cure.overrides) std::printf("  --set %s\n", text.c_str());
}

int rescue(const RescueArguments& arguments) {
  const Display display = Display::of_stderr(arguments.quiet);
  const hinge::RescueOptions options{.epochs = parse_count("--epochs", arguments.epochs, 0, 1),
                                     .seeds = parse_count("--seeds", arguments.seeds, 5, 2),
                                     .is_interrupted = [] { return interrupt_signal() != 0; }};
  watch_interrupts();
  warn_of_unfinished(arguments.run);
  const hinge::RescueResult result =
      hinge::rescue(arguments.run, options, known_parts(), [&](const hinge::Cure& cure, std::size_t seed) {
        if (!display.quiet) std::fprintf(stderr, "%s, seed %zu\n", cure.name.c_str(), seed);
        return interrupt_signal() == 0;
      });
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  for (const std::string& text : result.notes) note(display, text);
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::json_of(result)).c_str());
    return exit_success;
  }
  std::printf("%zu epochs under each cure, from the alarm after epoch %zu, %zu seeds each\n\n", result.epochs,
              result.alarm_epoch, options.seeds);
  print_table(result);
  std::printf("\n");
  print_failures(result);
  print_verdict(result);
  return exit_success;
}

}  // namespace

void add_rescue(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "rescue", "Tries cures on a run with dying neurons, and ranks them", rescue);
  command.add_option("run", arguments.run, "the folder of a run that had an alarm")->required();
  command.add_option("--epochs", arguments.epochs, "to train under each cure; else what the run had left, at least 5")
      ->type_name("N");
  command.add_option("--seeds", arguments.seeds, "trainings of each cure; else 5")->type_name("N");
  command.add_flag("--quiet", arguments.quiet, "no progress and no notes");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
