// The state of a training as JSON: what the page draws.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/run/diagnosis/run_preview.h>

#include "answers.h"
#include "faults.h"

namespace hinge_playground {

namespace {

using hinge::JsonValue;
using hinge::number_or_null;

template <typename ValueAt>
JsonValue rows_json(std::size_t rows, std::size_t cols, const ValueAt& at) {
  std::vector<JsonValue> list;
  for (std::size_t r = 0; r < rows; ++r) {
    std::vector<JsonValue> row;
    for (std::size_t c = 0; c < cols; ++c) row.push_back(at(r, c));
    list.emplace_back(std::move(row));
  }
  return list;
}

JsonValue rows_json(const hinge::MatrixView<const float>& values) {
  return rows_json(values.rows, values.cols, [&](std::size_t r, std::size_t c) { return number_json(values(r, c)); });
}

// The samples in their raw units: features × samples.
hinge::Matrix<double> raw_values(const hinge::MatrixView<const float>& scaled, const hinge::Preprocessing& scaling) {
  hinge::Matrix<double> raw(scaled.rows, scaled.cols);
  for (std::size_t r = 0; r < scaled.rows; ++r) {
    for (std::size_t c = 0; c < scaled.cols; ++c) raw(r, c) = static_cast<double>(scaled(r, c));
  }
  if (!scaling.is_identity()) scaling.invert(raw.view());
  return raw;
}

// A list by sample of lists by row; of one row, a plain list.
JsonValue samples_json(const hinge::Matrix<double>& values, bool is_plain) {
  const auto number = [](double value) { return number_or_null(value); };
  if (!is_plain) {
    return rows_json(values.cols(), values.rows(), [&](std::size_t c, std::size_t r) { return number(values(r, c)); });
  }
  return hinge::list_of(values.elements(), number);
}

JsonValue part_json(const hinge::Dataset<float>& part, const hinge::DataParts& parts) {
  const auto class_index = [](std::int32_t index) { return static_cast<std::size_t>(index); };
  JsonValue targets = part.target_rows() == 0
                          ? hinge::list_of(part.classes(), class_index)
                          : samples_json(raw_values(part.values(), parts.targets), part.target_rows() == 1);
  return JsonValue::object(
      {{"inputs", samples_json(raw_values(part.inputs(), parts.inputs), false)}, {"targets", std::move(targets)}});
}

// The part beside the training part that the page shows: the validation part, else the test part.
const hinge::Dataset<float>* test_part(const hinge::DataParts& parts) {
  if (parts.validation) return &*parts.validation;
  return parts.test ? &*parts.test : nullptr;
}

JsonValue test_json(const hinge::DataParts& parts) {
  const hinge::Dataset<float>* part = test_part(parts);
  if (part == nullptr) return {};
  JsonValue json = part_json(*part, parts);
  json.set("part", parts.validation ? "validation" : "test");
  return json;
}

JsonValue range_json(const double (&range)[2]) { return std::vector<JsonValue>{range[0], range[1]}; }

JsonValue data_json(const hinge::DataParts& parts) {
  const View view = view_of(parts);
  const hinge::Dataset<float>& train = parts.train;
  return JsonValue::object({{"task", train.target_rows() == 0 ? "classification" : "regression"},
                            {"features", hinge::list_of(train.feature_names())},
                            {"classes", hinge::list_of(train.class_names())},
                            {"targets", hinge::list_of(train.target_names())},
                            {"view", JsonValue::object({{"x", range_json(view.x)}, {"y", range_json(view.y)}})},
                            {"train", part_json(train, parts)},
                            {"test", test_json(parts)}});
}

JsonValue activation_json(const hinge::Layer<float>& layer) {
  if (layer.activation_spec() == nullptr) return {};
  hinge::ActivationSpec spec = *layer.activation_spec();
  JsonValue json = JsonValue::object({{"type", spec.type()}});
  for (const hinge::JsonMember& option : hinge::config_of(spec.held()).members) json.members.push_back(option);
  return json;
}

JsonValue network_json(const hinge::Network<float>& network) {
  std::vector<JsonValue> layers;
  for (std::size_t i = 0; i < network.size(); ++i) {
    const hinge::Layer<float>& layer = network.layer(i);
    layers.push_back(JsonValue::object(
        {{"layer", i + 1},
         {"path", hinge::key_of_path(network.path(i))},
         {"type", network.spec(i).type()},
         {"units", layer.outputs()},
         {"inputs", layer.inputs()},
         {"activation", activation_json(layer)},
         {"parameters", hinge::list_of(layer.parameters(), [](const auto& p) { return p.name(); })}}));
  }
  return layers;
}

JsonValue maps_json(const hinge::Network<float>& network) {
  std::vector<JsonValue> maps;
  for (const std::size_t layer : drawn_layers(network)) {
    for (std::size_t unit = 0; unit < network.layer(layer).outputs(); ++unit) {
      maps.push_back(JsonValue::object({{"layer", layer + 1}, {"unit", unit + 1}}));
    }
  }
  for (std::size_t k = 0; k < network.outputs(); ++k) maps.push_back(JsonValue::object({{"output", k + 1}}));
  return maps;
}

// Null where the outputs are too large for a loss.
JsonValue figures_json(const Training& training, const hinge::Dataset<float>& part) {
  hinge::Evaluation evaluation{.loss = std::numeric_limits<double>::quiet_NaN()};
  try {
    evaluation = training.evaluate(part);
  } catch (const hinge::NonFiniteError&) {  // shown as such: the page must still draw the network
  }
  JsonValue json =
      JsonValue::object({{"loss", number_or_null(evaluation.loss)}, {"accuracy", number_or_null(evaluation.accuracy)}});
  if (evaluation.r2) json.set("r2", number_or_null(evaluation.r2));
  return json;
}

// a·x + b·y + c = 0 for each unit, in raw coordinates: x′ = (x − offset) / divisor is what the network sees.
JsonValue hinges_json(const hinge::Network<float>& network, const hinge::Preprocessing& scaling) {
  const hinge::Layer<float>& layer = network.layer(0);
  const hinge::MatrixView<const float> weight = layer.weight();
  if (weight.empty() || !scaling.methods().empty()) return std::vector<JsonValue>();
  const bool has_bias = layer.parameters().size() > 1 && layer.parameters()[1].name().ends_with(".bias");
  std::vector<JsonValue> hinges;
  for (std::size_t unit = 0; unit < weight.rows; ++unit) {
    double line[3] = {0, 0, has_bias ? static_cast<double>(layer.parameters()[1].value()(unit, 0)) : 0};
    for (std::size_t i = 0; i < weight.cols; ++i) {
      const double divisor = scaling.is_identity() ? 1 : scaling.divisors()[i];
      const double offset = scaling.is_identity() ? 0 : scaling.offsets()[i];
      line[i] = static_cast<double>(weight(unit, i)) / divisor;
      line[2] -= line[i] * offset;
    }
    const bool has_line = (line[0] != 0 || line[1] != 0) && std::isfinite(line[0] + line[1] + line[2]);
    hinges.push_back(has_line ? JsonValue(std::vector<JsonValue>{line[0], line[1], line[2]}) : JsonValue());
  }
  return hinges;
}

JsonValue units_json(const hinge::HealthReport& report, std::size_t layer) {
  for (const hinge::LayerHealth& health : report.layers) {
    if (health.layer != layer + 1) continue;
    return hinge::list_of(health.each, [](const hinge::UnitHealth& unit) {
      return JsonValue::object({{"state", hinge::state_name(unit)}, {"fires", unit.fires}});
    });
  }
  return std::vector<JsonValue>();
}

JsonValue parameters_json(const hinge::Layer<float>& layer, bool has_gradients) {
  return hinge::list_of(layer.parameters(), [&](const hinge::Parameter<float>& p) {
    return JsonValue::object({{"name", p.name()},
                              {"values", rows_json(p.value())},
                              {"gradients", has_gradients ? rows_json(p.gradient()) : JsonValue()}});
  });
}

JsonValue layers_json(const Training& training, const hinge::HealthReport& report) {
  std::vector<JsonValue> layers;
  for (std::size_t i = 0; i < training.network().size(); ++i) {
    JsonValue layer =
        JsonValue::object({{"layer", i + 1},
                           {"parameters", parameters_json(training.network().layer(i), training.has_gradients())},
                           {"units", units_json(report, i)}});
    if (i == 0) layer.set("hinges", hinges_json(training.network(), training.setup().run.data().inputs));
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

JsonValue number_json(float value) {
  JsonValue json;
  if (!std::isfinite(value)) return json;
  json.kind = JsonValue::Kind::number;
  json.text = hinge::to_text(value);
  return json;
}

View view_of(const hinge::DataParts& parts) {
  std::vector<const hinge::Dataset<float>*> drawn = {&parts.train};
  if (const hinge::Dataset<float>* test = test_part(parts)) drawn.push_back(test);
  const auto range_of = [&](const auto& values_of, std::size_t row, double(&range)[2]) {
    range[0] = std::numeric_limits<double>::infinity();
    range[1] = -range[0];
    for (const hinge::Dataset<float>* part : drawn) {
      const hinge::Matrix<double> values = values_of(*part);
      for (std::size_t i = 0; i < values.cols(); ++i) {
        range[0] = std::min(range[0], values(row, i));
        range[1] = std::max(range[1], values(row, i));
      }
    }
    const double margin = range[0] == range[1] ? 1 : (range[1] - range[0]) / 5;
    range[0] -= margin;
    range[1] += margin;
  };
  const auto inputs = [&](const hinge::Dataset<float>& part) { return raw_values(part.inputs(), parts.inputs); };
  const auto targets = [&](const hinge::Dataset<float>& part) { return raw_values(part.values(), parts.targets); };
  View view{};
  range_of(inputs, 0, view.x);
  if (parts.train.features() > 1) {
    range_of(inputs, 1, view.y);
  } else if (parts.train.target_rows() > 0) {
    range_of(targets, 0, view.y);
  } else {
    view.y[1] = 1;
  }
  return view;
}

std::vector<std::size_t> drawn_layers(const hinge::Network<float>& network) {
  std::vector<std::size_t> drawn;
  for (std::size_t i = 0; i + 1 < network.size(); ++i) {
    if (network.layer(i).has_units()) drawn.push_back(i);
  }
  return drawn;
}

JsonValue setup_json(const Session& session) {
  const Training& training = session.training();
  const Setup& setup = training.setup();
  return JsonValue::object({{"data", data_json(setup.run.data())},
                            {"network", network_json(training.network())},
                            {"maps", maps_json(training.network())},
                            {"config", hinge::resolved_config(setup.loaded, setup.loaded.folder)},
                            {"faults", hinge::list_of(hinge_command::faults(), &hinge_command::Fault::name)},
                            {"warnings", hinge::list_of(setup.loaded.notes)}});
}

JsonValue state_json(Session& session) {
  Training& training = session.training();
  const hinge::Run& run = training.setup().run;
  const hinge::HealthReport report = training.look();
  const hinge::Dataset<float>* test = test_part(run.data());
  std::size_t dead = 0;
  std::size_t hidden = 0;
  for (const hinge::LayerHealth& layer : report.layers) {
    dead += layer.dead;
    hidden += layer.units;
  }
  return JsonValue::object(
      {{"epoch", training.epochs()},
       {"step", training.steps()},
       {"batch", training.batches()},
       {"batches", training.batches_per_epoch()},
       {"learning_rate", training.learning_rate()},
       {"train", figures_json(training, run.data().train)},
       {"test", test == nullptr ? JsonValue() : figures_json(training, *test)},
       {"history", session.history().size()},
       {"edited", session.is_edited()},
       {"layers", layers_json(training, report)},
       {"probe", report.samples},
       {"dead", dead},
       {"hidden", hidden},
       {"verdict", hinge::json_of(hinge::judge(report, training.ledger(), run.config().health.thresholds))}});
}

JsonValue history_json(const Session& session, std::size_t first) {
  const std::vector<hinge::EpochReport>& all = session.history();
  const std::span<const hinge::EpochReport> rows = std::span(all).subspan(std::min(first, all.size()));
  const auto test_figure = [&](const auto& figure) {
    return hinge::list_of(rows, [&](const hinge::EpochReport& report) {
      return report.validation ? number_or_null(figure(*report.validation)) : JsonValue();
    });
  };
  const auto train_figure = [&](const auto& figure) {
    return hinge::list_of(rows, [&](const hinge::EpochReport& report) { return number_or_null(figure(report.train)); });
  };
  const auto loss = [](const hinge::Evaluation& e) { return std::optional(e.loss); };
  const auto accuracy = [](const hinge::Evaluation& e) { return e.accuracy; };
  return JsonValue::object(
      {{"epoch", hinge::list_of(rows, &hinge::EpochReport::epoch)},
       {"step", hinge::list_of(rows, [](const auto& row) { return static_cast<std::size_t>(row.steps); })},
       {"train_loss", train_figure(loss)},
       {"train_accuracy", train_figure(accuracy)},
       {"test_loss", test_figure(loss)},
       {"test_accuracy", test_figure(accuracy)}});
}

}  // namespace hinge_playground
