// Metrics: what a person asks of a network's outputs, beside the loss.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/loss.h>

namespace hinge {

/// The loss and metrics of a network over some samples.
struct Evaluation {
  std::size_t samples = 0;
  double loss = 0;  ///< L over all samples: a mean, or a sum where the loss is one
  std::optional<double> accuracy =
      {};                         ///< classification: share of samples (or of yes/no outputs) that are right, in [0, 1]
  std::optional<double> r2 = {};  ///< regression: 1 − Σ(o − y)² / Σ(y − ȳ)², the mean over the outputs; at most 1
  std::optional<double> mae = {};   ///< regression: mean |o − y| over samples and outputs
  std::optional<double> rmse = {};  ///< regression: √ of the mean (o − y)² over samples and outputs
};

/// Gathers an Evaluation batch by batch. Sums are in double, in the order of the samples.
template <typename Scalar>
class HINGE_API EvaluationSums {
 public:
  /// `outputs` is the number of outputs of the network.
  EvaluationSums(const Loss<Scalar>& loss, std::size_t outputs);

  /// Adds a batch: raw outputs (outputs × batch), its targets, and what the loss returned for it. Allocates nothing.
  void add(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets, LossSums loss);
  void reset();

  /// Whether there is a result: samples were added, and not all of them weigh 0.
  bool has_result() const { return samples_ > 0 && loss_sums_.weight > 0; }
  /// Throws DataError when nothing was added, or nothing with a weight above 0.
  Evaluation result() const;

 private:
  // Of one output: what tells the deviations of its targets y from their mean, and its errors.
  struct Output {
    double first = 0;           // target
    double excess = 0;          // Σ(y − first)
    double squared_excess = 0;  // Σ(y − first)²
    double squared_errors = 0;
    double absolute_errors = 0;
  };

  void add_hits(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets);
  void add_errors(const MatrixView<const Scalar>& output, const MatrixView<const Scalar>& targets);

  const Loss<Scalar>* loss_;
  LossSums loss_sums_;
  std::size_t samples_ = 0;
  std::size_t hits_ = 0;
  std::size_t decisions_ = 0;
  std::vector<Output> outputs_;
};

extern template class HINGE_API EvaluationSums<float>;
extern template class HINGE_API EvaluationSums<double>;

}  // namespace hinge
