// What is kept of a training for its verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/fwd.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/run/part_score.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// The figures of an epoch that the verdict needs.
struct EpochFigures {
  std::size_t epoch = 0;
  double loss = 0;                   ///< of training
  std::optional<double> score = {};  ///< of training, by the metric of PartScore
};

/// A hidden layer in the course of a training.
struct LayerRecord {
  LayerHealth now = {};          ///< at the last look, without its units
  double max_update_ratio = 0;   ///< the largest ‖Δθ‖ / ‖θ‖ of a step
  double travel = 0;             ///< a bound of Σ ‖Δθ‖ / ‖θ‖ over all steps
  double first_weight_norm = 0;  ///< mean ‖w‖ of the units before the first step
  double weight_norm = 0;        ///< and at the last look
};

/// What is kept of a training: a few numbers for each epoch and layer. An epoch that no Cadence is due for is left out.
struct RunRecord {
  std::size_t samples = 0;  ///< of the training part
  std::uint64_t steps = 0;
  std::optional<double> first_loss = {};  ///< of the probe, before the first step
  std::vector<EpochFigures> epochs = {};
  std::vector<LayerRecord> layers = {};
  double largest_input = 0;  ///< max |x|, as the network sees it
  double target_size = 0;    ///< the largest root mean square of a target row, as the network sees it; 0 for classes
  double clip_norm = 0;
  double decay = 0;  ///< weight_decay or l1 of the optimiser, the larger
  bool stopped_early = false;
  std::optional<HealthVerdict> health = {};  ///< on the weights that the model has
  std::string error = {};                    ///< of a training that diverged
  std::optional<PartScore> train = {};       ///< of at most 2,048 training samples
  std::optional<PartScore> judged = {};      ///< of the test part, or else of the validation part
};

/// Lists what a record holds of a training that is interrupted.
HINGE_API void list_state(StateArchive& state, RunRecord& record);

/// Registers what fills the record while `run` trains. Both must outlive the training.
HINGE_API void record_training(Run& run, RunRecord& record);
/// The same for a loop of one's own: what does not depend on training, and what a report adds.
HINGE_API void record_facts(const Run& run, RunRecord& record);
HINGE_API void record_start(const StartReport& report, RunRecord& record);
HINGE_API void record_epoch(const EpochReport& report, RunRecord& record);
/// Adds what is known at the end. Measures at most 2,048 training samples, and the validation part where there is no test
/// part. `test`: what was measured of the test part. Throws what measuring throws.
HINGE_API void record_end(const Run& run, const FitResult& result, const std::optional<PartMeasures>& test,
                          RunRecord& record);

}  // namespace hinge
