// Accuracy, R², D², mean absolute and root mean squared error, gathered batch by batch.
#include <hinge/optim/metrics/evaluation.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/core/math.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// The number of samples whose largest logit is that of the target. Of equal logits the first counts; a sample with a NaN is
// never right.
template <typename Scalar>
std::size_t count_hits(MatrixView<const Scalar> output, std::span<const std::int32_t> targets) {
  constexpr std::size_t block = 64;  // side by side, so that the loops are vector code
  std::size_t hits = 0;
  for (std::size_t first = 0; first < output.cols; first += block) {
    const std::size_t count = std::min(block, output.cols - first);
    std::array<Scalar, block> logits;
    std::array<std::int32_t, block> misses{};
    for (std::size_t i = 0; i < count; ++i) {
      logits[i] = output(static_cast<std::size_t>(targets[first + i]), first + i);
    }
    for (std::size_t k = 0; k < output.rows; ++k) {
      const Scalar* row = output.row(k).data() + first;
      for (std::size_t i = 0; i < count; ++i) {
        const int is_below = row[i] < logits[i] ? 1 : 0;
        const int is_equal = row[i] == logits[i] ? 1 : 0;
        const int is_later = static_cast<std::int32_t>(k) >= targets[first + i] ? 1 : 0;
        misses[i] |= (is_below | (is_equal & is_later)) ^ 1;
      }
    }
    for (std::size_t i = 0; i < count; ++i) hits += misses[i] == 0 ? 1U : 0U;
  }
  return hits;
}

// A logit says yes above 0, where its probability passes one half.
template <typename Scalar>
bool says(Scalar logit, bool yes) {
  return !std::isnan(logit) && (logit > 0) == yes;
}

// Constant targets: 1 if all are met, else 0, as in scikit-learn.
double coefficient_of_determination(double errors, double deviations) {
  if (deviations == 0) return errors == 0 ? 1 : 0;
  return 1 - errors / deviations;
}

struct OwnFigure {
  std::string_view name;
  bool larger_is_better;
  std::optional<double> value;
};

// The figures that need no metric to be named.
std::array<OwnFigure, 6> own_figures(const Evaluation& evaluation) {
  return {{{"loss", false, evaluation.loss},
           {"accuracy", true, evaluation.accuracy},
           {"r2", true, evaluation.r2},
           {"d2", true, evaluation.d2},
           {"mae", false, evaluation.mae},
           {"rmse", false, evaluation.rmse}}};
}

}  // namespace

std::vector<Figure> figures(const Evaluation& evaluation, const std::string& prefix) {
  std::vector<Figure> list = {{prefix + "samples", static_cast<double>(evaluation.samples)}};
  const auto add = [&](std::string_view name, const std::optional<double>& value) {
    if (value && (std::isfinite(*value) || name == "loss")) list.push_back({prefix + std::string(name), *value});
  };
  for (const OwnFigure& own : own_figures(evaluation)) add(own.name, own.value);
  for (const Figure& other : evaluation.others) add(other.name, other.value);
  return list;
}

const Figure* find_figure(std::span<const Figure> figures, std::string_view name) {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == name; });
  return found == figures.end() ? nullptr : &*found;
}

std::optional<double> value_of(const Evaluation& evaluation, std::string_view name) {
  for (const OwnFigure& own : own_figures(evaluation)) {
    if (own.name == name) return own.value;
  }
  const Figure* other = find_figure(evaluation.others, name);
  return other == nullptr ? std::nullopt : std::optional(other->value);
}

bool larger_is_better(std::string_view name, const std::vector<MetricSpec>& metrics) {
  std::vector<std::string> known;
  for (const OwnFigure& own : own_figures({})) {
    if (own.name == name) return own.larger_is_better;
    known.emplace_back(own.name);
  }
  for (const MetricSpec& metric : metrics) {
    if (metric.type() == name) return metric->build<double>()->larger_is_better();
    known.emplace_back(metric.type());
  }
  throw ConfigError("unknown metric \"" + printable(name) + "\"" + suggestion(name, known));
}

