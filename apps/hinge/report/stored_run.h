// A run that has ended, read from its folder.
#pragma once

#include <memory>
#include <string>

#include <hinge/layers/model_file.h>
#include <hinge/optim/run/run.h>

#include "report/report.h"

namespace hinge_command {

/// What a folder holds, with what it takes to draw its results; without the data where they cannot be read.
class StoredRun {
 public:
  /// Throws ConfigError if there is no run, and as load_model() and read_run_files() do.
  explicit StoredRun(const std::string& folder);

  const ReportSource& source() const { return source_; }

 private:
  std::unique_ptr<hinge::Run> run_;
  std::unique_ptr<hinge::StoredModel<float>> model_;
  ReportSource source_;
};

}  // namespace hinge_command
