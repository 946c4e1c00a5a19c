// The state of neuron health, for a training that is interrupted.
#pragma once

#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/health/verdict.h>

namespace hinge {

// Each lists its argument for both directions (core/io/state_archive.h).
HINGE_API void list_state(StateArchive& state, std::vector<UnitHealth>& units);
HINGE_API void list_state(StateArchive& state, std::vector<LayerHealth>& layers);
HINGE_API void list_state(StateArchive& state, HealthReport& report);
HINGE_API void list_state(StateArchive& state, HealthVerdict& verdict);

}  // namespace hinge
