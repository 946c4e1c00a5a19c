// Finding dormant units and the weights around them, and starting those anew.
#include <hinge/optim/health/recycle.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// From the dense layer that makes some units to the one that alone reads them. Between the two, in the numbers too, are
// only unit-wise layers.
struct Chain {
  std::size_t dense = 0;
  std::size_t reader = 0;
};

// The units of a layer that start anew. Layers count from 0.
struct Dormant {
  std::size_t layer = 0;
  Chain chain;
  std::vector<std::size_t> units;
};

template <typename Scalar>
bool is_dense(const Layer<Scalar>& layer) {
  return !layer.weight().empty();
}

// Whether f(0) = 0 for every unit: each may have a slope of its own.
template <typename Scalar>
bool keeps_zero(const Layer<Scalar>& layer) {
  const Matrix<Scalar> zeros(layer.inputs(), 1);
  Matrix<Scalar> values(layer.outputs(), 1);
  layer.predict(zeros.view(), values.view());
  const auto elements = values.elements();
  return std::all_of(elements.begin(), elements.end(), [](Scalar v) { return v == 0; });
}

// The dense layer whose rows make the units of `layer`: that layer, or the one in front of unit-wise layers.
template <typename Scalar>
std::optional<std::size_t> maker_of(const Network<Scalar>& network, std::size_t layer) {
  while (!is_dense(network.layer(layer))) {
    const bool has_one_before = layer > 0 && network.next_in_row(layer - 1) == layer;
    if (!network.layer(layer).is_unit_wise() || !has_one_before) return std::nullopt;
    --layer;
  }
  return layer;
}

// The dense layer that alone reads the units of `layer`, one column of its weights a unit, and reads 0 where they are 0.
template <typename Scalar>
std::optional<std::size_t> reader_of(const Network<Scalar>& network, std::size_t layer) {
  for (auto next = network.next_in_row(layer); next; next = network.next_in_row(*next)) {
    if (is_dense(network.layer(*next))) return next;
    if (!network.layer(*next).is_unit_wise() || !keeps_zero(network.layer(*next))) return std::nullopt;
  }
  return std::nullopt;
}

template <typename Scalar>
bool learns_weights(const Layer<Scalar>& dense) {
  return dense.parameters()[0].trainable();
}

std::vector<std::size_t> dormant_units(const LayerHealth& layer, double tau) {
  std::vector<std::size_t> units;
  for (std::size_t u = 0; u < layer.each.size(); ++u) {
    if (layer.each[u].finite && layer.each[u].mean_activation <= tau * layer.mean_activation) units.push_back(u);
  }
  return units;
}

void remove_those_of(const std::vector<std::size_t>& sorted, std::vector<std::size_t>& units) {
  std::erase_if(units, [&](std::size_t unit) { return std::binary_search(sorted.begin(), sorted.end(), unit); });
}

template <typename Scalar>
void check_layer(const Network<Scalar>& network, const LayerHealth& health) {
  const std::string place = "recycle: layer " + std::to_string(health.layer) + " of the report ";
  if (health.layer < 1 || health.layer >= network.size()) {
    throw ShapeError(place + "is no hidden layer of the network, which has " + std::to_string(network.size()) +
                     " layers");
  }
  const std::size_t units = network.layer(health.layer - 1).outputs();
  if (health.each.size() == units) return;
  throw ShapeError(place + "tells of " + std::to_string(health.each.size()) + " units, but the network's has " +
                   std::to_string(units) + "; measure it with HealthProbe");
}

template <typename Scalar>
std::vector<Dormant> find_dormant(const Network<Scalar>& network, const HealthReport& report, double tau) {
  if (!std::isfinite(tau) || tau < 0) throw ConfigError("recycle: tau = " + to_text(tau) + ", must be >= 0");
  std::vector<Dormant> found;
  for (const LayerHealth& health : report.layers) {
    check_layer(network, health);
    const std::size_t i = health.layer - 1;
    const auto dense = maker_of(network, i);
    const auto reader = reader_of(network, i);
    if (!dense || !learns_weights(network.layer(*dense))) continue;
    if (!reader || !learns_weights(network.layer(*reader))) continue;
    std::vector<std::size_t> units = dormant_units(health, tau);
    for (const Dormant& earlier : found) {
      if (earlier.chain.dense == *dense) remove_those_of(earlier.units, units);
    }
    if (!units.empty()) found.push_back({i, {*dense, *reader}, std::move(units)});
  }
  return found;
}

// Writes weights, and makes the optimiser forget the old ones.
template <typename Scalar>
class Renewal {
 public:
  Renewal(Network<Scalar>& network, Optimizer<Scalar>& optimizer, std::uint64_t draw)
      : network_(network), optimizer_(optimizer), draw_(draw) {
    optimizer.require_attached(network.parameters());
    for (std::size_t i = 0; i < network.size(); ++i) {
      first_.push_back(first_.back() + network.layer(i).parameters().size());
      first_state_.push_back(first_state_.back() + network.layer(i).declare_state().size());
    }
  }

