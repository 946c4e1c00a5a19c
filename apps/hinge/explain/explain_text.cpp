// Writes steps as equations with their numbers.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/text.h>

#include "console.h"
#include "explain/equation_writer.h"
#include "explain/explain_view.h"

namespace hinge_command {

namespace {

using hinge::Equation;
using hinge::ExplainedLayer;
using hinge::ExplainedParameter;

std::string index_name(const char* letter, std::size_t index) { return letter + std::to_string(index + 1); }

// Writes one step.
class StepWriter {
 public:
  StepWriter(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
             EquationWriter& writer, int digits)
      : explanation_(explanation),
        shown_(shown),
        step_(shown.step),
        selection_(selection),
        writer_(writer),
        loss_(explanation.source->loss()),
        max_units_(selection.unit ? no_limit : overview_units),
        max_terms_(selection.unit ? no_limit : overview_terms),
        max_samples_(selection.unit ? no_limit : 4),
        format_(digits, max_terms_) {}

  void forward() {
    writer_.heading("FORWARD");
    for (std::size_t i = 0; i < step_.layers.size(); ++i) {
      if (selection_.shows(i)) forward(i);
    }
  }

  void loss() {
    writer_.heading("LOSS  " + std::string(explanation_.config->loss.type()));
    each_sample([&](std::size_t sample) { sample_loss(sample); });
    const std::string in_float =
        std::isnan(step_.loss_in_float) ? "overflows in float" : "in float: " + hinge::to_text(step_.loss_in_float);
    if (samples() == 1 && step_.factors[0] == 1) {
      writer_.equation("L", {"l", format_.number(step_.loss)}, in_float);
      return;
    }
    hinge::Sum sum = format_.sum();
    for (std::size_t i = 0; i < samples(); ++i) {
      sum.add(format_.fill("{}·{}", {step_.factors[i], step_.sample_losses[i]}));
    }
    writer_.equation("L", {sum.text(), format_.number(step_.loss)}, in_float);
  }

  void backward() {
    writer_.heading("BACKWARD  δ = ∂L/∂z");
    for (std::size_t i = step_.layers.size(); i-- > 0;) {
      if (selection_.shows(i)) backward(i);
    }
  }

  void update() {
    writer_.heading("UPDATE  " + std::string(explanation_.config->optimizer.type()) + ", learning rate " +
                    format_.number(step_.learning_rate));
    for (std::size_t i = 0; i < step_.layers.size(); ++i) {
      if (selection_.shows(i) && step_.layers[i].parameters > 0) update(i);
    }
    writer_.heading("AFTER");
    writer_.equation("L", {format_.number(step_.loss_after)}, "it was " + format_.number(step_.loss));
  }

 private:
  static constexpr auto no_limit = static_cast<std::size_t>(-1);

  std::size_t samples() const { return step_.output.cols(); }
  const hinge::Layer<double>& layer(std::size_t index) const { return explanation_.source->network().layer(index); }
  // Parameter i of a layer.
  const ExplainedParameter& parameter(std::size_t index, std::size_t i) const {
    return step_.parameters[step_.layers[index].first_parameter + i];
  }

  std::string layer_title(std::size_t index) const {
    const ExplainedLayer& shape = step_.layers[index];
    const std::string& path = explanation_.source->network().path(index);
    const std::string place = path.find(".layers.") == std::string::npos ? "" : " (" + path + ")";  // in a block
    std::string text = "layer " + std::to_string(index + 1) + "  " + shape.type + place + ", " +
                       std::to_string(shape.input.rows()) + " → " + std::to_string(shape.output.rows());
    const hinge::ActivationSpec* activation = layer(index).activation_spec();
    if (activation == nullptr) return text;
    const std::string with_options = text + ", " + explanation_.activation(index);
    constexpr std::size_t width = 80;
    // The options of a learned α give its initial value, which would mislead beside a trained one.
    const bool learns = !layer(index).activation()->declare_parameters(1).empty();
    return columns(with_options) <= width && !learns ? with_options : text + ", " + std::string(activation->type());
  }

