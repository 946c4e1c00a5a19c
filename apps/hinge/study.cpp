// hinge train --seeds, --folds: many runs, a line for each, and the means.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

#include "command.h"
#include "interrupt.h"
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

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
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

void print_run(const hinge::StudyRecord& record, const std::string& prefix, std::size_t width) {
  std::string line = padded(record.run.label(), width) + "  ";
  if (record.status != "finished") line += record.status + "  ";
  for (const hinge::Figure& figure : record.figures) {
    if (figure.name.starts_with(prefix)) line += figure.name + " " + short_number(figure.value) + "  ";
  }
  if (record.health && record.health->status != hinge::HealthStatus::pass) {
    line += "health: " + std::string(text_of(record.health->status));
  }
  std::printf("%s\n", line.substr(0, line.find_last_not_of(' ') + 1).c_str());
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
  std::size_t width = 0;
  for (const hinge::StudyFigure& figure : figures) width = std::max(width, figure.name.size());
  std::printf("%s\n", heading(figures.front(), plan).c_str());
  for (const hinge::StudyFigure& figure : figures) {
    std::printf("%s  %s\n", padded(figure.name, width).c_str(),
                spread_text(figure.over_seeds.value_or(figure.spread)).c_str());
  }
}

void print_table(const hinge::StudyPlan& plan, const hinge::StudyResult& result) {
  const std::vector<hinge::StudyFigure> figures = hinge::figures_of(plan, result.records);
  std::size_t width = 0;
  for (const hinge::StudyRecord& record : result.records) width = std::max(width, record.run.label().size());
  for (const hinge::StudyRecord& record : result.records) print_run(record, main_prefix(figures), width);
  print_means(figures, plan);
}

// Says on stderr what a run that failed said, after the line that shows its progress.
hinge::Study::Observers observers(const Display& display, std::unique_ptr<Progress>& progress, std::size_t epochs) {
  hinge::Study::Observers observers;
  observers.on_ready = [&display, &progress, epochs](const hinge::StudyRun& run, hinge::Run& ready) {
    progress = std::make_unique<Progress>(display, run.label() + ": ");
    watch(ready.trainer(), epochs, *progress);
  };
  observers.on_end = [&progress](const hinge::StudyRecord& record) {
    progress.reset();
    if (record.error.empty()) return;
    std::fprintf(stderr, "hinge: %s: %s\n", record.run.label().c_str(), record.error.c_str());
  };
  observers.is_interrupted = [] { return interrupt_signal() != 0; };
  return observers;
}

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

int train_study(const TrainArguments& arguments, const Display& display, const hinge::Study& study) {
  study.check();  // before a folder is made
  const std::string folder = arguments.folder();
  std::unique_ptr<Progress> progress;
  const std::size_t epochs = study.config(0).config.train.epochs;
  const hinge::StudyResult result = study.train(folder, arguments.force, observers(display, progress, epochs));
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::json_of(study.plan(), result)).c_str());
  } else {
    print_table(study.plan(), result);
    std::printf("%s with %zu of %s, in %s\n%s\n", result.status.c_str(), result.records.size(),
                count_of(study.size(), "run").c_str(), duration_text(result.seconds).c_str(), folder.c_str());
  }
  if (interrupt_signal() != 0) return 128 + interrupt_signal();
  return result.status == "failed" ? exit_failure : exit_success;
}

}  // namespace hinge_command
