// Writes the report again and again.
#include "report/live_report.h"

#include <algorithm>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/result_folder.h>

#include "console.h"
#include "parts.h"
#include "report/report.h"

namespace hinge_command {

LiveReport::LiveReport(hinge::Run& run, const hinge::RunFolder& folder) : run_(run), folder_(folder) {
  run.trainer().on_epoch([this](const hinge::EpochReport&) {
    write_if_due();
    return hinge::Control::proceed;
  });
}

void LiveReport::write_if_due() {
  // A long run has long files: writing takes at most a fiftieth of its time.
  const double pause = std::max(2.0, 50 * cost_);
  if (hinge::seconds_since(last_) >= pause) write(true);
}

void LiveReport::finish() { write(false); }

void LiveReport::write(bool is_live) {
  const hinge::Clock::time_point start = hinge::Clock::now();
  try {
    const std::string config = hinge::join_path(folder_.path(), hinge::run_files::config);
    ReportSource source = source_of(run_, hinge::load_config(config, {}, known_parts()), folder_.path());
    source.is_live = is_live;
    write_report(source);
  } catch (const hinge::Error& error) {
    if (!is_live) print_text(stderr, "warning: no report: " + std::string(error.what()));
  }
  last_ = hinge::Clock::now();
  cost_ = hinge::seconds_since(start);
}

}  // namespace hinge_command
