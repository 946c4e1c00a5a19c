// From a config to something that trains.
#include <hinge/optim/run/run.h>

#include <bit>
#include <cmath>
#include <new>
#include <optional>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>
#include <hinge/data/part_warnings.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/weight_file.h>
#include <hinge/optim/health/recycle.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/run/agreement.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/resolution.h>
#include <hinge/optim/step.h>

namespace hinge {

namespace {

[[noreturn]] void fail_at(const JsonValue& tree, const std::string& pointer, const std::string& message) {
  ConfigErrors errors;
  errors.add(nearest_value(tree, pointer).place, pointer, message);
  errors.throw_if_any();
  throw ConfigError(message);
}

void check_sizes(const LoadedConfig& loaded, const DataParts& parts, const Network<float>& network,
                 const Loss<float>& loss) {
  const Dataset<float>& train = parts.train;
  const std::string misspelt = misspelt_class(parts);
  const std::string hint = misspelt.empty() ? "" : "; the class " + misspelt;
  if (loss.task() == Task::labels && train.class_count() > 2) {
    fail_at(loaded.tree, "/loss",
            std::string(loaded.config.loss.type()) + " is for two classes, but the data has " +
                std::to_string(train.class_count()) + " classes; use softmax_cross_entropy" + hint);
  }
  const WantedOutputs wanted = wanted_outputs(train, loss);
  if (network.outputs() == wanted.count) return;
  // A loss whose outputs are not those of the target columns says itself what it wants: `check_loss` asks it.
  if (train.task() == Task::values && loss.target_rows(network.outputs()) != network.outputs()) return;
  const std::string last = "/model/layers/" + std::to_string(network.specs().size() - 1);
  fail_at(loaded.tree, last + "/units",
          "the last layer has " + std::to_string(network.outputs()) + " outputs, wanted " +
              std::to_string(wanted.count) + ": " + wanted.reason + ", and the loss is " +
              std::string(loaded.config.loss.type()) + hint);
}

void check_loss(const LoadedConfig& loaded, const Dataset<float>& part, const Network<float>& network,
                const Loss<float>& loss) {
  try {
    loss.check_targets(network.outputs(), part.targets());
  } catch (const Error& error) {
    fail_at(loaded.tree, "/loss", error.what());
  }
}

// A part whose samples all weigh nothing has no loss.
void check_weights(const LoadedConfig& loaded, const Loss<float>& loss, const Dataset<float>& part, const char* name) {
  if (loss.weight_sum(part.targets(), part.weights()) > 0) return;
  fail_at(loaded.tree, "/loss/class_weights",
          std::string("the weights of all samples of the ") + name +
              " part are 0, so it has no loss; give one of its classes a weight");
}

void check_batches(const LoadedConfig& loaded, const Dataset<float>& train, const Network<float>& network) {
  const std::size_t batch_size = std::min(loaded.config.train.batch_size, train.size());
  const std::string error = short_batch_error(network, train.size(), batch_size);
  if (!error.empty()) fail_at(loaded.tree, "/train/batch_size", error);
}

void check_shards(const LoadedConfig& loaded, const Network<float>& network, const Communicator& ranks) {
  const std::size_t shards = loaded.config.train.shards;
  const std::string error = shards > 1 || ranks.size() > 1 ? shards_error(network) : "";
  if (!error.empty()) fail_at(loaded.tree, "/train/shards", error + (shards > 1 ? "" : ", and that in one process"));
  if (shards % ranks.size() == 0) return;
  const std::size_t usable = std::bit_floor(ranks.size());
  const std::string option = "--set train.shards=" + std::to_string(usable);
  const std::string start =
      "start " + std::to_string(usable) + " of them" + (shards % usable == 0 ? "" : " with " + option);
  fail_at(loaded.tree, "/train/shards",
          "found " + std::to_string(shards) + ", which " + std::to_string(ranks.size()) +
              " processes cannot share evenly; " +
              (usable == ranks.size() ? "add " + option + ", or train as one process" : start));
}

RunConfig resolved_by_data(const LoadedConfig& loaded, const Dataset<float>& train) {
  try {
    return resolve_by_data(loaded.config, train);
  } catch (const ConfigError& error) {
    fail_at(loaded.tree, error.pointer(), error.what());
  }
}

std::unique_ptr<Network<float>> build_network(const LoadedConfig& loaded, const std::vector<LayerSpec>& layers,
                                              std::size_t features) {
  if (layers.empty()) {
    fail_at(loaded.tree, "/model/layers", "the list is empty; a network needs at least one layer");
  }
  try {
    return std::make_unique<Network<float>>(features, layers, loaded.config.train.seed);
  } catch (const ConfigError& error) {
    fail_at(loaded.tree, "/model/layers", error.what());
  } catch (const ShapeError& error) {  // given weights
    fail_at(loaded.tree, "/model/layers", error.what());
  } catch (const MemoryError& error) {
    throw MemoryError(nearest_value(loaded.tree, "/model/layers").place.text() + ": /model/layers: " + error.what());
  }
}

// Returns the checksum of the model.
std::string start_from(const LoadedConfig& loaded, const std::string& from, Network<float>& network) {
  const std::string place = join_path(loaded.folder, from);
  const std::string path = is_folder(place) ? join_path(place, "model.safetensors") : place;
  const std::string bytes = read_tensor_file(path);
  try {
    return weights_from_bytes(network, bytes, path).checksum;
  } catch (const ModelError& error) {
    fail_at(loaded.tree, "/model/from", error.what());
  }
}

std::unique_ptr<Trainer<float>> build_trainer(const LoadedConfig& loaded, const RunConfig& config,
                                              Network<float>& network, Communicator& ranks) {
  try {
    return std::make_unique<Trainer<float>>(network, config.loss, config.optimizer, config.train, ranks);
  } catch (const ConfigError& error) {  // a schedule that does not suit the learning rate
    fail_at(loaded.tree, "/train/schedule", error.what());
  }
}

void check_metrics(const LoadedConfig& loaded) {
  const std::vector<MetricSpec>& metrics = loaded.config.metrics.specs();
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (metrics[k].type() != metrics[i].type()) continue;
      fail_at(loaded.tree, "/metrics/" + std::to_string(i),
              std::string(metrics[i].type()) + " stands twice in the list; name it once");
    }
  }
  try {
    larger_is_better(loaded.config.train.early_stopping.metric, metrics);
  } catch (const ConfigError& error) {
    fail_at(loaded.tree, "/train/early_stopping/metric", error.what());
  }
}

