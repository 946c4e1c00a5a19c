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
#include "ranks.h"
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

// Its own model takes the place of the one that it starts from, and then nobody could repeat it.
void check_from(const TrainArguments& arguments) {
  if (arguments.from.empty() || arguments.out.empty()) return;
  if (!hinge::same_file(model_path(arguments.from), model_path(arguments.out))) return;
  throw hinge::ConfigError("--from " + hinge::printable(arguments.from) +
                           ": the run would replace the model that it starts from; choose another --out");
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

// Says what a person must not miss of the data.
void show_data(const hinge::Run& run, const Display& display) {
  for (const std::string& text : run.data().remarks) note(display, text);
  if (const std::string rows = run.data().rows.text(); !rows.empty()) note(display, rows);
  for (const hinge::Finding& finding : hinge::findings_before_training(run.config(), run.data())) {
    if (finding.is_certain) print_finding(finding);
  }
}

// Trains, with progress, and says on stderr what went wrong meanwhile.
hinge::RunSummary train_shown(hinge::RunFolder& folder, hinge::Run& run, const Display& display) {
  LiveLine line;
  Progress progress(display, line);
  progress.watch(run.trainer(), run.config().train);
  LiveReport report(run, folder);
  bool has_warned = false;
  folder.on_write_error([&](const std::string& error) {
    has_warned = true;
    line.print(write_warning(error));
  });
  hinge::RunSummary summary;
  try {
    summary = hinge::train_run(run, &folder, [] { return interrupt_signal() != 0; });
  } catch (const hinge::FileError& error) {
    throw with_way_out(error, folder.path());
  }
  progress.finish();
  report.finish();
  if (!folder.checkpoint_error().empty() && !has_warned) {
    print_text(stderr, "warning: no checkpoint was written: " + folder.checkpoint_error());
  }
  return summary;
}

int train_into(hinge::RunFolder& folder, hinge::Run& run, const TrainArguments& arguments, const Display& display) {
  for (const std::string& text : folder.notes()) note(display, text);
  show_data(run, display);
  const hinge::RunSummary summary = train_shown(folder, run, display);
  if (!folder.is_published()) note(display, left_unfinished(folder.path()));
  if (summary.status == "failed") throw std::runtime_error(failure_text(summary, folder.path()));
  if (summary.verdict) show_verdict(display, *summary.verdict, folder.path());
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::json_of(summary)).c_str());
  } else {
    print_result(summary, run.trainer().loss().metric(), folder.path());
  }
  const bool was_interrupted = summary.status == "interrupted";
  if (was_interrupted) note(display, hinge::resume_hint(folder.path()));
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  return was_interrupted ? exit_failure : exit_success;  // by a signal to another rank
}

// Rank 0 writes the folder and says what came of it.
int help_with_run(hinge::Run& run) {
  hinge::train_run(run, nullptr, [] { return interrupt_signal() != 0; });
  return exit_success;
}

int train(const TrainArguments& arguments, const Display& display, const hinge::LoadedConfig& loaded) {
  hinge::Run run(loaded, ranks());
  watch_interrupts();  // not before: until then there is nothing to save
  if (!ranks().is_first()) return help_with_run(run);
  hinge::RunFolder folder(arguments.folder(), arguments.force, loaded, run.data().section);
  return train_into(folder, run, arguments, display);
}

void refuse_beside_resume(const TrainArguments& arguments) {
  const std::vector<std::pair<const char*, bool>> others = {{"a config", !arguments.config.empty()},
                                                            {"--seed", !arguments.seed.empty()},
                                                            {"--from", !arguments.from.empty()},
                                                            {"--seeds", arguments.seeds.has_value()},
                                                            {"--folds", arguments.folds.has_value()},
                                                            {"--out", !arguments.out.empty()},
                                                            {"--force", arguments.force}};
  for (const auto& [name, is_given] : others) {
    if (!is_given) continue;
    throw hinge::ConfigError(std::string("--resume goes on with a run as it was, in its folder; leave out ") + name);
  }
}

// Refuses a run that has nothing left to do.
void require_unfinished(const std::string& folder, const TrainArguments& arguments) {
  const std::string status = hinge::run_status(folder);
  if (status != "finished" && status != "stopped") return;
  const bool has_checkpoint = hinge::file_exists(hinge::join_path(folder, hinge::checkpoint_name(0)));
  if (has_checkpoint && !arguments.overrides.empty()) return;
  throw hinge::ConfigError("--resume " + hinge::printable(*arguments.resume) + ": the run has " + status +
                           (has_checkpoint ? "; --set train.epochs=N goes on from its last checkpoint"
                                           : " and left no checkpoint; train " +
                                                 hinge::printable(hinge::join_path(folder, hinge::run_files::config)) +
                                                 " anew, with more epochs and another --out"));
}

