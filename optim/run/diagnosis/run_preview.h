// A run as it is before its first step: the untrained network, its first gradient, and the learning rate of all steps.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/export.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/finding.h>

namespace hinge {

/// Where a layer stands in a config, as `--set` takes it: `model.layers[2].layers[0]` for the path `layers.2.layers.0`.
HINGE_API std::string key_of_path(const std::string& path);

/// A layer of units with weights, on its way from the inputs to the outputs; those inside a block are not among them.
struct UnitLayer {
  std::string key = {};  ///< `model.layers[2]`
  const Layer<float>* layer = nullptr;
  const Parameter<float>* weight = nullptr;
  bool is_hidden = true;     ///< not the last of them
  double dead_share = 0;     ///< of its units: without a slope on any sample of the batch
  double gradient_size = 0;  ///< root mean square of ∂L/∂W on the batch
  double weight_size = 0;    ///< root mean square of W
};

/// What the optimiser does with a gradient, as a single weight shows.
struct StepFacts {
  bool is_adaptive = false;  ///< steps have the size of the learning rate whatever that of the gradient, as Adam's
  bool reads_signs = false;  ///< and only the sign of the gradient decides
  double usual_step = 0;     ///< the mean of 20 steps with a gradient of 1
};

struct HINGE_API RunPreview {
  RunPreview(const ResolvedConfig& resolved, const DataParts& parts);
  RunPreview(const RunPreview&) = delete;
  RunPreview& operator=(const RunPreview&) = delete;
  ~RunPreview() = default;

  bool has_hidden_layers() const { return layers.size() > 1; }

  const RunConfig& config;
  const JsonValue& tree;
  const DataParts& parts;
  std::unique_ptr<Loss<float>> loss;
  Network<float> network;
  Batch<float> batch;             ///< up to 256 training samples
  std::vector<UnitLayer> layers;  ///< from the inputs to the outputs
  double start_loss = 0;          ///< of the batch
  double gradient_norm = 0;       ///< of all trainable parameters on the batch
  double batches_per_epoch = 0;
  double steps = 0;  ///< updates of the whole run
  StepFacts optimizer = {};
  double rate = 0;                 ///< the optimiser's; 0: it has none
  std::vector<double> rates = {};  ///< of up to 1000 evenly spread steps, in units of `rate`

 private:
  void take_first_pass();
  void list_layers();
  void follow_schedule();
};

/// The rules about what the first pass shows, and about options, in the order in which they are shown.
HINGE_API std::vector<Finding> start_findings(const RunPreview& run);
HINGE_API std::vector<Finding> option_findings(const RunPreview& run);

}  // namespace hinge