// Names of values; none where the loss gives another number of them than the network has outputs.
std::vector<std::string> output_names(const Loss<float>& loss, const Dataset<float>& train, std::size_t outputs) {
  if (train.task() == Task::classes) return {};
  std::vector<std::string> names = loss.output_names(train.target_names());
  return names.size() == outputs ? names : std::vector<std::string>();
}

// The section `data` without paths: where the data lay is not what the model is, and config.json says it.
JsonValue without_paths(JsonValue data) {
  std::erase_if(data.members, [](const JsonMember& member) { return member.key.ends_with("path"); });
  return data;
}

// A digest of the part that `hinge evaluate` measures, filled and scaled: it asks whether that is still the one held out.
JsonValue digest_of_measured(const DataParts& parts) {
  if (parts.test) return JsonValue::object({{"test", digest_of(*parts.test)}});
  if (parts.validation) return JsonValue::object({{"validation", digest_of(*parts.validation)}});
  return JsonValue::object({{"train", digest_of(parts.train)}});
}

std::map<std::string, std::string> notes_of(RunConfig config, const DataParts& parts) {
  const JsonValue all = config_of(config);
  std::map<std::string, std::string> notes = {
      {"data", to_json_line(without_paths(parts.section.value_or(*all.find("data"))))},
      {"loss", to_json_line(*all.find("loss"))},
      {"samples", to_json_line(digest_of_measured(parts))},
      {"target_columns", to_json_line(list_of(parts.train.target_names()))}};
  if (parts.columns.size() > 0) {
    notes["columns"] = columns_text(parts.columns);
    notes["format"] = format_text(parts.format);
  }
  return notes;
}

}  // namespace

