// The prediction report: measures of a finished network beyond the Evaluation of every epoch.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/data/batch_source.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/metrics/confusion_matrix.h>

namespace hinge {

/// How well the predictions of a network agree with the targets of some samples. Every sample counts once: weights of
/// samples and classes belong to the loss.
///
/// Several outputs distinguish classes if that is the task of the loss. So does a single output with a sigmoid: its class is 1 if its
/// probability is above one half, else 0. Several outputs with sigmoids are independent decisions. If the targets are
/// probabilities, the largest is the class, and above one half is a yes.
struct HINGE_API PredictionReport {
  std::size_t samples = 0;

  /// PROBEN1's error measure, 100·(o_max − o_min)/(N·P)·Σ(o − t)² over N outputs and P samples with o_max − o_min = 1,
  /// on outputs and targets as the network sees them: scaled values in regression, rates of counts, probabilities and 0
  /// or 1 in classification. NaN for scores of classes, and for outputs that have no target each. [Prechelt, Proben1, TR 21/94, 1994, section 3.2]
  double squared_error_percentage = 0;

  /// With probabilities: mean −log p of the right class (of the right decision, over samples and outputs), whatever the
  /// loss is. Computed from logits in double, so it is never cut off; NaN if an output is.
  std::optional<double> log_loss = {};

  /// Empty unless there are classes to distinguish.
  std::optional<ConfusionMatrix> confusion = {};

  /// With classes: ranks[r] samples have r outputs ahead of that of their class. Larger outputs are ahead, and of equals
  /// the earlier ones. A sample with an output that is not a number has no rank.
  std::vector<std::size_t> ranks = {};

  /// The share of samples whose class is among the k most probable, in [0, 1]. Empty without ranks.
  std::optional<double> top_accuracy(std::size_t k) const;
};

/// Gathers a PredictionReport batch by batch, in double, in the order of the samples.
template <typename Scalar>
class HINGE_API PredictionSums {
 public:
  /// `outputs` is the number of outputs of the network. The loss must outlive this object.
  PredictionSums(const Loss<Scalar>& loss, std::size_t outputs);

  /// Adds a batch: raw outputs (outputs × batch) and its targets. Throws ShapeError when sizes differ, DataError for class
  /// indices that have no probability in the outputs, and what the loss throws for targets that it cannot use.
  void add(MatrixView<const Scalar> output, const Targets<Scalar>& targets);

  /// Throws DataError when nothing was added.
  PredictionReport result() const;

 private:
  void add_choice(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::size_t i);
  void add_decisions(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::size_t i);
  void add_errors(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::size_t i);

  const Loss<Scalar>* loss_;
  std::size_t outputs_;
  double squared_errors_ = 0;
  double log_losses_ = 0;
  PredictionReport counts_;  // result() adds the means
  std::vector<double> exponentials_;
};

/// The report of a network in prediction on the samples of a source, in their own order. Throws as `PredictionSums`
/// does.
template <typename Scalar>
HINGE_API PredictionReport report_of(const Network<Scalar>& network, const Loss<Scalar>& loss,
                                     BatchSource<Scalar>& source, std::size_t batch_size = 256);
template <typename Scalar>
PredictionReport report_of(const Network<Scalar>& network, const Loss<Scalar>& loss, const Dataset<Scalar>& data,
                           std::size_t batch_size = 256) {
  DatasetBatches<Scalar> source(data);
  return report_of<Scalar>(network, loss, static_cast<BatchSource<Scalar>&>(source), batch_size);
}

extern template class HINGE_API PredictionSums<float>;
extern template class HINGE_API PredictionSums<double>;

}  // namespace hinge
