// The options of every section, and a config from text.
#include <hinge/optim/run/config.h>

#include <bit>
#include <cmath>
#include <limits>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/optim/run/checkpoint.h>
#include <hinge/optim/run/overrides.h>

namespace hinge {

namespace {

// The texts of a config that are paths, but for those that need no folder.
std::vector<JsonValue*> relative_paths(JsonValue& config) {
  std::vector<JsonValue*> paths;
  if (JsonValue* data = config.find("data")) {
    for (JsonMember& member : data->members) {
      if (member.key.ends_with("path")) paths.push_back(&member.value);
    }
  }
  JsonValue* model = config.find("model");
  if (JsonValue* from = model == nullptr ? nullptr : model->find("from")) paths.push_back(from);
  std::erase_if(paths, [](const JsonValue* path) {
    return path->kind != JsonValue::Kind::string || path->text.empty() || path->text.front() == '/';
  });
  return paths;
}

// A path that came from the command line is meant from where the user stands, not from where the config lies.
void localize_overridden_paths(JsonValue& tree, const std::string& folder) {
  for (JsonValue* path : relative_paths(tree)) {
    if (path->place.line == 0) path->text = relative_path(path->text, folder);
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

}  // namespace

std::vector<Option> ModelSection::options() {
  return {
      {"layers", &layers, {}, "from the input to the output", true},
      {"from",
       &from,
       {},
       "a model file, the folder of a run, or a safetensors file of another program: training starts from its weights, "
       "and the state of layers such as batch_norm, whose shapes must fit; empty: from new ones"}};
}

std::vector<Option> EarlyStoppingSection::options() {
  return {
      {"patience", &patience, Range::between(0, 1e9),
       "epochs in a row without a better validation that are borne; the next one ends training; 0: never"},
      {"metric",
       &metric,
       {},
       "what tells which validation is better: loss, accuracy, r2, d2, mae, rmse, or one of `metrics`"},
      {"min_delta", &min_delta, Range::at_least(0), "how much better a value must be to count as better"},
      {"restore_best",
       &restore_best,
       {},
       "with patience > 0: whether training ends with the weights of the epoch of the best validation; "
       "without patience the last weights are kept"},
  };
}

std::vector<Option> CheckpointSection::options() {
  return {
      {"seconds", &seconds, Range::at_least(0),
       "seconds from one checkpoint to the next, more where writing one takes longer than a hundredth of that; 0: none "
       "by "
       "time"},
      {"epochs", &epochs, Range::between(0, 1e9), "epochs from one checkpoint to the next; 0: none by epochs"},
      {"keep", &keep, Range::between(1, max_checkpoints), "how many checkpoints stay, the newest ones"},
  };
}

std::vector<OptionError> TrainSection::errors() const {
  if (std::has_single_bit(shards)) return {};
  return {{"shards", "must be a power of 2: 1, 2, 4, 8, …"}};
}

std::vector<Option> TrainSection::options() {
  return {
      {"epochs", &epochs, Range::between(0, 1e9), "how often all samples are used"},
      {"batch_size", &batch_size, Range::between(1, 1e9),
       "samples in a batch; the last one of an epoch may be shorter"},
      {"accumulate", &accumulate, Range::between(1, 1e9),
       "batches whose gradients make up one step; batch_norm takes the statistics of each by itself"},
      {"shuffle", &shuffle, {}, "whether every epoch has an order of its own"},
      {"seed", &seed, {}, "of the first weights, the order of the samples and dropout"},
      {"schedule", &schedule, {}, "how the learning rate changes"},
      {"clip_norm", &clip_norm, Range::at_least(0),
       "the largest norm of the whole gradient, a longer one is shortened; 0: no limit"},
      {"clip_value", &clip_value, Range::at_least(0), "the largest size of each element of the gradient; 0: no limit"},
      {"averaging", &averaging, Range::from_below(0, 1),
       "decay of the running mean of the weights that is evaluated and kept, such as 0.999; 0: none; the running "
       "statistics of batch_norm stay those of the last step"},
      {"shards", &shards, Range::between(1, 1024),
       "parts of each batch, a power of 2, whose gradients are added in a tree: as many processes can share the "
       "training"},
      {"threads",
       &threads,
       Range::between(1, 1024),
       "how many share each step, with the same result; auto: as many as are fastest, found by trial",
       false,
       {},
       "auto"},
      {"log_every", &log_every, Range::between(0, 1e9),
       "epochs from one line of progress and of metrics.jsonl to the next; the first and the last epoch always have "
       "one; 0: every epoch up to 1,000, then every second up to 2,000, every fourth up to 4,000, …"},
      {"early_stopping", &early_stopping, {}, "when to end before `epochs`"},
      {"checkpoint",
       &checkpoint,
       {},
       "how often the state of training is saved, for hinge train --resume; an interrupted run saves it anyway"},
  };
}

std::vector<Option> RecycleSection::options() {
  return {
      {"every", &every, Range::between(0, 1e9), "epochs between two recyclings of dormant units; 0: never"},
      {"threshold", &threshold, Range::at_least(0),
       "recycle units whose mean activation is at most this share of their layer's; 0: silent ones only"},
  };
}

std::vector<OptionError> HealthSection::errors() const {
  if (recycle.every > 0 && samples == 0) return {{"samples", "must be > 0, such as 2048, where units are recycled"}};
  return {};
}

std::vector<Option> HealthSection::options() {
  return {
      {"samples", &samples, Range::between(0, 1e9),
       "training samples on which dead units are counted; 0: do not count"},
      {"every", &every, Range::between(0, 1e9),
       "epochs from one count of dead units to the next; the first and the last epoch always have one; 0: as in "
       "log_every"},
      {"warn_dead", &thresholds.warn_dead, Range::between(0, 1), "warn from this share of dead units in a layer on"},
      {"warn_lost", &thresholds.warn_lost, Range::between(0, 1),
       "warn from this share of units on that died since the start"},
      {"alarm_dead", &thresholds.alarm_dead, Range::between(0, 1), "alarm above this share of dead units in a layer"},
      {"recycle", &recycle, {}, "whether dormant units start anew"},
  };
}

std::vector<Option> RunConfig::options() {
  return {
      {"data", &data, {}, "where the samples come from", true},
      {"model", &model, {}, "the network", true},
      {"loss", &loss, {}, "what training makes small", true},
      {"optimizer", &optimizer, {}, "how gradients change the weights"},
      {"metrics", &metrics, {}, "what is measured beside the loss and its usual metrics"},
      {"train", &train, {}, "the training loop"},
      {"health", &health, {}, "the watch over dying neurons"},
  };
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
      const std::string note = override_config(loaded.tree, override_text);
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

JsonValue resolved_config(const LoadedConfig& loaded, const std::string& folder, const std::optional<JsonValue>& data) {
  RunConfig config = loaded.config;
  JsonValue json = config_of(config);
  if (data) *json.find("data") = *data;
  return moved_config(std::move(json), loaded.folder, folder);
}

JsonValue moved_config(JsonValue config, const std::string& from, const std::string& to) {
  for (JsonValue* path : relative_paths(config)) path->text = relative_path(join_path(from, path->text), to);
  return config;
}

}  // namespace hinge
