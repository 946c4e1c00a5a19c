// hinge train: runs a config, once or as a study, and leaves a folder behind.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "parts.h"
#include "report/live_report.h"
#include "train.h"

namespace hinge_command {

namespace {

void print_result(const hinge::RunSummary& summary, std::string_view metric, const std::string& folder) {
  std::string line =
      summary.status + " after " + std::to_string(summary.epochs) + (summary.epochs == 1 ? " epoch" : " epochs");
  const auto add = [&](const std::string& name) {
    const hinge::Figure* figure = hinge::find_figure(summary.test, "test/" + name);
    if (figure != nullptr) line += ", test " + name + " " + short_number(figure->value);
  };
  add("loss");
  if (metric != "loss") add(std::string(metric));
  std::printf("%s, in %s\n%s\n", line.c_str(), duration_text(summary.seconds).c_str(),
              hinge::printable(folder).c_str());
}

void check_out(const TrainArguments& arguments) {
  if (!hinge::same_file(arguments.config, hinge::join_path(arguments.out, "config.json"))) return;
  throw hinge::ConfigError(hinge::printable(arguments.config) +
                           " would be replaced by the config of its own run; choose another --out");
}

std::string diagnose_hint(const std::string& folder) {
  return "hinge diagnose " + hinge::printable(folder) + " measures which change helps";
}

// What a person must not miss, behind the last line of progress, and where there is none.
void show_verdict(const Display& display, const hinge::RunVerdict& verdict, const std::string& folder) {
  if (!verdict.note.empty()) note(display, verdict.note);
  if (verdict.causes.empty()) return;
  std::string text = "warning: " + verdict.reason;
  constexpr std::size_t shown_causes = 4;
  for (std::size_t i = 1; i < std::min(shown_causes, verdict.causes.size()); ++i) {
    text += "\n  " + verdict.causes[i].evidence;
  }
  print_text(stderr, text + "\n  " + diagnose_hint(folder));
}

std::string failure_text(const hinge::RunSummary& summary, const std::string& folder) {
  return summary.error + (summary.verdict ? "\n  " + diagnose_hint(folder) : "");
}

int train(const TrainArguments& arguments, const Display& display, const hinge::LoadedConfig& loaded) {
  hinge::Run run(loaded);
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  hinge::RunFolder folder(arguments.folder(), arguments.force, loaded, run.data().section);
  for (const std::string& text : folder.notes()) note(display, text);
  for (const std::string& text : run.data().remarks) note(display, text);
  if (const std::string rows = run.data().rows.text(); !rows.empty()) note(display, rows);
  for (const hinge::Finding& finding : hinge::findings_before_training(run.config(), run.data())) {
    if (finding.is_certain) print_finding(finding);
  }
  LiveLine line;
  Progress progress(display, line);
  progress.watch(run.trainer(), loaded.config.train);
  LiveReport report(run, folder);
  const hinge::RunSummary summary = hinge::train_run(run, &folder, [] { return interrupt_signal() != 0; });
  progress.finish();
  report.finish();
  if (!folder.is_published()) note(display, left_unfinished(folder.path()));
  if (summary.status == "failed") throw std::runtime_error(failure_text(summary, folder.path()));
  if (summary.verdict) show_verdict(display, *summary.verdict, folder.path());
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::json_of(summary)).c_str());
  } else {
    print_result(summary, run.trainer().loss().metric(), folder.path());
  }
  return interrupt_signal() == 0 ? exit_success : 128 + interrupt_signal();
}

int train(const TrainArguments& arguments) {
  watch_interrupts();
  check_out(arguments);
  const Display display = Display::of_stderr(arguments.quiet);
  const hinge::StudyPlan plan = plan_of(arguments);
  const std::size_t jobs = jobs_of(arguments);
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.seed.empty()) overrides.push_back("train.seed=" + arguments.seed);
  hinge::LoadedConfig loaded = hinge::load_config(arguments.config, overrides, known_parts());
  for (const std::string& text : loaded.notes) note(display, text);
  if (plan.seeds.empty() && plan.folds == 0) return train(arguments, display, loaded);
  return train_study(arguments, display, hinge::Study(std::move(loaded), plan, known_parts()), jobs);
}

}  // namespace

std::string left_unfinished(const std::string& folder) {
  return "what was trained is in " + hinge::printable(folder) + "; the older results around it are as they were";
}

std::string TrainArguments::folder() const {
  return out.empty() ? hinge::next_run_folder("runs", hinge::stem_of(config)) : out;
}

void add_train(CLI::App& app, Action& action) {
  const auto [command, arguments] = add_command(app, action, "train", "Trains what a config describes", train);
  command.add_option("config", arguments.config, "the config, a JSON file")->required();
  add_overrides(command, arguments.overrides, "changes the config; as often as you like");
  command.add_option("--seed", arguments.seed, "short for --set train.seed=N")->type_name("N");
  command
      .add_option("--seeds", arguments.seeds, "trains once with each seed: 1..10, or 1,2,5; gives mean and deviation")
      ->type_name("LIST");
  command
      .add_option("--folds", arguments.folds,
                  "K-fold cross-validation: trains K times, each time tests on another fold; the config's test part "
                  "says by what (by, column, seed), else by class")
      ->type_name("K");
  command
      .add_option("--jobs", arguments.jobs,
                  "how many runs of --seeds and --folds train at a time; else auto: one for each processor")
      ->type_name("N");
  command.add_option("--out", arguments.out, "where the results go; else runs/<config>-<n>")->type_name("DIR");
  command.add_flag("--force", arguments.force, "writes into a folder that is not empty");
  command.add_flag("--quiet", arguments.quiet,
                   "no progress and no notes; a warning that the run did not learn is still shown");
  command.add_flag("--json", arguments.json, "prints the summary as JSON");
}

}  // namespace hinge_command
