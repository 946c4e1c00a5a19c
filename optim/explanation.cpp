// Each pass runs once more on a copy of the network, whose layers then show all values before the update.
#include <hinge/optim/explanation.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <hinge/core/error.h>

namespace hinge {

namespace {

// With one output, the class itself.
Matrix<double> one_hot(const Dataset<double>& samples, std::size_t outputs) {
  if (samples.task() == Task::regression) return matrix_of(samples.values());
  Matrix<double> targets(outputs, samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto index = static_cast<std::size_t>(samples.classes()[i]);
    if (outputs == 1) {
      targets(0, i) = static_cast<double>(index);
    } else if (index >= outputs) {
      throw DataError("explanation: a sample is of class " + std::to_string(index) + ", but the network has " +
                      std::to_string(outputs) + " outputs");
    } else {
      targets(index, i) = 1;
    }
  }
  return targets;
}

// The loss L of a batch from its sums.
template <typename Scalar>
double value_of(const Loss<Scalar>& loss, const LossSums& sums) {
  return sums.loss * loss.step_scale(sums.weight);
}

// What the optimiser remembers of each parameter, slot by slot.
std::vector<std::vector<Matrix<double>>> memory_of(const Optimizer<double>& optimizer, const Network<double>& network) {
  const auto slots = optimizer.state();
  std::vector<std::vector<Matrix<double>>> memory;
  std::size_t offset = 0;
  for (const Parameter<double>& p : network.parameters()) {
    std::vector<Matrix<double>>& of_parameter = memory.emplace_back();
    for (const std::vector<double>& slot : slots) {
      const auto view = MatrixView<const double>::samples(slot.data() + offset, p.value().rows, p.value().cols);
      of_parameter.push_back(matrix_of(view));
    }
    offset += p.size();
  }
  return memory;
}

// In the step's order: clip_value limits each element, then clip_norm scales all elements by one factor. The factor is
// recovered from the clipped gradient, since the norm of all parameters is not shown here.
std::string clipping_text(double gradient, double used, double limit, const EquationFormat& format) {
  std::string text = format.number(gradient);
  if (limit > 0 && std::abs(gradient) > limit) {
    text = format.fill(gradient < 0 ? "max({}, {})" : "min({}, {})", {std::copysign(limit, gradient), gradient});
    gradient = std::copysign(limit, gradient);
  } else if (gradient < 0) {
    text = "(" + text + ")";
  }
  return used == gradient ? text : format.number(used / gradient) + "·" + text;
}

}  // namespace

std::string ExplainedParameter::element(std::size_t row, std::size_t col) const {
  std::string text = symbol;
  const bool has_rows = !is_per_unit && before.rows() > 1;
  if (has_rows && is_matrix) return text + "(" + std::to_string(row + 1) + ", " + std::to_string(col + 1) + ")";
  if (has_rows) text += std::to_string(row + 1);
  if (is_matrix) text += std::to_string(col + 1);
  return text;
}

Explanation::Explanation(const Network<double>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                         const StepOptions& options, const Dataset<double>& samples)
    : clip_value_(options.clip_value),
      samples_(samples),
      float_samples_(samples.convert<float>()),
      targets_(one_hot(samples_, network.outputs())),
      network_(network),
      float_network_(network.convert<float>()),
      before_(network),
      nudged_(network),
      dz_(network.outputs(), samples_.size()),
      loss_(loss->build<double>()),
      float_trainer_(std::make_unique<Trainer<float>>(float_network_, loss, optimizer, options)),
      trainer_(std::make_unique<Trainer<double>>(network_, loss, optimizer, options)) {}

ExplainedLayer Explanation::explain_layer(std::size_t index) const {
  const Layer<double>& layer = before_.layer(index);
  ExplainedLayer explained{.type = std::string(before_.spec(index).type()),
                           .input = matrix_of(layer.input()),
                           .z = matrix_of(layer.pre_activation()),
                           .output = matrix_of(layer.output()),
                           .upstream = matrix_of(layer.output_gradient()),
                           .delta = matrix_of(layer.pre_activation_gradient())};
  explained.slope = Matrix<double>(explained.z.rows(), explained.z.cols());
  const Activation<double>* activation = layer.activation();
  if (activation == nullptr) {
    for (double& slope : explained.slope.elements()) slope = 1;
  } else {
    if (layer.activation_spec() != nullptr) explained.description = layer.activation_spec()->summary();
    activation->derivative(explained.z, explained.slope);
  }
  for (std::size_t i = 0; i < index; ++i) explained.first_parameter += before_.layer(i).parameters().size();
  explained.parameters = layer.parameters().size();
  return explained;
}

LossSums Explanation::evaluate(MatrixView<const double> output, double scale, MatrixView<double> dz) const {
  return loss_->evaluate(output, samples_.targets(), samples_.weights(), scale, dz);
}

// Forward, loss and backward on the copy `before_`. It equals the trainer's pass, because dropout masks depend only on
// the network's seed, the layer and the number of the pass.
void Explanation::run_pass(ExplainedStep& step, const Pass& pass) {
  for (Network<double>* copy : {&before_, &nudged_}) {
    std::copy(network_.values().begin(), network_.values().end(), copy->values().begin());
    std::copy(network_.state_values().begin(), network_.state_values().end(), copy->state_values().begin());
  }
  step.output = matrix_of(before_.forward(samples_.inputs(), pass));
  const double scale = loss_->step_scale(loss_->weight_sum(samples_.targets(), samples_.weights()));
  step.loss = value_of(*loss_, evaluate(step.output, scale, dz_));
  before_.zero_gradients();
  before_.backward(dz_, InputGradient::skip);
  for (std::size_t i = 0; i < before_.size(); ++i) step.layers.push_back(explain_layer(i));
  explain_loss(step, scale);
}

// The loss of each sample by itself, and its factor in L.
void Explanation::explain_loss(ExplainedStep& step, double scale) const {
  step.prediction = step.output;
  apply_output_transform(loss_->output_transform(), step.prediction.view());
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    const auto weights = samples_.has_weights() ? samples_.weights().subspan(i, 1) : samples_.weights();
    const LossSums sums = loss_->evaluate(std::as_const(step.output).view().columns(i, 1),
                                          samples_.targets().samples(i, 1), weights, 1, {});
    step.sample_losses.push_back(sums.weight > 0 ? sums.loss / sums.weight : 0);
    step.factors.push_back(scale * sums.weight);
  }
}

