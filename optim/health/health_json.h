// Health reports, verdicts and histories as JSON: the lines of a run's health.jsonl.
#pragma once

#include <cstddef>

#include <hinge/core/config/json.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/health/verdict.h>

namespace hinge {

/// A line for an epoch, 0 being the network before its first step: the verdict, the figures of each layer, and which units
/// died and revived since the line before, as pairs [layer, unit], both counted from 1. What is not finite, or not known, is null.
HINGE_API JsonValue json_of(std::size_t epoch, const HealthReport& report, const HealthVerdict& verdict,
                            const HealthLedger& ledger);

/// The last line: every unit's history. `samples` is the size of the probe.
HINGE_API JsonValue json_of(const HealthLedger& ledger, std::size_t samples, const RevivalFacts& facts);

/// `{"status": "warn", "layer": 1, "reason": …, "advice": …}`
HINGE_API JsonValue json_of(const HealthVerdict& verdict);

}  // namespace hinge
