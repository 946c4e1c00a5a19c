// Reads the table of runs, and trains them through the same library calls that the command `hinge train` makes.
#include "reference_runs.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/data/proben1.h>
#include <hinge/hinge.h>
#include <hinge/optim/run/study.h>

using namespace hinge;

namespace {

double number_of(const JsonValue& value) { return parse_double(value.text).value(); }

std::size_t size_of(const JsonValue& row, const char* key, std::size_t otherwise) {
  const JsonValue* value = row.find(key);
  return value != nullptr ? parse_size(value->text).value() : otherwise;
}

const std::vector<JsonMember>& members_of(const JsonValue& row, const char* key) {
  static const std::vector<JsonMember> none;
  const JsonValue* value = row.find(key);
  return value != nullptr ? value->members : none;
}

// [runs, mean, deviation]
Sample sample_of(const JsonValue& list) {
  return {.count = parse_size(list.elements.at(0).text).value(),
          .mean = number_of(list.elements.at(1)),
          .deviation = list.elements.size() > 2 ? number_of(list.elements[2]) : -1};
}

ReferenceRun read_run(const std::string& table, const JsonValue& row, const std::string& data_folder) {
  ReferenceRun run{.table = table,
                   .name = row.find("name")->text,
                   .config = HINGE_SOURCE_DIR "/configs/reference/" + row.find("config")->text,
                   .seeds = size_of(row, "seeds", 20),
                   .folds = size_of(row, "folds", 0),
                   .first = size_of(row, "first", 0)};
  if (const JsonValue* within = row.find("within")) run.within = number_of(*within);
  for (const JsonMember& set : members_of(row, "set")) {
    run.overrides.push_back(set.key + "=" + to_json_line(set.value));
  }
  for (const JsonMember& path : members_of(row, "data")) {
    run.data.emplace_back(path.key, data_folder + "/" + path.value.text);
  }
  for (const JsonMember& figure : members_of(row, "reference")) {
    run.reference.emplace_back(figure.key, sample_of(figure.value));
  }
  return run;
}

Dataset<float> first_samples(const Dataset<float>& data, std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return data.subset(rows);
}

// A target of 1 for the class of a sample and of 0 for the others, as PROBEN1 has them.
Dataset<float> with_one_hot_targets(const Dataset<float>& data) {
  Matrix<float> values(data.class_count(), data.size());
  for (std::size_t i = 0; i < data.size(); ++i) values(static_cast<std::size_t>(data.classes()[i]), i) = 1;
  return Dataset<float>::regression(data.inputs(), std::as_const(values).view());
}

DataParts read_squared_classes(const std::string& path) {
  const Parts<float> parts = read_proben1<float>(path);
  if (parts.train.task() == Task::regression) return {parts.train, parts.validation, parts.test};
  return {with_one_hot_targets(parts.train), with_one_hot_targets(parts.validation), with_one_hot_targets(parts.test)};
}

// The share of the samples of which another output than the wanted one is the largest.
double class_error(const Network<float>& network, const Dataset<float>& data) {
  const Matrix<float> output = network.predict(data.inputs());
  const auto largest = [](MatrixView<const float> column) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < column.rows; ++k) {
      if (column(k, 0) > column(best, 0)) best = k;
    }
    return best;
  };
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (largest(output.view().columns(i, 1)) != largest(data.values().columns(i, 1))) ++wrong;
  }
  return static_cast<double>(wrong) / static_cast<double>(data.size());
}

using OneRun = std::map<std::string, double>;

void add_scores(OneRun& figures, const Network<float>& network, const DataParts& data, const LossSpec& loss_spec) {
  const auto loss = loss_spec->build<float>();
  const auto score = [&](const Dataset<float>& part) {
    DatasetBatches<float> source(part);
    const Evaluation evaluation = evaluate(network, *loss, source);
    return evaluation.accuracy ? *evaluation.accuracy : *evaluation.r2;
  };
  figures["train"] = score(data.train);
  if (!data.test) return;
  figures["test"] = score(*data.test);
  if (loss->is_classification()) return;
  figures["squared_error"] = report_of(network, *loss, *data.test).squared_error_percentage / 100;
  if (data.test->target_rows() > 1) figures["class_error"] = class_error(network, *data.test);
}

