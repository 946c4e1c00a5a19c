// The losses and their gradients with respect to the outputs.
#include <hinge/layers/loss.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/math.h>

namespace hinge {

namespace {

template <typename Scalar>
Scalar weight_of(std::span<const Scalar> weights, std::size_t i) {
  return weights.empty() ? Scalar(1) : weights[i];
}

template <typename Scalar>
void require_a_weight_each(std::size_t samples, std::span<const Scalar> weights) {
  if (weights.empty() || weights.size() == samples) return;
  throw ShapeError("loss: " + std::to_string(samples) + " samples, but " + std::to_string(weights.size()) + " weights");
}

void require_values(std::string_view loss, bool are_classes, std::size_t outputs, std::size_t target_rows) {
  if (are_classes) {
    throw DataError(std::string(loss) + " needs target values, but the data has class indices; " +
                    "use a classification loss such as softmax_cross_entropy");
  }
  if (target_rows != outputs) {
    throw ShapeError(std::string(loss) + ": the network has " + std::to_string(outputs) +
                     " outputs, but each sample has " + std::to_string(target_rows) + " target values");
  }
}

template <typename Scalar>
void require_classes_below(std::string_view loss, std::size_t count, std::span<const std::int32_t> classes) {
  for (const std::int32_t c : classes) {
    if (c < 0 || static_cast<std::size_t>(c) >= count) {
      throw DataError(std::string(loss) + ": class " + std::to_string(c) + " is outside 0 … " +
                      std::to_string(count - 1) + "; the network needs one output for each class");
    }
  }
}

// Target values that are no probabilities of any kind, NaN included.
template <typename Scalar>
void require_values_between(std::string_view loss, MatrixView<const Scalar> values, Scalar highest,
                            std::string_view wanted) {
  for (std::size_t i = 0; i < values.cols; ++i) {
    for (std::size_t k = 0; k < values.rows; ++k) {
      if (values(k, i) >= 0 && values(k, i) <= highest) continue;
      throw DataError(std::string(loss) + ": target value " + to_text(static_cast<double>(values(k, i))) +
                      " of output " + std::to_string(k) + ", must be " + std::string(wanted));
    }
  }
}

// What a regression loss makes of one error e = o − y.
template <typename Scalar>
struct Squared {
  Scalar value(Scalar e) const { return e * e; }
  Scalar slope(Scalar e) const { return 2 * e; }
};

template <typename Scalar>
struct HalfSquared {
  Scalar value(Scalar e) const { return Scalar(0.5) * e * e; }
  Scalar slope(Scalar e) const { return e; }
};

template <typename Scalar>
struct Absolute {
  Scalar value(Scalar e) const { return math::absolute(e); }
  Scalar slope(Scalar e) const { return e > 0 ? Scalar(1) : e < 0 ? Scalar(-1) : e; }  // NaN stays NaN
};

template <typename Scalar>
struct HuberRule {
  Scalar delta;
  Scalar value(Scalar e) const {
    const Scalar size = math::absolute(e);
    return size > delta ? delta * (size - Scalar(0.5) * delta) : Scalar(0.5) * e * e;
  }
  Scalar slope(Scalar e) const { return e > delta ? delta : e < -delta ? -delta : e; }
};

// How the errors of a loss are added up.
struct Form {
  std::string_view name;
  bool mean_over_outputs = true;
  bool mean_over_samples = true;
  std::vector<double> kinks = {};
};

// lᵢ = Σₖ rule(oₖ − yₖ), or the mean over k.
template <typename Scalar, typename Rule>
class ErrorLoss final : public Loss<Scalar> {
 public:
  ErrorLoss(Form form, Rule rule) : form_(std::move(form)), rule_(rule) {}

  bool is_mean() const override { return form_.mean_over_samples; }
  std::vector<double> kinks() const override { return form_.kinks; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(form_.name, targets.are_classes(), outputs, targets.values.rows);
  }

 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    const Scalar share = form_.mean_over_outputs ? 1 / static_cast<Scalar>(output.rows) : Scalar(1);
    LossSums sums;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weight_of(weights, i);
      Scalar loss = 0;
      for (std::size_t k = 0; k < output.rows; ++k) {
        const Scalar error = output(k, i) - targets.values(k, i);
        loss += rule_.value(error);
        if (!dz.empty()) dz(k, i) = static_cast<Scalar>(scale) * w * share * rule_.slope(error);
      }
      sums.loss += static_cast<double>(w * share * loss);
      sums.weight += static_cast<double>(w);
    }
    return sums;
  }

