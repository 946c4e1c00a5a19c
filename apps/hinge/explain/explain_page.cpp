// The page: one file with the data inside. Its layout and script are in explain_page.html.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drawing/palette.h"
#include "explain/equation_writer.h"
#include "explain/explain_view.h"
#include "explain/page_template.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

constexpr int page_digits = 9;
constexpr std::size_t page_terms = 6;  // of the sums of layers

template <typename ValueAt>
JsonValue list_json(std::size_t count, const ValueAt& at) {
  std::vector<JsonValue> list;
  for (std::size_t i = 0; i < count; ++i) list.emplace_back(at(i));
  return list;
}

JsonValue equations_json(const std::vector<hinge::Equation>& equations) {
  return list_of(equations, [](const hinge::Equation& e) {
    return JsonValue::object({{"left", e.left}, {"sides", hinge::list_of(e.sides)}, {"remark", e.remark}});
  });
}

// at(row, col) for the elements of a parameter that the page shows.
template <typename ValueAt>
JsonValue elements_json(const hinge::ExplainedParameter& parameter, std::size_t known, const ValueAt& at) {
  return list_json(std::min(parameter.before.rows(), known), [&](std::size_t row) {
    return list_json(std::min(parameter.before.cols(), known), [&](std::size_t col) { return at(row, col); });
  });
}

JsonValue updates_json(const ShownExplanation& explanation, const hinge::ExplainedStep& step, std::size_t index) {
  const hinge::EquationFormat format(page_digits, overview_terms);
  const hinge::ExplainedParameter& parameter = step.parameters[index];
  const std::size_t known = units_on_page(explanation.source->network(), explanation.steps);
  return elements_json(parameter, known, [&](std::size_t row, std::size_t col) {
    return equations_json(
        explanation.source->update_equations(step, index, row, col, parameter.element(row, col), format));
  });
}

// The equations of one layer.
class LayerEquations {
 public:
  LayerEquations(const ShownExplanation& explanation, const hinge::ExplainedStep& step, std::size_t index)
      : source_(*explanation.source),
        network_(source_.network()),
        step_(step),
        index_(index),
        known_(units_on_page(network_, explanation.steps)) {}

  JsonValue json() const {
    return JsonValue::object(
        {{"forward", each_unit([&](std::size_t unit, std::size_t i) { return equations_json(forward(unit, i)); })},
         {"backward", each_unit([&](std::size_t unit, std::size_t i) { return equations_json(backward(unit, i)); })},
         {"blocks", each_unit([&](std::size_t unit, std::size_t i) { return layer().blocks_gradient(unit, i); })},
         {"block_input", block_input()},
         {"gradients", list_json(step_.layers[index_].parameters, [&](std::size_t p) { return gradients(p); })}});
  }

 private:
  // The number of the layer whose outputs a block reads, 0 for the inputs; null for a layer without layers inside.
  JsonValue block_input() const {
    std::size_t first = index_;
    while (first > 0 && network_.path(first - 1).starts_with(network_.path(index_) + ".layers.")) --first;
    return first == index_ ? JsonValue() : JsonValue(first);
  }

  const hinge::Layer<double>& layer() const { return network_.layer(index_); }

  // For each sample and unit.
  template <typename ValueAt>
  JsonValue each_unit(const ValueAt& at) const {
    const hinge::Matrix<double>& a = step_.layers[index_].output;
    return list_json(a.cols(), [&](std::size_t sample) {
      return list_json(std::min(a.rows(), known_), [&](std::size_t unit) { return at(unit, sample); });
    });
  }

  // The picture calls the output of every unit a.
  std::vector<hinge::Equation> forward(std::size_t unit, std::size_t sample) const {
    std::vector<hinge::Equation> equations = layer().forward_equations(unit, sample, format_);
    if (equations.back().left == "a") return equations;
    const std::string a = format_.number(step_.layers[index_].output(unit, sample));
    equations.push_back({"a", {equations.back().left, a}});
    return equations;
  }

