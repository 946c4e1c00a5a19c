#include <cmath>

#include <hinge/core/text.h>
#include <hinge/optim/run/config.h>

#include "explain/explain_view.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

JsonValue finite_or_null(double value) { return hinge::number_or_null(value); }

// Prints the digits of the float, not those of its double.
JsonValue finite_or_null(float value) {
  JsonValue json = finite_or_null(static_cast<double>(value));
  if (std::isfinite(value)) json.text = hinge::to_text(value);
  return json;
}

// A list by row (unit) of lists by column; with `only`, that row alone.
template <typename ValueAt>
JsonValue rows_json(std::size_t rows, std::size_t cols, const std::optional<std::size_t>& only, const ValueAt& at) {
  std::vector<JsonValue> list;
  for (std::size_t r = 0; r < rows; ++r) {
    if (only && *only != r) continue;
    std::vector<JsonValue> row;
    for (std::size_t c = 0; c < cols; ++c) row.push_back(at(r, c));
    list.emplace_back(std::move(row));
  }
  return list;
}

// A list by column (sample) of lists by row (unit).
template <typename Scalar>
JsonValue columns_json(const hinge::Matrix<Scalar>& values) {
  return rows_json(values.cols(), values.rows(), {},
                   [&](std::size_t c, std::size_t r) { return finite_or_null(values(r, c)); });
}

JsonValue rows_json(const hinge::Matrix<double>& values, const std::optional<std::size_t>& only) {
  return rows_json(values.rows(), values.cols(), only,
                   [&](std::size_t r, std::size_t c) { return finite_or_null(values(r, c)); });
}

JsonValue parameter_json(const ShownExplanation& explanation, const ShownStep& shown, std::size_t index,
                         const std::optional<std::size_t>& unit) {
  const hinge::ExplainedParameter& p = shown.step.parameters[index];
  const auto only = p.is_per_unit ? unit : std::nullopt;
  JsonValue json = JsonValue::object(
      {{"name", p.name}, {"symbol", p.symbol}, {"trainable", p.trainable}, {"before", rows_json(p.before, only)}});
  if (p.trainable) {
    json.set("gradient", rows_json(p.gradient, only));
    const auto proofs = [&](const auto& shown_of) {
      return rows_json(p.before.rows(), p.before.cols(), only, [&](std::size_t r, std::size_t c) {
        const Proof& proof = shown.proof(index, r, c);
        return proof.difference ? shown_of(proof) : JsonValue();
      });
    };
    json.set("difference", proofs([](const Proof& proof) { return finite_or_null(*proof.difference); }));
    json.set("agrees", proofs([](const Proof& proof) { return JsonValue(proof.agrees); }));
    json.set("used", rows_json(p.used, only));
    JsonValue memory = JsonValue::object();
    const std::vector<std::string> names = explanation.source->memory_names();
    for (std::size_t i = 0; i < names.size(); ++i) {
      memory.set(names[i], JsonValue::object({{"before", rows_json(p.memory_before[i], only)},
                                              {"after", rows_json(p.memory_after[i], only)}}));
    }
    json.set("memory", std::move(memory));
  }
  json.set("after", rows_json(p.after, only));
  return json;
}

JsonValue layer_json(const ShownExplanation& explanation, const ShownStep& shown, std::size_t index,
                     const Selection& selection) {
  const hinge::ExplainedLayer& layer = shown.step.layers[index];
  const hinge::Layer<double>& trained = explanation.source->network().layer(index);
  std::vector<JsonValue> parameters;
  for (std::size_t p = 0; p < layer.parameters && selection.shows(index); ++p) {
    parameters.push_back(parameter_json(explanation, shown, layer.first_parameter + p, selection.unit));
  }
  return JsonValue::object(
      {{"layer", index + 1},
       {"type", layer.type},
       {"activation", explanation.activation(index)},
       {"weight", trained.weight().empty() ? JsonValue() : JsonValue(trained.parameters()[0].name())},
       {"x", columns_json(layer.input)},
       {"z", columns_json(layer.z)},
       {"a", columns_json(layer.output)},
       {"slope", columns_json(layer.slope)},
       {"upstream", columns_json(layer.upstream)},
       {"delta", columns_json(layer.delta)},
       {"parameters", std::move(parameters)}});
}

}  // namespace

JsonValue step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection) {
  const hinge::ExplainedStep& step = shown.step;
  const auto finite = [](double value) { return finite_or_null(value); };
  std::vector<JsonValue> layers;
  for (std::size_t i = 0; i < step.layers.size(); ++i) layers.push_back(layer_json(explanation, shown, i, selection));
  return JsonValue::object({{"step", step.number},
                            {"learning_rate", step.learning_rate},
                            {"loss", finite_or_null(step.loss)},
                            {"loss_in_float", finite_or_null(step.loss_in_float)},
                            {"sample_losses", hinge::list_of(step.sample_losses, finite)},
                            {"factors", hinge::list_of(step.factors, finite)},
                            {"output", columns_json(step.output)},
                            {"output_in_float", columns_json(step.output_in_float)},
                            {"prediction", columns_json(step.prediction)},
                            {"layers", std::move(layers)},
                            {"loss_after", finite_or_null(step.loss_after)}});
}

JsonValue explanation_json(const ShownExplanation& explanation, const Selection& selection,
                           std::vector<JsonValue> steps) {
  JsonValue json = JsonValue::object(
      {{"title", explanation.title}, {"loss", explanation.loss}, {"optimizer", explanation.optimizer}});
  if (selection.layer) json.set("layer", *selection.layer + 1);
  if (selection.unit) json.set("unit", *selection.unit + 1);
  json.set("inputs", columns_json(hinge::matrix_of(explanation.source->samples().inputs())));
  json.set("targets", columns_json(explanation.source->targets()));
  json.set("steps", std::move(steps));
  return json;
}

}  // namespace hinge_command
