// Neuron health: which units of the hidden layers no longer take part.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/matrix.h>
#include <hinge/layers/network.h>

namespace hinge::inline HINGE_ABI {

/// The units of one hidden layer, counted over a fixed set of probe samples.
///
/// Non-finite comes first: a unit whose z or output is NaN or infinite on some sample is that and nothing else.
/// A unit is *dead* when its local derivative φ′(z) is 0 on every sample: no gradient passes it, whatever the loss.
/// A unit is *one-sided* when z ≤ 0 on every sample. For ReLU (with slope 0 at 0) the two coincide; a leaky unit can only be
/// one-sided; a sigmoid can be dead on either side, where its slope rounds to 0. A layer without an activation has neither.
struct LayerHealth {
  std::size_t layer = 0;  ///< counted from 1
  std::size_t units = 0;
  std::size_t dead = 0;
  std::size_t one_sided = 0;
  std::size_t one_sided_alive = 0;  ///< one-sided, but not dead
  std::size_t non_finite = 0;

  /// Shares of the units, in [0, 1].
  double dead_fraction() const { return static_cast<double>(dead) / static_cast<double>(units); }
  double one_sided_fraction() const { return static_cast<double>(one_sided) / static_cast<double>(units); }
};

/// The hidden layers (all but the last), in order, and how many samples were looked at. "Never fired on n samples" does
/// not prove that a unit never fires: it bounds the share of samples where it does to below 3/n, with 95 % confidence.
struct HealthReport {
  std::size_t samples = 0;
  std::vector<LayerHealth> layers = {};
};

/// Counts on a fixed probe set, so that the figures of different epochs can be compared. Reads what the layers show
/// after a forward pass, and nothing else.
template <typename Scalar>
class HINGE_API HealthProbe {
 public:
  /// Takes `samples` (features × n, batch-contiguous), passed through the network `chunk` at a time.
  explicit HealthProbe(Matrix<Scalar> samples, std::size_t chunk = 256);

  /// Runs the network forward and counts. Its parameters do not change; afterwards its layers show no pass.
  /// Throws ShapeError when the network takes another number of features.
  HealthReport measure(Network<Scalar>& network) const;

 private:
  Matrix<Scalar> samples_;
  std::size_t chunk_;
};

extern template class HINGE_API HealthProbe<float>;
extern template class HINGE_API HealthProbe<double>;

/// `layer 1: 3/64 dead (4.7 %)`, or `all units alive`: one line for people.
HINGE_API std::string summary(const HealthReport& report);

}  // namespace hinge::inline HINGE_ABI
