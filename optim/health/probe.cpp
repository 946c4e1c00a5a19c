// Measuring units on the probe set.
#include <hinge/optim/health/probe.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

using SumsInTurn = std::array<double, kernels::sums_in_turn>;

double total(SumsInTurn sums) {
  for (std::size_t half = sums.size() / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  }
  return sums[0];
}

template <typename Scalar>
kernels::Firing<Scalar> no_firing() {
  kernels::Firing<Scalar> firing{};
  std::fill(std::begin(firing.largest), std::end(firing.largest), -std::numeric_limits<Scalar>::infinity());
  return firing;
}

// What has held for a unit on every sample so far, and what it added up to.
template <typename Scalar>
struct UnitSums {
  bool no_slope = true;
  bool small_slope = true;
  kernels::Firing<Scalar> firing = no_firing<Scalar>();
  SumsInTurn activation = {};
  SumsInTurn gradient = {};

  bool finite() const {
    return std::all_of(std::begin(firing.doubt), std::end(firing.doubt), [](Scalar doubt) { return doubt == 0; }) &&
           std::isfinite(total(activation));
  }
  std::size_t fires() const {
    return static_cast<std::size_t>(std::accumulate(std::begin(firing.fires), std::end(firing.fires), 0.0));
  }
  double largest_z() const {
    return static_cast<double>(*std::max_element(std::begin(firing.largest), std::end(firing.largest)));
  }
};

// Gathers the chunks of one layer.
template <typename Scalar>
class LayerRecord {
 public:
  LayerRecord(const Layer<Scalar>& layer, std::size_t index, std::size_t chunk)
      : layer_(layer), index_(index), slopes_(layer.outputs(), chunk), units_(layer.outputs()) {
    if (layer.activation() != nullptr && layer.activation()->saturates()) {
      small_slope_ = static_cast<double>(layer.activation()->derivative(Scalar(0))) / 100;
    }
  }

  void add_forward() {
    const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
    const MatrixView<const Scalar> z = layer_.pre_activation();
    const MatrixView<const Scalar> output = layer_.output();
    for (std::size_t r = 0; r < units_.size(); ++r) {
      kernel.add_firing(z.row(r).data(), z.cols, units_[r].firing);
      kernel.add_sizes(output.row(r).data(), output.cols, units_[r].activation.data());
    }
    const MatrixView<const Scalar> x = layer_.input();
    for (std::size_t r = 0; r < x.rows; ++r) kernel.add_squares(x.row(r).data(), x.cols, input_squares_.data());
    add_slopes(z);
  }

  void add_backward() {
    const auto add_sizes = kernels::of<Scalar>().add_sizes;
    const MatrixView<const Scalar> dz = layer_.pre_activation_gradient();
    for (std::size_t r = 0; r < units_.size(); ++r) add_sizes(dz.row(r).data(), dz.cols, units_[r].gradient.data());
  }

  LayerHealth result(std::size_t samples, bool gradients) const {
    LayerHealth health{.layer = index_ + 1, .units = units_.size()};
    for (std::size_t r = 0; r < units_.size(); ++r) health.each.push_back(unit_health(r, samples));
    health.input_norm = std::sqrt(total(input_squares_) / static_cast<double>(samples));
    count(health, samples, gradients);
    return health;
  }

 private:
  bool bends() const { return layer_.activation() != nullptr; }

  // Slopes are asked for only as long as they could still change the answer.
  void add_slopes(MatrixView<const Scalar> z) {
    const bool open = std::any_of(units_.begin(), units_.end(),
                                  [](const UnitSums<Scalar>& u) { return u.no_slope || u.small_slope; });
    if (!bends() || !open) return;
    const MatrixView<Scalar> slopes = slopes_.view().columns(0, z.cols);
    layer_.activation()->derivative(z, slopes);
    for (std::size_t r = 0; r < units_.size(); ++r) {
      if (!units_[r].no_slope && !units_[r].small_slope) continue;
      for (const Scalar slope : slopes.row(r)) {
        units_[r].no_slope = units_[r].no_slope && slope == 0;
        units_[r].small_slope = units_[r].small_slope && std::abs(static_cast<double>(slope)) <= small_slope_;
      }
    }
  }

  UnitHealth unit_health(std::size_t r, std::size_t samples) const {
    const UnitSums<Scalar>& sums = units_[r];
    const auto n = static_cast<double>(samples);
    UnitHealth unit{.finite = sums.finite(), .fires = sums.fires(), .largest_z = sums.largest_z()};
    unit.mean_activation = total(sums.activation) / n;
    unit.mean_gradient = total(sums.gradient) / n;
    unit.weight_norm = weight_norm(r);
    if (!unit.finite || !bends()) return unit;  // the identity has slope 1, and 0 is a value like any other
    constexpr double rare_below = 0.01;
    unit.dead = sums.no_slope;
    unit.one_sided = unit.fires == 0;
    unit.always_on = unit.fires == samples;
    unit.rare = unit.fires > 0 && static_cast<double>(unit.fires) < rare_below * n;
    unit.saturated = layer_.activation()->saturates() && sums.small_slope && !sums.no_slope;
    return unit;
  }

