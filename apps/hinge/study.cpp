// hinge train --seeds, --folds: many runs, a line for each, and the means.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>
#include <hinge/data/part_warnings.h>
#include <hinge/optim/run/diagnosis/config_rules.h>

#include "command.h"
#include "interrupt.h"
#include "parts.h"
#include "ranks.h"
#include "train.h"

namespace hinge_command {

namespace {

std::size_t parse_folds(const std::string& text) {
  const auto folds = hinge::parse_size(text);
  if (folds && *folds >= 2) return *folds;
  throw hinge::ConfigError("--folds " + hinge::printable(text) +
                           ": wanted a whole number from 2 on; 5 trains on four fifths and tests on the fifth");
}

void refuse_two_seeds(const TrainArguments& arguments) {
  const auto sets_seed = [](const std::string& text) { return text.starts_with("train.seed="); };
  const bool has_set = std::any_of(arguments.overrides.begin(), arguments.overrides.end(), sets_seed);
  if (arguments.seed.empty() && !has_set) return;
  throw hinge::ConfigError(std::string("--seeds cannot stand beside ") + (has_set ? "--set train.seed" : "--seed") +
                           "; keep one of them");
}

std::string spread_text(const hinge::Spread& spread) {
  return short_number(spread.mean) + (spread.deviation ? " ± " + short_number(*spread.deviation) : "");
}

std::string count_of(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// What the best figures of a run are: of the test part, or else of what there is.
std::string main_prefix(const std::vector<hinge::StudyFigure>& figures) {
  for (const char* prefix : {"test/", "val/"}) {
    const auto is_of = [&](const hinge::StudyFigure& figure) { return figure.name.starts_with(prefix); };
    if (std::any_of(figures.begin(), figures.end(), is_of)) return prefix;
  }
  return "train/";
}

// How a run ended, its best figures, and its health where that is not well.
std::string result_text(const hinge::StudyRecord& record, const std::string& prefix) {
  std::string line;
  if (record.summary.status != "finished") line += record.summary.status + "  ";
  for (const hinge::Figure& figure : record.figures) {
    if (figure.name.starts_with(prefix)) line += figure.name + " " + short_number(figure.value) + "  ";
  }
  const auto& health = record.summary.health;
  if (health && health->status != hinge::HealthStatus::pass) line += "health: " + std::string(text_of(health->status));
  return line;
}

// What the deviations are over.
std::string heading(const hinge::StudyFigure& figure, const hinge::StudyPlan& plan) {
  if (figure.over_seeds) {
    return "mean ± std over " + count_of(figure.over_seeds->count, "seed") + ", of the means over " +
           count_of(plan.folds, "fold");
  }
  return "mean ± std over " + count_of(figure.spread.count, plan.folds > 0 ? "fold" : "seed");
}

void print_means(const std::vector<hinge::StudyFigure>& figures, const hinge::StudyPlan& plan) {
  if (figures.empty()) return;
  std::printf("%s\n", heading(figures.front(), plan).c_str());
  Table table(Table::Numbers::none);
  for (const hinge::StudyFigure& figure : figures) {
    table.add({figure.name, spread_text(figure.over_seeds.value_or(figure.spread))});
  }
  table.print();
}

void print_table(const hinge::StudyPlan& plan, const hinge::StudyResult& result) {
  const std::vector<hinge::StudyFigure> figures = hinge::figures_of(plan, result.records);
  Table runs(Table::Numbers::none);
  for (const hinge::StudyRecord& record : result.records) {
    runs.add({record.run.label(), result_text(record, main_prefix(figures))});
  }
  runs.print();
  print_means(figures, plan);
}

// Shows the runs at work, and says on stderr what one that failed said, after the line that shows its progress.
class StudyProgress {
 public:
  StudyProgress(const Display& display, const hinge::TrainSection& section) : display_(display), section_(section) {}

  /// Says what is known of the first run before training. Its samples are those of all runs, or all but a fold.
  void tell(const hinge::Run& first) {
    for (const hinge::Finding& finding : hinge::findings_before_training(first.config(), first.data())) {
      if (finding.is_certain && ranks().is_first()) print_finding(finding);
    }
    for (const std::string& text : hinge::part_warnings(first.data())) said_.insert(text);
  }

  /// Whether the folder of the study is there.
  bool has_begun() const { return has_begun_; }

  hinge::Study::Observers observers() {
    return {
        .on_start =
            [this](const hinge::ResultFolder& folder) {
              has_begun_ = true;
              for (const std::string& text : folder.notes()) note(display_, text);
            },
        .on_ready =
            [this](const hinge::StudyRun& run, hinge::Run& ready) {
              auto& progress = runs_[run.label()];
              progress = std::make_unique<Progress>(display_, line_, run.label() + ": ");
              progress->watch(ready.trainer(), section_);
              warn_of_parts(run, ready);
            },
        .on_end =
            [this](const hinge::StudyRecord& record) {
              runs_.erase(record.run.label());
              if (record.summary.error.empty()) return;
              line_.print("error: " + record.run.label() + ": " + record.summary.error);
            },
        .on_write_error = [this](const hinge::StudyRun& run,
                                 const std::string& error) { line_.print(write_warning(run.label() + ": " + error)); },
        .is_interrupted = [] { return interrupt_signal() != 0; }};
  }

  /// What a rank other than the first says of its runs: how they end is left to that one.
  hinge::Study::Observers observers_of_helper() {
    hinge::Study::Observers all = observers();
    all.on_ready = [this](const hinge::StudyRun& run, hinge::Run& ready) { warn_of_parts(run, ready); };
    return all;
  }

 private:
  void warn_of_parts(const hinge::StudyRun& run, const hinge::Run& ready) {
    for (const std::string& text : hinge::part_warnings(ready.data())) {
      if (said_.insert(text).second) line_.print("warning: " + run.label() + ": " + text);
    }
  }

  Display display_;
  hinge::TrainSection section_;
  std::set<std::string> said_;  // of the parts
  LiveLine line_;
  bool has_begun_ = false;
  std::map<std::string, std::unique_ptr<Progress>> runs_;  // at work, by label
};

}  // namespace

hinge::StudyPlan plan_of(const TrainArguments& arguments) {
  hinge::StudyPlan plan;
  if (arguments.seeds) {
    refuse_two_seeds(arguments);
    plan.seeds = hinge::parse_seeds(*arguments.seeds);
  }
  if (arguments.folds) plan.folds = parse_folds(*arguments.folds);
  return plan;
}

std::size_t jobs_of(const TrainArguments& arguments) {
  if (!arguments.jobs) return hinge::hardware_threads();
  if (!arguments.seeds && !arguments.folds && !arguments.resume) {
    throw hinge::ConfigError("--jobs: there is only one run, and one thread trains it; add --seeds or --folds");
  }
  if (*arguments.jobs == "auto") return hinge::hardware_threads();
  const auto jobs = hinge::parse_size(*arguments.jobs);
  if (jobs && *jobs >= 1) return *jobs;
  throw hinge::ConfigError("--jobs " + hinge::printable(*arguments.jobs) +
                           ": wanted auto, or a whole number from 1 on: how many runs train at a time");
}

namespace {

int show(const TrainArguments& arguments, const Display& display, const hinge::Study& study,
         const hinge::StudyResult& result) {
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::json_of(study.plan(), result)).c_str());
  } else {
    print_table(study.plan(), result);
    std::printf("%s with %zu of %s, in %s\n%s\n", result.status.c_str(), result.records.size(),
                count_of(study.size(), "run").c_str(), duration_text(result.seconds).c_str(),
                hinge::printable(result.folder).c_str());
  }
  if (result.status == "interrupted") note(display, hinge::resume_hint(result.folder));
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  return result.status == "finished" ? exit_success : exit_failure;
}

