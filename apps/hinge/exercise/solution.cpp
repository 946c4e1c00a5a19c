// The right answers of an exercise, from the code that trains.
#include <utility>

#include <hinge/data/dataset.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/mse.h>
#include <hinge/layers/losses/softmax_cross_entropy.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/optimizers/sgd.h>

#include "exercise/sheet.h"
#include "explain/explain_view.h"

namespace hinge_command {

namespace {

std::vector<double> elements_of(const hinge::Matrix<double>& matrix) {
  return {matrix.elements().begin(), matrix.elements().end()};
}

hinge::Network<double> network_of(const Exercise& exercise, const Givens& givens) {
  std::vector<hinge::LayerSpec> layers;
  for (std::size_t l = 0; l < exercise.layers.size(); ++l) {
    layers.push_back(hinge::Dense{.units = exercise.layers[l].units,
                                  .activation = exercise.layers[l].activation,
                                  .bias = exercise.layers[l].bias,
                                  .weight_init = hinge::Given{elements_of(givens.w[l])},
                                  .bias_init = hinge::Given{elements_of(givens.b[l])},
                                  .train_bias = exercise.trains_biases});
  }
  return hinge::Network<double>(exercise.inputs, std::move(layers));
}

hinge::Dataset<double> samples_of(const Exercise& exercise, const Givens& givens) {
  if (!exercise.is_softmax) return hinge::Dataset<double>::regression(givens.x, givens.y);
  std::vector<std::int32_t> classes(exercise.samples);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    while (givens.y(static_cast<std::size_t>(classes[i]), i) == 0) ++classes[i];
  }
  return hinge::Dataset<double>::classification(givens.x, classes,
                                                {.classes = hinge::numbered_names("", exercise.outputs())});
}

// The values and equations of one step, just after it was taken.
class StepSolver {
 public:
  StepSolver(const Exercise& exercise, const hinge::Explanation& explanation, const hinge::ExplainedStep& step)
      : exercise_(exercise), explanation_(explanation), step_(step), format_(solution_format()) {}

  Solution solution(const Link& link) const {
    const std::vector<std::string> sides = equation(link);
    return {value(link), sides};
  }

 private:
  const hinge::Layer<double>& layer(const Link& link) const { return explanation_.network().layer(link.layer); }
  bool is_last(const Link& link) const { return link.layer + 1 == exercise_.layers.size(); }
  // The weights are the first parameter of a layer, the biases the second.
  std::size_t parameter(const Link& link) const {
    const bool is_bias = link.quantity == Quantity::bias_gradient || link.quantity == Quantity::new_bias;
    return step_.layers[link.layer].first_parameter + (is_bias ? 1 : 0);
  }

  double value(const Link& link) const {
    const hinge::ExplainedLayer& layer = step_.layers[link.layer];
    switch (link.quantity) {
      case Quantity::z:
        return layer.z(link.unit, link.index);
      case Quantity::a:
        return layer.output(link.unit, link.index);
      case Quantity::p:
        return step_.prediction(link.unit, link.index);
      case Quantity::sample_loss:
        return step_.sample_losses[link.index];
      case Quantity::loss:
        return step_.loss;
      case Quantity::output_gradient:
        return layer.upstream(link.unit, link.index);
      case Quantity::delta:
        return layer.delta(link.unit, link.index);
      case Quantity::weight_gradient:
      case Quantity::bias_gradient:
        return step_.parameters[parameter(link)].gradient(link.unit, link.index);
      case Quantity::new_weight:
      case Quantity::new_bias:
        return step_.parameters[parameter(link)].after(link.unit, link.index);
    }
    return 0;
  }

  std::vector<std::string> equation(const Link& link) const {
    const hinge::LossSample sample = explanation_.loss_sample(step_, link.index < exercise_.samples ? link.index : 0);
    switch (link.quantity) {
      case Quantity::z:
        return layer(link).forward_equations(link.unit, link.index, format_).front().sides;
      case Quantity::a:
        return layer(link).forward_equations(link.unit, link.index, format_).back().sides;
      case Quantity::p:
        return prediction_sides(explanation_.loss().output_transform(), sample.outputs, link.unit, value(link),
                                format_);
      case Quantity::sample_loss:
        return explanation_.loss().loss_sides(sample, format_);
      case Quantity::loss:
        return loss_sides();
      case Quantity::output_gradient:
        return upstream(link, sample);
      case Quantity::delta: {
        const auto equations = layer(link).backward_equations(link.unit, link.index, format_);
        return equations.empty() ? upstream(link, sample) : equations.back().sides;
      }
      case Quantity::weight_gradient:
      case Quantity::bias_gradient:
        return gradient_sides(link);
      case Quantity::new_weight:
      case Quantity::new_bias:
        return explanation_.update_equations(step_, parameter(link), link.unit, link.index, "", format_).back().sides;
    }
    return {};
  }

  std::vector<std::string> loss_sides() const {
    hinge::Sum sum = format_.sum();
    for (std::size_t i = 0; i < exercise_.samples; ++i) {
      sum.add(format_.fill("{}·{}", {step_.factors[i], step_.sample_losses[i]}));
    }
    return {sum.text(), format_.number(step_.loss)};
  }

  std::vector<std::string> upstream(const Link& link, const hinge::LossSample& sample) const {
    if (is_last(link)) return explanation_.loss().gradient_sides(sample, link.unit, format_);
    auto sides = upstream_sides(explanation_.network(), link.layer, link.unit, link.index, format_);
    sides.push_back(format_.number(value(link)));
    return sides;
  }

  std::vector<std::string> gradient_sides(const Link& link) const {
    const std::size_t index = parameter(link) - step_.layers[link.layer].first_parameter;
    auto sides = layer(link).parameter_gradient_sides(index, link.unit, link.index, format_);
    sides.push_back(format_.number(value(link)));
    return sides;
  }

  const Exercise& exercise_;
  const hinge::Explanation& explanation_;
  const hinge::ExplainedStep& step_;
  hinge::EquationFormat format_;
};

}  // namespace

hinge::EquationFormat solution_format() { return {6, 100}; }

std::map<Link, Solution> solutions_of(const Exercise& exercise, const Givens& givens) {
  const hinge::LossSpec loss =
      exercise.is_softmax ? hinge::LossSpec(hinge::SoftmaxCrossEntropy{}) : hinge::LossSpec(hinge::HalfSquaredMean{});
  hinge::Explanation explanation(network_of(exercise, givens), loss, hinge::Sgd{.learning_rate = givens.learning_rate},
                                 {}, samples_of(exercise, givens));
  std::map<Link, Solution> solutions;
  for (std::size_t step = 0; step < exercise.steps; ++step) {
    const hinge::ExplainedStep explained = explanation.next();
    const StepSolver solver(exercise, explanation, explained);
    for (const Link& link : links_of(exercise)) {
      if (link.step == step) solutions[link] = solver.solution(link);
    }
  }
  return solutions;
}

}  // namespace hinge_command