 private:
  Form form_;
  Rule rule_;
};

template <typename Scalar, typename Rule>
std::unique_ptr<Loss<Scalar>> error_loss(Form form, Rule rule) {
  return std::make_unique<ErrorLoss<Scalar, Rule>>(std::move(form), rule);
}

// Samples are taken in blocks, side by side, so that the loops over a block are vector code; a block's scratch is small
// enough for the stack.
constexpr std::size_t block_size = 64;

template <typename Scalar>
using BlockRow = std::array<Scalar, block_size>;

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
BlockRow<Scalar> column_maxima(MatrixView<const Scalar> outputs) {
  BlockRow<Scalar> maxima;
  std::copy_n(outputs.row(0).data(), outputs.cols, maxima.data());
  for (std::size_t k = 1; k < outputs.rows; ++k) {
    const Scalar* row = outputs.row(k).data();
    for (std::size_t i = 0; i < outputs.cols; ++i) maxima[i] = row[i] > maxima[i] ? row[i] : maxima[i];
  }
  return maxima;
}

// Σₖ exp(oₖ − shift); the single exponentials go to `exponentials` unless it is empty. It may be `outputs` itself.
template <typename Scalar>
BlockRow<Scalar> sum_of_exponentials(MatrixView<const Scalar> outputs, const BlockRow<Scalar>& shift,
                                     MatrixView<Scalar> exponentials) {
  BlockRow<Scalar> sums;
  BlockRow<Scalar> unused;
  const bool keep = !exponentials.empty();
  kernels::of<Scalar>().exponentials(outputs.data, outputs.row_stride, outputs.rows, outputs.cols, shift.data(),
                                     keep ? exponentials.data : unused.data(), keep ? exponentials.row_stride : 0,
                                     sums.data());
  return sums;
}

// The part of its target that a class gets from label smoothing, and the part that is left of what it had.
template <typename Scalar>
struct Smoothing {
  Scalar for_each = 0;  // ε/K
  Scalar kept = 1;      // 1 − ε
};

template <typename Scalar>
class SoftmaxCrossEntropyLoss final : public Loss<Scalar> {
 public:
  explicit SoftmaxCrossEntropyLoss(const SoftmaxCrossEntropy& options)
      : label_smoothing_(static_cast<Scalar>(options.label_smoothing)),
        class_weights_(options.class_weights.begin(), options.class_weights.end()) {}

  OutputTransform output_transform() const override { return OutputTransform::softmax; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    constexpr std::string_view name = SoftmaxCrossEntropy::type;
    if (!class_weights_.empty() && class_weights_.size() != outputs) {
      throw ShapeError(std::string(name) + ": " + std::to_string(class_weights_.size()) +
                       " class_weights, but the network has " + std::to_string(outputs) + " outputs");
    }
    if (targets.are_classes()) return require_classes_below<Scalar>(name, outputs, targets.classes);
    if (!class_weights_.empty())
      throw DataError(std::string(name) + ": class_weights need class indices, but the data has target values");
    require_values(name, false, outputs, targets.values.rows);
    require_values_between(name, targets.values, std::numeric_limits<Scalar>::max(), ">= 0");
  }

