#include "faults.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/output_transform.h>
#include <hinge/core/text.h>
#include <hinge/layers/activation.h>

namespace hinge_command {

namespace {

using hinge::LossSums;
using hinge::Matrix;
using hinge::MatrixView;
using hinge::Targets;

constexpr Fault wrong_sign{
    "sign", "the last activation multiplies by −φ′(z) instead of φ′(z)",
    "Every gradient at and below that activation has the wrong sign, so that training climbs; those above "
    "it, if any, are right.",
    "no layer has an activation"};
constexpr Fault missing_mean{
    "batch", "the loss gradient is summed over the batch, without 1/batch",
    "The loss is a mean. Without 1/batch every gradient is too large by one factor, the size of the batch.",
    "the loss is a sum, which no 1/batch belongs to"};
constexpr Fault open_gate{
    "gate", "the last ReLU passes gradients where y ≥ 0 instead of where z > 0",
    "A ReLU's output y is never below 0, so that gate never closes: units that are off get gradients, "
    "although no small change of their weights changes the loss.",
    "no layer has a ReLU"};
constexpr Fault naive_softmax{
    "softmax", "softmax is computed without subtracting the largest logit first",
    "Adding 1000 to all logits changes no probability. But exp(1000) overflows to ∞, and ∞/∞ is NaN: "
    "so is every gradient.",
    "the loss has no softmax"};
constexpr Fault all_faults[] = {wrong_sign, missing_mean, open_gate, naive_softmax};

// φ with a wrong φ′.
template <typename Scalar>
class FaultyActivation final : public hinge::Activation<Scalar> {
 public:
  FaultyActivation(std::unique_ptr<hinge::Activation<Scalar>> right, bool is_gate)
      : right_(std::move(right)), is_gate_(is_gate) {}

  void value(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& a) const override { right_->value(z, a); }
  void derivative(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& slope) const override {
    is_gate_ ? right_->value(z, slope) : right_->derivative(z, slope);
    for (std::size_t r = 0; r < slope.rows; ++r) {
      for (Scalar& s : slope.row(r)) s = is_gate_ ? Scalar(s >= 0) : -s;
    }
  }
  void chain(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da,
             const MatrixView<Scalar>& dz) const override {
    Matrix<Scalar> slope(z.rows, z.cols);
    derivative(z, slope.view());
    for (std::size_t r = 0; r < z.rows; ++r) {
      for (std::size_t c = 0; c < z.cols; ++c) dz(r, c) = da(r, c) * slope(r, c);
    }
  }
  std::vector<hinge::ParameterDeclaration> declare_parameters(std::size_t units) const override {
    return right_->declare_parameters(units);
  }
  void bind(std::span<hinge::Parameter<Scalar>> parameters) override { right_->bind(parameters); }
  std::vector<double> kinks() const override { return right_->kinks(); }
  std::vector<std::string> slope_sides(double z, const hinge::EquationFormat& format) const override {
    if (is_gate_) return {"1 for a ≥ 0"};
    std::vector<std::string> sides = right_->slope_sides(z, format);
    for (std::string& side : sides) side.insert(0, "−(").append(")");
    return sides;
  }
  std::string parameter_equation(std::size_t unit, double z, const hinge::EquationFormat& format) const override {
    return right_->parameter_equation(unit, z, format);
  }
  std::vector<std::string> parameter_gradient_sides(std::size_t parameter, std::size_t row,
                                                    const MatrixView<const Scalar>& z,
                                                    const MatrixView<const Scalar>& da,
                                                    const hinge::EquationFormat& format) const override {
    return right_->parameter_gradient_sides(parameter, row, z, da, format);
  }

 protected:
  void add_gradients(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da) override {
    right_->keep(z);
    right_->learn(da);
  }

 private:
  std::unique_ptr<hinge::Activation<Scalar>> right_;
  bool is_gate_;
};

// Its description, for the layers of a network. In equations it is φ: a = φ(z) is right.
struct FaultySpec {
  static constexpr std::string_view type = "φ";
  hinge::ActivationSpec right;
  bool is_gate;