DataParts load_data(const LoadedConfig& loaded, const DataFit* fit) {
  const auto loss = loaded.config.loss->build<float>();
  const PathResolver resolve = [&](const std::string& path) { return join_path(loaded.folder, path); };
  try {
    return loaded.config.data->load({loss->task(), loss->scales_targets(), fit}, resolve);
  } catch (const ConfigError& error) {  // options that do not suit the samples
    fail_at(loaded.tree, error.pointer().empty() ? "/data" : error.pointer(), error.what());
  } catch (const std::bad_alloc&) {
    throw MemoryError(nearest_value(loaded.tree, "/data").place.text() +
                      ": /data: the data does not fit into memory; use fewer samples or features");
  }
}

Registries standard_registries() {
  Registries registries = standard_model_registries();
  registries.add(standard_losses());
  registries.add(standard_metrics());
  registries.add(standard_optimizers());
  registries.add(standard_schedules());
  registries.add(standard_sources());
  return registries;
}

Run::Run(const LoadedConfig& loaded, Communicator& ranks) : Run(loaded, load_data(loaded), ranks) {}

Run::Run(const std::string& path, const std::vector<std::string>& overrides, const Registries& registries)
    : Run(load_config(path, overrides, registries)) {}

Run::Run(const LoadedConfig& loaded, DataParts parts, Communicator& ranks)
    : ranks_(&ranks),
      config_(std::make_unique<RunConfig>(resolved_by_data(loaded, parts.train))),
      data_(std::make_unique<DataParts>(std::move(parts))) {
  const auto loss = config_->loss->build<float>();
  network_ = build_network(loaded, config_->model.layers.specs(), data_->train.features());
  check_sizes(loaded, *data_, *network_, *loss);
  if (!config_->model.from.empty()) start_checksum_ = start_from(loaded, config_->model.from, *network_);
  for (const auto& [name, part] : data_->named()) {
    check_loss(loaded, *part, *network_, *loss);
    check_weights(loaded, *loss, *part, name);
  }
  check_batches(loaded, data_->train, *network_);
  check_shards(loaded, *network_, ranks);

  info_ = {.inputs = data_->inputs,
           .targets = data_->targets,
           .imputed_values = data_->imputed_values,
           .output_transform = loss->output_transform(),
           .feature_names = data_->train.feature_names(),
           .class_names = data_->train.class_names(),
           .target_names = output_names(*loss, data_->train, network_->outputs())};
  notes_ = notes_of(*config_, *data_);
  check_savable(*network_, info_, notes_);
  trainer_ = build_trainer(loaded, *config_, *network_, ranks);
  if (config_->health.recycle.every > 0) {
    trainer_->between_epochs([this](const EpochReport& report) { recycle_units(report); },
                             config_->health.recycle.every);
  }
  check_metrics(loaded);
  if (config_->train.early_stopping.patience > 0 && !data_->validation) {
    fail_at(loaded.tree, "/train/early_stopping",
            "needs validation samples; add for example \"validation\": {\"fraction\": 0.2} to data");
  }
  if (ranks.size() > 1) require_agreement();
}

Run::~Run() = default;

void Run::require_agreement() const {
  JsonValue description = describe_build();
  RunConfig copy = *config_;
  description.set("config", config_of(copy));
  description.set("samples", describe_samples(*data_));
  description.set("model.from", start_checksum_);
  hinge::require_agreement(*ranks_, "run", description);
}

void Run::recycle_units(const EpochReport& report) {
  recycle(*network_, trainer_->optimizer(), *report.health, config_->health.recycle.threshold, report.epoch);
}

const std::vector<MetricSpec>& Run::metrics() const { return config_->metrics.specs(); }

