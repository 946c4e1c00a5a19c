// A whole run from a config: data, model and trainer, put together and checked against each other.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/fwd.h>
#include <hinge/layers/model.h>
#include <hinge/layers/network.h>
#include <hinge/optim/trainer.h>

namespace hinge {

struct DataFit;
struct DataParts;
struct HealthVerdict;
struct LoadedConfig;
class RunConfig;

/// All that Hinge brings for configs to name: layers, activations, initialisers, losses, optimisers, data sources.
HINGE_API Registries standard_registries();

/// The samples that a config names, for its loss: filled and scaled, as their training part teaches or as `fit` says.
/// Throws what the source throws; a ConfigError has its place: `configs/moons.json:4:20: /data/test: …`.
HINGE_API DataParts load_data(const LoadedConfig& loaded, const DataFit* fit = nullptr);

/// An evaluation on scaled targets, with the mean errors `mae` and `rmse` in the units of the raw ones. Several targets may
/// have several units, and of logarithms a mean error says nothing, so there is none then (raw_figures has them).
HINGE_API Evaluation in_raw_units(Evaluation evaluation, const Preprocessing& targets);

/// What `in_raw_units` leaves out: `mae` and `rmse` of one target that is no affine of what the network sees, and
/// `mae/price`, `rmse/price` and `r2/price` of each of several values in its own units. Empty where the evaluation has them,
/// and for outputs that have no target each.
HINGE_API std::vector<Figure> raw_figures(const Network<float>& network, const Loss<float>& loss,
                                          const Preprocessing& targets, const Dataset<float>& scaled);

/// What a config describes, ready to be trained. Registers observers on `trainer()`. One thread at a time.
class HINGE_API Run {
 public:
  /// Loads the data, filled and scaled, and builds the network. Throws ConfigError with the place where sizes do not fit
  /// together (`/model/layers/1/units: found 3, but the data has 10 classes`) or into memory, and what loading throws.
  /// The weights are those of `model.from`, where it says one; ConfigError where they do not fit.
  /// Whatever can be known of the end of the run is checked here: that each part has a loss, and that the model can be
  /// saved (ModelError).
  /// On several ranks (core/communicator.h) each makes the same run, and these train it together, as `Trainer` says. Throws
  /// ConfigError where they cannot share its shards, and on rank 0 where another rank has another build, config or other samples.
  explicit Run(const LoadedConfig& loaded, Communicator& ranks = single_process());
  /// The same for a config file, changed by `overrides` such as `train.epochs=5`. What is not a part of Hinge must be
  /// known to `registries`. Throws ConfigError with every mistake, FileError when the file cannot be read.
  explicit Run(const std::string& path, const std::vector<std::string>& overrides = {},
               const Registries& registries = standard_registries());
  /// The same with samples that are at hand: what `load_data` gives for this config.
  Run(const LoadedConfig& loaded, DataParts parts, Communicator& ranks = single_process());
  Run(const Run&) = delete;  // its observers refer to it
  Run& operator=(const Run&) = delete;
  ~Run();

  /// The parts as the network sees them: scaled.
  const DataParts& data() const { return *data_; }
  const Network<float>& network() const { return *network_; }
  Trainer<float>& trainer() { return *trainer_; }
  Communicator& ranks() const { return *ranks_; }
  const Trainer<float>& trainer() const { return *trainer_; }

  /// The config, with numbers for what it leaves to the data: the outputs of the network, class weights.
  const RunConfig& config() const { return *config_; }
  /// The checksum of the model whose weights the run started from (`model.from`); "" where they are new.
  const std::string& start_checksum() const { return start_checksum_; }
  /// The metrics that the config asks for.
  const std::vector<MetricSpec>& metrics() const;

  /// Trains as the config says; throws as `Trainer::fit` does. `train_run` (optim/run/run_folder.h) does more.
  /// `resume` as in FitOptions.
  FitResult train(StateArchive* resume = nullptr);

  /// Whether dead units of layer 1 can come back: never certain where units are recycled.
  RevivalFacts revival_facts() const;
  /// What the thresholds of the config say of a report of this run; it must hold its units.
  HealthVerdict verdict(const HealthReport& report) const;
  /// What the model's file says of its origin: the sections `data` and `loss` of the config, and the names of the
  /// `target_columns`, and a digest of the `samples` that judge it, as JSON.
  const std::map<std::string, std::string>& notes() const { return notes_; }

  /// The trained network with all that it needs for raw data.
  Model<float> model() const;

  /// The same for an evaluation of this run's scaled data: see the function of that name.
  Evaluation in_raw_units(Evaluation evaluation) const;
  EpochReport in_raw_units(EpochReport report) const;
  /// Whether early stopping ends with the weights of the best epoch.
  bool restores_best() const;

 private:
  void recycle_units(const EpochReport& report);
  void require_agreement() const;

  Communicator* ranks_;
  std::unique_ptr<const RunConfig> config_;
  std::unique_ptr<DataParts> data_;
  ModelInfo info_;
  std::map<std::string, std::string> notes_;
  std::unique_ptr<Network<float>> network_;  // the trainer refers to it
  std::string start_checksum_;
  std::unique_ptr<Trainer<float>> trainer_;
};

}  // namespace hinge