void list_state(StateArchive& state, Evaluation& evaluation) {
  state.add("samples", evaluation.samples);
  state.add("loss", evaluation.loss);
  state.add("accuracy", evaluation.accuracy);
  state.add("r2", evaluation.r2);
  state.add("mae", evaluation.mae);
  state.add("rmse", evaluation.rmse);
  state.add("d2", evaluation.d2);
  std::size_t others = evaluation.others.size();
  state.add("others", others);
  state.require(others <= 1000, "others");  // the metrics of a config
  evaluation.others.resize(others);
  for (std::size_t i = 0; i < others; ++i) {
    state.part(std::to_string(i), [&] {
      state.add("name", evaluation.others[i].name);
      state.add("value", evaluation.others[i].value);
    });
  }
}

template <typename Scalar>
EvaluationSums<Scalar>::EvaluationSums(const Loss<Scalar>& loss, std::size_t outputs,
                                       const std::vector<MetricSpec>& metrics)
    : loss_(&loss),
      has_metrics_(loss.metric() != "loss"),
      is_rate_(loss.output_transform() == OutputTransform::exp),
      has_deviances_(is_rate_ && loss.task() == Task::counts),
      outputs_(outputs) {
  for (const MetricSpec& metric : metrics) {
    names_.emplace_back(metric.type());
    metrics_.push_back(metric->build<Scalar>());
  }
}

template <typename Scalar>
void EvaluationSums<Scalar>::add(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets, LossSums loss,
                                 std::span<const Scalar> weights) {
  loss_sums_.loss += loss.loss;
  loss_sums_.weight += loss.weight;
  has_metrics_ = has_metrics_ && are_comparable(output, targets);
  if (has_metrics_ && (loss_->is_classification() || targets.are_classes())) {
    add_hits(output, targets);
  } else if (has_metrics_) {
    add_errors(output, targets.values);
  }
  for (const auto& metric : metrics_) metric->add(output, targets, weights);
  samples_ += output.cols;
}

// An application's loss may take targets of any shape, and classes that are not numbers of outputs.
template <typename Scalar>
bool EvaluationSums<Scalar>::are_comparable(const MatrixView<const Scalar>& output,
                                            const Targets<Scalar>& targets) const {
  if (!targets.are_classes()) return targets.values.rows == output.rows;
  const auto count = static_cast<std::int32_t>(asks_yes_or_no(output, targets) ? 2 : output.rows);
  return std::all_of(targets.classes.begin(), targets.classes.end(),
                     [&](std::int32_t c) { return c >= 0 && c < count; });
}

// Otherwise the largest output is the answer.
template <typename Scalar>
bool EvaluationSums<Scalar>::asks_yes_or_no(const MatrixView<const Scalar>& output,
                                            const Targets<Scalar>& targets) const {
  if (!targets.are_classes()) return loss_->task() == Task::labels;
  return loss_->output_transform() != OutputTransform::softmax && output.rows == 1;
}

template <typename Scalar>
void EvaluationSums<Scalar>::add_hits(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets) {
  const bool yes_no = asks_yes_or_no(output, targets);
  decisions_ += yes_no ? output.size() : output.cols;
  if (!yes_no && targets.are_classes()) {
    hits_ += count_hits(output, targets.classes);
    return;
  }
  for (std::size_t i = 0; i < output.cols; ++i) {
    if (!yes_no) {
      const auto target = static_cast<std::int32_t>(largest_row(targets.values, i));
      hits_ += count_hits(output.columns(i, 1), {&target, 1});
      continue;
    }
    for (std::size_t k = 0; k < output.rows; ++k) {
      const bool yes = targets.are_classes() ? targets.classes[i] == 1 : targets.values(k, i) > Scalar(0.5);
      hits_ += says(output(k, i), yes) ? 1U : 0U;
    }
  }
}