LossSample Explanation::loss_sample(const ExplainedStep& step, std::size_t i) const {
  const auto numbers = [&](const Matrix<double>& matrix) {
    std::vector<double> column(matrix.rows());
    for (std::size_t k = 0; k < column.size(); ++k) column[k] = matrix(k, i);
    return column;
  };
  return {.outputs = numbers(step.output),
          .predictions = numbers(step.prediction),
          .targets = numbers(targets_),
          .gradient = numbers(step.layers.back().upstream),
          .loss = step.sample_losses[i],
          .factor = step.factors[i]};
}

// The trainer's own step, and its effect on each parameter.
void Explanation::run_update(ExplainedStep& step) {
  auto memory_before = memory_of(trainer_->optimizer(), network_);
  trainer_->step(samples_.inputs(), samples_.targets(), samples_.weights());
  step.learning_rate = trainer_->optimizer().learning_rate();
  auto memory_after = memory_of(trainer_->optimizer(), network_);
  for (std::size_t i = 0; i < before_.parameters().size(); ++i) {
    const Parameter<double>& p = before_.parameters()[i];
    const Parameter<double>& trained = network_.parameters()[i];
    step.parameters.push_back({.name = p.name(),
                               .symbol = p.symbol(),
                               .is_matrix = p.is_matrix(),
                               .trainable = p.trainable(),
                               .decays = p.decays(),
                               .before = matrix_of(p.value()),
                               .gradient = matrix_of(p.gradient()),
                               .used = matrix_of(trained.gradient()),
                               .after = matrix_of(trained.value()),
                               .memory_before = std::move(memory_before[i]),
                               .memory_after = std::move(memory_after[i])});
  }
  for (const ExplainedLayer& layer : step.layers) {
    for (std::size_t i = 0; i < layer.parameters; ++i) {
      ExplainedParameter& p = step.parameters[layer.first_parameter + i];
      p.is_per_unit = p.before.rows() == layer.output.rows();
    }
  }
}

