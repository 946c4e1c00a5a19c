// Central differences that avoid kinks.
#include <hinge/layers/gradient_check.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace hinge {

namespace {

// The loss of one batch as a function of the network's parameters and inputs, and how far each z moves with them.
class LossFunction {
 public:
  LossFunction(Network<double>& network, const Loss<double>& loss, MatrixView<const double> x,
               const Targets<double>& targets, std::span<const double> weights, const Pass& pass = {})
      : network_(network), loss_(loss), x_(x), targets_(targets), weights_(weights), pass_(pass) {
    pass_.updates_state = false;
    loss_at_rest_ = this->loss();
    z_at_rest_ = all_z();
  }

  double loss() {
    const LossSums sums = loss_.evaluate(network_.forward(x_, pass_), targets_, weights_, 1, {});
    return sums.loss * loss_.step_scale(sums.weight);
  }
  double loss_at_rest() const { return loss_at_rest_; }

  // The largest change of any z since the constructor.
  double largest_move() const {
    const std::vector<double> z = all_z();
    double largest = 0;
    for (std::size_t i = 0; i < z.size(); ++i) largest = std::max(largest, std::abs(z[i] - z_at_rest_[i]));
    return largest;
  }

  // The side of each kink on which each z lies, for all units and samples; the same for the loss. A value exactly on a
  // kink is a third side, so that it differs from both.
  std::vector<int> sides() const {
    std::vector<int> sides;
    const auto add = [&](double value, double kink) { sides.push_back(value > kink ? 1 : value < kink ? -1 : 0); };
    const MatrixView<const double> output = network_.layer(network_.size() - 1).output();
    for (const double distance : loss_.distances_from_kinks(output, targets_)) add(distance, 0);
    for (std::size_t i = 0; i < network_.size(); ++i) {
      const Activation<double>* activation = network_.layer(i).activation();
      if (activation == nullptr) continue;
      const MatrixView<const double> z = network_.layer(i).pre_activation();
      for (const double kink : activation->kinks()) {
        for (std::size_t r = 0; r < z.rows; ++r) {
          for (const double value : z.row(r)) add(value, kink);
        }
      }
    }
    return sides;
  }

  // Fills the parameters' gradients and returns ∂L/∂x.
  MatrixView<const double> backward() {
    const MatrixView<const double> output = network_.forward(x_, pass_);
    Matrix<double> dz(output.rows, output.cols);
    const double weight = loss_.evaluate(output, targets_, weights_, 1, {}).weight;
    loss_.evaluate(output, targets_, weights_, loss_.step_scale(weight), dz.view());
    network_.zero_gradients();
    return network_.backward(dz.view(), InputGradient::compute);
  }

 private:
  std::vector<double> all_z() const {
    std::vector<double> all;
    for (std::size_t i = 0; i < network_.size(); ++i) {
      const MatrixView<const double> z = network_.layer(i).pre_activation();
      for (std::size_t r = 0; r < z.rows; ++r) all.insert(all.end(), z.row(r).begin(), z.row(r).end());
    }
    return all;
  }

  Network<double>& network_;
  const Loss<double>& loss_;
  MatrixView<const double> x_;
  const Targets<double>& targets_;
  std::span<const double> weights_;
  Pass pass_;
  double loss_at_rest_ = 0;
  std::vector<double> z_at_rest_;
};

// The loss at θ + step, and the sides of the kinks there.
struct LossAt {
  double at = 0;  // θ + step after rounding
  double loss = 0;
  std::vector<int> sides;
};

// Restores the element afterwards.
LossAt evaluate_at(LossFunction& function, double& element, double step) {
  const double original = element;
  element = original + step;
  LossAt result{.at = element, .loss = function.loss(), .sides = function.sides()};
  element = original;
  return result;
}

// (L(θ + h) − L(θ − h)) / 2h; nothing if a kink lies between, or if θ ± h rounds to θ.
std::optional<double> two_point_difference(LossFunction& function, double& element, double h) {
  const LossAt above = evaluate_at(function, element, h);
  const LossAt below = evaluate_at(function, element, -h);
  if (above.sides != below.sides || above.at == below.at) return std::nullopt;
  return (above.loss - below.loss) / (above.at - below.at);
}

// In (4·D(h) − D(2h)) / 3 the errors of order h² cancel. So h may be ten times as large as in D(h), and rounding of L
// matters a tenth as much [Richardson 1911].
std::optional<double> four_point_difference(LossFunction& function, double& element, double h) {
  const std::optional<double> far = two_point_difference(function, element, 2 * h);
  if (!far) return std::nullopt;
  const std::optional<double> near = two_point_difference(function, element, h);
  if (!near) return std::nullopt;
  return (4 * *near - *far) / 3;
}

// h, or if some z moves much faster than θ, as beside inputs of 1000, a step with which no z moves farther than h.
double small_step(LossFunction& function, double& element, double h) {
  evaluate_at(function, element, h);
  const double speed = function.largest_move() / h;
  return speed > 10 ? h / speed : h;
}

// The four-point difference, or the narrower two-point difference if a kink is near.
std::optional<NumericDerivative> difference_at(LossFunction& function, double& element, double step) {
  const double h = small_step(function, element, step);
  std::optional<double> value = four_point_difference(function, element, 10 * h);
  if (!value) value = two_point_difference(function, element, h);
  if (!value) return std::nullopt;
  constexpr double rounding = 1e-16;
  return NumericDerivative{*value, rounding * std::max(1.0, std::abs(function.loss_at_rest())) / h};
}

double largest_size(MatrixView<const double> values) {
  double largest = 0;
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (std::size_t c = 0; c < values.cols; ++c) largest = std::max(largest, std::abs(values(r, c)));
  }
  return largest;
}