  // Calls show(unit) for the selected units, and writes how many are left out.
  template <typename Show>
  void each_unit(std::size_t index, const Show& show) {
    const std::size_t units = step_.layers[index].output.rows();
    if (selection_.unit) return show(*selection_.unit);
    for (std::size_t u = 0; u < std::min(units, max_units_); ++u) show(u);
    if (units <= max_units_) return;
    writer_.label("");
    writer_.remark("… " + std::to_string(units - max_units_) + " more units; --layer " + std::to_string(index + 1) +
                   " --unit N shows one");
  }

  // Calls show(sample) for the first samples, and writes how many are left out.
  template <typename Show>
  void each_sample(const Show& show) {
    for (std::size_t i = 0; i < std::min(samples(), max_samples_); ++i) show(i);
    leave_out(samples(), max_samples_, "samples");
  }
  void leave_out(std::size_t count, std::size_t shown, const char* what) {
    if (count > shown) writer_.remark("… " + std::to_string(count - shown) + " more " + what);
  }
  std::string of_sample(std::size_t sample) const {
    return samples() == 1 ? "" : "sample " + std::to_string(sample + 1);
  }
  static std::string joined(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() ? a + b : a + "; " + b;
  }

  void forward(std::size_t index) {
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      each_sample([&](std::size_t sample) { forward(index, unit, sample); });
    });
  }

  void forward(std::size_t index, std::size_t unit, std::size_t sample) {
    std::string where = of_sample(sample);
    for (const hinge::Equation& e : layer(index).forward_equations(unit, sample, format_)) {
      writer_.equation(e.left, e.sides, joined(std::exchange(where, ""), e.remark),
                       e.remark.empty() ? Tone::plain : tone_of(index, unit, sample));
    }
  }

  Tone tone_of(std::size_t index, std::size_t unit, std::size_t sample) const {
    return layer(index).blocks_gradient(unit, sample) ? Tone::off : Tone::plain;
  }

  void sample_loss(std::size_t sample) {
    if (step_.factors[sample] == 0) return writer_.remark(joined("weighs nothing: no part of L", of_sample(sample)));
    const hinge::LossSample numbers = explanation_.source->loss_sample(step_, sample);
    if (loss_.output_transform() != hinge::OutputTransform::identity) predictions(numbers, sample);
    writer_.equation("l", loss_.loss_sides(numbers, format_), of_sample(sample));
  }

  void predictions(const hinge::LossSample& numbers, std::size_t sample) {
    for (std::size_t k = 0; k < std::min(step_.output.rows(), max_units_); ++k) {
      writer_.equation(index_name("p", k),
                       prediction_sides(loss_.output_transform(), numbers.outputs, k, numbers.predictions[k], format_),
                       joined("target " + format_.number(loss_.target(numbers, k)), of_sample(sample)));
    }
    leave_out(step_.output.rows(), max_units_, "outputs");
  }

  void backward(std::size_t index) {
    writer_.subheading(layer_title(index));
    each_element(
        index, [&](std::size_t unit) { each_sample([&](std::size_t sample) { delta(index, unit, sample); }); },
        [&](std::size_t p, std::size_t row, std::size_t col) { gradient(index, p, row, col); });
  }