 protected:
  double add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const override {
    if (class_weights_.empty() || !targets.are_classes()) return Loss<Scalar>::add_weights(targets, weights);
    require_classes_below<Scalar>(SoftmaxCrossEntropy::type, class_weights_.size(), targets.classes);
    double sum = 0;
    for (std::size_t i = 0; i < targets.size(); ++i)
      sum += static_cast<double>(weight_of(weights, i) * class_weight(targets, i));
    return sum;
  }

  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    LossSums sums;
    for (std::size_t first = 0; first < output.cols; first += block_size) {
      const std::size_t count = std::min(block_size, output.cols - first);
      const Targets<Scalar> block_targets = targets.samples(first, count);
      const BlockRow<Scalar> block_weights =
          weights_of_block(block_targets, weights.empty() ? weights : weights.subspan(first, count));
      compute_block(output.columns(first, count), block_targets, block_weights, static_cast<Scalar>(scale),
                    dz.empty() ? dz : dz.columns(first, count), sums);
    }
    return sums;
  }

 private:
  Scalar class_weight(const Targets<Scalar>& targets, std::size_t i) const {
    return class_weights_.empty() ? Scalar(1) : class_weights_[static_cast<std::size_t>(targets.classes[i])];
  }

  BlockRow<Scalar> weights_of_block(const Targets<Scalar>& targets, std::span<const Scalar> weights) const {
    BlockRow<Scalar> all;
    all.fill(1);
    std::copy(weights.begin(), weights.end(), all.begin());
    if (class_weights_.empty()) return all;
    for (std::size_t i = 0; i < targets.size(); ++i) all[i] *= class_weight(targets, i);
    return all;
  }

  Smoothing<Scalar> smoothing(std::size_t outputs) const {
    return {label_smoothing_ / static_cast<Scalar>(outputs), 1 - label_smoothing_};
  }

  // l = Σₖ yₖ·(log Σⱼ exp oⱼ − oₖ), with the largest logit taken out so that no exponential overflows.
  void compute_block(MatrixView<const Scalar> output, const Targets<Scalar>& targets, const BlockRow<Scalar>& weights,
                     Scalar scale, MatrixView<Scalar> dz, LossSums& sums) const {
    const BlockRow<Scalar> maxima = column_maxima(output);
    const BlockRow<Scalar> target_sums = sums_of_targets(targets, output.cols);
    const BlockRow<Scalar> losses_at_targets = target_gaps(output, targets, target_sums, maxima);
    const BlockRow<Scalar> totals = sum_of_exponentials(output, maxima, dz);
    BlockRow<Scalar> logarithms;
    kernels::of<Scalar>().logarithms(totals.data(), logarithms.data(), output.cols);
    BlockRow<Scalar> losses;
    for (std::size_t i = 0; i < output.cols; ++i) {
      losses[i] = weights[i] * (losses_at_targets[i] + target_sums[i] * logarithms[i]);
    }
    sums.loss += sum_in_turn(losses, output.cols);
    sums.weight += sum_in_turn(weights, output.cols);
    if (!dz.empty()) write_gradient(targets, weights, scale, totals, target_sums, dz);
  }

  // Σₖ yₖ·(max − oₖ)
  BlockRow<Scalar> target_gaps(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                               const BlockRow<Scalar>& target_sums, const BlockRow<Scalar>& maxima) const {
    BlockRow<Scalar> gaps{};
    if (targets.are_classes()) {
      for (std::size_t i = 0; i < output.cols; ++i) {
        gaps[i] = maxima[i] - output(static_cast<std::size_t>(targets.classes[i]), i);
      }
    } else {
      for (std::size_t i = 0; i < output.cols; ++i) {
        for (std::size_t k = 0; k < output.rows; ++k) gaps[i] += targets.values(k, i) * (maxima[i] - output(k, i));
      }
    }
    if (label_smoothing_ > 0) smooth_gaps(output, target_sums, maxima, gaps);
    return gaps;
  }

  void smooth_gaps(MatrixView<const Scalar> output, const BlockRow<Scalar>& target_sums, const BlockRow<Scalar>& maxima,
                   BlockRow<Scalar>& gaps) const {
    const Smoothing<Scalar> smooth = smoothing(output.rows);
    for (std::size_t i = 0; i < output.cols; ++i) {
      Scalar all = 0;
      for (std::size_t k = 0; k < output.rows; ++k) all += maxima[i] - output(k, i);
      gaps[i] = smooth.kept * gaps[i] + smooth.for_each * target_sums[i] * all;
    }
  }

  static BlockRow<Scalar> sums_of_targets(const Targets<Scalar>& targets, std::size_t count) {
    BlockRow<Scalar> sums;
    sums.fill(targets.are_classes() ? Scalar(1) : Scalar(0));
    if (targets.are_classes()) return sums;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < targets.values.rows; ++k) sums[i] += targets.values(k, i);
    }
    return sums;
  }

  // dz holds the exponentials; ∂l/∂oₖ = pₖ·Σⱼ yⱼ − yₖ, which is p − y as the targets of a sample sum to 1.
  void write_gradient(const Targets<Scalar>& targets, const BlockRow<Scalar>& weights, Scalar scale,
                      const BlockRow<Scalar>& totals, const BlockRow<Scalar>& target_sums,
                      MatrixView<Scalar> dz) const {
    const Smoothing<Scalar> smooth = smoothing(dz.rows);
    BlockRow<Scalar> factors;
    BlockRow<Scalar> scaled_weights;
    BlockRow<Scalar> spread;
    for (std::size_t i = 0; i < dz.cols; ++i) {
      scaled_weights[i] = scale * weights[i];
      factors[i] = scaled_weights[i] * target_sums[i] / totals[i];
      spread[i] = scaled_weights[i] * target_sums[i] * smooth.for_each;
      scaled_weights[i] *= smooth.kept;
    }
    for (std::size_t k = 0; k < dz.rows; ++k) {
      const std::span<Scalar> row = dz.row(k);
      for (std::size_t i = 0; i < row.size(); ++i) row[i] = row[i] * factors[i] - spread[i];
      subtract_targets(targets, k, scaled_weights, row);
    }
  }

  // Without a branch for each sample: which class it has, no processor can guess.
  static void subtract_targets(const Targets<Scalar>& targets, std::size_t k, const BlockRow<Scalar>& weights,
                               std::span<Scalar> row) {
    if (!targets.are_classes()) {
      for (std::size_t i = 0; i < row.size(); ++i) row[i] -= weights[i] * targets.values(k, i);
      return;
    }
    const std::int32_t* classes = targets.classes.data();
    const auto own = static_cast<std::int32_t>(k);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Scalar weight = weights[i];
      row[i] -= classes[i] == own ? weight : Scalar(0);
    }
  }

  Scalar label_smoothing_;
  std::vector<Scalar> class_weights_;
};

