// Writes steps as equations with their numbers.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/number.h>
#include <hinge/core/text.h>

#include "arguments/activation_argument.h"
#include "console.h"
#include "explain/equation_writer.h"
#include "explain/explain_formulas.h"
#include "explain/explain_view.h"

namespace hinge_command {

namespace {

using hinge::ExplainedLayer;
using hinge::ExplainedParameter;

std::string index_name(const char* letter, std::size_t index) { return letter + std::to_string(index + 1); }

// Writes one step.
class StepWriter {
 public:
  StepWriter(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
             EquationWriter& writer)
      : explanation_(explanation),
        shown_(shown),
        step_(shown.step),
        selection_(selection),
        writer_(writer),
        losses_(explanation, shown.step, writer),
        updates_(explanation, shown.step, writer) {
    if (selection.unit) max_units_ = max_terms_ = max_samples_ = static_cast<std::size_t>(-1);
  }

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
      writer_.equation("L", {"l", writer_.number(step_.loss)}, in_float);
      return;
    }
    Sum sum(max_terms_);
    for (std::size_t i = 0; i < samples(); ++i) {
      sum.add(product(writer_.number(step_.factors[i]), writer_.inner(step_.sample_losses[i])));
    }
    writer_.equation("L", {sum.text(), writer_.number(step_.loss)}, in_float);
  }

  void backward() {
    writer_.heading("BACKWARD  δ = ∂L/∂z");
    for (std::size_t i = step_.layers.size(); i-- > 0;) {
      if (selection_.shows(i)) backward(i);
    }
  }

  void update() {
    writer_.heading("UPDATE  " + std::string(explanation_.config->optimizer.type()) + ", learning rate " +
                    writer_.number(step_.learning_rate));
    for (std::size_t i = 0; i < step_.layers.size(); ++i) {
      if (selection_.shows(i) && step_.layers[i].parameters > 0) update(i);
    }
    writer_.heading("AFTER");
    writer_.equation("L", {writer_.number(step_.loss_after)}, "it was " + writer_.number(step_.loss));
  }

 private:
  std::size_t samples() const { return step_.output.cols(); }

  const ExplainedParameter* parameter(const ExplainedLayer& layer, std::string_view ending) const {
    for (std::size_t i = 0; i < layer.parameters; ++i) {
      const ExplainedParameter& p = step_.parameters[layer.first_parameter + i];
      if (p.name.ends_with(ending)) return &p;
    }
    return nullptr;
  }

  std::string layer_title(std::size_t index) const {
    const ExplainedLayer& layer = step_.layers[index];
    std::string text = "layer " + std::to_string(index + 1) + "  " + layer.type + ", " +
                       std::to_string(layer.input.rows()) + " → " + std::to_string(layer.output.rows());
    if (layer.activation.empty()) return text;
    const std::string with_options = text + ", " + layer.description;
    constexpr std::size_t width = 80;
    // The options of a learned α give its initial value, which would mislead beside a trained one.
    const bool learns = parameter(layer, ".alpha") != nullptr;
    return columns(with_options) <= width && !learns ? with_options : text + ", " + layer.activation;
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
    const ExplainedLayer& layer = step_.layers[index];
    const double z = layer.z(unit, sample);
    const double a = layer.output(unit, sample);
    const ExplainedParameter* weight = parameter(layer, ".weight");
    if (weight != nullptr) {
      Sum sum(max_terms_);
      for (std::size_t k = 0; k < weight->before.cols(); ++k) {
        sum.add(product(writer_.number(weight->before(unit, k)), writer_.inner(layer.input(k, sample))));
      }
      std::string terms = sum.text();
      if (const ExplainedParameter* bias = parameter(layer, ".bias")) {
        const double b = bias->before(unit, 0);
        terms += b < 0 ? " − " + writer_.number(-b) : " + " + writer_.number(b);
      }
      writer_.equation("z", {terms, writer_.number(z)}, of_sample(sample));
    }
    if (!layer.activation.empty()) {
      writer_.equation("a", {layer.activation + "(" + writer_.number(z) + ")", writer_.number(a)},
                       joined(weight == nullptr ? of_sample(sample) : "",
                              joined(alpha_remark(layer, unit, z), off_remark(layer, unit, sample))),
                       tone_of(layer, unit, sample));
    } else if (weight == nullptr) {
      const std::optional<double> factor = dropout_factor(index, unit, sample);
      std::vector<std::string> sides = {writer_.number(a)};
      if (factor)
        sides.insert(sides.begin(), product(writer_.number(layer.input(unit, sample)), writer_.number(*factor)));
      const char* const what = !factor ? "kept or dropped, it is 0" : *factor == 0 ? "dropped" : "kept";
      writer_.equation("a", sides, joined(what, of_sample(sample)));
    }
  }