  // Calls start(unit) and then show(parameter, row, col) for each element of the unit, and at the end for the elements
  // that all units share. Parameters are counted within the layer.
  template <typename Start, typename Show>
  void each_element(std::size_t index, const Start& start, const Show& show) {
    const auto show_rows = [&](bool per_unit, std::size_t first, std::size_t rows) {
      for (std::size_t i = 0; i < step_.layers[index].parameters; ++i) {
        const ExplainedParameter& p = parameter(index, i);
        if (p.is_per_unit != per_unit) continue;
        for (std::size_t row = first; row < std::min(first + rows, p.before.rows()); ++row) {
          for (std::size_t col = 0; col < std::min(p.before.cols(), max_terms_); ++col) show(i, row, col);
          leave_out(p.before.cols(), max_terms_, "weights");
        }
      }
    };
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      start(unit);
      show_rows(true, unit, 1);
    });
    if (!shares_parameters(index)) return;
    writer_.label("all units");
    show_rows(false, 0, max_units_);
  }

  bool shares_parameters(std::size_t index) const {
    for (std::size_t i = 0; i < step_.layers[index].parameters; ++i) {
      if (!parameter(index, i).is_per_unit) return true;
    }
    return false;
  }

  void delta(std::size_t index, std::size_t unit, std::size_t sample) {
    const auto equations = layer(index).backward_equations(unit, sample, format_);
    writer_.equation(equations.empty() ? "δ" : "∂L/∂a", upstream_sides(index, unit, sample), of_sample(sample));
    for (const hinge::Equation& e : equations)
      writer_.equation(e.left, e.sides, e.remark, tone_of(index, unit, sample));
  }

  // The sides of the equation for ∂L/∂a: from the loss, or from the next layer.
  std::vector<std::string> upstream_sides(std::size_t index, std::size_t unit, std::size_t sample) const {
    if (index + 1 == step_.layers.size()) {
      return loss_.gradient_sides(explanation_.source->loss_sample(step_, sample), unit, format_);
    }
    auto sides = hinge_command::upstream_sides(explanation_.source->network(), index, unit, sample, format_);
    sides.push_back(format_.number(step_.layers[index].upstream(unit, sample)));
    return sides;
  }

  void gradient(std::size_t index, std::size_t i, std::size_t row, std::size_t col) {
    const ExplainedParameter& p = parameter(index, i);
    const std::string name = p.element(row, col);
    if (!p.trainable) {
      if (col == 0)
        writer_.remark((p.before.cols() > 1 ? std::string("the weights are") : name + " is") + " not trained");
      return;
    }
    auto sides = layer(index).parameter_gradient_sides(i, row, col, format_);
    sides.push_back(format_.number(p.gradient(row, col)));
    const Proof& proof = shown_.proof(step_.layers[index].first_parameter + i, row, col);
    if (!proof.difference) {
      return writer_.equation("∂L/∂" + name, sides, "no difference: too near a kink, or too steep");
    }
    writer_.equation("∂L/∂" + name, sides,
                     "difference " + format_.number(*proof.difference) + (proof.agrees ? " ok" : " DIFFERS"),
                     proof.agrees ? Tone::plain : Tone::wrong);
  }

  void update(std::size_t index) {
    writer_.subheading(layer_title(index));
    each_element(
        index, [](std::size_t) {},
        [&](std::size_t i, std::size_t row, std::size_t col) {
          const ExplainedParameter& p = parameter(index, i);
          update(p, row, col, p.element(row, col));
        });
  }

  void update(const ExplainedParameter& p, std::size_t row, std::size_t col, const std::string& name) {
    const auto index = static_cast<std::size_t>(&p - step_.parameters.data());
    for (const hinge::Equation& equation :
         explanation_.source->update_equations(step_, index, row, col, name, format_)) {
      writer_.equation(equation.left, equation.sides, equation.remark);
    }
  }

  const ShownExplanation& explanation_;
  const ShownStep& shown_;
  const hinge::ExplainedStep& step_;
  const Selection& selection_;
  EquationWriter& writer_;
  const hinge::Loss<double>& loss_;
  std::size_t max_units_;
  std::size_t max_terms_;
  std::size_t max_samples_;
  hinge::EquationFormat format_;
};

}  // namespace

std::vector<std::string> upstream_sides(const hinge::Network<double>& network, std::size_t layer, std::size_t unit,
                                        std::size_t sample, const hinge::EquationFormat& format) {
  if (const auto next = network.next_in_row(layer)) {
    return network.layer(*next).input_gradient_sides(unit, sample, format);
  }
  const std::size_t block = layer + 1;  // numbered just behind its last layer
  return {"∂L/∂f of layer " + std::to_string(block + 1)};
}

std::string explanation_text(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
                             Notation notation, int digits) {
  EquationWriter writer(notation);
  if (shown.step.number == 1) writer.title(explanation.title);
  if (explanation.steps > 1) writer.heading("STEP " + std::to_string(shown.step.number));
  StepWriter step(explanation, shown, selection, writer, digits);
  step.forward();
  step.loss();
  step.backward();
  step.update();
  return writer.take();
}

}  // namespace hinge_command
