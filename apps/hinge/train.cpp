// hinge train: runs a config, once or as a study, and leaves a folder behind.
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/run_folder.h>

#include "arguments/config_argument.h"
#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "train.h"

namespace hinge_command {

namespace {

std::string status_of(const hinge::FitResult& result) {
  if (interrupt_signal() != 0) return "interrupted";
  return result.stopped ? "stopped" : "finished";
}

void print_result(const TrainArguments& arguments, const hinge::RunFolder& folder) {
  const std::string summary = hinge::read_file(hinge::join_path(folder.path(), "summary.json"));
  if (arguments.json) {
    std::fputs(summary.c_str(), stdout);
    return;
  }
  const hinge::JsonValue json = hinge::parse_json(summary, "summary.json");
  const std::string epochs = json.find("epochs")->text;
  std::string line = json.find("status")->text + " after " + epochs + (epochs == "1" ? " epoch" : " epochs");
  for (const char* key : {"test/loss", "test/accuracy", "test/r2"}) {
    const hinge::JsonValue* value = json.find(key);
    if (value == nullptr) continue;
    std::string name = key;
    name[name.find('/')] = ' ';
    line += ", " + name + " " + short_number(hinge::parse_double(value->text).value_or(0));
  }
  std::printf("%s, in %s\n%s\n", line.c_str(),
              duration_text(hinge::parse_double(json.find("seconds")->text).value_or(0)).c_str(),
              hinge::printable(folder.path()).c_str());
}

void check_out(const TrainArguments& arguments) {
  if (!hinge::same_file(arguments.config, hinge::join_path(arguments.out, "config.json"))) return;
  throw hinge::ConfigError(hinge::printable(arguments.config) +
                           " would be replaced by the config of its own run; choose another --out");
}

// What a person must not miss, behind the last line of progress, and where there is none.
void show_verdict(const hinge::HealthVerdict& verdict) {
  if (verdict.status == hinge::HealthStatus::pass) return;
  print_text(stderr, "warning: health " + std::string(text_of(verdict.status)) + ": " + verdict.reason + "\n  " +
                         verdict.advice);
}

// A run that diverges leaves its figures and the reason, and with early stopping the model of its best epoch.
hinge::FitResult fit(const hinge::LoadedConfig& loaded, hinge::Run& run, hinge::RunFolder& folder, Progress& progress) {
  try {
    hinge::FitResult result = run.train();
    progress.finish();
    return result;
  } catch (const hinge::NonFiniteError& error) {
    progress.finish();
    folder.fail_after_divergence(loaded, run, error.what());
    throw;
  } catch (const std::exception& error) {
    progress.finish();
    folder.fail(error.what());
    throw;
  }
}

int train(const TrainArguments& arguments, const Display& display, const hinge::LoadedConfig& loaded) {
  hinge::Run run(loaded);
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  hinge::RunFolder folder(arguments.folder(), arguments.force);
  folder.start(loaded);

  const auto start = std::chrono::steady_clock::now();
  LiveLine line;
  Progress progress(display, line);
  run.trainer().on_start([&](const hinge::StartReport& report) { folder.add(run, report); });
  run.trainer().on_epoch([&](const hinge::EpochReport& report) {
    folder.add(run, report);
    return hinge::Control::proceed;
  });
  watch(run.trainer(), loaded.config.train.epochs, progress);
  const hinge::FitResult result = fit(loaded, run, folder, progress);

  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  folder.finish(loaded, run, result, status_of(result), seconds);
  show_verdict(folder.verdict());
  print_result(arguments, folder);
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
  hinge::LoadedConfig loaded = hinge::load_config(arguments.config, overrides, hinge::standard_registries());
  for (const std::string& text : loaded.notes) note(display, text);
  if (plan.seeds.empty() && plan.folds == 0) return train(arguments, display, loaded);
  return train_study(arguments, display, hinge::Study(std::move(loaded), plan, hinge::standard_registries()), jobs);
}

}  // namespace

std::string TrainArguments::folder() const {
  return out.empty() ? hinge::next_run_folder("runs", hinge::stem_of(config)) : out;
}

void add_train(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<TrainArguments>();
  CLI::App* command = app.add_subcommand("train", "Trains what a config describes");
  command->add_option("config", arguments->config, "the config, a JSON file")->required();
  add_overrides(*command, arguments->overrides, "changes the config; as often as you like");
  command->add_option("--seed", arguments->seed, "short for --set train.seed=N")->type_name("N");
  command
      ->add_option("--seeds", arguments->seeds, "trains once with each seed: 1..10, or 1,2,5; gives mean and deviation")
      ->type_name("LIST");
  command
      ->add_option("--folds", arguments->folds,
                   "K-fold cross-validation: trains K times, each time tests on the samples i mod K = fold")
      ->type_name("K");
  command
      ->add_option("--jobs", arguments->jobs,
                   "how many runs of --seeds and --folds train at a time; else auto: one for each processor")
      ->type_name("N");
  command->add_option("--out", arguments->out, "where the results go; else runs/<config>-<n>")->type_name("DIR");
  command->add_flag("--force", arguments->force, "writes into a folder that is not empty");
  command->add_flag("--quiet", arguments->quiet, "no progress and no notes; a health warning is still shown");
  command->add_flag("--json", arguments->json, "prints the summary as JSON");
  command->callback([&action, arguments] { action = [arguments] { return train(*arguments); }; });
}

}  // namespace hinge_command
