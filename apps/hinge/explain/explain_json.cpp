#include <cmath>

#include <hinge/core/text.h>

#include "explain/explain_view.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

JsonValue finite_or_null(double value) { return std::isfinite(value) ? JsonValue::of(value) : JsonValue(); }

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
    list.push_back(JsonValue::of(std::move(row)));
  }
  return JsonValue::of(std::move(list));
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
  JsonValue json = JsonValue::object();
  json.set("name", JsonValue::of(p.name));
  json.set("symbol", JsonValue::of(p.symbol));
  json.set("trainable", JsonValue::of(p.trainable));
  json.set("before", rows_json(p.before, only));
  if (p.trainable) {
    json.set("gradient", rows_json(p.gradient, only));
    const auto proofs = [&](const auto& shown_of) {
      return rows_json(p.before.rows(), p.before.cols(), only, [&](std::size_t r, std::size_t c) {
        const Proof& proof = shown.proof(index, r, c);
        return proof.difference ? shown_of(proof) : JsonValue();
      });
    };
    json.set("difference", proofs([](const Proof& proof) { return finite_or_null(*proof.difference); }));
    json.set("agrees", proofs([](const Proof& proof) { return JsonValue::of(proof.agrees); }));
    json.set("used", rows_json(p.used, only));
    JsonValue memory = JsonValue::object();
    for (std::size_t i = 0; i < explanation.memory_names.size(); ++i) {
      JsonValue slot = JsonValue::object();
      slot.set("before", rows_json(p.memory_before[i], only));
      slot.set("after", rows_json(p.memory_after[i], only));
      memory.set(explanation.memory_names[i], std::move(slot));
    }
    json.set("memory", std::move(memory));
  }
  json.set("after", rows_json(p.after, only));
  return json;
}

JsonValue layer_json(const ShownExplanation& explanation, const ShownStep& shown, std::size_t index,
                     const Selection& selection) {
  const hinge::ExplainedLayer& layer = shown.step.layers[index];
  JsonValue json = JsonValue::object();
  json.set("layer", JsonValue::of(index + 1));
  json.set("type", JsonValue::of(layer.type));
  json.set("activation", JsonValue::of(layer.description));
  const hinge::Layer<double>& trained = explanation.source->network().layer(index);
  json.set("weight", trained.weight().empty() ? JsonValue() : JsonValue::of(trained.parameters()[0].name()));
  json.set("x", columns_json(layer.input));
  json.set("z", columns_json(layer.z));
  json.set("a", columns_json(layer.output));
  json.set("slope", columns_json(layer.slope));
  json.set("upstream", columns_json(layer.upstream));
  json.set("delta", columns_json(layer.delta));
  std::vector<JsonValue> parameters;
  if (selection.shows(index)) {
    for (std::size_t p = 0; p < layer.parameters; ++p) {
      parameters.push_back(parameter_json(explanation, shown, layer.first_parameter + p, selection.unit));
    }
  }
  json.set("parameters", JsonValue::of(std::move(parameters)));
  return json;
}

}  // namespace

JsonValue step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection) {
  const hinge::ExplainedStep& step = shown.step;
  const auto numbers = [](const std::vector<double>& values) {
    std::vector<JsonValue> list;
    for (const double value : values) list.push_back(finite_or_null(value));
    return JsonValue::of(std::move(list));
  };
  JsonValue json = JsonValue::object();
  json.set("step", JsonValue::of(step.number));
  json.set("learning_rate", JsonValue::of(step.learning_rate));
  json.set("loss", finite_or_null(step.loss));
  json.set("loss_in_float", finite_or_null(step.loss_in_float));
  json.set("sample_losses", numbers(step.sample_losses));
  json.set("factors", numbers(step.factors));
  json.set("output", columns_json(step.output));
  json.set("output_in_float", columns_json(step.output_in_float));
  json.set("prediction", columns_json(step.prediction));
  std::vector<JsonValue> layers;
  for (std::size_t i = 0; i < step.layers.size(); ++i) layers.push_back(layer_json(explanation, shown, i, selection));
  json.set("layers", JsonValue::of(std::move(layers)));
  json.set("loss_after", finite_or_null(step.loss_after));
  return json;
}

JsonValue explanation_json(const ShownExplanation& explanation, const Selection& selection,
                           std::vector<JsonValue> steps) {
  JsonValue json = JsonValue::object();
  json.set("title", JsonValue::of(explanation.title));
  json.set("loss", JsonValue::of(explanation.loss));
  json.set("optimizer", JsonValue::of(explanation.optimizer));
  if (selection.layer) json.set("layer", JsonValue::of(*selection.layer + 1));
  if (selection.unit) json.set("unit", JsonValue::of(*selection.unit + 1));
  json.set("inputs", columns_json(explanation.inputs));
  json.set("targets", columns_json(explanation.targets));
  json.set("steps", JsonValue::of(std::move(steps)));
  return json;
}

}  // namespace hinge_command
