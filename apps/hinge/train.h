// What hinge train was asked for, and its studies.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/optim/run/study.h>

#include "console.h"

namespace hinge_command {

struct TrainArguments {
  std::string config;
  std::optional<std::string> resume;
  std::vector<std::string> overrides;
  std::string seed;
  std::string from;
  std::optional<std::string> seeds;
  std::optional<std::string> folds;
  std::optional<std::string> jobs;
  std::string out;
  bool force = false;
  bool quiet = false;
  bool json = false;

  /// Where the results go.
  std::string folder() const;
};

/// The seeds and folds of the command line; both empty without such options. Throws ConfigError.
hinge::StudyPlan plan_of(const TrainArguments& arguments);

/// How many runs train at a time: the processors unless the command line says otherwise. Throws ConfigError, also where
/// there is only one run.
std::size_t jobs_of(const TrainArguments& arguments);

/// What to say where a forced run or study did not take the place of the older one.
std::string left_unfinished(const std::string& folder);

/// Trains all runs, prints a table, and returns the exit code.
int train_study(const TrainArguments& arguments, const Display& display, const hinge::Study& study, std::size_t jobs);
/// The same for what is left of the study in `folder` (resumable_folder).
int resume_study(const TrainArguments& arguments, const Display& display, const std::string& folder);

/// What to say of the first error of writing in a run that goes on.
std::string write_warning(const std::string& error);
/// An error of writing while a run or study trained, which is the machine's, with the way out.
hinge::WriteError with_way_out(const hinge::FileError& error, const std::string& folder);

}  // namespace hinge_command
