// The config of a run: its sections, and reading it from JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/config/json.h>
#include <hinge/core/config/options.h>
#include <hinge/core/config/spec.h>
#include <hinge/data/source.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/metrics/metrics.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// The section `model`.
class HINGE_API ModelSection final : public Description {
 public:
  SpecList<LayerSpec::InterfaceType> layers = {};
  std::string from = {};  ///< a model file, or the folder of a run; "": new weights

  std::string_view type() const override { return "model"; }
  std::vector<Option> options() override;
};

/// The section `train.early_stopping`.
class HINGE_API EarlyStoppingSection final : public Description, public EarlyStopping {
 public:
  std::string_view type() const override { return "early_stopping"; }
  std::vector<Option> options() override;
};

/// The section `train.checkpoint`.
class HINGE_API CheckpointSection final : public Description {
 public:
  double seconds = 60;     ///< 0: none by time
  std::size_t epochs = 0;  ///< 0: none by epochs
  std::size_t keep = 1;

  std::string_view type() const override { return "checkpoint"; }
  std::vector<Option> options() override;
};

/// The section `train`.
class HINGE_API TrainSection final : public Description, public StepOptions {
 public:
  std::size_t epochs = 10;
  std::size_t batch_size = 32;
  std::size_t accumulate = 1;
  bool shuffle = true;
  std::size_t seed = 0;
  std::size_t log_every = 0;  ///< 0: by itself
  EarlyStoppingSection early_stopping = {};
  CheckpointSection checkpoint = {};

  std::string_view type() const override { return "train"; }
  std::vector<Option> options() override;
  std::vector<OptionError> errors() const override;
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
  std::size_t every = 0;  ///< 0: by itself
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
  SpecList<MetricSpec::InterfaceType> metrics = {};
  TrainSection train = {};
  HealthSection health = {};

  std::string_view type() const override { return "config"; }
  std::vector<Option> options() override;
};

/// A config as it was read: its values, and its text to show mistakes in.
struct LoadedConfig {
  RunConfig config = {};
  JsonValue tree = {};
  std::string folder = {};              ///< of the file; paths in it start there
  std::vector<std::string> notes = {};  ///< for people: what overrides dropped, or did not change
};

/// Reads a config file and changes it by overrides (`override_config`). Paths in the file are taken from its folder, paths in
/// overrides from the current one; absolute ones stay. Throws ConfigError with every mistake, FileError when the file
/// cannot be read.
HINGE_API LoadedConfig load_config(const std::string& path, const std::vector<std::string>& overrides,
                                   const Registries& registries);
/// The same for text in memory, whose paths are taken from `folder`; `name` stands in messages.
HINGE_API LoadedConfig parse_config(std::string_view text, std::string_view name, const std::string& folder,
                                    const std::vector<std::string>& overrides, const Registries& registries);

/// Every option of a run, with the paths in it made right for a file in `folder`. `data`, where there is one, takes the place
/// of its section (DataParts::section).
HINGE_API JsonValue resolved_config(const LoadedConfig& loaded, const std::string& folder,
                                    const std::optional<JsonValue>& data = {});
/// The same config for a file in another folder.
HINGE_API JsonValue moved_config(JsonValue config, const std::string& from, const std::string& to);

}  // namespace hinge