// Each sum is one chain, whatever the batches are. It adds differences from the first target, because sums of the targets
// themselves would cancel where their mean is large [Chan, Golub & LeVeque 1983], and a running mean costs a division each.
template <typename Scalar>
void EvaluationSums<Scalar>::add_errors(const MatrixView<const Scalar>& output,
                                        const MatrixView<const Scalar>& targets) {
  for (std::size_t k = 0; k < output.rows; ++k) {
    if (samples_ == 0) outputs_[k].first = static_cast<double>(targets(k, 0));
    Output sums = outputs_[k];
    for (std::size_t i = 0; i < output.cols; ++i) {
      const auto o = static_cast<double>(output(k, i));
      const auto y = static_cast<double>(targets(k, i));
      const double predicted = is_rate_ ? math::exp(o) : o;
      const double error = predicted - y;
      const double excess = y - sums.first;
      sums.excess += excess;
      sums.squared_excess += excess * excess;
      sums.squared_errors += error * error;
      sums.absolute_errors += std::abs(error);
      if (!has_deviances_) continue;
      const double entropy = y > 0 ? y * math::log(y) : 0;
      sums.entropy += entropy;
      sums.deviance += entropy - y * o - y + predicted;
    }
    outputs_[k] = sums;
  }
}

template <typename Scalar>
void EvaluationSums<Scalar>::reset() {
  loss_sums_ = {};
  samples_ = hits_ = decisions_ = 0;
  has_metrics_ = loss_->metric() != "loss";
  for (Output& output : outputs_) output = {};
  for (const auto& metric : metrics_) metric->reset();
}

template <typename Scalar>
bool EvaluationSums<Scalar>::list_state(StateArchive& state) {
  state.add("loss", loss_sums_.loss);
  state.add("weight", loss_sums_.weight);
  state.add("has_metrics", has_metrics_);
  state.add("samples", samples_);
  state.add("hits", hits_);
  state.add("decisions", decisions_);
  const std::size_t outputs = outputs_.size();
  state.add("outputs", outputs_,
            {&Output::first, &Output::excess, &Output::squared_excess, &Output::squared_errors,
             &Output::absolute_errors, &Output::deviance, &Output::entropy});
  state.require(outputs_.size() == outputs, "outputs");
  bool is_whole = true;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    state.part(names_[i], [&] { is_whole = metrics_[i]->list_state(state) && is_whole; });
  }
  return is_whole;
}

template <typename Scalar>
Evaluation EvaluationSums<Scalar>::result() const {
  if (samples_ == 0) throw DataError("evaluate: no samples");
  if (!(loss_sums_.weight > 0)) throw DataError("evaluate: the weights of all samples are 0");
  Evaluation evaluation{.samples = samples_, .loss = loss_sums_.loss * loss_->scale(loss_sums_.weight)};
  for (std::size_t i = 0; i < metrics_.size(); ++i) evaluation.others.push_back({names_[i], metrics_[i]->value()});
  if (!has_metrics_) return evaluation;
  if (decisions_ > 0) {
    evaluation.accuracy = static_cast<double>(hits_) / static_cast<double>(decisions_);
    return evaluation;
  }
  const auto samples = static_cast<double>(samples_);
  Output sums;
  double r2 = 0;
  double d2 = 0;
  for (const Output& output : outputs_) {
    const double deviations = output.squared_excess - output.excess * output.excess / samples;  // Σ(y − ȳ)²
    r2 += coefficient_of_determination(output.squared_errors, std::max(0.0, deviations));
    sums.squared_errors += output.squared_errors;
    sums.absolute_errors += output.absolute_errors;
    const double mean = output.first + output.excess / samples;
    const double of_mean = output.entropy - (mean > 0 ? samples * mean * math::log(mean) : 0);  // Σ y·log(y/ȳ)
    d2 += coefficient_of_determination(output.deviance, std::max(0.0, of_mean));
  }
  const auto outputs = static_cast<double>(outputs_.size());
  evaluation.r2 = r2 / outputs;
  evaluation.mae = sums.absolute_errors / (samples * outputs);
  evaluation.rmse = std::sqrt(sums.squared_errors / (samples * outputs));
  if (has_deviances_) evaluation.d2 = d2 / outputs;
  return evaluation;
}

template class EvaluationSums<float>;
template class EvaluationSums<double>;

}  // namespace hinge
