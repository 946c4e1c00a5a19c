// The page: one file with the data inside. Its layout and script are in explain_page.html.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "explain/equation_writer.h"
#include "explain/explain_formulas.h"
#include "explain/explain_view.h"
#include "explain/page_template.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

constexpr int page_digits = 9;

template <typename ValueAt>
JsonValue list_json(std::size_t count, const ValueAt& at) {
  std::vector<JsonValue> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(at(i));
  return JsonValue::of(std::move(list));
}

JsonValue texts_json(const std::vector<std::string>& texts) {
  return list_json(texts.size(), [&](std::size_t i) { return JsonValue::of(texts[i]); });
}

// The name of an element in equations.
std::string name_of(const hinge::ExplainedParameter& parameter, std::size_t col) {
  if (parameter.name.ends_with(".weight")) return "w" + std::to_string(col + 1);
  return parameter.name.ends_with(".bias") ? "b" : "α";
}

JsonValue equation_json(const Equation& equation) {
  JsonValue json = JsonValue::object();
  json.set("left", JsonValue::of(equation.left));
  json.set("sides", texts_json(equation.sides));
  json.set("remark", JsonValue::of(equation.remark));
  return json;
}

JsonValue updates_json(const UpdateFormulas& formulas, const hinge::ExplainedParameter& parameter) {
  const auto drawn = [](std::size_t count) { return std::min(count, drawn_units); };
  return list_json(drawn(parameter.before.rows()), [&](std::size_t row) {
    return list_json(drawn(parameter.before.cols()), [&](std::size_t col) {
      const std::vector<Equation> equations = formulas.update(parameter, row, col, name_of(parameter, col));
      return list_json(equations.size(), [&](std::size_t i) { return equation_json(equations[i]); });
    });
  });
}

}  // namespace

JsonValue page_step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection) {
  const hinge::ExplainedStep& step = shown.step;
  const EquationWriter writer(Notation::text, page_digits);
  const LossFormulas losses(explanation, step, writer);
  const UpdateFormulas updates(explanation, step, writer);
  const std::size_t outputs = std::min(step.output.rows(), drawn_units);
  const auto each_sample = [&](const auto& at) { return list_json(step.output.cols(), at); };
  const auto each_output = [&](const auto& sides) {
    return each_sample([&](std::size_t sample) {
      return list_json(outputs, [&](std::size_t output) { return texts_json(sides(output, sample)); });
    });
  };
  JsonValue json = JsonValue::object();
  json.set("targets", each_sample([&](std::size_t sample) {
             return list_json(outputs,
                              [&](std::size_t output) { return JsonValue::of(losses.target(output, sample)); });
           }));
  if (explanation.output_transform != hinge::OutputTransform::identity) {
    json.set("predictions", each_output([&](std::size_t output, std::size_t sample) {
               return losses.prediction(output, sample, overview_terms);
             }));
  }
  json.set("losses", each_sample([&](std::size_t sample) {
             std::vector<std::string> sides = losses.sample_loss(sample, overview_terms);
             sides.push_back(writer.number(step.sample_losses[sample]));
             return texts_json(sides);
           }));
  json.set("slopes", each_output([&](std::size_t output, std::size_t sample) { return losses.slope(output, sample); }));
  json.set("updates", list_json(step.layers.size(), [&](std::size_t index) {
             const hinge::ExplainedLayer& layer = step.layers[index];
             return list_json(selection.shows(index) ? layer.parameters : 0, [&](std::size_t p) {
               return updates_json(updates, step.parameters[layer.first_parameter + p]);
             });
           }));
  JsonValue whole = step_json(explanation, shown, selection);
  whole.set("equations", std::move(json));
  return whole;
}

std::string explanation_page(JsonValue data) {
  data.set("drawn", JsonValue::of(drawn_units));
  std::string page(explain_page_template());
  // Escapes `<`, so that no name in the data can end the script or open a comment.
  std::string json;
  for (const char c : hinge::to_json(data)) json += c == '<' ? std::string("\\u003c") : std::string(1, c);
  constexpr std::string_view place = "/*DATA*/";
  return page.replace(page.find(place), place.size(), json);
}

}  // namespace hinge_command