  template <typename Scalar>
  std::unique_ptr<hinge::Activation<Scalar>> build() const {
    return std::make_unique<FaultyActivation<Scalar>>(right->build<Scalar>(), is_gate);
  }
};

// A loss that is right, with a wrong ∂L/∂output.
template <typename Scalar>
class FaultyLoss final : public hinge::Loss<Scalar> {
 public:
  FaultyLoss(std::unique_ptr<hinge::Loss<Scalar>> right, bool is_softmax)
      : right_(std::move(right)), is_softmax_(is_softmax) {}

  bool is_mean() const override { return right_->is_mean(); }
  hinge::OutputTransform output_transform() const override { return right_->output_transform(); }
  hinge::Task task() const override { return right_->task(); }
  std::vector<double> kinks() const override { return right_->kinks(); }
  std::vector<double> distances_from_kinks(const MatrixView<const Scalar>& output,
                                           const Targets<Scalar>& targets) const override {
    return right_->distances_from_kinks(output, targets);
  }
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    right_->check_targets(outputs, targets);
  }
  double target(const hinge::LossSample& sample, std::size_t k) const override { return right_->target(sample, k); }
  std::vector<std::string> loss_sides(const hinge::LossSample& sample,
                                      const hinge::EquationFormat& format) const override {
    return right_->loss_sides(sample, format);
  }
  std::vector<std::string> gradient_sides(const hinge::LossSample& sample, std::size_t k,
                                          const hinge::EquationFormat& format) const override {
    if (is_softmax_) {
      const std::string factor = sample.factor == 1 ? "" : format.number(sample.factor) + "·";
      return {factor + "(exp(o + 1000)/Σ exp(o + 1000) − y)", format.number(sample.gradient[k])};
    }
    hinge::LossSample unscaled = sample;
    unscaled.factor = 1;
    return right_->gradient_sides(unscaled, k, format);
  }

 protected:
  double add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const override {
    return right_->weight_sum(targets, weights);
  }
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    const LossSums sums = right_->evaluate(output, targets, weights, is_softmax_ ? scale : 1, dz);
    if (is_softmax_ && !dz.empty()) replace_softmax(output, scale, dz);
    return sums;
  }

 private:
  // The error of the naive p = exp(o)/Σ exp(o) at logits that are larger by 1000.
  static void replace_softmax(const MatrixView<const Scalar>& output, double scale, const MatrixView<Scalar>& dz) {
    constexpr Scalar shift = 1000;
    Matrix<Scalar> p = hinge::matrix_of(output);
    hinge::apply_output_transform(hinge::OutputTransform::softmax, p.view());
    for (std::size_t i = 0; i < output.cols; ++i) {
      Scalar total = 0;
      for (std::size_t k = 0; k < output.rows; ++k) total += std::exp(output(k, i) + shift);
      for (std::size_t k = 0; k < output.rows; ++k) {
        dz(k, i) += Scalar(scale) * (std::exp(output(k, i) + shift) / total - p(k, i));
      }
    }
  }

  std::unique_ptr<hinge::Loss<Scalar>> right_;
  bool is_softmax_;
};

// Its description.
struct FaultyLossSpec {
  static constexpr std::string_view type = "faulty";
  hinge::LossSpec right;
  bool is_softmax;

  template <typename Scalar>
  std::unique_ptr<hinge::Loss<Scalar>> build() const {
    return std::make_unique<FaultyLoss<Scalar>>(right->build<Scalar>(), is_softmax);
  }
};

bool is_curved(const hinge::Activation<double>& activation) {
  return !activation.kinks().empty() || activation.derivative(0.0) != activation.derivative(1.0);
}

// Off below 0, and never negative: a ReLU, whatever its name is.
bool is_relu(const hinge::Activation<double>& activation) {
  return activation.value(-1.0) == 0 && activation.derivative(-1.0) == 0 && activation.value(2.0) == 2;
}

// Wraps the last activation that fits, also one inside a block. Whether there was one.
bool wrap_last(hinge::Description& description, bool is_gate) {
  std::vector<hinge::Option> options = description.options();
  for (auto option = options.rbegin(); option != options.rend(); ++option) {
    if (const auto list = std::get_if<hinge::SpecListPlace*>(&option->place)) {
      for (std::size_t i = (*list)->size(); i-- > 0;) {
        if (wrap_last((*list)->at(i).held(), is_gate)) return true;
      }
    }
    const auto place = std::get_if<hinge::SpecPlace*>(&option->place);
    if (place == nullptr || (*place)->kind() != hinge::Activation<double>::kind) continue;
    auto& activation = static_cast<hinge::ActivationSpec&>(**place);
    if (!(is_gate ? is_relu : is_curved)(*activation->build<double>())) continue;
    activation = FaultySpec{activation, is_gate};
    return true;
  }
  return false;
}

}  // namespace

