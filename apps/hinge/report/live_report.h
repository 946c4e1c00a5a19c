// The report of a run while it trains, and at its end.
#pragma once

#include <hinge/core/clock.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>

namespace hinge_command {

/// Writes report.html into the folder of a run: as long as it trains at most every two seconds, and when it has ended. The
/// page loads itself again until then. For one thread.
class LiveReport {
 public:
  /// Both must outlive the training.
  LiveReport(hinge::Run& run, const hinge::RunFolder& folder);
  LiveReport(const LiveReport&) = delete;
  LiveReport& operator=(const LiveReport&) = delete;

  /// The page of the run that has ended. A page that cannot be written is a warning: the run itself is whole.
  void finish();

 private:
  void write_if_due();
  void write(bool is_live);

  const hinge::Run& run_;
  const hinge::RunFolder& folder_;
  hinge::Clock::time_point last_ = hinge::Clock::now();
  double cost_ = 0;  // seconds of the last writing
};

}  // namespace hinge_command