FitResult Run::train(StateArchive* resume) {
  return trainer_->fit(data_->train, {.epochs = config_->train.epochs,
                                      .batch_size = config_->train.batch_size,
                                      .accumulate = config_->train.accumulate,
                                      .shuffle = config_->train.shuffle,
                                      .validation = data_->validation ? &*data_->validation : nullptr,
                                      .metrics = config_->metrics.specs(),
                                      .early_stopping = config_->train.early_stopping,
                                      .probe_samples = config_->health.samples,
                                      .health_every = config_->health.every,
                                      .report_every = config_->train.log_every,
                                      .resume = resume});
}

RevivalFacts Run::revival_facts() const {
  RevivalFacts facts = trainer_->revival_facts();
  facts.stationary_at_zero_gradient = facts.stationary_at_zero_gradient && config_->health.recycle.every == 0;
  return facts;
}

HealthVerdict Run::verdict(const HealthReport& report) const {
  return judge(report, trainer_->ledger(), config_->health.thresholds);
}

Evaluation Run::in_raw_units(Evaluation evaluation) const { return hinge::in_raw_units(evaluation, info_.targets); }

EpochReport Run::in_raw_units(EpochReport report) const {
  report.train = in_raw_units(report.train);
  if (report.validation) report.validation = in_raw_units(*report.validation);
  return report;
}

bool Run::restores_best() const {
  return config_->train.early_stopping.patience > 0 && config_->train.early_stopping.restore_best;
}

Evaluation in_raw_units(Evaluation evaluation, const Preprocessing& targets) {
  if (targets.is_identity()) return evaluation;
  for (std::optional<double>* error : {&evaluation.mae, &evaluation.rmse}) {
    if (targets.divisors().size() > 1 || !targets.methods().empty()) error->reset();
    if (*error) **error *= targets.divisors()[0];
  }
  return evaluation;
}

namespace {

// The figures of one target: y in its own units beside what was predicted.
std::vector<Figure> errors_of(std::span<const double> y, std::span<const double> predicted, const std::string& suffix) {
  double mean = 0;
  for (const double each : y) mean += each / static_cast<double>(y.size());
  double absolute = 0;
  double squares = 0;
  double deviations = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    absolute += std::abs(predicted[i] - y[i]);
    squares += (predicted[i] - y[i]) * (predicted[i] - y[i]);
    deviations += (y[i] - mean) * (y[i] - mean);
  }
  const auto count = static_cast<double>(y.size());
  std::vector<Figure> figures = {{"mae" + suffix, absolute / count}, {"rmse" + suffix, std::sqrt(squares / count)}};
  if (!suffix.empty() && deviations > 0) figures.push_back({"r2" + suffix, 1 - squares / deviations});
  return figures;
}

}  // namespace

std::vector<Figure> raw_figures(const Network<float>& network, const Loss<float>& loss, const Preprocessing& targets,
                                const Dataset<float>& scaled) {
  const std::size_t outputs = network.outputs();
  const bool has_values = scaled.target_rows() == outputs && loss.target_rows(outputs) == outputs &&
                          loss.output_transform() == OutputTransform::identity && !loss.is_classification();
  if (!has_values || (outputs == 1 && targets.methods().empty())) return {};
  const Matrix<float> predicted = network.predict(scaled.inputs());
  std::vector<Figure> figures;
  for (std::size_t k = 0; k < outputs; ++k) {
    std::vector<double> y;
    std::vector<double> of_network;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      y.push_back(targets.column(k).invert(static_cast<double>(scaled.values()(k, i))));
      of_network.push_back(targets.column(k).invert(static_cast<double>(predicted(k, i))));
    }
    const bool is_named = outputs > 1 && scaled.target_names().size() == outputs;
    const std::string suffix = outputs == 1 ? "" : "/" + (is_named ? scaled.target_names()[k] : std::to_string(k));
    for (Figure& figure : errors_of(y, of_network, suffix)) figures.push_back(std::move(figure));
  }
  return figures;
}

Model<float> Run::model() const { return {*network_, info_}; }

}  // namespace hinge
