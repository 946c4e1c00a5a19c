// The loss and the metrics of a network over some samples.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/metrics/metric.h>

namespace hinge {

/// The loss of a network over some samples, and its metrics: accuracy if the targets are classes or the loss classifies,
/// else the three of regression, on values or on rates exp(o), and d2 for counts; none if the loss says that only itself
/// measures. A loss of an application may have targets that say nothing about single outputs: target values whose rows are
/// not those of the outputs, or classes beyond them. Then there are no metrics.
struct Evaluation {
  std::size_t samples = 0;
  double loss = 0;  ///< L over all samples: a mean, or a sum where the loss is one
  /// The share of samples (or of yes-or-no outputs) that are right, in [0, 1]. One output says yes if it is above 0.
  std::optional<double> accuracy = {};
  std::optional<double> r2 = {};    ///< 1 − Σ(o − y)² / Σ(y − ȳ)², the mean over the outputs; at most 1
  std::optional<double> mae = {};   ///< mean |o − y| over samples and outputs
  std::optional<double> rmse = {};  ///< √ of the mean (o − y)² over samples and outputs
  /// Of counts: 1 − D/D₀ with the Poisson deviance D = 2·Σ(y·log(y/λ) − y + λ) of rates λ = exp(o) and D₀ of the mean
  /// count, the mean over the outputs; at most 1, and 0 for a model that always predicts the mean. [scikit-learn's
  /// d2_tweedie_score of power 1]
  std::optional<double> d2 = {};
  std::vector<Figure> others = {};  ///< of the metrics that were asked for, by their names
};

/// Loss and metrics, each name behind `prefix`: `test/samples`, `test/loss`, `test/accuracy`. Only finite metrics.
HINGE_API std::vector<Figure> figures(const Evaluation& evaluation, const std::string& prefix);

/// The figure of that name, or null.
HINGE_API const Figure* find_figure(std::span<const Figure> figures, std::string_view name);

/// The value of a figure by its name, such as `Loss::metric` gives it; nothing if it was not measured.
HINGE_API std::optional<double> value_of(const Evaluation& evaluation, std::string_view name);

/// Whether a larger value of a figure of an Evaluation is the better one. Throws ConfigError if `name` is none of `loss`,
/// `accuracy`, `r2`, `d2`, `mae`, `rmse` and the names of the metrics.
HINGE_API bool larger_is_better(std::string_view name, const std::vector<MetricSpec>& metrics = {});

/// Lists an evaluation, for a training that is interrupted.
HINGE_API void list_state(StateArchive& state, Evaluation& evaluation);

/// Gathers an Evaluation batch by batch. Sums are in double, in the order of the samples.
template <typename Scalar>
class HINGE_API EvaluationSums {
 public:
  /// `outputs` is the number of outputs of the network; `metrics` are measured beside those of every Evaluation.
  EvaluationSums(const Loss<Scalar>& loss, std::size_t outputs, const std::vector<MetricSpec>& metrics = {});

  /// Adds a batch: raw outputs (outputs × batch), its targets, what the loss returned for it, and the weights of its
  /// samples for further metrics. Allocates nothing without those.
  void add(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets, LossSums loss,
           std::span<const Scalar> weights = {});
  void reset();
  /// Lists the sums, for a training that is interrupted. Returns false where one of the metrics does not
  /// (Metric::list_state); then they cannot be put back.
  bool list_state(StateArchive& state);

  /// Whether there is a result: samples were added, and not all of them weigh 0.
  bool has_result() const { return samples_ > 0 && loss_sums_.weight > 0; }
  /// Throws DataError when nothing was added, or nothing with a weight above 0.
  Evaluation result() const;

 private:
  // The sums of one output, from which its errors and the deviations of its targets y from their mean follow.
  struct Output {
    double first = 0;           // target
    double excess = 0;          // Σ(y − first)
    double squared_excess = 0;  // Σ(y − first)²
    double squared_errors = 0;
    double absolute_errors = 0;
    double deviance = 0;  // of counts: Σ(y·log(y/λ) − y + λ)
    double entropy = 0;   // of counts: Σ y·log y
  };

  bool are_comparable(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets) const;
  bool asks_yes_or_no(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets) const;
  void add_hits(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets);
  void add_errors(const MatrixView<const Scalar>& output, const MatrixView<const Scalar>& targets);

  const Loss<Scalar>* loss_;
  LossSums loss_sums_;
  bool has_metrics_;
  bool is_rate_;
  bool has_deviances_;
  std::size_t samples_ = 0;
  std::size_t hits_ = 0;
  std::size_t decisions_ = 0;
  std::vector<Output> outputs_;
  std::vector<std::string> names_;  // of the metrics
  std::vector<std::unique_ptr<Metric<Scalar>>> metrics_;
};

extern template class HINGE_API EvaluationSums<float>;
extern template class HINGE_API EvaluationSums<double>;

}  // namespace hinge