  double weight_norm(std::size_t unit) const {
    const MatrixView<const Scalar> w = layer_.weight();
    if (w.empty()) return 0;
    double squares = 0;
    for (std::size_t c = 0; c < w.cols; ++c)
      squares += static_cast<double>(w(unit, c)) * static_cast<double>(w(unit, c));
    return std::sqrt(squares);
  }

  void count(LayerHealth& health, std::size_t samples, bool gradients) const {
    std::vector<double> rates;
    double activations = 0;
    double slopes = 0;
    for (const UnitHealth& unit : health.each) {
      if (!unit.finite) {
        ++health.non_finite;
        continue;
      }
      health.dead += unit.dead ? 1 : 0;
      health.one_sided += unit.one_sided ? 1 : 0;
      health.one_sided_alive += unit.one_sided && !unit.dead ? 1 : 0;
      health.rare += unit.rare ? 1 : 0;
      health.always_on += unit.always_on ? 1 : 0;
      health.saturated += unit.saturated ? 1 : 0;
      rates.push_back(static_cast<double>(unit.fires) / static_cast<double>(samples));
      activations += unit.mean_activation;
      slopes += unit.mean_gradient;
    }
    if (rates.empty()) return;
    const auto finite = static_cast<double>(rates.size());
    health.mean_activation = activations / finite;
    health.firing_rates = quantiles(std::move(rates));
    count_dormant(health, gradients ? slopes / finite : -1);
  }

  static void count_dormant(LayerHealth& health, double mean_gradient) {
    constexpr double tau = 0.1;
    constexpr double small_tau = 0.025;
    constexpr double gradient_tau = 0.01;
    for (const UnitHealth& unit : health.each) {
      if (!unit.finite) continue;
      health.dormant += unit.mean_activation <= tau * health.mean_activation ? 1 : 0;
      health.deeply_dormant += unit.mean_activation <= small_tau * health.mean_activation ? 1 : 0;
      health.gradient_dormant += mean_gradient >= 0 && unit.mean_gradient <= gradient_tau * mean_gradient ? 1 : 0;
    }
  }

  // Of equal distances between ranks; between two values the one in proportion.
  static RateQuantiles quantiles(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    RateQuantiles result{};
    for (std::size_t q = 0; q < result.size(); ++q) {
      const double rank =
          static_cast<double>(q) / static_cast<double>(result.size() - 1) * static_cast<double>(values.size() - 1);
      const auto below = static_cast<std::size_t>(rank);
      const std::size_t above = std::min(below + 1, values.size() - 1);
      result[q] = values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
    }
    return result;
  }

  const Layer<Scalar>& layer_;
  std::size_t index_;
  double small_slope_ = -1;  // below every size: nothing saturates
  Matrix<Scalar> slopes_;
  std::vector<UnitSums<Scalar>> units_;
  SumsInTurn input_squares_ = {};
};

template <typename Scalar>
std::vector<LayerRecord<Scalar>> records_of(const Network<Scalar>& network, std::size_t chunk) {
  std::vector<LayerRecord<Scalar>> records;
  for (std::size_t i = 0; i < network.size(); ++i) {
    if (network.layer(i).has_units()) records.emplace_back(network.layer(i), i, chunk);
  }
  return records;
}

// Whether each output is finite, and whether it stays the same.
class OutputRecord {
 public:
  template <typename Scalar>
  void add(MatrixView<const Scalar> output) {
    finite_.resize(output.rows, true);
    lowest_.resize(output.rows, std::numeric_limits<double>::infinity());
    highest_.resize(output.rows, -std::numeric_limits<double>::infinity());
    for (std::size_t r = 0; r < output.rows; ++r) {
      for (const Scalar v : output.row(r)) {
        finite_[r] = finite_[r] && std::isfinite(v);
        lowest_[r] = std::min(lowest_[r], static_cast<double>(v));
        highest_[r] = std::max(highest_[r], static_cast<double>(v));
      }
    }
  }

  std::size_t non_finite() const { return static_cast<std::size_t>(std::count(finite_.begin(), finite_.end(), false)); }

  bool is_constant(std::size_t samples) const {
    constexpr double tolerance = 1e-6;  // a product of the same numbers may be rounded otherwise at another place
    if (samples < 2 || non_finite() > 0) return false;
    for (std::size_t r = 0; r < lowest_.size(); ++r) {
      const double size = std::max(std::abs(lowest_[r]), std::abs(highest_[r]));
      if (highest_[r] - lowest_[r] > tolerance * size) return false;
    }
    return true;
  }

 private:
  std::vector<bool> finite_;
  std::vector<double> lowest_;
  std::vector<double> highest_;
};

template <typename Scalar>
double largest_size(MatrixView<const Scalar> values) {
  double largest = 0;
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const Scalar v : values.row(r)) largest = std::max(largest, std::abs(static_cast<double>(v)));
  }
  return largest;
}

