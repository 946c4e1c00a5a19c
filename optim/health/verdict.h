// The verdict on a network's health: how bad it is, why, and what to do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <hinge/core/error.h>
#include <hinge/optim/health/ledger.h>
#include <hinge/optim/health/probe.h>

namespace hinge {

/// From best to worst.
enum class HealthStatus { pass, warn, alarm, collapse, not_finite };

/// `pass`, `warn`, `alarm`, `collapse`, `not finite`
HINGE_API std::string_view text_of(HealthStatus status);

/// Shares of the units of a layer, in [0, 1]. A warning needs at least 3 such units, too.
struct HealthThresholds {
  double warn_dead = 0.25;  ///< warn from this share of dead units on
  double warn_lost = 0.1;   ///< warn from this share of units on that are dead, but were not at the start
  double alarm_dead = 0.5;  ///< alarm above this share of dead units
};

/// Why units are dead, as far as the figures tell; in this order the first that applies.
enum class DeathCause {
  none,
  output_activation,  ///< the last layer has an activation that cuts its outputs off
  unscaled_inputs,    ///< dead before the first step, or saturated, on inputs far from 1
  initialisation,     ///< dead before the first step
  large_update,       ///< died in an epoch with a step of more than a tenth of the weights
  small_margin,       ///< died close to the data: a small slope would bring them back
  unknown
};

struct HealthVerdict {
  HealthStatus status = HealthStatus::pass;
  DeathCause cause = DeathCause::none;
  std::size_t layer = 0;    ///< the worst layer, counted from 1; 0: the network as a whole, or nothing is wrong
  std::string reason = {};  ///< `layer 1: 40 of 64 units are dead (62.5 %), 3 since the last look`
  std::string advice = {};  ///< one line: what to try; empty when nothing is wrong
};

/// Judges a report by its worst layer. A collapse is measured, not inferred: the network's outputs are the same on all
/// probe samples; before the first step only where units are dead, too, for a last layer may start with zeros. Units and
/// outputs that are not finite are worse than anything else. `report` must hold its units, and be the ledger's last.
HINGE_API HealthVerdict judge(const HealthReport& report, const HealthLedger& ledger,
                              const HealthThresholds& thresholds = {});

/// That training diverged: not finite, with the error as the reason.
HINGE_API HealthVerdict divergence(const NonFiniteError& error);

}  // namespace hinge