  void silence(const Dormant& dormant) {
    const std::size_t weight = first_[dormant.chain.reader];
    const std::size_t rows = network_.layer(dormant.chain.reader).outputs();
    for (const std::size_t unit : dormant.units) {
      for (std::size_t r = 0; r < rows; ++r) set(weight, r, unit, 0);
    }
  }

  // What their dense layer and the unit-wise layers behind it hold for the units.
  void draw(const Dormant& dormant) {
    for (std::size_t i = dormant.chain.dense; i < dormant.chain.reader; ++i) {
      draw_rows(i, dormant.units);
      reset_state(i, dormant.units);
    }
  }

 private:
  // A parameter belongs to the units when it has a row for each.
  void draw_rows(std::size_t layer, const std::vector<std::size_t>& units) {
    constexpr std::size_t shared = 255;
    const auto declared = network_.layer(layer).declare_parameters();
    for (std::size_t p = 0; p < declared.size(); ++p) {
      if (!declared[p].trainable || declared[p].rows != network_.layer(layer).outputs()) continue;
      const Matrix<double> drawn = declared[p].draw(stream(layer, p), stream(layer, shared));
      for (const std::size_t unit : units) {
        for (std::size_t c = 0; c < drawn.cols(); ++c) {
          set(first_[layer] + p, unit, c, static_cast<Scalar>(drawn(unit, c)));
        }
      }
    }
  }

  void reset_state(std::size_t layer, const std::vector<std::size_t>& units) {
    const auto declared = network_.layer(layer).declare_state();
    for (std::size_t s = 0; s < declared.size(); ++s) {
      if (declared[s].size != network_.layer(layer).outputs()) continue;
      const std::span<Scalar> values = network_.state()[first_state_[layer] + s].values();
      for (const std::size_t unit : units) values[unit] = static_cast<Scalar>(declared[s].start);
    }
  }

  RandomStream stream(std::size_t layer, std::size_t parameter) const {
    return {network_.seed(), Purpose::recycle, static_cast<std::uint32_t>(layer), 256 * draw_ + parameter};
  }

  void set(std::size_t parameter, std::size_t r, std::size_t c, Scalar value) {
    const MatrixView<Scalar> values = network_.parameters()[parameter].value();
    values(r, c) = value;
    optimizer_.forget(parameter, static_cast<std::size_t>(&values(r, c) - values.data));
  }

  Network<Scalar>& network_;
  Optimizer<Scalar>& optimizer_;
  std::uint64_t draw_;
  std::vector<std::size_t> first_ = {0};        // index of each layer's first parameter
  std::vector<std::size_t> first_state_ = {0};  // the same of its state
};

// First all zeros, then all draws: a weight between two recycled units is drawn.
template <typename Scalar>
void renew(Renewal<Scalar>& renewal, const std::vector<Dormant>& found) {
  for (const Dormant& dormant : found) renewal.silence(dormant);
  for (const Dormant& dormant : found) renewal.draw(dormant);
}

RecycleReport report_of(const std::vector<Dormant>& found) {
  RecycleReport report;
  for (const Dormant& dormant : found) {
    for (const std::size_t unit : dormant.units) report.units.push_back({dormant.layer + 1, unit});
  }
  return report;
}

template <typename Scalar>
double largest_change(const Matrix<Scalar>& before, const Matrix<Scalar>& after) {
  double largest = 0;
  for (std::size_t i = 0; i < before.elements().size(); ++i) {
    const double change =
        std::abs(static_cast<double>(after.elements()[i]) - static_cast<double>(before.elements()[i]));
    if (std::isnan(change)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, change);
  }
  return largest;
}

}  // namespace

template <typename Scalar>
RecycleReport recycle(Network<Scalar>& network, Optimizer<Scalar>& optimizer, const HealthReport& report, double tau,
                      std::uint64_t draw) {
  const std::vector<Dormant> found = find_dormant(network, report, tau);
  Renewal<Scalar> renewal(network, optimizer, draw);
  renew(renewal, found);
  return report_of(found);
}

template <typename Scalar>
RecycleReport recycle(Network<Scalar>& network, Optimizer<Scalar>& optimizer, const HealthReport& report,
                      const HealthProbe<Scalar>& probe, double tau, std::uint64_t draw) {
  const std::vector<Dormant> found = find_dormant(network, report, tau);
  Renewal<Scalar> renewal(network, optimizer, draw);
  RecycleReport recycled = report_of(found);
  recycled.largest_change = 0;
  if (found.empty()) return recycled;
  const Matrix<Scalar> before = probe.predict(network);
  renew(renewal, found);
  recycled.largest_change = largest_change(before, probe.predict(network));
  return recycled;
}

template HINGE_API RecycleReport recycle(Network<float>&, Optimizer<float>&, const HealthReport&, double,
                                         std::uint64_t);
template HINGE_API RecycleReport recycle(Network<double>&, Optimizer<double>&, const HealthReport&, double,
                                         std::uint64_t);
template HINGE_API RecycleReport recycle(Network<float>&, Optimizer<float>&, const HealthReport&,
                                         const HealthProbe<float>&, double, std::uint64_t);
template HINGE_API RecycleReport recycle(Network<double>&, Optimizer<double>&, const HealthReport&,
                                         const HealthProbe<double>&, double, std::uint64_t);

}  // namespace hinge
