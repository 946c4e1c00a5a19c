// How large the steps of training are, layer by layer.
#pragma once

#include <optional>
#include <vector>

#include <hinge/layers/network.h>
#include <hinge/optim/health/probe.h>

namespace hinge {

/// Looks at single steps and keeps the largest of each figure: the norm of the gradient over a layer's trainable
/// parameters, and ‖Δθ‖ / ‖θ‖ of the same. Allocates when it is made, and never again. One thread at a time.
template <typename Scalar>
class HINGE_API UpdateMeter {
 public:
  explicit UpdateMeter(const Network<Scalar>& network);

  /// Between backward pass and update.
  void before(const Network<Scalar>& network);
  void after(const Network<Scalar>& network);

  /// Writes the figures into the report's layers, and starts anew.
  void write(HealthReport& report);

 private:
  struct Layer {
    std::optional<double> gradient_norm = {};
    std::optional<double> update_ratio = {};
  };

  std::vector<Layer> layers_;
  Buffer<Scalar> values_;  // before the update
};

extern template class HINGE_API UpdateMeter<float>;
extern template class HINGE_API UpdateMeter<double>;

}  // namespace hinge