// The same step in single precision, until it overflows.
void Explanation::run_float_step(ExplainedStep& step) {
  step.loss_in_float = std::numeric_limits<float>::quiet_NaN();
  step.output_in_float = Matrix<float>(step.output.rows(), step.output.cols());
  for (float& value : step.output_in_float.elements()) value = step.loss_in_float;
  if (!is_float_finite_) return;
  try {
    const LossSums sums =
        float_trainer_->step(float_samples_.inputs(), float_samples_.targets(), float_samples_.weights());
    step.loss_in_float = static_cast<float>(value_of(float_trainer_->loss(), sums));
    step.output_in_float = matrix_of(float_network_.layer(float_network_.size() - 1).output());
  } catch (const NonFiniteError&) {
    is_float_finite_ = false;
  }
}

ExplainedStep Explanation::next() {
  const Pass pass{.training = true, .number = steps_, .updates_state = false};
  ExplainedStep step{.number = steps_ + 1};
  run_pass(step, pass);
  run_update(step);
  step.loss_after = value_of(*loss_, evaluate(network_.forward(samples_.inputs(), pass), 1, {}));
  run_float_step(step);
  ++steps_;
  return step;
}

std::vector<Equation> Explanation::update_equations(const ExplainedStep& step, std::size_t parameter, std::size_t row,
                                                    std::size_t col, const std::string& name,
                                                    const EquationFormat& format) const {
  const ExplainedParameter& p = step.parameters.at(parameter);
  const std::string after = format.number(p.after(row, col));
  if (!p.trainable) return {{name, {after}, "not trained"}};
  if (std::all_of(step.factors.begin(), step.factors.end(), [](double factor) { return factor == 0; })) {
    return {{name, {after}, "no step: the samples weigh nothing"}};
  }
  std::vector<Equation> list;
  const double used = p.used(row, col);
  if (used != p.gradient(row, col)) {
    list.push_back({"g",
                    {clipping_text(p.gradient(row, col), used, clip_value_, format), format.number(used)},
                    "∂L/∂" + name + " after clipping"});
  }
  ElementUpdate element{.value = {p.before(row, col), p.after(row, col)},
                        .gradient = used,
                        .step = step.number,
                        .learning_rate = step.learning_rate,
                        .decays = p.decays};
  for (std::size_t i = 0; i < p.memory_after.size(); ++i) {
    element.state.push_back({p.memory_before[i](row, col), p.memory_after[i](row, col)});
  }
  for (Equation& equation : trainer_->optimizer().equations(element, name, format)) list.push_back(std::move(equation));
  return list;
}

std::optional<NumericDerivative> Explanation::difference(std::size_t parameter, std::size_t row, std::size_t col) {
  if (parameter >= before_.parameters().size() || row >= before_.parameters()[parameter].value().rows ||
      col >= before_.parameters()[parameter].value().cols) {
    throw ShapeError("explanation: there is no element (" + std::to_string(row) + ", " + std::to_string(col) +
                     ") of parameter " + std::to_string(parameter));
  }
  double& element = nudged_.parameters()[parameter].value()(row, col);
  const Pass pass{.training = true, .number = steps_ == 0 ? 0 : steps_ - 1, .parameter_gradients = false};
  return numeric_derivative(nudged_, *loss_, samples_.inputs(), samples_.targets(), samples_.weights(), element, 1e-5,
                            pass);
}

}  // namespace hinge
