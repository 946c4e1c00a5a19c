// The first pass of a run, and the learning rate of all its steps.
#include <hinge/optim/run/diagnosis/run_preview.h>

#include <algorithm>
#include <cmath>

#include <hinge/core/number.h>

namespace hinge {

namespace {

constexpr std::size_t preview_samples = 256;
constexpr std::size_t preview_rates = 1000;

bool is_in_block(const std::string& path) { return std::count(path.begin(), path.end(), '.') > 1; }

Batch<float> first_batch(const Dataset<float>& train) {
  const std::size_t count = std::min(preview_samples, train.size());
  Batch<float> batch(train.features(), train.target_rows(), count, train.has_weights());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t row = i * train.size() / count;
    for (std::size_t f = 0; f < train.features(); ++f) batch.inputs()(f, i) = train.inputs()(f, row);
    for (std::size_t k = 0; k < train.target_rows(); ++k) batch.values()(k, i) = train.values()(k, row);
    if (train.target_rows() == 0) batch.classes()[i] = train.classes()[row];
    if (train.has_weights()) batch.weights()[i] = train.weights()[row];
  }
  return batch;
}

double norm_of(const MatrixView<const float>& view) {
  double squares = 0;
  for (std::size_t i = 0; i < view.size(); ++i) {
    squares += static_cast<double>(view.data[i]) * static_cast<double>(view.data[i]);
  }
  return std::sqrt(squares);
}

double rms_of(const MatrixView<const float>& view) {
  return norm_of(view) / std::sqrt(static_cast<double>(view.size()));
}

// The share of the units whose φ′(z) is 0 on every sample.
double dead_share_of(const Layer<float>& layer) {
  if (layer.activation() == nullptr) return 0;
  const MatrixView<const float> z = layer.pre_activation();
  Matrix<float> slopes(z.rows, z.cols);
  layer.activation()->derivative(z, slopes.view());
  std::size_t dead = 0;
  for (std::size_t unit = 0; unit < z.rows; ++unit) {
    std::size_t sample = 0;
    while (sample < z.cols && slopes(unit, sample) == 0) ++sample;
    if (sample == z.cols) ++dead;
  }
  return static_cast<double>(dead) / static_cast<double>(z.rows);
}

// How far the last of some steps moves a weight, given the gradient of each.
double last_move(const OptimizerSpec& spec, const std::vector<float>& gradients) {
  Matrix<float> value(1, 1);
  Matrix<float> gradient(1, 1);
  value(0, 0) = 0;
  std::vector<Parameter<float>> parameters;
  parameters.emplace_back("weight", ParameterDeclaration{.rows = 1, .cols = 1, .decays = false}, value.view(),
                          gradient.view());
  const auto optimizer = spec->build<float>();
  optimizer->attach(parameters);
  double before = 0;
  for (const float each : gradients) {
    before = static_cast<double>(value(0, 0));
    gradient(0, 0) = each;
    optimizer->step(parameters);
  }
  return std::abs(static_cast<double>(value(0, 0)) - before);
}

StepFacts step_facts_of(const OptimizerSpec& spec) {
  constexpr std::size_t usual_steps = 20;
  StepFacts facts;
  facts.is_adaptive = last_move(spec, {1000}) < 2 * last_move(spec, {1});
  const double same = last_move(spec, {1, 1});
  facts.reads_signs = facts.is_adaptive && std::abs(last_move(spec, {1, 0.01F}) - same) < 1e-3 * same;
  for (std::size_t count = 1; count <= usual_steps; ++count) {
    facts.usual_step += last_move(spec, std::vector<float>(count, 1)) / static_cast<double>(usual_steps);
  }
  return facts;
}

}  // namespace

std::string key_of_path(const std::string& path) {
  std::string key = "model";
  std::size_t start = 0;
  while (start < path.size()) {  // a name and an index at a time
    const std::size_t point = path.find('.', start);
    const std::size_t end = std::min(path.find('.', point + 1), path.size());
    key += "." + path.substr(start, point - start) + "[" + path.substr(point + 1, end - point - 1) + "]";
    start = end + 1;
  }
  return key;
}

RunPreview::RunPreview(const ResolvedConfig& resolved, const DataParts& data_parts)
    : config(resolved.config),
      tree(resolved.tree),
      parts(data_parts),
      loss(config.loss->build<float>()),
      network(parts.train.features(), config.model.layers.specs(), config.train.seed),
      batch(first_batch(parts.train)) {
  take_first_pass();
  list_layers();
  const auto samples = static_cast<double>(parts.train.size());
  batches_per_epoch = std::ceil(samples / static_cast<double>(config.train.batch_size));
  steps = static_cast<double>(config.train.epochs) *
          std::ceil(batches_per_epoch / static_cast<double>(config.train.accumulate));
  follow_schedule();
}

void RunPreview::take_first_pass() {
  const PassScope<float> scope(network);
  const MatrixView<const float> outputs = network.forward(batch.inputs(), {.training = false, .updates_state = false});
  for (std::size_t i = 0; i < network.size(); ++i) {
    const Layer<float>& layer = network.layer(i);
    if (layer.weight().empty() || is_in_block(network.path(i))) continue;
    layers.push_back({.key = key_of_path(network.path(i)), .layer = &layer, .dead_share = dead_share_of(layer)});
  }
  Matrix<float> dz(outputs.rows, outputs.cols);
  const double weights = loss->weight_sum(batch.targets(), batch.weights());
  const double scale = loss->step_scale(weights);
  const LossSums sums = loss->evaluate(outputs, batch.targets(), batch.weights(), scale, dz.view());
  start_loss = sums.loss * scale;
  network.backward(dz.view(), InputGradient::skip, Gradients::replace);
}

void RunPreview::list_layers() {
  double squares = 0;
  for (const Parameter<float>& parameter : std::as_const(network).parameters()) {
    if (parameter.trainable()) squares += norm_of(parameter.gradient()) * norm_of(parameter.gradient());
  }
  gradient_norm = std::sqrt(squares);
  for (UnitLayer& layer : layers) {
    layer.weight = &layer.layer->parameters()[0];
    layer.is_hidden = &layer != &layers.back();
    layer.weight_size = rms_of(layer.weight->value());
    layer.gradient_size = rms_of(layer.weight->gradient());
  }
}

void RunPreview::follow_schedule() {
  optimizer = step_facts_of(config.optimizer);
  rate = number_at(tree, "optimizer.learning_rate");
  if (rate == 0 || steps == 0) return;
  const auto schedule = config.train.schedule->build(rate);
  const bool per_epoch = config.train.schedule->per_epoch();
  const double times = per_epoch ? static_cast<double>(config.train.epochs) : steps;
  const auto count = static_cast<std::size_t>(std::min<double>(preview_rates, times));
  for (std::size_t i = 0; i < count; ++i) {
    const auto k = static_cast<std::uint64_t>(static_cast<double>(i) * times / static_cast<double>(count));
    rates.push_back(schedule->rate(k) / rate);
  }
}

}  // namespace hinge
