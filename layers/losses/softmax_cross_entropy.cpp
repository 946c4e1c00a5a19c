// Softmax cross-entropy and its gradient.
#include <hinge/layers/losses/softmax_cross_entropy.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

// Σ of the first `count`: element i goes to sum i % 4, so that none waits for the one before.
template <typename Scalar>
double sum_in_turn(const BlockRow<Scalar>& values, std::size_t count) {
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= count; i += sums.size()) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += static_cast<double>(values[i + k]);
  }
  for (std::size_t k = 0; i < count; ++i, ++k) sums[k] += static_cast<double>(values[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

template <typename Scalar>
class SoftmaxCrossEntropyLoss final : public BlockLoss<Scalar> {
 public:
  explicit SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& options)
      : label_smoothing_(static_cast<Scalar>(options.label_smoothing)),
        given_(options.class_weights),
        class_weights_(given_.list.begin(), given_.list.end()) {}

  OutputTransform output_transform() const override { return OutputTransform::softmax; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    constexpr std::string_view name = SoftmaxCrossEntropy::type;
    require_class_weights(name, given_, outputs);
    if (targets.are_classes()) return require_classes_below(name, outputs, targets.classes);
    if (!class_weights_.empty())
      throw DataError(std::string(name) + ": class_weights need class indices, but the data has target values");
    require_values(name, false, outputs, targets.values.rows);
    require_values_between<Scalar>(name, targets.values, std::numeric_limits<Scalar>::max(), ">= 0");
  }

  double target(const LossSample& sample, std::size_t k) const override {
    const auto smoothing = static_cast<double>(label_smoothing_);
    const auto classes = static_cast<double>(sample.targets.size());
    return smoothing == 0 ? sample.targets[k]
                          : (1 - smoothing) * sample.targets[k] + smoothing / classes * sum_of(sample.targets);
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    Sum sum = format.sum();
    bool is_finite = true;
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) {
      const double y = target(sample, k);
      if (!(y > 0)) continue;
      is_finite = is_finite && sample.predictions[k] > 0;
      sum.add(minus_log(y, sample.predictions[k], format, share_of_others(sample, k)));
    }
    if (!is_finite || sum.text().empty()) return Loss<Scalar>::loss_sides(sample, format);
    return {sum.text(), format.number(sample.loss)};
  }

  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    if (std::abs(sum_of(sample.targets) - 1) > 1e-12) return Loss<Scalar>::gradient_sides(sample, k, format);
    return scaled_difference("p − y", sample.factor, sample.predictions[k], target(sample, k), sample.gradient[k],
                             format);
  }

 protected:
  double add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const override {
    if (class_weights_.empty() || !targets.are_classes()) return Loss<Scalar>::add_weights(targets, weights);
    require_classes_below(SoftmaxCrossEntropy::type, class_weights_.size(), targets.classes);
    double sum = 0;
    for (std::size_t i = 0; i < targets.size(); ++i)
      sum += static_cast<double>((weights.empty() ? Scalar(1) : weights[i]) * class_weight(targets, i));
    return sum;
  }

  // l = Σₖ yₖ·(log Σⱼ exp oⱼ − oₖ), with the largest logit subtracted first so that no exponential overflows.
  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    if (!class_weights_.empty()) {
      for (std::size_t i = 0; i < block.size(); ++i) block.weights[i] *= class_weight(block.targets, i);
    }
    const BlockRow<Scalar> maxima = column_maxima(block.output);
    const BlockRow<Scalar> target_sums = sums_of_targets(block);
    const BlockRow<Scalar> gaps = target_gaps(block, target_sums, maxima);
    const BlockRow<Scalar> totals = sum_of_exponentials(block.output, maxima, block.dz);
    BlockRow<Scalar> losses;
    kernels::of<Scalar>().logarithms(totals.data(), losses.data(), block.size());
    for (std::size_t i = 0; i < block.size(); ++i) {
      losses[i] = block.weights[i] * (gaps[i] + target_sums[i] * losses[i]);
    }
    sums.loss += sum_in_turn(losses, block.size());
    sums.weight += sum_in_turn(block.weights, block.size());
    if (!block.dz.empty()) write_gradient(block, totals, target_sums);
  }

 private:
  static double sum_of(const std::vector<double>& targets) {
    return std::accumulate(targets.begin(), targets.end(), 0.0);
  }

  // 1 − pₖ
  static double share_of_others(const LossSample& sample, std::size_t k) {
    std::vector<double> others = sample.predictions;
    others[k] = 0;
    return sum_of(others);
  }

  Scalar class_weight(const Targets<Scalar>& targets, std::size_t i) const {
    return class_weights_.empty() ? Scalar(1) : class_weights_[static_cast<std::size_t>(targets.classes[i])];
  }

  // Label smoothing ε: the share of its target that each class keeps, 1 − ε, and the share of all that it gets, ε/K.
  Scalar kept() const { return 1 - label_smoothing_; }
  Scalar share_of_each(std::size_t classes) const { return label_smoothing_ / static_cast<Scalar>(classes); }

  // Σₖ yₖ
  static BlockRow<Scalar> sums_of_targets(const SampleBlock<Scalar>& block) {
    BlockRow<Scalar> sums;
    sums.fill(block.targets.are_classes() ? Scalar(1) : Scalar(0));
    BlockRow<Scalar> scratch;
    for (std::size_t k = 0; k < block.targets.values.rows; ++k) {
      const Scalar* y = block.target_row(k, scratch);
      for (std::size_t i = 0; i < block.size(); ++i) sums[i] += y[i];
    }
    return sums;
  }

  // Σₖ yₖ·(max − oₖ)
  BlockRow<Scalar> target_gaps(const SampleBlock<Scalar>& block, const BlockRow<Scalar>& target_sums,
                               const BlockRow<Scalar>& maxima) const {
    BlockRow<Scalar> gaps{};
    BlockRow<Scalar> scratch;
    if (block.targets.are_classes()) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        gaps[i] = maxima[i] - block.output(static_cast<std::size_t>(block.targets.classes[i]), i);
      }
    }
    for (std::size_t k = 0; k < block.targets.values.rows; ++k) {
      const Scalar* o = block.output.row(k).data();
      const Scalar* y = block.target_row(k, scratch);
      for (std::size_t i = 0; i < block.size(); ++i) gaps[i] += y[i] * (maxima[i] - o[i]);
    }
    if (label_smoothing_ > 0) smooth_gaps(block, target_sums, maxima, gaps);
    return gaps;
  }

  void smooth_gaps(const SampleBlock<Scalar>& block, const BlockRow<Scalar>& target_sums,
                   const BlockRow<Scalar>& maxima, BlockRow<Scalar>& gaps) const {
    const Scalar share = share_of_each(block.output.rows);
    BlockRow<Scalar> all{};  // Σₖ (max − oₖ)
    for (std::size_t k = 0; k < block.output.rows; ++k) {
      const Scalar* o = block.output.row(k).data();
      for (std::size_t i = 0; i < block.size(); ++i) all[i] += maxima[i] - o[i];
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      gaps[i] = kept() * gaps[i] + share * target_sums[i] * all[i];
    }
  }

  // dz holds the exponentials; ∂l/∂oₖ = pₖ·Σⱼ yⱼ − yₖ, which is p − y if the targets of a sample sum to 1.
  void write_gradient(const SampleBlock<Scalar>& block, const BlockRow<Scalar>& totals,
                      const BlockRow<Scalar>& target_sums) const {
    const Scalar share = share_of_each(block.dz.rows);
    BlockRow<Scalar> factors;
    BlockRow<Scalar> scaled_weights;
    BlockRow<Scalar> spread;
    for (std::size_t i = 0; i < block.size(); ++i) {
      scaled_weights[i] = block.scale * block.weights[i];
      factors[i] = scaled_weights[i] * target_sums[i] / totals[i];
      spread[i] = scaled_weights[i] * target_sums[i] * share;
      scaled_weights[i] *= kept();
    }
    for (std::size_t k = 0; k < block.dz.rows; ++k) {
      const std::span<Scalar> row = block.dz.row(k);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = row[i] * factors[i] - spread[i];
      subtract_targets(block, k, scaled_weights, row);
    }
  }

  // No branch on the class of a sample: a processor could not predict it.
  static void subtract_targets(const SampleBlock<Scalar>& block, std::size_t k, const BlockRow<Scalar>& weights,
                               std::span<Scalar> row) {
    if (!block.targets.are_classes()) {
      BlockRow<Scalar> scratch;
      const Scalar* y = block.target_row(k, scratch);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= weights[i] * y[i];
      return;
    }
    const std::int32_t* classes = block.targets.classes.data();
    const auto own = static_cast<std::int32_t>(k);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Scalar weight = weights[i];
      row[i] -= classes[i] == own ? weight : Scalar(0);
    }
  }

  Scalar label_smoothing_;
  NamedNumbers given_;
  std::vector<Scalar> class_weights_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> SoftmaxCrossEntropy::build() const {
  return std::make_unique<SoftmaxCrossEntropyLoss<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Loss<float>> SoftmaxCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> SoftmaxCrossEntropy::build<double>() const;

}  // namespace hinge