  // The factor of a dropout layer for a unit: 0 or 1/(1 − rate). A layer does not show its mask, so the factor is
  // inferred from output and input, or from their gradients; nothing if both inputs are 0.
  std::optional<double> dropout_factor(std::size_t index, std::size_t unit, std::size_t sample) const {
    const ExplainedLayer& layer = step_.layers[index];
    hinge::LayerSpec spec = explanation_.config->model.layers.specs()[index];
    const double kept = 1 / (1 - numbers_of(spec.held())["rate"]);
    if (layer.input(unit, sample) != 0) return layer.output(unit, sample) == 0 ? 0 : kept;
    if (index == 0 || layer.upstream(unit, sample) == 0) return std::nullopt;
    return step_.layers[index - 1].upstream(unit, sample) == 0 ? 0 : kept;
  }

  std::string alpha_remark(const ExplainedLayer& layer, std::size_t unit, double z) const {
    const ExplainedParameter* alpha = parameter(layer, ".alpha");
    if (alpha == nullptr || z > 0) return "";
    return "α = " + writer_.number(alpha->before(alpha->before.rows() > 1 ? unit : 0, 0));
  }

  // The reason why a unit passes no gradient: it is off, or at a limit of a bounded function.
  std::string off_remark(const ExplainedLayer& layer, std::size_t unit, std::size_t sample) const {
    if (layer.slope(unit, sample) != 0) return "";
    if (layer.output(unit, sample) != 0 || is_bounded(layer.activation))
      return "saturated: slope 0, passes no gradient";
    const double z = layer.z(unit, sample);
    const std::string where = z < 0 ? "z < 0" : z > 0 ? "z > 0" : "z = 0";
    return where + ": off, passes no gradient";
  }

  static Tone tone_of(const ExplainedLayer& layer, std::size_t unit, std::size_t sample) {
    return layer.slope(unit, sample) == 0 ? Tone::off : Tone::plain;
  }

  static bool is_bounded(std::string_view activation) {
    const hinge::ActivationFacts& facts = facts_of(activation);
    return std::isfinite(facts.lowest) && std::isfinite(facts.highest);
  }

  void sample_loss(std::size_t sample) {
    if (step_.factors[sample] == 0) return writer_.remark(joined("weighs nothing: no part of L", of_sample(sample)));
    if (explanation_.output_transform != hinge::OutputTransform::identity) predictions(sample);
    std::vector<std::string> sides = losses_.sample_loss(sample, max_terms_);
    sides.push_back(writer_.number(step_.sample_losses[sample]));
    writer_.equation("l", sides, of_sample(sample));
  }

  void predictions(std::size_t sample) {
    for (std::size_t k = 0; k < std::min(step_.output.rows(), max_units_); ++k) {
      writer_.equation(index_name("p", k), losses_.prediction(k, sample, max_terms_),
                       joined("target " + writer_.number(losses_.target(k, sample)), of_sample(sample)));
    }
    leave_out(step_.output.rows(), max_units_, "outputs");
  }

