// A whole run from a config: data, model and trainer, put together and checked against each other.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/config/json.h>
#include <hinge/core/config/options.h>
#include <hinge/core/config/spec.h>
#include <hinge/data/preparation.h>
#include <hinge/data/source.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model.h>
#include <hinge/layers/network.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// The section `model`.
class HINGE_API ModelSection final : public Description {
 public:
  SpecList<LayerSpec::InterfaceType> layers = {};

  std::string_view type() const override { return "model"; }
  std::vector<Option> options() override;
};

/// The section `train.early_stopping`.
class HINGE_API EarlyStoppingSection final : public Description {
 public:
  std::size_t patience = 0;
  double min_delta = 0;
  bool restore_best = true;

  std::string_view type() const override { return "early_stopping"; }
  std::vector<Option> options() override;
};

/// The section `train`.
class HINGE_API TrainSection final : public Description {
 public:
  std::size_t epochs = 10;
  std::size_t batch_size = 32;
  std::size_t accumulate = 1;
  bool shuffle = true;
  std::size_t seed = 0;
  ScheduleSpec schedule = ConstantRate{};
  double clip_norm = 0;
  double clip_value = 0;
  double averaging = 0;
  std::size_t threads = 1;  ///< 0: auto
  EarlyStoppingSection early_stopping = {};

  std::string_view type() const override { return "train"; }
  std::vector<Option> options() override;
};

/// The section `health.recycle`.
class HINGE_API RecycleSection final : public Description {
 public:
  std::size_t every = 0;
  double threshold = 0.1;

  std::string_view type() const override { return "recycle"; }
  std::vector<Option> options() override;
};

/// The section `health`.
class HINGE_API HealthSection final : public Description {
 public:
  std::size_t samples = 2048;
  HealthThresholds thresholds = {};
  RecycleSection recycle = {};

  std::string_view type() const override { return "health"; }
  std::vector<Option> options() override;
  std::vector<OptionError> errors() const override;
};

/// A config: everything that decides what a run does.
class HINGE_API RunConfig final : public Description {
 public:
  SourceSpec data = XorSource{};
  ModelSection model = {};
  LossSpec loss = SoftmaxCrossEntropy{};
  OptimizerSpec optimizer = Sgd{};
  TrainSection train = {};
  HealthSection health = {};

  std::string_view type() const override { return "config"; }
  std::vector<Option> options() override;
};

/// All that Hinge brings for configs to name: layers, activations, initialisers, losses, optimisers, data sources.
HINGE_API Registries standard_registries();

/// A config as it was read: its values, and its text to show mistakes in.
struct LoadedConfig {
  RunConfig config = {};
  JsonValue tree = {};
  std::string folder = {};              ///< of the file; paths in it start there
  std::vector<std::string> notes = {};  ///< for people: what overrides dropped
};

/// Reads a config file and changes it by overrides (`apply_override`). Paths in the file are taken from its folder, paths in
/// overrides from the current one; absolute ones stay. Throws ConfigError with every mistake, FileError when the file
/// cannot be read.
HINGE_API LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                                   const Registries& registries);
/// The same for text in memory, whose paths are taken from `folder`; `name` stands in messages.
HINGE_API LoadedConfig parse_config(std::string_view text, std::string_view name, const std::string& folder,
                                    const std::vector<std::string>& overrides, const Registries& registries);

/// The samples that a config names, for the task of its loss: raw, with their gaps. Throws what the source throws;
/// a ConfigError has its place: `configs/moons.json:4:20: /data/test: …`.
HINGE_API DataParts load_data(const LoadedConfig& loaded);

/// An evaluation on scaled targets, with the mean errors `mae` and `rmse` in the units of the raw ones. Several targets may
/// have several units, so of scaled ones there is no mean error.
HINGE_API Evaluation in_raw_units(Evaluation evaluation, const Preprocessing& targets);

/// What a config describes, ready to be trained. Registers observers on `trainer()`. One thread at a time.
class HINGE_API Run {
 public:
  /// Loads and scales the data, and builds the network. Throws ConfigError with the place where sizes do not fit
  /// together (`/model/layers/1/units: found 3, but the data has 10 classes`) or into memory, and what loading throws.
  /// Whatever can be known of the end of the run is checked here: that each part has a loss, and that the model can be
  /// saved (ModelError).
  explicit Run(const LoadedConfig& loaded);
  /// The same with samples that are at hand: what `load_data` gives for this config.
  Run(const LoadedConfig& loaded, DataParts raw);
  Run(const Run&) = delete;  // its observers refer to it
  Run& operator=(const Run&) = delete;
  ~Run() = default;

  /// The parts as the network sees them: scaled.
  const DataParts& data() const { return data_; }
  const Network<float>& network() const { return *network_; }
  Trainer<float>& trainer() { return *trainer_; }
  const Trainer<float>& trainer() const { return *trainer_; }

  /// Trains as the config says; throws as `Trainer::fit` does.
  FitResult train();

  /// Whether dead units of layer 1 can come back: never certain where units are recycled.
  RevivalFacts revival_facts() const;
  /// What the thresholds of the config say of a report of this run; it must hold its units.
  HealthVerdict verdict(const HealthReport& report) const;
  /// What the model's file says of its origin: the sections `data` and `loss` of the config, and the names of the
  /// `target_columns`, as JSON.
  const std::map<std::string, std::string>& notes() const { return notes_; }

  /// The trained network with all that it needs for raw data.
  Model<float> model() const;

  /// The same for an evaluation of this run's scaled data: see the function of that name.
  Evaluation in_raw_units(Evaluation evaluation) const;

 private:
  void recycle_units(const EpochReport& report);

  RunConfig config_;
  DataParts data_;
  ModelInfo info_;
  std::map<std::string, std::string> notes_;
  std::unique_ptr<Network<float>> network_;  // the trainer refers to it
  std::unique_ptr<Trainer<float>> trainer_;
};

}  // namespace hinge