TensorCheck check_tensor(std::string name, LossFunction& function, MatrixView<double> value,
                         MatrixView<const double> gradient, const GradientCheckOptions& options) {
  const double largest = largest_size(gradient);
  TensorCheck result{.name = std::move(name), .rows = value.rows, .cols = value.cols};
  const std::size_t count = options.max_elements == 0 ? value.size() : std::min(options.max_elements, value.size());
  double largest_difference = -1;
  for (std::size_t i = 0; i < count; ++i) {
    // i·size / count without overflow.
    const std::size_t index = value.size() / count * i + value.size() % count * i / count;
    const std::size_t r = index / value.cols;
    const std::size_t c = index % value.cols;
    double& element = value(r, c);
    const double analytic = gradient(r, c);
    const std::optional<NumericDerivative> numeric = difference_at(function, element, options.step);
    if (!numeric) {
      ++result.skipped;
      continue;
    }

    ++result.checked;
    result.agrees = result.agrees && gradient_agrees(analytic, *numeric, largest);
    const double difference = std::abs(analytic - numeric->value);
    // A NaN counts as the largest difference: the negated comparison lets it in, and the second test keeps it.
    if (!(difference <= largest_difference) && !std::isnan(largest_difference)) {
      largest_difference = difference;
      result.worst = index;
      result.analytic = analytic;
      result.numeric = numeric->value;
    }
  }
  constexpr double smallest_scale = 1e-6;
  if (result.checked > 0) result.error = largest_difference / std::max(largest, smallest_scale);
  return result;
}

}  // namespace

bool gradient_agrees(double gradient, const NumericDerivative& numeric, double largest_gradient) {
  return std::abs(gradient - numeric.value) <= 1e-6 * largest_gradient + numeric.rounding;
}

double GradientCheck::largest_error() const {
  if (checked() == 0) return std::numeric_limits<double>::quiet_NaN();
  double largest = 0;
  for (const TensorCheck& t : tensors) {
    if (!(t.error <= largest)) largest = t.error;  // NaN counts as the largest
    if (std::isnan(largest)) break;
  }
  return largest;
}

bool GradientCheck::agrees() const {
  return checked() > 0 && std::all_of(tensors.begin(), tensors.end(), [](const TensorCheck& t) { return t.agrees; });
}

std::size_t GradientCheck::checked() const {
  std::size_t count = 0;
  for (const TensorCheck& t : tensors) count += t.checked;
  return count;
}

std::size_t GradientCheck::skipped() const {
  std::size_t count = 0;
  for (const TensorCheck& t : tensors) count += t.skipped;
  return count;
}

GradientCheck check_gradients(Network<double>& network, const Loss<double>& loss, MatrixView<const double> x,
                              const Targets<double>& targets, std::span<const double> weights,
                              const GradientCheckOptions& options) {
  const PassScope<double> scope(network);
  Matrix<double> input = matrix_of(x);
  LossFunction function(network, loss, input, targets, weights);
  const std::vector<double> gradients_before(network.gradients().begin(), network.gradients().end());
  const Matrix<double> input_gradient = matrix_of(function.backward());

  GradientCheck result;
  for (Parameter<double>& p : network.parameters()) {
    if (p.trainable()) result.tensors.push_back(check_tensor(p.name(), function, p.value(), p.gradient(), options));
  }
  result.tensors.push_back(check_tensor("input", function, input.view(), input_gradient.view(), options));
  std::copy(gradients_before.begin(), gradients_before.end(), network.gradients().begin());
  return result;
}

std::optional<NumericDerivative> numeric_derivative(Network<double>& network, const Loss<double>& loss,
                                                    MatrixView<const double> x, const Targets<double>& targets,
                                                    std::span<const double> weights, double& element, double step,
                                                    const Pass& pass) {
  LossFunction function(network, loss, x, targets, weights, pass);
  return difference_at(function, element, step);
}

}  // namespace hinge