  void backward(std::size_t index) {
    const ExplainedLayer& layer = step_.layers[index];
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      each_sample([&](std::size_t sample) { delta(index, unit, sample); });
      gradients(layer, unit);
    });
    if (const ExplainedParameter* alpha = slope_parameter(layer, true)) {
      writer_.label("all units");
      alpha_gradient(layer, *alpha, 0, layer.output.rows());
    }
  }

  void delta(std::size_t index, std::size_t unit, std::size_t sample) {
    const ExplainedLayer& layer = step_.layers[index];
    const bool bends = !layer.activation.empty();
    const double upstream = layer.upstream(unit, sample);
    const double value = layer.delta(unit, sample);
    writer_.equation(bends ? "∂L/∂a" : "δ", upstream_sides(index, unit, sample), of_sample(sample));
    if (!bends) return;
    const double slope = layer.slope(unit, sample);
    writer_.equation("δ",
                     {"∂L/∂a·φ′(z)", product(writer_.number(upstream), writer_.inner(slope)), writer_.number(value)},
                     off_remark(layer, unit, sample), tone_of(layer, unit, sample));
  }

  // The sides of the equation for ∂L/∂a: from the loss, or from the units of the next layer.
  std::vector<std::string> upstream_sides(std::size_t index, std::size_t unit, std::size_t sample) const {
    const double value = step_.layers[index].upstream(unit, sample);
    if (index + 1 == step_.layers.size()) return losses_.slope(unit, sample);
    const ExplainedLayer& next = step_.layers[index + 1];
    const ExplainedParameter* weight = parameter(next, ".weight");
    if (weight == nullptr && next.activation.empty()) {
      const std::optional<double> factor = dropout_factor(index + 1, unit, sample);
      if (!factor) return {writer_.number(value)};
      return {product(writer_.number(next.delta(unit, sample)), writer_.number(*factor)), writer_.number(value)};
    }
    if (weight == nullptr) return {"δ of layer " + std::to_string(index + 2), writer_.number(value)};
    Sum sum(max_terms_);
    for (std::size_t j = 0; j < weight->before.rows(); ++j) {
      sum.add(product(writer_.number(weight->before(j, unit)), writer_.inner(next.delta(j, sample))));
    }
    return {sum.text(), writer_.number(value)};
  }

  void gradients(const ExplainedLayer& layer, std::size_t unit) {
    if (const ExplainedParameter* weight = parameter(layer, ".weight")) {
      for (std::size_t k = 0; k < std::min(weight->before.cols(), max_terms_); ++k) {
        Sum sum(max_terms_);
        for (std::size_t i = 0; i < samples(); ++i) {
          sum.add(product(writer_.number(layer.delta(unit, i)), writer_.inner(layer.input(k, i))));
        }
        gradient(*weight, unit, k, index_name("w", k), samples() == 1 ? index_name("δ·x", k) : "", sum.text());
      }
      leave_out(weight->before.cols(), max_terms_, "weights");
    }
    if (const ExplainedParameter* bias = parameter(layer, ".bias")) {
      Sum sum(max_terms_);
      for (std::size_t i = 0; i < samples(); ++i) sum.add(writer_.number(layer.delta(unit, i)));
      gradient(*bias, unit, 0, "b", samples() == 1 ? "δ" : "", samples() == 1 ? "" : sum.text());
    }
    if (const ExplainedParameter* alpha = slope_parameter(layer, false)) alpha_gradient(layer, *alpha, unit, 1);
  }

  // The learned α that several units share, or else the one that has a value for each unit. Null if there is none.
  const ExplainedParameter* slope_parameter(const ExplainedLayer& layer, bool shared) const {
    const ExplainedParameter* alpha = parameter(layer, ".alpha");
    return alpha != nullptr && (alpha->before.rows() < layer.output.rows()) == shared ? alpha : nullptr;
  }

  // ∂L/∂α, with ∂a/∂α = z for z < 0, summed over the units that share α.
  void alpha_gradient(const ExplainedLayer& layer, const ExplainedParameter& alpha, std::size_t first_unit,
                      std::size_t units) {
    Sum sum(max_terms_);
    for (std::size_t u = first_unit; u < first_unit + units; ++u) {
      for (std::size_t i = 0; i < samples(); ++i) {
        if (layer.z(u, i) >= 0) continue;
        sum.add(product(writer_.number(layer.upstream(u, i)), writer_.inner(layer.z(u, i))));
      }
    }
    const bool is_one = units * samples() == 1 && !sum.text().empty();
    gradient(alpha, units == 1 ? first_unit : 0, 0, "α", is_one ? "∂L/∂a·z" : "", sum.text());
  }

  void gradient(const ExplainedParameter& p, std::size_t row, std::size_t col, const std::string& name,
                const std::string& letters, const std::string& numbers) {
    if (!p.trainable) {
      if (col == 0)
        writer_.remark((p.before.cols() > 1 ? std::string("the weights are") : name + " is") + " not trained");
      return;
    }
    const double value = p.gradient(row, col);
    std::vector<std::string> sides;
    for (const std::string& side : {letters, numbers}) {
      if (!side.empty()) sides.push_back(side);
    }
    sides.push_back(writer_.number(value));
    const Proof& proof = shown_.proof(static_cast<std::size_t>(&p - step_.parameters.data()), row, col);
    if (!proof.difference) {
      return writer_.equation("∂L/∂" + name, sides, "no difference: too near a kink, or too steep");
    }
    writer_.equation("∂L/∂" + name, sides,
                     "difference " + writer_.number(*proof.difference) + (proof.agrees ? " ok" : " DIFFERS"),
                     proof.agrees ? Tone::plain : Tone::wrong);
  }

  void update(std::size_t index) {
    const ExplainedLayer& layer = step_.layers[index];
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      if (const ExplainedParameter* weight = parameter(layer, ".weight")) {
        for (std::size_t k = 0; k < std::min(weight->before.cols(), max_terms_); ++k) {
          update(*weight, unit, k, index_name("w", k));
        }
        leave_out(weight->before.cols(), max_terms_, "weights");
      }
      if (const ExplainedParameter* bias = parameter(layer, ".bias")) update(*bias, unit, 0, "b");
      if (const ExplainedParameter* alpha = slope_parameter(layer, false)) update(*alpha, unit, 0, "α");
    });
    if (const ExplainedParameter* alpha = slope_parameter(layer, true)) {
      writer_.label("all units");
      update(*alpha, 0, 0, "α");
    }
  }

  void update(const ExplainedParameter& p, std::size_t row, std::size_t col, const std::string& name) {
    for (const Equation& equation : updates_.update(p, row, col, name)) {
      writer_.equation(equation.left, equation.sides, equation.remark);
    }
  }

  const ShownExplanation& explanation_;
  const ShownStep& shown_;
  const hinge::ExplainedStep& step_;
  const Selection& selection_;
  EquationWriter& writer_;
  LossFormulas losses_;
  UpdateFormulas updates_;
  std::size_t max_units_ = overview_units;
  std::size_t max_terms_ = overview_terms;
  std::size_t max_samples_ = 4;
};

}  // namespace

std::string explanation_text(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
                             Notation notation, int digits) {
  EquationWriter writer(notation, digits);
  if (shown.step.number == 1) writer.title(explanation.title);
  if (explanation.steps > 1) writer.heading("STEP " + std::to_string(shown.step.number));
  StepWriter step(explanation, shown, selection, writer);
  step.forward();
  step.loss();
  step.backward();
  step.update();
  return writer.take();
}

}  // namespace hinge_command