template <typename Scalar>
class BinaryCrossEntropyLoss final : public Loss<Scalar> {
 public:
  explicit BinaryCrossEntropyLoss(const BinaryCrossEntropy& options)
      : positive_weights_(options.pos_weight.begin(), options.pos_weight.end()) {}

  OutputTransform output_transform() const override { return OutputTransform::sigmoid; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    if (positive_weights_.size() > 1 && positive_weights_.size() != outputs) {
      throw ShapeError("bce_with_logits: pos_weight has " + std::to_string(positive_weights_.size()) +
                       " numbers, but the network has " + std::to_string(outputs) + " outputs");
    }
    if (!targets.are_classes()) {
      require_values(BinaryCrossEntropy::type, false, outputs, targets.values.rows);
      return require_values_between(BinaryCrossEntropy::type, targets.values, Scalar(1), "in [0, 1]");
    }
    if (outputs != 1) {
      throw DataError("bce_with_logits: class indices need a network with 1 output, but it has " +
                      std::to_string(outputs) + "; use softmax_cross_entropy for several classes");
    }
    require_classes_below<Scalar>(BinaryCrossEntropy::type, 2, targets.classes);
  }

 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    const Scalar share = 1 / static_cast<Scalar>(output.rows);
    LossSums sums;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weight_of(weights, i);
      Scalar loss = 0;
      for (std::size_t k = 0; k < output.rows; ++k) {
        const Scalar o = output(k, i);
        const Scalar y = targets.are_classes() ? static_cast<Scalar>(targets.classes[i]) : targets.values(k, i);
        const Scalar positive = positive_weight(k) * y;
        const Scalar both = (1 - y) + positive;  // exactly 1 without a weight
        // both·softplus(o) − positive·o, with the large parts subtracted first.
        loss +=
            (both * (o < 0 ? Scalar(0) : o) - positive * o) + both * math::log1p_unit(math::exp(-math::absolute(o)));
        if (!dz.empty()) dz(k, i) = static_cast<Scalar>(scale) * w * share * (both * math::sigmoid(o) - positive);
      }
      sums.loss += static_cast<double>(w * share * loss);
      sums.weight += static_cast<double>(w);
    }
    return sums;
  }

 private:
  Scalar positive_weight(std::size_t output) const {
    if (positive_weights_.empty()) return 1;
    return positive_weights_[positive_weights_.size() == 1 ? 0 : output];
  }

  std::vector<Scalar> positive_weights_;
};

