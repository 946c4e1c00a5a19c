// Neuron health: what every unit of the hidden layers still does, measured on a fixed set of samples.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>

namespace hinge {

/// One unit over the n probe samples. Non-finite comes first: a unit whose z or output is NaN or infinite on some sample
/// is that and nothing else, and its numbers say nothing.
///
/// A unit is *dead* when its local derivative φ′(z) is 0 on every sample: no gradient passes it, whatever the loss.
/// A unit is *one-sided* when z ≤ 0 on every sample, *always on* when z > 0 on every sample (a ReLU then is linear), and
/// *rare* when it fires, z > 0, on some but less than 1 % of them. For ReLU (with slope 0 at 0) dead and one-sided
/// coincide; a leaky unit can only be one-sided; a sigmoid can be dead on either side, where its slope rounds to 0.
/// A unit of a bounded activation is *saturated* when φ′(z) ≤ φ′(0)/100 on every sample, but not dead.
/// In a layer without activation units are none of these.
struct HINGE_API UnitHealth {
  bool finite = true;
  bool dead = false;
  bool one_sided = false;
  bool always_on = false;
  bool rare = false;
  bool saturated = false;
  std::size_t fires = 0;       ///< samples with z > 0
  double largest_z = 0;        ///< over the samples
  double mean_activation = 0;  ///< mean |a|
  double mean_gradient = 0;    ///< mean |∂L/∂z| over the samples; 0 where gradients were not measured
  double weight_norm = 0;      ///< ‖w‖ of its incoming weights; 0 in a layer without weights

  /// How far the data would have to move for the unit to fire, −max z / ‖w‖: the distance from the hinge, the plane
  /// z = 0, to the nearest sample of the layer's inputs. Above 0 for a one-sided unit with weights; nothing for others.
  std::optional<double> margin() const;
};

/// Shares of the probe samples on which the units of a layer fire: the smallest, the quartiles, the largest.
using RateQuantiles = std::array<double, 5>;

/// The units of one hidden layer, counted.
///
/// With m the mean over the finite units of the layer, a unit is *dormant at τ* when its mean |a| is at most τ·m
/// [Sokar et al., ICML 2023], and *gradient-dormant* when its mean |∂L/∂z| is at most 1 % of their mean, which also finds
/// idle leaky units [Liu et al., arXiv 2505.24061]. Both are relative: `mean_activation` shows whether the layer as a whole is
/// silent, and in a layer whose mean is 0 all finite units are dormant.
struct LayerHealth {
  std::size_t layer = 0;  ///< counted from 1
  std::size_t units = 0;
  std::size_t dead = 0;
  std::size_t one_sided = 0;
  std::size_t one_sided_alive = 0;  ///< one-sided, but not dead
  std::size_t non_finite = 0;
  std::size_t rare = 0;
  std::size_t always_on = 0;
  std::size_t saturated = 0;
  std::size_t dormant = 0;         ///< at τ = 0.1
  std::size_t deeply_dormant = 0;  ///< at τ = 0.025
  std::size_t gradient_dormant = 0;
  RateQuantiles firing_rates = {};
  double mean_activation = 0;  ///< mean |a| over finite units and samples
  double input_norm = 0;       ///< √(mean ‖x‖²) of the layer's inputs: the scale of margins

  // Of the training steps, not of the probe: the largest of those looked at. Nothing before the first step.
  std::optional<double> gradient_norm = {};  ///< ‖∂L/∂θ‖ over the layer's trainable parameters
  std::optional<double> update_ratio = {};  ///< ‖Δθ‖ / ‖θ‖ of a step; nothing where the parameters are all 0

  // Against the start of training and the report before; 0 where there is none.
  std::size_t born_dead = 0;  ///< dead before the first step
  std::size_t lost = 0;       ///< dead now, but not at the start
  std::size_t died = 0;       ///< since the report before
  std::size_t revived = 0;    ///< since the report before

  std::vector<UnitHealth> each = {};  ///< the units themselves; left out of the reports that a fit returns

  /// Shares of the units, in [0, 1].
  double dead_fraction() const { return share(dead); }
  double one_sided_fraction() const { return share(one_sided); }
  double dormant_fraction() const { return share(dormant); }

 private:
  double share(std::size_t count) const { return static_cast<double>(count) / static_cast<double>(units); }
};

/// The hidden layers that have units of their own (all but the last, and no dropout), in order.
struct HealthReport {
  std::size_t samples = 0;  ///< n
  std::vector<LayerHealth> layers = {};
  std::size_t non_finite_outputs = 0;  ///< outputs that are NaN or infinite on a sample
  std::size_t dead_outputs = 0;     ///< units of the last layer that are dead, by an activation that it should not have
  bool output_is_constant = false;  ///< every output is the same on all samples, to 1e-6 of its size
  double largest_input = 0;         ///< max |x| over features and samples, as the network sees them
  std::optional<double> loss = {};  ///< L over the samples, in prediction; none without targets, or where all weigh 0
};

/// "Never fired on n samples" does not prove that a unit never fires: it bounds the share of samples where it does to
/// below 3/n, with 95 % confidence (the rule of three).
inline double rate_bound(std::size_t samples) { return 3 / static_cast<double>(samples); }

/// Measures on a fixed probe set, so that the figures of different epochs can be compared. Reads what the layers show
/// after a pass, and nothing else; dropout does not drop here.
template <typename Scalar>
class HINGE_API HealthProbe {
 public:
  /// Takes `samples` (features × n, batch-contiguous), passed through the network `chunk` at a time. Without targets no
  /// gradients are measured.
  explicit HealthProbe(Matrix<Scalar> samples, std::size_t chunk = 256);
  /// With targets: gradients are those of `loss`, which must outlive the probe.
  HealthProbe(Batch<Scalar> samples, const Loss<Scalar>& loss, std::size_t chunk = 256);

  std::size_t size() const { return samples_.size(); }

  /// Runs the network and counts. Its parameters do not change, its gradients are 0 afterwards where they were measured,
  /// and its layers show no pass. Throws ShapeError when the network takes another number of features.
  HealthReport measure(Network<Scalar>& network) const;

  /// The network's raw outputs on the samples, outputs × n. Of equal networks, equal to the bit.
  Matrix<Scalar> predict(const Network<Scalar>& network) const;

 private:
  Batch<Scalar> samples_;
  const Loss<Scalar>* loss_ = nullptr;
  std::size_t chunk_;
  double largest_input_ = 0;
};

extern template class HINGE_API HealthProbe<float>;
extern template class HINGE_API HealthProbe<double>;

/// `layer 1 of 64 units: 3 dead (4.69 %), 2 one-sided`, or `all units alive`: one line for people.
HINGE_API std::string summary(const HealthReport& report);

}  // namespace hinge
