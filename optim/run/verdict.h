// The verdict on a run: whether it learned, judged by figures that training leaves anyway.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/optim/run/finding.h>
#include <hinge/optim/run/run_record.h>

namespace hinge {

/// What the record shows to be wrong: symptoms first, the worst first; if there are any, then what may be behind them
/// (docs/health.md lists the names). Empty for a sound run. No cure is named that was not tried.
HINGE_API std::vector<Finding> run_findings(const RunRecord& record);

/// Whether a run learned.
struct RunVerdict {
  /// `pass`; `warn`: it learned, but something is wrong; `fail`: it learned nothing, or diverged.
  std::string status = "pass";
  std::string reason = {};           ///< the first cause in a sentence; empty for a pass
  std::string note = {};             ///< dead units of a run that passes all the same
  std::vector<Finding> causes = {};  ///< `run_findings`
};

HINGE_API RunVerdict verdict_of(const RunRecord& record);

/// `verdict` in summary.json: `status`, `reason`, `note`, and `causes` with `name`, `key`, `evidence` and `set`.
HINGE_API JsonValue json_of(const RunVerdict& verdict);
/// And back.
HINGE_API RunVerdict run_verdict_from(const JsonValue& json);

}  // namespace hinge