template <typename Scalar>
void softmax(MatrixView<Scalar> outputs) {
  for (std::size_t first = 0; first < outputs.cols; first += block_size) {
    const MatrixView<Scalar> block = outputs.columns(first, std::min(block_size, outputs.cols - first));
    const BlockRow<Scalar> maxima = column_maxima<Scalar>(block);
    const BlockRow<Scalar> totals = sum_of_exponentials<Scalar>(block, maxima, block);
    for (std::size_t k = 0; k < block.rows; ++k) {
      Scalar* row = block.row(k).data();
      for (std::size_t i = 0; i < block.cols; ++i) row[i] /= totals[i];
    }
  }
}

}  // namespace

template <typename Scalar>
LossSums Loss<Scalar>::evaluate(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                                std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const {
  if (targets.size() != output.cols) {
    throw ShapeError("loss: " + std::to_string(output.cols) + " outputs, but " + std::to_string(targets.size()) +
                     " targets");
  }
  require_a_weight_each(output.cols, weights);
  if (!dz.empty() && (dz.rows != output.rows || dz.cols != output.cols)) {
    throw ShapeError("loss: the gradient must have the shape of the output");
  }
  check_targets(output.rows, targets);
  return compute(output, targets, weights, scale, dz);
}

template <typename Scalar>
double Loss<Scalar>::weight_sum(const Targets<Scalar>& targets, std::span<const Scalar> weights) const {
  require_a_weight_each(targets.size(), weights);
  return add_weights(targets, weights);
}

template <typename Scalar>
double Loss<Scalar>::add_weights(const Targets<Scalar>& targets, std::span<const Scalar> weights) const {
  if (weights.empty()) return static_cast<double>(targets.size());
  double sum = 0;
  for (const Scalar w : weights) sum += static_cast<double>(w);
  return sum;
}

template class Loss<float>;
template class Loss<double>;

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanSquaredError::build() const {
  return error_loss<Scalar>({.name = type}, Squared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredSum::build() const {
  return error_loss<Scalar>({.name = type, .mean_over_outputs = false, .mean_over_samples = false},
                            HalfSquared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredMean::build() const {
  return error_loss<Scalar>({.name = type, .mean_over_outputs = false}, HalfSquared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanAbsoluteError::build() const {
  return error_loss<Scalar>({.name = type, .kinks = {0}}, Absolute<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> Huber::build() const {
  return error_loss<Scalar>({.name = type, .kinks = {-delta, delta}}, HuberRule<Scalar>{static_cast<Scalar>(delta)});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> SoftmaxCrossEntropy::build() const {
  return std::make_unique<SoftmaxCrossEntropyLoss<Scalar>>(*this);
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> BinaryCrossEntropy::build() const {
  return std::make_unique<BinaryCrossEntropyLoss<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Loss<float>> MeanSquaredError::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MeanSquaredError::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> HalfSquaredSum::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> HalfSquaredSum::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> HalfSquaredMean::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> HalfSquaredMean::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> MeanAbsoluteError::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MeanAbsoluteError::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> Huber::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> Huber::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> SoftmaxCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> SoftmaxCrossEntropy::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> BinaryCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> BinaryCrossEntropy::build<double>() const;

Registry<Builder<Loss>> standard_losses() {
  Registry<Builder<Loss>> losses;
  losses.add(BinaryCrossEntropy{});
  losses.add(HalfSquaredMean{});
  losses.add(HalfSquaredSum{});
  losses.add(Huber{});
  losses.add(MeanAbsoluteError{});
  losses.add(MeanSquaredError{});
  losses.add(SoftmaxCrossEntropy{});
  return losses;
}

template <typename Scalar>
void apply_output_transform(OutputTransform transform, MatrixView<Scalar> outputs) {
  if (outputs.empty() || transform == OutputTransform::identity) return;
  if (transform == OutputTransform::softmax) return softmax(outputs);
  for (std::size_t k = 0; k < outputs.rows; ++k) {
    for (Scalar& value : outputs.row(k)) value = math::sigmoid(value);
  }
}

template HINGE_API void apply_output_transform<float>(OutputTransform, MatrixView<float>);
template HINGE_API void apply_output_transform<double>(OutputTransform, MatrixView<double>);

}  // namespace hinge
