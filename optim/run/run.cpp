// From a config to something that trains.
#include <hinge/optim/run/run.h>

#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/imputation.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/health/recycle.h>

namespace hinge {

namespace {

// A path that came from the command line is meant from where the user stands, not from where the config lies.
void localize_overridden_paths(JsonValue& tree, const std::string& folder) {
  JsonValue* data = tree.find("data");
  if (data == nullptr) return;
  for (JsonMember& member : data->members) {
    JsonValue& value = member.value;
    const bool overridden = value.place.line == 0 && value.kind == JsonValue::Kind::string;
    if (!overridden || value.text.empty() || value.text.front() == '/') continue;
    if (member.key.ends_with("path")) value.text = relative_path(value.text, folder);
  }
}

// A run computes in single precision, where a number may be another one: 0, or infinite.
void check_precision(const JsonValue& json, const std::string& pointer, ConfigErrors& errors) {
  for (std::size_t i = 0; i < json.elements.size(); ++i) {
    check_precision(json.elements[i], pointer + "/" + std::to_string(i), errors);
  }
  for (const JsonMember& member : json.members) check_precision(member.value, pointer + "/" + member.key, errors);
  if (json.kind != JsonValue::Kind::number) return;
  const double size = std::abs(parse_double(json.text).value_or(0));
  const bool too_large = size > static_cast<double>(std::numeric_limits<float>::max());
  if (size == 0 || (!too_large && static_cast<float>(size) > 0)) return;
  errors.add(json.place, pointer,
             "found " + json.described() + ", too " + (too_large ? "large" : "small") +
                 " for single precision, whose numbers other than 0 are between 1.4e-45 and 3.4e38 in size");
}

[[noreturn]] void fail_at(const JsonValue& tree, const std::string& pointer, const std::string& message) {
  ConfigErrors errors;
  errors.add(nearest_value(tree, pointer).place, pointer, message);
  errors.throw_if_any();
  throw ConfigError(message);
}

std::string count_of(std::size_t count, const char* what) { return std::to_string(count) + " " + what; }

// What the last layer must give for this data, and why.
struct WantedOutputs {
  std::size_t count = 0;
  std::string reason = {};
};

WantedOutputs wanted_outputs(const Dataset<float>& train, OutputTransform transform) {
  if (transform == OutputTransform::sigmoid) {
    if (train.task() == Task::classification) return {1, "one output tells two classes apart"};
    return {train.target_rows(), "the data has " + count_of(train.target_rows(), "target columns")};
  }
  if (train.task() == Task::classification) {
    return {train.class_count(), "the data has " + count_of(train.class_count(), "classes")};
  }
  return {train.target_rows(), "the data has " + count_of(train.target_rows(), "target columns")};
}

void check_sizes(const LoadedConfig& loaded, const Dataset<float>& train, const Network<float>& network,
                 OutputTransform transform) {
  if (transform == OutputTransform::sigmoid && train.class_count() > 2) {
    fail_at(loaded.tree, "/loss",
            std::string(loaded.config.loss.type()) + " is for two classes, but the data has " +
                count_of(train.class_count(), "classes") + "; use softmax_cross_entropy");
  }
  const WantedOutputs wanted = wanted_outputs(train, transform);
  if (network.outputs() == wanted.count) return;
  const std::string last = "/model/layers/" + std::to_string(network.size() - 1);
  fail_at(loaded.tree, last + "/units",
          "the last layer has " + count_of(network.outputs(), "outputs") + ", wanted " + std::to_string(wanted.count) +
              ": " + wanted.reason + ", and the loss is " + std::string(loaded.config.loss.type()));
}

void check_loss(const LoadedConfig& loaded, const Dataset<float>& train, const Network<float>& network,
                const Loss<float>& loss) {
  try {
    loss.check_targets(network.outputs(), train.targets());
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

std::string memory_of(std::size_t parameters) {
  constexpr double of_each = 2 * sizeof(float);  // value and gradient
  constexpr double gibibyte = 1 << 30;
  return std::to_string(parameters) + " parameters and their gradients need " +
         to_text(of_each * static_cast<double>(parameters) / gibibyte, 3) + " GiB, more than there is";
}

std::unique_ptr<Network<float>> build_network(const LoadedConfig& loaded, std::size_t features) {
  if (loaded.config.model.layers.specs().empty()) {
    fail_at(loaded.tree, "/model/layers", "the list is empty; a network needs at least one layer");
  }
  try {
    return std::make_unique<Network<float>>(features, loaded.config.model.layers.specs(), loaded.config.train.seed);
  } catch (const ConfigError& error) {
    fail_at(loaded.tree, "/model/layers", error.what());
  } catch (const ShapeError& error) {  // given weights
    fail_at(loaded.tree, "/model/layers", error.what());
  } catch (const std::bad_alloc&) {
    const auto& layers = loaded.config.model.layers.specs();
    fail_at(loaded.tree, "/model/layers", memory_of(Network<float>::count_parameters(features, layers)));
  }
}

std::unique_ptr<Trainer<float>> build_trainer(const LoadedConfig& loaded, Network<float>& network) {
  const TrainSection& train = loaded.config.train;
  try {
    return std::make_unique<Trainer<float>>(network, loaded.config.loss, loaded.config.optimizer,
                                            StepOptions{.schedule = train.schedule,
                                                        .clip_norm = train.clip_norm,
                                                        .clip_value = train.clip_value,
                                                        .averaging = train.averaging,
                                                        .threads = train.threads});
  } catch (const ConfigError& error) {  // a schedule that does not suit the learning rate
    fail_at(loaded.tree, "/train/schedule", error.what());
  }
}

void scale(const Preprocessing& inputs, const Preprocessing& targets, Dataset<float>& part) {
  inputs.apply(part.inputs());
  if (part.task() == Task::regression) targets.apply(part.values());
}

DataParts without_gaps(DataParts parts) {
  if (parts.imputed_values.empty()) return parts;
  impute(parts.train.inputs(), parts.imputed_values);
  if (parts.validation) impute(parts.validation->inputs(), parts.imputed_values);
  if (parts.test) impute(parts.test->inputs(), parts.imputed_values);
  return parts;
}

// The section `data` without paths: where the data lay is not what the model is, and config.json says it.
JsonValue without_paths(JsonValue data) {
  std::erase_if(data.members, [](const JsonMember& member) { return member.key.ends_with("path"); });
  return data;
}

std::map<std::string, std::string> notes_of(const LoadedConfig& loaded, const Dataset<float>& train) {
  RunConfig config = loaded.config;
  const JsonValue all = config_of(config);
  std::vector<JsonValue> targets;
  for (const std::string& name : train.target_names()) targets.push_back(JsonValue::of(name));
  return {{"data", to_json_line(without_paths(*all.find("data")))},
          {"loss", to_json_line(*all.find("loss"))},
          {"target_columns", to_json_line(JsonValue::of(std::move(targets)))}};
}

}  // namespace

std::vector<Option> ModelSection::options() {
  return {{.name = "layers", .place = &layers, .meaning = "from the input to the output", .required = true}};
}

std::vector<Option> EarlyStoppingSection::options() {
  return {
      {.name = "patience",
       .place = &patience,
       .range = Range::between(0, 1e9),
       .meaning = "epochs in a row without a smaller validation loss after which training ends; 0: never"},
      {.name = "min_delta",
       .place = &min_delta,
       .range = Range::at_least(0),
       .meaning = "how much smaller a loss must be to count as smaller"},
      {.name = "restore_best", .place = &restore_best, .meaning = "whether the weights of the best epoch are kept"},
  };
}

std::vector<Option> TrainSection::options() {
  return {
      {.name = "epochs",
       .place = &epochs,
       .range = Range::between(0, 1e9),
       .meaning = "how often all samples are used"},
      {.name = "batch_size",
       .place = &batch_size,
       .range = Range::between(1, 1e9),
       .meaning = "samples in a batch; the last one of an epoch may be shorter"},
      {.name = "accumulate",
       .place = &accumulate,
       .range = Range::between(1, 1e9),
       .meaning = "batches whose gradients make up one step"},
      {.name = "shuffle", .place = &shuffle, .meaning = "whether every epoch has an order of its own"},
      {.name = "seed", .place = &seed, .meaning = "of the first weights, the order of the samples and dropout"},
      {.name = "schedule", .place = &schedule, .meaning = "how the learning rate changes"},
      {.name = "clip_norm",
       .place = &clip_norm,
       .range = Range::at_least(0),
       .meaning = "the largest norm of the whole gradient, a longer one is shortened; 0: no limit"},
      {.name = "clip_value",
       .place = &clip_value,
       .range = Range::at_least(0),
       .meaning = "the largest size of each element of the gradient; 0: no limit"},
      {.name = "averaging",
       .place = &averaging,
       .range = Range::from_below(0, 1),
       .meaning = "decay of the running mean of the weights that is evaluated and kept, such as 0.999; 0: none"},
      {.name = "threads",
       .place = &threads,
       .range = Range::between(1, 1024),
       .meaning = "how many share each step, with the same result; auto: as many as are fastest, found by trial",
       .zero = "auto"},
      {.name = "early_stopping", .place = &early_stopping, .meaning = "when to end before `epochs`"},
  };
}

std::vector<Option> RecycleSection::options() {
  return {
      {.name = "every",
       .place = &every,
       .range = Range::between(0, 1e9),
       .meaning = "epochs between two recyclings of dormant units; 0: never"},
      {.name = "threshold",
       .place = &threshold,
       .range = Range::at_least(0),
       .meaning = "recycle units whose mean activation is at most this share of their layer's; 0: silent ones only"},
  };
}

std::vector<OptionError> HealthSection::errors() const {
  if (recycle.every > 0 && samples == 0) return {{"samples", "must be > 0, such as 2048, where units are recycled"}};
  return {};
}

std::vector<Option> HealthSection::options() {
  return {
      {.name = "samples",
       .place = &samples,
       .range = Range::between(0, 1e9),
       .meaning = "training samples on which dead units are counted after every epoch; 0: do not count"},
      {.name = "warn_dead",
       .place = &thresholds.warn_dead,
       .range = Range::between(0, 1),
       .meaning = "warn from this share of dead units in a layer on"},
      {.name = "warn_lost",
       .place = &thresholds.warn_lost,
       .range = Range::between(0, 1),
       .meaning = "warn from this share of units on that died since the start"},
      {.name = "alarm_dead",
       .place = &thresholds.alarm_dead,
       .range = Range::between(0, 1),
       .meaning = "alarm above this share of dead units in a layer"},
      {.name = "recycle", .place = &recycle, .meaning = "whether dormant units start anew"},
  };
}

std::vector<Option> RunConfig::options() {
  return {
      {.name = "data", .place = &data, .meaning = "where the samples come from", .required = true},
      {.name = "model", .place = &model, .meaning = "the network", .required = true},
      {.name = "loss", .place = &loss, .meaning = "what training makes small", .required = true},
      {.name = "optimizer", .place = &optimizer, .meaning = "how gradients change the weights"},
      {.name = "train", .place = &train, .meaning = "the training loop"},
      {.name = "health", .place = &health, .meaning = "the watch over dying neurons"},
  };
}

Registries standard_registries() {
  Registries registries = standard_model_registries();
  registries.add(standard_losses());
  registries.add(standard_optimizers());
  registries.add(standard_schedules());
  registries.add(standard_sources());
  return registries;
}

LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                         const Registries& registries) {
  return parse_config(read_file(path, max_json_bytes), path, folder_of(path), overrides, registries);
}

LoadedConfig parse_config(std::string_view text, std::string_view name, const std::string& folder,
                          const std::vector<std::string>& overrides, const Registries& registries) {
  LoadedConfig loaded{.tree = parse_json(text, name), .folder = folder};
  ConfigErrors errors;
  for (const std::string& override_text : overrides) {
    try {
      const std::string note = apply_override(loaded.tree, override_text);
      if (!note.empty()) loaded.notes.push_back(note);
    } catch (const ConfigError& error) {  // it begins with its place
      errors.add({}, "", error.what());
    }
  }
  localize_overridden_paths(loaded.tree, folder);
  read_config(loaded.tree, loaded.config, registries, errors);
  errors.throw_if_any();
  check_precision(loaded.tree, "", errors);
  errors.throw_if_any();
  return loaded;
}

DataParts load_data(const LoadedConfig& loaded) {
  const bool has_classes = loaded.config.loss->build<float>()->is_classification();
  const PathResolver resolve = [&](const std::string& path) { return join_path(loaded.folder, path); };
  try {
    return loaded.config.data->load(has_classes ? Task::classification : Task::regression, resolve);
  } catch (const ConfigError& error) {  // options that do not suit the samples
    fail_at(loaded.tree, error.pointer().empty() ? "/data" : error.pointer(), error.what());
  } catch (const std::bad_alloc&) {
    fail_at(loaded.tree, "/data", "the data does not fit into memory; use fewer samples or features");
  }
}

Run::Run(const LoadedConfig& loaded) : Run(loaded, load_data(loaded)) {}

Run::Run(const LoadedConfig& loaded, DataParts raw) : config_(loaded.config), data_(without_gaps(std::move(raw))) {
  const auto loss = config_.loss->build<float>();
  network_ = build_network(loaded, data_.train.features());
  check_sizes(loaded, data_.train, *network_, loss->output_transform());
  check_loss(loaded, data_.train, *network_, *loss);
  check_weights(loaded, *loss, data_.train, "training");
  if (data_.validation) check_weights(loaded, *loss, *data_.validation, "validation");
  if (data_.test) check_weights(loaded, *loss, *data_.test, "test");

  const Preparation& preparation = config_.data->preparation();
  info_ = {
      .inputs = preparation.fit_inputs(data_.train),
      .targets = preparation.fit_targets(data_.train),
      .imputed_values = data_.imputed_values,
      .output_transform = loss->output_transform(),
      .feature_names = data_.train.feature_names(),
      .class_names = data_.train.class_names(),
      .target_names = data_.train.task() == Task::regression ? data_.train.target_names() : std::vector<std::string>()};
  notes_ = notes_of(loaded, data_.train);
  check_savable(*network_, info_, notes_);
  scale(info_.inputs, info_.targets, data_.train);
  if (data_.validation) scale(info_.inputs, info_.targets, *data_.validation);
  if (data_.test) scale(info_.inputs, info_.targets, *data_.test);
  trainer_ = build_trainer(loaded, *network_);
  if (config_.health.recycle.every > 0) {
    trainer_->between_epochs([this](const EpochReport& report) { recycle_units(report); }, config_.health.recycle.every);
  }
  if (config_.train.early_stopping.patience > 0 && !data_.validation) {
    fail_at(loaded.tree, "/train/early_stopping",
            "needs validation samples; add for example \"validation\": {\"fraction\": 0.2} to data");
  }
}

void Run::recycle_units(const EpochReport& report) {
  recycle(*network_, trainer_->optimizer(), *report.health, config_.health.recycle.threshold, report.epoch);
}

FitResult Run::train() {
  return trainer_->fit(data_.train, {.epochs = config_.train.epochs,
                                     .batch_size = config_.train.batch_size,
                                     .accumulate = config_.train.accumulate,
                                     .shuffle = config_.train.shuffle,
                                     .validation = data_.validation ? &*data_.validation : nullptr,
                                     .early_stopping = {.patience = config_.train.early_stopping.patience,
                                                        .min_delta = config_.train.early_stopping.min_delta,
                                                        .restore_best = config_.train.early_stopping.restore_best},
                                     .probe_samples = config_.health.samples});
}

RevivalFacts Run::revival_facts() const {
  RevivalFacts facts = trainer_->revival_facts();
  facts.stationary_at_zero_gradient = facts.stationary_at_zero_gradient && config_.health.recycle.every == 0;
  return facts;
}

HealthVerdict Run::verdict(const HealthReport& report) const {
  return judge(report, trainer_->ledger(), config_.health.thresholds);
}

Evaluation Run::in_raw_units(Evaluation evaluation) const { return hinge::in_raw_units(evaluation, info_.targets); }

Evaluation in_raw_units(Evaluation evaluation, const Preprocessing& targets) {
  if (targets.is_identity()) return evaluation;
  for (std::optional<double>* error : {&evaluation.mae, &evaluation.rmse}) {
    if (targets.divisors().size() > 1) error->reset();
    if (*error) **error *= targets.divisors()[0];
  }
  return evaluation;
}

Model<float> Run::model() const { return {*network_, info_}; }

}  // namespace hinge