  // ∂L/∂a from the loss or the next layer, and then δ.
  std::vector<hinge::Equation> backward(std::size_t unit, std::size_t sample) const {
    const std::string upstream = format_.number(step_.layers[index_].upstream(unit, sample));
    hinge::Equation first{"∂L/∂a"};
    if (index_ + 1 == network_.size()) {
      first.sides = source_.loss().gradient_sides(source_.loss_sample(step_, sample), unit, format_);
    } else {
      first.sides = upstream_sides(network_, index_, unit, sample, format_);
      first.sides.push_back(upstream);
    }
    std::vector<hinge::Equation> equations = layer().backward_equations(unit, sample, format_);
    if (equations.empty()) equations.push_back({"δ", {"∂L/∂a", upstream}});
    equations.insert(equations.begin(), std::move(first));
    return equations;
  }

  // The name of each element, and the sides of its gradient but for the value.
  JsonValue gradients(std::size_t index) const {
    const hinge::ExplainedParameter& p = step_.parameters[step_.layers[index_].first_parameter + index];
    return elements_json(p, known_, [&](std::size_t row, std::size_t col) {
      return JsonValue::object({{"name", p.element(row, col)},
                                {"sides", hinge::list_of(layer().parameter_gradient_sides(index, row, col, format_))}});
    });
  }

  const hinge::Explanation& source_;
  const hinge::Network<double>& network_;
  const hinge::ExplainedStep& step_;
  std::size_t index_;
  std::size_t known_;
  hinge::EquationFormat format_{page_digits, page_terms};
};

}  // namespace

JsonValue page_step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection) {
  const hinge::ExplainedStep& step = shown.step;
  const hinge::Loss<double>& loss = explanation.source->loss();
  const hinge::EquationFormat format(page_digits, overview_terms);
  const std::size_t outputs =
      std::min(step.output.rows(), units_on_page(explanation.source->network(), explanation.steps));
  const auto each_sample = [&](const auto& at) { return list_json(step.output.cols(), at); };
  const auto each_output = [&](const auto& at) {
    return each_sample([&](std::size_t i) {
      const hinge::LossSample sample = explanation.source->loss_sample(step, i);
      return list_json(outputs, [&](std::size_t k) { return at(sample, k); });
    });
  };
  JsonValue json = JsonValue::object();
  json.set("targets",
           each_output([&](const hinge::LossSample& sample, std::size_t k) { return loss.target(sample, k); }));
  if (loss.output_transform() != hinge::OutputTransform::identity) {
    json.set("predictions", each_output([&](const hinge::LossSample& sample, std::size_t k) {
               return hinge::list_of(
                   prediction_sides(loss.output_transform(), sample.outputs, k, sample.predictions[k], format));
             }));
  }
  json.set("losses", each_sample([&](std::size_t i) {
             return hinge::list_of(loss.loss_sides(explanation.source->loss_sample(step, i), format));
           }));
  json.set("layers", list_json(step.layers.size(), [&](std::size_t index) {
             return selection.shows(index) ? LayerEquations(explanation, step, index).json() : JsonValue();
           }));
  json.set("updates", list_json(step.layers.size(), [&](std::size_t index) {
             const hinge::ExplainedLayer& layer = step.layers[index];
             return list_json(selection.shows(index) ? layer.parameters : 0, [&](std::size_t p) {
               return updates_json(explanation, step, layer.first_parameter + p);
             });
           }));
  JsonValue whole = step_json(explanation, shown, selection);
  whole.set("equations", std::move(json));
  return whole;
}

std::size_t units_on_page(const hinge::Network<double>& network, std::size_t steps) {
  constexpr std::size_t max_elements = 6000;  // some 3 MB
  return network.values().size() * steps <= max_elements ? max_elements : drawn_units;
}

std::string explanation_page(JsonValue data, std::size_t known) {
  data.set("drawn", drawn_units);
  data.set("known", known);
  std::string page(explain_page_template());
  constexpr std::string_view style_place = "/*STYLE*/";
  page.replace(page.find(style_place), style_place.size(), drawing_style());
  // Escapes `<`, so that no name in the data can end the script or open a comment.
  std::string json;
  for (const char c : hinge::to_json(data)) json += c == '<' ? std::string("\\u003c") : std::string(1, c);
  constexpr std::string_view place = "/*DATA*/";
  return page.replace(page.find(place), place.size(), json);
}

}  // namespace hinge_command
