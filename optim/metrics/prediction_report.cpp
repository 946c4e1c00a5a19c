// Ranks, confusions, log loss and squared errors, gathered batch by batch.
#include <hinge/optim/metrics/prediction_report.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/math.h>

namespace hinge {

namespace {

// The number of outputs ahead of that of class c: the larger ones, and of equals the earlier ones.
template <typename Scalar>
std::size_t rank_of(MatrixView<const Scalar> output, std::size_t i, std::size_t c) {
  std::size_t ahead = 0;
  for (std::size_t k = 0; k < output.rows; ++k) {
    if (output(k, i) > output(c, i) || (k < c && output(k, i) == output(c, i))) ++ahead;
  }
  return ahead;
}

double square(double value) { return value * value; }

// An application's loss may take other targets.
template <typename Scalar>
void require_reportable(const Targets<Scalar>& targets, const Loss<Scalar>& loss, std::size_t outputs) {
  if (!targets.are_classes() && targets.values.rows != outputs && targets.values.rows != loss.target_rows(outputs)) {
    throw ShapeError("report: the network has " + std::to_string(outputs) + " outputs, but each sample has " +
                     std::to_string(targets.values.rows) + " target values");
  }
  if (!targets.are_classes()) return;
  if (loss.task() == Task::classes && (outputs > 1 || loss.output_transform() == OutputTransform::softmax)) return;
  if (loss.task() != Task::labels || outputs > 1) {
    throw DataError("report: class indices need a loss with a softmax, or with a sigmoid and a single output");
  }
  for (const std::int32_t c : targets.classes) {
    if (c != 0 && c != 1) throw DataError("report: class " + std::to_string(c) + " of a single output, must be 0 or 1");
  }
}

}  // namespace

std::optional<double> PredictionReport::top_accuracy(std::size_t k) const {
  if (ranks.empty()) return std::nullopt;
  const auto end = ranks.begin() + static_cast<std::ptrdiff_t>(std::min(k, ranks.size()));
  return static_cast<double>(std::accumulate(ranks.begin(), end, std::size_t{0})) / static_cast<double>(samples);
}

template <typename Scalar>
PredictionSums<Scalar>::PredictionSums(const Loss<Scalar>& loss, std::size_t outputs)
    : loss_(&loss), outputs_(outputs) {
  if (loss.task() == Task::classes) {
    counts_.confusion.emplace(outputs);
    counts_.ranks.resize(outputs);
    exponentials_.resize(outputs);
  } else if (loss.task() == Task::labels && outputs == 1) {
    counts_.confusion.emplace(2);
  }
}

template <typename Scalar>
void PredictionSums<Scalar>::add(MatrixView<const Scalar> output, const Targets<Scalar>& targets) {
  if (output.rows != outputs_ || output.cols != targets.size()) {
    throw ShapeError("report: " + std::to_string(output.rows) + " outputs for " + std::to_string(output.cols) +
                     " samples, wanted " + std::to_string(outputs_) + " for " + std::to_string(targets.size()));
  }
  loss_->check_targets(outputs_, targets);
  require_reportable(targets, *loss_, outputs_);
  counts_.samples += output.cols;
  for (std::size_t i = 0; i < output.cols; ++i) {
    if (loss_->task() == Task::classes) {
      add_choice(output, targets, i);
    } else if (loss_->task() == Task::labels) {
      add_decisions(output, targets, i);
    } else {
      add_errors(output, targets, i);
    }
  }
}

// p = exp(o − max) / Σ exp(o − max), so −log p of the class is log Σ exp(o − max) + max − o.
template <typename Scalar>
void PredictionSums<Scalar>::add_choice(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                                        std::size_t i) {
  const std::size_t target = counts_.confusion->target_class(targets, i);
  counts_.confusion->add(target, output, i);
  if (!has_nan(output, i)) ++counts_.ranks[rank_of(output, i, target)];
  if (loss_->output_transform() != OutputTransform::softmax) {  // scores, which no target value compares with
    squared_errors_ = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  const auto largest = static_cast<double>(output(largest_row(output, i), i));
  double total = 0;
  for (std::size_t k = 0; k < outputs_; ++k) {
    exponentials_[k] = math::exp(static_cast<double>(output(k, i)) - largest);
    total += exponentials_[k];
  }
  log_losses_ += math::log(total) + (largest - static_cast<double>(output(target, i)));
  for (std::size_t k = 0; k < outputs_; ++k) {
    const double wanted = targets.are_classes() ? (k == target ? 1 : 0) : static_cast<double>(targets.values(k, i));
    squared_errors_ += square(exponentials_[k] / total - wanted);
  }
}

// −log p of a yes is softplus(−o), of a no softplus(o).
template <typename Scalar>
void PredictionSums<Scalar>::add_decisions(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                                           std::size_t i) {
  for (std::size_t k = 0; k < outputs_; ++k) {
    const auto logit = static_cast<double>(output(k, i));
    const double wanted =
        targets.are_classes() ? static_cast<double>(targets.classes[i]) : static_cast<double>(targets.values(k, i));
    const bool yes = wanted > 0.5;
    log_losses_ += math::softplus(yes ? -logit : logit);
    squared_errors_ += square(math::sigmoid(logit) - wanted);
    if (counts_.confusion) counts_.confusion->add(yes ? 1 : 0, output, i);
  }
}

template <typename Scalar>
void PredictionSums<Scalar>::add_errors(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                                        std::size_t i) {
  const bool is_rate = loss_->output_transform() == OutputTransform::exp;
  if (targets.values.rows != outputs_) {  // several outputs of one target
    squared_errors_ = std::numeric_limits<double>::quiet_NaN();
    return;
  }
  for (std::size_t k = 0; k < outputs_; ++k) {
    const auto o = static_cast<double>(output(k, i));
    squared_errors_ += square((is_rate ? math::exp(o) : o) - static_cast<double>(targets.values(k, i)));
  }
}

template <typename Scalar>
PredictionReport PredictionSums<Scalar>::result() const {
  if (counts_.samples == 0) throw DataError("report: no samples");
  PredictionReport report = counts_;
  const auto samples = static_cast<double>(report.samples);
  const auto outputs = static_cast<double>(outputs_);
  report.squared_error_percentage = 100 * squared_errors_ / (outputs * samples);
  if (loss_->output_transform() == OutputTransform::softmax) report.log_loss = log_losses_ / samples;
  if (loss_->output_transform() == OutputTransform::sigmoid) report.log_loss = log_losses_ / (outputs * samples);
  return report;
}

template class PredictionSums<float>;
template class PredictionSums<double>;

template <typename Scalar>
PredictionReport report_of(const Network<Scalar>& network, const Loss<Scalar>& loss, BatchSource<Scalar>& source,
                           std::size_t batch_size) {
  batch_size = std::max<std::size_t>(1, std::min(batch_size, source.size()));
  Batch<Scalar> batch = source.make_batch(batch_size);
  Workspace<Scalar> workspace(network, batch_size);
  PredictionSums<Scalar> sums(loss, network.outputs());
  source.start_epoch(std::nullopt);
  while (source.next(batch) > 0) {
    sums.add(network.predict(batch.inputs(), workspace), std::as_const(batch).targets());
  }
  return sums.result();
}

template HINGE_API PredictionReport report_of<float>(const Network<float>&, const Loss<float>&, BatchSource<float>&,
                                                     std::size_t);
template HINGE_API PredictionReport report_of<double>(const Network<double>&, const Loss<double>&, BatchSource<double>&,
                                                      std::size_t);

}  // namespace hinge