std::span<const Fault> faults() { return all_faults; }

const Fault& fault_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Fault& fault : all_faults) {
    if (fault.name == name) return fault;
    names.emplace_back(fault.name);
  }
  throw hinge::ConfigError("--break: unknown fault " + hinge::in_quotes(name) + hinge::suggestion(name, names));
}

std::optional<FaultyParts> with_fault(const Fault& fault, const hinge::Network<double>& network,
                                      const hinge::LossSpec& loss) {
  const bool is_softmax = fault.name == naive_softmax.name;
  const bool is_gate = fault.name == open_gate.name;
  if (is_softmax || fault.name == missing_mean.name) {
    const auto right = loss->build<double>();
    const bool fits = is_softmax ? right->output_transform() == hinge::OutputTransform::softmax : right->is_mean();
    if (!fits) return std::nullopt;
    return FaultyParts{network, FaultyLossSpec{loss, is_softmax}};
  }
  std::vector<hinge::LayerSpec> layers = network.specs();
  const bool is_wrapped = std::any_of(layers.rbegin(), layers.rend(),
                                      [&](hinge::LayerSpec& layer) { return wrap_last(layer.held(), is_gate); });
  if (!is_wrapped) return std::nullopt;
  hinge::Network<double> faulty(network.inputs(), std::move(layers), network.seed());
  std::copy(network.values().begin(), network.values().end(), faulty.values().begin());
  std::copy(network.state_values().begin(), network.state_values().end(), faulty.state_values().begin());
  return FaultyParts{std::move(faulty), loss};
}

hinge::GradientCheck check_gradients(const Fault* fault, const hinge::Network<double>& network,
                                     const hinge::LossSpec& loss, const hinge::Dataset<double>& batch,
                                     std::size_t elements) {
  std::optional<FaultyParts> parts = fault ? with_fault(*fault, network, loss) : FaultyParts{network, loss};
  const auto refuse = [&](const std::string& why) {
    throw hinge::ConfigError("--break " + std::string(fault->name) + ": it cannot show here: " + why);
  };
  if (!parts) refuse(std::string(fault->missing));
  hinge::GradientCheck result = hinge::check_gradients(parts->network, *parts->loss->build<double>(), batch.inputs(),
                                                       batch.targets(), batch.weights(), {.max_elements = elements});
  if (fault && result.agrees()) refuse("it changes no gradient of " + hinge::quantity(batch.size(), "sample"));
  return result;
}

hinge::JsonValue check_json(const hinge::GradientCheck& result, const Fault* fault) {
  using hinge::JsonValue;
  std::vector<JsonValue> tensors;
  for (const hinge::TensorCheck& tensor : result.tensors) {
    JsonValue json = JsonValue::object({{"name", tensor.name},
                                        {"rows", tensor.rows},
                                        {"cols", tensor.cols},
                                        {"checked", tensor.checked},
                                        {"skipped", tensor.skipped}});
    if (tensor.checked > 0) {
      json.set("error", hinge::number_or_null(tensor.error));
      json.set("worst", std::vector<JsonValue>{tensor.worst / tensor.cols, tensor.worst % tensor.cols});
      json.set("gradient", hinge::number_or_null(tensor.analytic));
      json.set("difference", hinge::number_or_null(tensor.numeric));
      json.set("ratio", hinge::number_or_null(tensor.analytic / tensor.numeric));
    }
    json.set("agrees", tensor.agrees);
    tensors.push_back(std::move(json));
  }
  JsonValue json = JsonValue::object({{"tensors", std::move(tensors)},
                                      {"largest_error", hinge::number_or_null(result.largest_error())},
                                      {"agrees", result.agrees()}});
  if (fault) {
    json.set("break", JsonValue::object({{"name", fault->name}, {"what", fault->what}, {"why", fault->why}}));
  }
  return json;
}

}  // namespace hinge_command
