// Recycling of dormant units: what has fallen silent starts anew, while training goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <hinge/layers/network.h>
#include <hinge/optim/health/probe.h>
#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

/// A unit that started anew.
struct RecycledUnit {
  std::size_t layer = 0;  ///< counted from 1, as in the health report
  std::size_t unit = 0;   ///< counted from 0
};

struct RecycleReport {
  std::vector<RecycledUnit> units = {};  ///< layer by layer, in ascending order
  /// The largest |change| of an output of the network on the probe, infinite where one is not finite. Nothing where it
  /// was not measured.
  std::optional<double> largest_change = {};
};

/// Starts the dormant units of the hidden layers anew, ReDo [Sokar, Agarwal, Castro & Evci, ICML 2023,
/// arXiv 2302.12902].
///
/// With m the mean |a| over the finite units of a layer, a unit is recycled when it is finite and its own mean |a| is
/// at most τ·m; τ = 0: when it was 0 on every sample of the report. A unit-wise layer (Layer::is_unit_wise: an activation
/// as a layer of its own, dropout) shows the units of the dense layer in front of it, also over several such layers. Then
///   the unit's incoming weights, its bias and its own row of other parameters (the slope of PReLU) are drawn from the
///     initialisers of their layers, from its dense layer up to the one that reads it; its state there (running means)
///     is as at the start,
///   its outgoing weights, a column of the next dense layer, become 0, so that it starts without a say,
///   and the optimiser forgets what it remembers of all these.
/// Where the consumer of a recycled unit is recycled as well, the weight between the two is drawn, not 0: behind a
/// layer that is dormant as a whole a column of zeros for each unit would leave the next one silent until
/// it is recycled again.
///
/// At τ = 0 the outputs on the samples of the report do not change. Above it they change by what the units said. Given
/// and Constant start a unit where it started before. Of Orthogonal the new rows are not at right angles to the old.
///
/// Left alone are the last layer; layers whose units are not read by one dense layer alone (between the two may stand
/// unit-wise layers with f(0) = 0), as those that enter or leave a residual block; layers whose weights, or whose
/// consumer's weights, are frozen; and any frozen bias.
///
/// `report` must be of this network as it is, with its units (`each`), and `optimizer` attached to its parameters:
/// ShapeError otherwise; ConfigError for a τ below 0 or not finite. Nothing has changed when it throws. What is drawn
/// follows from the network's seed, the layer and `draw`, which a training loop counts. Call it between two steps.
///
/// Adam counts time once for all elements, so the first steps of the new ones are not corrected for their empty
/// memory: they may be 6.6 learning rates long with the usual β₁ = 0.9 and β₂ = 0.999. A running mean of the weights
/// (WeightAverage) knows nothing of this and mixes old with new.
template <typename Scalar>
HINGE_API RecycleReport recycle(Network<Scalar>& network, Optimizer<Scalar>& optimizer, const HealthReport& report,
                                double tau, std::uint64_t draw);

/// The same, with `largest_change` measured on the probe, at the price of two predictions where a unit is recycled.
template <typename Scalar>
HINGE_API RecycleReport recycle(Network<Scalar>& network, Optimizer<Scalar>& optimizer, const HealthReport& report,
                                const HealthProbe<Scalar>& probe, double tau, std::uint64_t draw);

}  // namespace hinge