int resume_run(const TrainArguments& arguments, const Display& display, const std::string& path) {
  require_unfinished(path, arguments);
  const hinge::LoadedConfig loaded =
      hinge::load_config(hinge::join_path(path, hinge::run_files::config), arguments.overrides, known_parts());
  for (const std::string& text : loaded.notes) note(display, text);
  hinge::Run run(loaded, ranks());
  watch_interrupts();
  if (!ranks().is_first()) return help_with_run(run);
  hinge::RunFolder folder(path, loaded, run);
  if (folder.resume() == nullptr) note(display, "there is no checkpoint yet: the run begins anew");
  if (!folder.resume_warning().empty()) {
    print_text(stderr, "warning: " + folder.resume_warning() + "\n  the run goes on from an older checkpoint");
  }
  return train_into(folder, run, arguments, display);
}

// What rank 0 does before the others look at its folder.
template <typename Action>
void begin_with_first(const Action& action) {
  if (!ranks().is_first()) {
    ranks().receive();
    return;
  }
  action();
  for (std::size_t other = 1; other < ranks().size(); ++other) ranks().send(other, "");
}

int resume(const TrainArguments& arguments, const Display& display) {
  refuse_beside_resume(arguments);
  begin_with_first([&] {
    if (hinge::is_folder(*arguments.resume)) hinge::finish_publishing(*arguments.resume);
  });
  const std::string path = hinge::resumable_folder(*arguments.resume);
  if (hinge::file_exists(hinge::join_path(path, hinge::run_files::study))) {
    return resume_study(arguments, display, path);
  }
  if (arguments.jobs) {
    throw hinge::ConfigError("--resume goes on with a run as it was, in its folder; leave out --jobs");
  }
  if (hinge::file_exists(hinge::join_path(path, hinge::run_files::config))) {
    return resume_run(arguments, display, path);
  }
  throw hinge::ConfigError("--resume " + hinge::printable(*arguments.resume) +
                           ": there is no run: wanted a folder with the config.json of a run, or the study.json of a "
                           "study");
}

int train(const TrainArguments& arguments) {
  const Display display = Display::of_stderr(arguments.quiet || !ranks().is_first());
  if (arguments.resume) return resume(arguments, display);
  if (arguments.config.empty()) throw hinge::ConfigError("config is required; see hinge train --help");
  check_out(arguments);
  check_from(arguments);
  const hinge::StudyPlan plan = plan_of(arguments);
  const std::size_t jobs = jobs_of(arguments);
  std::vector<std::string> overrides = arguments.overrides;
  if (!arguments.seed.empty()) overrides.push_back("train.seed=" + arguments.seed);
  if (!arguments.from.empty()) overrides.push_back("model.from=" + hinge::to_json_line(arguments.from));
  hinge::LoadedConfig loaded = hinge::load_config(arguments.config, overrides, known_parts());
  for (const std::string& text : loaded.notes) note(display, text);
  if (plan.seeds.empty() && plan.folds == 0) return train(arguments, display, loaded);
  return train_study(arguments, display, hinge::Study(std::move(loaded), plan, known_parts()), jobs);
}

}  // namespace

std::string left_unfinished(const std::string& folder) {
  return "what was trained is in " + hinge::printable(folder) + "; the older results around it are as they were";
}

std::string write_warning(const std::string& error) {
  return "warning: " + error + "\n  training goes on; what could not be written is tried again";
}

hinge::WriteError with_way_out(const hinge::FileError& error, const std::string& folder) {
  const std::string hint = hinge::is_folder(folder) ? "\n  mend that, and " + hinge::resume_hint(folder) : "";
  return hinge::WriteError(error.what() + hint);
}

std::string TrainArguments::folder() const {
  return out.empty() ? hinge::next_run_folder("runs", hinge::stem_of(config)) : out;
}

void add_train(CLI::App& app, Action& action) {
  const auto [command, arguments] = add_command(app, action, "train", "Trains what a config describes", train);
  command.add_option("config", arguments.config, "the config, a JSON file; needed without --resume");
  command
      .add_option(
          "--resume", arguments.resume,
          "goes on with a run or study that was interrupted, in its folder, to the same result; --set may change "
          "train.epochs of a run and what else does not change it so far")
      ->type_name("RUN");
  add_overrides(command, arguments.overrides, "changes the config; as often as you like");
  command
      .add_option("--from", arguments.from,
                  "starts from the weights of a model, a file or the folder of a run, or of another program's "
                  "safetensors file; "
                  "short for --set model.from=MODEL")
      ->type_name("MODEL");
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
      .add_option(
          "--jobs", arguments.jobs,
          "how many runs of --seeds and --folds train at a time, under mpirun in each process; else auto: one for "
          "each processor")
      ->type_name("N");
  command.add_option("--out", arguments.out, "where the results go; else runs/<config>-<n>")->type_name("DIR");
  command.add_flag("--force", arguments.force, "writes into a folder that is not empty");
  command.add_flag("--quiet", arguments.quiet,
                   "no progress and no notes; a warning that the run did not learn is still shown");
  command.add_flag("--json", arguments.json, "prints the summary as JSON");
}

}  // namespace hinge_command
