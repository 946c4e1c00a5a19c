// Counting dead, one-sided and non-finite units.
#include <hinge/optim/health.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

namespace {

// What has held for a unit on every sample so far.
struct UnitRecord {
  bool finite = true;
  bool no_slope = true;
  bool not_positive = true;
};

template <typename Scalar>
bool all_finite(std::span<const Scalar> values) {
  return std::all_of(values.begin(), values.end(), [](Scalar v) { return std::isfinite(v); });
}

template <typename Scalar>
void record_chunk(const Layer<Scalar>& layer, Matrix<Scalar>& scratch, std::vector<UnitRecord>& units) {
  const MatrixView<const Scalar> z = layer.pre_activation();
  const MatrixView<const Scalar> output = layer.output();
  const Activation<Scalar>* activation = layer.activation();
  const MatrixView<Scalar> slopes = scratch.view().columns(0, z.cols);
  for (std::size_t r = 0; r < units.size(); ++r) {
    UnitRecord& unit = units[r];
    const std::span<const Scalar> row = z.row(r);
    unit.finite = unit.finite && all_finite(row) && all_finite(output.row(r));
    unit.not_positive = unit.not_positive && std::all_of(row.begin(), row.end(), [](Scalar v) { return v <= 0; });
    if (activation == nullptr) {
      unit.no_slope = unit.not_positive = false;  // the identity has slope 1, and 0 is a value like any other
    } else if (unit.no_slope) {
      const MatrixView<const Scalar> z_row{row.data(), 1, z.cols, z.cols, 1};
      activation->derivative(z_row, slopes);
      const std::span<const Scalar> slope = slopes.row(0);
      unit.no_slope = std::all_of(slope.begin(), slope.end(), [](Scalar v) { return v == 0; });
    }
  }
}

LayerHealth count(std::size_t layer, const std::vector<UnitRecord>& units) {
  LayerHealth health{.layer = layer, .units = units.size()};
  for (const UnitRecord& unit : units) {
    if (!unit.finite) {
      ++health.non_finite;
      continue;
    }
    if (unit.no_slope) ++health.dead;
    if (unit.not_positive) ++health.one_sided;
    if (unit.not_positive && !unit.no_slope) ++health.one_sided_alive;
  }
  return health;
}

}  // namespace

template <typename Scalar>
HealthProbe<Scalar>::HealthProbe(Matrix<Scalar> samples, std::size_t chunk)
    : samples_(std::move(samples)), chunk_(std::max<std::size_t>(1, std::min(chunk, samples_.cols()))) {
  if (samples_.cols() == 0) throw DataError("health: the probe set is empty");
}

template <typename Scalar>
HealthReport HealthProbe<Scalar>::measure(Network<Scalar>& network) const {
  const std::size_t hidden = network.size() - 1;
  std::vector<std::vector<UnitRecord>> records(hidden);
  for (std::size_t i = 0; i < hidden; ++i) records[i].resize(network.layer(i).outputs());

  const PassScope<Scalar> scope(network);
  Matrix<Scalar> scratch(1, chunk_);
  for (std::size_t first = 0; first < samples_.cols(); first += chunk_) {
    network.forward(samples_.view().columns(first, std::min(chunk_, samples_.cols() - first)));
    for (std::size_t i = 0; i < hidden; ++i) record_chunk(network.layer(i), scratch, records[i]);
  }

  HealthReport report{.samples = samples_.cols()};
  for (std::size_t i = 0; i < hidden; ++i) report.layers.push_back(count(i + 1, records[i]));
  return report;
}

template class HealthProbe<float>;
template class HealthProbe<double>;

std::string summary(const HealthReport& report) {
  if (report.samples == 0) return "not measured";
  std::vector<std::string> parts;
  for (const LayerHealth& layer : report.layers) {
    std::string text;
    if (layer.non_finite > 0) text += ", " + std::to_string(layer.non_finite) + " not finite";
    if (layer.dead > 0) {
      text += ", " + std::to_string(layer.dead) + " dead (" + to_text(100 * layer.dead_fraction(), 3) + " %)";
    }
    if (layer.one_sided_alive > 0) text += ", " + std::to_string(layer.one_sided_alive) + " one-sided";
    if (text.empty()) continue;
    parts.push_back("layer " + std::to_string(layer.layer) + " of " + std::to_string(layer.units) +
                    " units: " + text.substr(2));
  }
  return parts.empty() ? "all units alive" : join(parts, "; ");
}

}  // namespace hinge::inline HINGE_ABI