template <typename Scalar>
void copy_rows(MatrixView<const Scalar> from, MatrixView<Scalar> to) {
  for (std::size_t r = 0; r < from.rows; ++r) std::copy_n(from.row(r).data(), from.cols, to.row(r).data());
}

template <typename Scalar>
Batch<Scalar> batch_of(const Matrix<Scalar>& samples) {
  Batch<Scalar> batch(samples.rows(), 0, samples.cols());
  copy(samples.view(), batch.inputs());
  return batch;
}

// What the records of all layers and of the outputs come to.
template <typename Scalar>
void add_layers(const std::vector<LayerRecord<Scalar>>& records, const OutputRecord& outputs, std::size_t network_size,
                bool has_gradients, HealthReport& report) {
  report.non_finite_outputs = outputs.non_finite();  // of a last layer without units; another one looks at z too
  for (const LayerRecord<Scalar>& record : records) {
    LayerHealth layer = record.result(report.samples, has_gradients);
    if (layer.layer < network_size) {
      report.layers.push_back(std::move(layer));
    } else {
      report.dead_outputs = layer.dead;
      report.non_finite_outputs = layer.non_finite;
    }
  }
  report.output_is_constant = outputs.is_constant(report.samples);
}

}  // namespace

std::optional<double> UnitHealth::margin() const {
  if (!finite || !one_sided || weight_norm == 0) return std::nullopt;
  return -largest_z / weight_norm;
}

template <typename Scalar>
HealthProbe<Scalar>::HealthProbe(Matrix<Scalar> samples, std::size_t chunk)
    : samples_(batch_of(samples)), chunk_(std::max<std::size_t>(1, std::min(chunk, samples_.size()))) {
  if (samples_.size() == 0) throw DataError("health: the probe set is empty");
  largest_input_ = largest_size<Scalar>(samples_.inputs());
}

template <typename Scalar>
HealthProbe<Scalar>::HealthProbe(Batch<Scalar> samples, const Loss<Scalar>& loss, std::size_t chunk)
    : samples_(std::move(samples)), loss_(&loss), chunk_(std::max<std::size_t>(1, std::min(chunk, samples_.size()))) {
  if (samples_.size() == 0) throw DataError("health: the probe set is empty");
  largest_input_ = largest_size<Scalar>(samples_.inputs());
}

template <typename Scalar>
HealthReport HealthProbe<Scalar>::measure(Network<Scalar>& network) const {
  std::vector<LayerRecord<Scalar>> records = records_of(network, chunk_);
  OutputRecord outputs;
  LossSums loss;
  HealthReport report{.samples = samples_.size(), .largest_input = largest_input_};

  const PassScope<Scalar> scope(network);
  Matrix<Scalar> dz(network.outputs(), chunk_);
  // Side by side: in the whole probe set a row of the chunk would be on a page of its own.
  Matrix<Scalar> chunk(samples_.features(), chunk_);
  for (std::size_t first = 0; first < samples_.size(); first += chunk_) {
    const std::size_t count = std::min(chunk_, samples_.size() - first);
    const MatrixView<Scalar> x = chunk.view().columns(0, count);
    copy_rows(samples_.inputs().columns(first, count), x);
    const MatrixView<const Scalar> output = network.forward(x, Pass::inspect());
    for (LayerRecord<Scalar>& record : records) record.add_forward();
    outputs.add(output);
    if (loss_ == nullptr) continue;
    const std::span<const Scalar> weights = samples_.weights();
    const MatrixView<Scalar> chunk_dz = dz.view().columns(0, count);
    const LossSums sums = loss_->evaluate(output, samples_.targets().samples(first, count),
                                          weights.empty() ? weights : weights.subspan(first, count), 1, chunk_dz);
    loss.loss += sums.loss;
    loss.weight += sums.weight;
    network.backward(chunk_dz);
    for (LayerRecord<Scalar>& record : records) record.add_backward();
  }
  if (loss_ != nullptr) network.zero_gradients();
  if (loss.weight > 0) report.loss = loss.loss * loss_->scale(loss.weight);

  add_layers(records, outputs, network.size(), loss_ != nullptr, report);
  return report;
}

template <typename Scalar>
Matrix<Scalar> HealthProbe<Scalar>::predict(const Network<Scalar>& network) const {
  Workspace<Scalar> workspace(network, chunk_);
  Matrix<Scalar> outputs(network.outputs(), samples_.size());
  for (std::size_t first = 0; first < samples_.size(); first += chunk_) {
    const std::size_t count = std::min(chunk_, samples_.size() - first);
    const MatrixView<const Scalar> y = network.predict(samples_.inputs().columns(first, count), workspace);
    copy(y, outputs.view().columns(first, count));
  }
  return outputs;
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
  if (report.non_finite_outputs > 0) {
    parts.push_back(std::to_string(report.non_finite_outputs) + " outputs not finite");
  }
  return parts.empty() ? "all units alive" : join(parts, "; ");
}

}  // namespace hinge
