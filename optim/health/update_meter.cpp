// Norms of gradients and of steps.
#include <hinge/optim/health/update_meter.h>

#include <algorithm>
#include <cmath>

namespace hinge {

namespace {

// √Σ term(p, i)² over the elements of a layer's trainable parameters, in memory order.
template <typename Scalar, typename Term>
double norm_over(const Layer<Scalar>& layer, const Term& term) {
  double squares = 0;
  for (const Parameter<Scalar>& p : layer.parameters()) {
    if (!p.trainable()) continue;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double value = term(p, i);
      squares += value * value;
    }
  }
  return std::sqrt(squares);
}

void keep_larger(std::optional<double>& kept, double value) { kept = std::max(kept.value_or(0), value); }

}  // namespace

template <typename Scalar>
UpdateMeter<Scalar>::UpdateMeter(const Network<Scalar>& network)
    : layers_(network.size()), values_(network.values().size()) {}

template <typename Scalar>
void UpdateMeter<Scalar>::before(const Network<Scalar>& network) {
  std::copy(network.values().begin(), network.values().end(), values_.data());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    keep_larger(layers_[l].gradient_norm, norm_over(network.layer(l), [](const Parameter<Scalar>& p, std::size_t i) {
                  return static_cast<double>(p.gradient().data[i]);
                }));
  }
}

template <typename Scalar>
void UpdateMeter<Scalar>::after(const Network<Scalar>& network) {
  const Scalar* now = network.values().data();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto old_value = [&](const Parameter<Scalar>& p, std::size_t i) {
      return static_cast<double>(values_.data()[static_cast<std::size_t>(p.value().data - now) + i]);
    };
    const double size = norm_over(network.layer(l), old_value);
    if (size == 0) continue;
    const double change = norm_over(network.layer(l), [&](const Parameter<Scalar>& p, std::size_t i) {
      return static_cast<double>(p.value().data[i]) - old_value(p, i);
    });
    keep_larger(layers_[l].update_ratio, change / size);
  }
}

template <typename Scalar>
void UpdateMeter<Scalar>::write(HealthReport& report) {
  for (LayerHealth& health : report.layers) {
    Layer& layer = layers_[health.layer - 1];
    health.gradient_norm = layer.gradient_norm;
    health.update_ratio = layer.update_ratio;
  }
  std::fill(layers_.begin(), layers_.end(), Layer{});
}

template class UpdateMeter<float>;
template class UpdateMeter<double>;

}  // namespace hinge