// The probe is the test part. A unit is one-sided whatever its activation; a dead ReLU is.
void add_one_sided(OneRun& figures, const std::string& when, Network<float> network, const Dataset<float>& probe) {
  Matrix<float> samples(probe.features(), probe.size());
  copy(probe.inputs(), samples.view());
  const HealthReport health = HealthProbe<float>(std::move(samples)).measure(network);
  for (std::size_t k = 0; k < health.layers.size(); ++k) {
    figures[when + std::to_string(k + 1)] = health.layers[k].one_sided_fraction();
  }
}

// As Run does, on samples that no source of a config gives.
OneRun train_on(const RunConfig& config, const DataParts& data) {
  Network<float> network(data.train.features(), config.model.layers.specs(), config.train.seed);
  Trainer trainer(network, config.loss, config.optimizer);
  const EarlyStoppingSection& stopping = config.train.early_stopping;
  trainer.fit(data.train, {.epochs = config.train.epochs,
                           .batch_size = config.train.batch_size,
                           .validation = data.validation ? &*data.validation : nullptr,
                           .early_stopping = {.patience = stopping.patience, .restore_best = stopping.restore_best},
                           .probe_samples = 0});
  OneRun figures;
  add_scores(figures, network, data, config.loss);
  return figures;
}

// Where Hinge stops because a loss is not finite, PyTorch goes on, and no unit of NaN has z <= 0: its share counts as 0.
OneRun train_and_count(Run& run, const LossSpec& loss) {
  const Dataset<float>& probe = *run.data().test;
  OneRun figures;
  add_one_sided(figures, "start_", run.network(), probe);
  try {
    run.train();
    add_one_sided(figures, "end_", run.network(), probe);
    add_scores(figures, run.network(), run.data(), loss);
  } catch (const NonFiniteError&) {
    const std::size_t layers = figures.size();
    for (std::size_t k = 1; k <= layers; ++k) figures["end_" + std::to_string(k)] = 0;
  }
  return figures;
}

OneRun train_once(const ReferenceRun& reference, const LoadedConfig& loaded) {
  if (reference.table.starts_with("proben1")) {
    return train_on(loaded.config, read_squared_classes(reference.data.at(0).second));
  }
  Run run(loaded);
  if (reference.table == "dead") return train_and_count(run, loaded.config.loss);
  if (reference.first > 0) {
    return train_on(loaded.config,
                    {.train = first_samples(run.data().train, reference.first), .test = run.data().test});
  }
  run.train();
  OneRun figures;
  add_scores(figures, run.network(), run.data(), loaded.config.loss);
  return figures;
}

}  // namespace

std::string ReferenceRun::missing() const {
  for (const auto& [option, path] : data) {
    if (!std::filesystem::exists(path)) return path;
  }
  return "";
}

std::vector<ReferenceRun> read_reference_runs(const std::string& data_folder) {
  const std::string path = HINGE_SOURCE_DIR "/tests/reference/runs.json";
  std::vector<ReferenceRun> runs;
  for (const JsonMember& table : parse_json(read_file(path), path).members) {
    for (const JsonValue& row : table.value.elements) runs.push_back(read_run(table.key, row, data_folder));
  }
  return runs;
}

Figures train_seeds(const ReferenceRun& reference, std::size_t seeds) {
  std::vector<std::string> overrides = reference.overrides;
  for (const auto& [option, path] : reference.data) overrides.push_back("data." + option + "=" + path);
  const std::size_t folds = std::max<std::size_t>(reference.folds, 1);
  Figures figures;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<std::string> of_fold = overrides;
    if (reference.folds > 0) {  // those of the reference: sample i is in fold i mod K
      of_fold.push_back("data.test={\"every\": " + std::to_string(folds) + ", \"offset\": " + std::to_string(fold) +
                        "}");
    }
    const Study study(load_config(reference.config, of_fold, standard_registries()),
                      {.seeds = parse_seeds("1.." + std::to_string(seeds))}, standard_registries());
    for (std::size_t i = 0; i < study.size(); ++i) {
      for (const auto& [name, value] : train_once(reference, study.config(i))) {
        std::vector<double>& values = figures[name];
        values.resize(study.size());
        values[i] += value / static_cast<double>(folds);
      }
    }
  }
  return figures;
}
