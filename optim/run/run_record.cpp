// Recording a training.
#include <hinge/optim/run/run_record.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/cadence.h>
#include <hinge/optim/health/health_state.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

namespace hinge {

namespace {

constexpr std::size_t judged_training_samples = 2048;  // as many as a look at the neurons takes

double mean_weight_norm(const LayerHealth& layer) {
  double sum = 0;
  for (const UnitHealth& unit : layer.each) sum += unit.weight_norm;
  return layer.each.empty() ? 0 : sum / static_cast<double>(layer.each.size());
}

LayerHealth without_units(LayerHealth layer) {
  layer.each.clear();
  return layer;
}

void record_health(const HealthReport& health, std::uint64_t steps, RunRecord& record) {
  for (std::size_t i = 0; i < health.layers.size(); ++i) {
    LayerRecord& layer = record.layers[i];
    const double ratio = health.layers[i].update_ratio.value_or(0);
    layer.now = without_units(health.layers[i]);
    layer.max_update_ratio = std::max(layer.max_update_ratio, ratio);
    layer.travel += ratio * static_cast<double>(steps - record.steps);
    layer.weight_norm = mean_weight_norm(health.layers[i]);
  }
  record.steps = steps;
}

double largest_target(const Dataset<float>& train) {
  double largest = 0;
  for (std::size_t k = 0; k < train.target_rows(); ++k) {
    double squares = 0;
    for (std::size_t i = 0; i < train.size(); ++i) {
      const auto y = static_cast<double>(train.values()(k, i));
      squares += y * y;
    }
    largest = std::max(largest, std::sqrt(squares / static_cast<double>(train.size())));
  }
  return largest;
}

double largest_decay(OptimizerSpec optimizer) {
  double largest = 0;
  const std::vector<Option> options = optimizer.held().options();
  for (const char* name : {"weight_decay", "l1"}) {
    const Option* option = find_option(options, name);
    double* const* decay = option == nullptr ? nullptr : std::get_if<double*>(&option->place);
    if (decay != nullptr) largest = std::max(largest, **decay);
  }
  return largest;
}

std::optional<PartScore> training_score_of(const Run& run) {
  const Dataset<float>& train = run.data().train;
  if (train.size() <= judged_training_samples) return measured_score(run, train, "training");
  std::vector<std::size_t> rows(judged_training_samples);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * train.size() / rows.size();
  return measured_score(run, train.subset(rows), "training");
}

}  // namespace

void list_state(StateArchive& state, RunRecord& record) {
  using Epoch = EpochFigures;
  using Layer = LayerRecord;
  state.add("steps", record.steps);
  state.add("first_loss", record.first_loss);
  state.add("largest_input", record.largest_input);
  state.add("epochs", record.epochs, {&Epoch::epoch, &Epoch::loss, &Epoch::score});
  std::vector<LayerHealth> now;
  for (const Layer& layer : record.layers) now.push_back(layer.now);
  state.add("records", record.layers,
            {&Layer::max_update_ratio, &Layer::travel, &Layer::first_weight_norm, &Layer::weight_norm});
  list_state(state, now);
  state.require(now.size() == record.layers.size(), "layers");
  for (std::size_t i = 0; i < now.size(); ++i) record.layers[i].now = now[i];
}

void record_start(const StartReport& report, RunRecord& record) {
  if (!report.health || report.resumed_epoch > 0) return;
  record.first_loss = report.health->loss;
  record.largest_input = report.health->largest_input;
  for (const LayerHealth& layer : report.health->layers) {
    const double norm = mean_weight_norm(layer);
    record.layers.push_back({.now = without_units(layer), .first_weight_norm = norm, .weight_norm = norm});
  }
}

void record_epoch(const EpochReport& report, RunRecord& record) {
  if (report.health) record_health(*report.health, report.steps, record);
  if (Cadence().is_due(report.epoch)) {
    record.epochs.push_back({report.epoch, report.train.loss, score_in(report.train)});
  }
}

void record_facts(const Run& run, RunRecord& record) {
  record.samples = run.data().train.size();
  record.target_size = largest_target(run.data().train);
  record.clip_norm = run.config().train.clip_norm;
  record.decay = largest_decay(run.config().optimizer);
}

void record_training(Run& run, RunRecord& record) {
  record_facts(run, record);
  run.trainer().on_start([&record](const StartReport& report) { record_start(report, record); });
  run.trainer().on_epoch([&record](const EpochReport& report) {
    record_epoch(report, record);
    return Control::proceed;
  });
  run.trainer().on_divergence([&record](const EpochReport& report, const NonFiniteError& error) {
    if (report.health) record_health(*report.health, report.steps, record);
    record.error = error.what();
  });
}

void record_end(const Run& run, const FitResult& result, const std::optional<PartMeasures>& test, RunRecord& record) {
  record.stopped_early = result.stopped_early;
  if (!result.epochs.empty() && (record.epochs.empty() || record.epochs.back().epoch < result.epochs.back().epoch)) {
    const EpochReport& last = result.epochs.back();
    record.epochs.push_back({last.epoch, last.train.loss, score_in(last.train)});
  }
  if (result.epochs.empty()) return;  // nothing was trained that could have learned
  try {
    record.train = training_score_of(run);
  } catch (const NonFiniteError& error) {  // the last step went too far for a loss, though not for the weights
    record.error = error.what();
  }
  if (test) {
    record.judged = score_of(run, *run.data().test, "test", *test);
  } else if (run.data().validation) {
    record.judged = measured_score(run, *run.data().validation, "validation");
  }
}

}  // namespace hinge