// Trains what rank 0 hands out.
int help_with_study(const hinge::Study& study, StudyProgress& progress, std::size_t jobs) {
  watch_interrupts();
  study.train("", false, progress.observers_of_helper(), jobs, ranks());
  return exit_success;
}

// The folder of this very study, if the same command was interrupted there; "" else.
std::string unfinished_folder(const TrainArguments& arguments, const hinge::Study& study) {
  if (arguments.out.empty() || arguments.force || !hinge::is_folder(arguments.out)) return "";
  hinge::finish_publishing(arguments.out);
  const std::string folder = hinge::resumable_folder(arguments.out);
  return study.is_unfinished_in(folder) ? folder : "";
}

}  // namespace

int train_study(const TrainArguments& arguments, const Display& display, const hinge::Study& study, std::size_t jobs) {
  StudyProgress progress(display, study.config(0).config.train);
  study.check([&](const hinge::Run& first) { progress.tell(first); });  // before a folder is made
  if (!ranks().is_first()) return help_with_study(study, progress, jobs);
  const std::string begun = unfinished_folder(arguments, study);
  const std::string folder = begun.empty() ? arguments.folder() : begun;
  watch_interrupts();
  try {
    if (!begun.empty()) {
      note(display, "the study in " + hinge::printable(begun) + " is not finished: it goes on");
      return show(arguments, display, study, study.resume(begun, progress.observers(), jobs, ranks()));
    }
    const hinge::StudyResult result = study.train(folder, arguments.force, progress.observers(), jobs, ranks());
    if (result.folder != folder) note(display, left_unfinished(result.folder));
    return show(arguments, display, study, result);
  } catch (const hinge::FileError& error) {
    if (!progress.has_begun()) throw;
    throw with_way_out(error, folder);
  }
}

int resume_study(const TrainArguments& arguments, const Display& display, const std::string& folder) {
  if (!arguments.overrides.empty())
    throw hinge::ConfigError("--resume goes on with a study as it was; leave out --set");
  if (hinge::run_status(folder) == "finished") {
    throw hinge::ConfigError("--resume " + hinge::printable(*arguments.resume) + ": the study has finished");
  }
  const hinge::Study study = hinge::Study::in_folder(folder, known_parts());
  const std::size_t jobs = jobs_of(arguments);
  StudyProgress progress(display, study.config(0).config.train);
  if (!ranks().is_first()) return help_with_study(study, progress, jobs);
  watch_interrupts();
  return show(arguments, display, study, study.resume(folder, progress.observers(), jobs, ranks()));
}

}  // namespace hinge_command
