// The losses and their gradients with respect to the outputs.
#include <hinge/layers/loss.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/math.h>

namespace hinge::inline HINGE_ABI {

namespace {

template <typename Scalar>
Scalar weight_of(std::span<const Scalar> weights, std::size_t i) {
  return weights.empty() ? Scalar(1) : weights[i];
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

// The squared losses: lᵢ = factor·Σₖ (oₖ − yₖ)².
template <typename Scalar>
LossSums squared_loss(Scalar factor, MatrixView<const Scalar> output, MatrixView<const Scalar> targets,
                      std::span<const Scalar> weights, double scale, MatrixView<Scalar> dz) {
  LossSums sums;
  for (std::size_t i = 0; i < output.cols; ++i) {
    const Scalar w = weight_of(weights, i);
    Scalar squares = 0;
    for (std::size_t k = 0; k < output.rows; ++k) {
      const Scalar error = output(k, i) - targets(k, i);
      squares += error * error;
      if (!dz.empty()) dz(k, i) = static_cast<Scalar>(scale) * w * (2 * factor) * error;
    }
    sums.loss += static_cast<double>(w * factor * squares);
    sums.weight += static_cast<double>(w);
  }
  return sums;
}

template <typename Scalar>
class MeanSquaredErrorLoss final : public Loss<Scalar> {
 protected:
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(MeanSquaredError::type, targets.are_classes(), outputs, targets.values.rows);
  }
  LossSums compute(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                   double scale, MatrixView<Scalar> dz) const override {
    const Scalar factor = 1 / static_cast<Scalar>(output.rows);
    return squared_loss(factor, output, targets.values, weights, scale, dz);
  }
};

template <typename Scalar>
class HalfSquaredSumLoss final : public Loss<Scalar> {
 public:
  bool is_mean() const override { return false; }

 protected:
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(HalfSquaredSum::type, targets.are_classes(), outputs, targets.values.rows);
  }
  LossSums compute(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                   double scale, MatrixView<Scalar> dz) const override {
    return squared_loss(Scalar(0.5), output, targets.values, weights, scale, dz);
  }
};

// Samples are taken in blocks, side by side, so that the loops over a block are vector code; a block's scratch is small
// enough for the stack.
constexpr std::size_t block_size = 64;

template <typename Scalar>
using BlockRow = std::array<Scalar, block_size>;

template <typename Scalar>
BlockRow<Scalar> column_maxima(MatrixView<const Scalar> outputs) {
  BlockRow<Scalar> maxima{};
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
  BlockRow<Scalar> sums{};
  BlockRow<Scalar> unused;
  for (std::size_t k = 0; k < outputs.rows; ++k) {
    const Scalar* row = outputs.row(k).data();
    Scalar* out = exponentials.empty() ? unused.data() : exponentials.row(k).data();
    HINGE_INDEPENDENT_ITERATIONS
    for (std::size_t i = 0; i < outputs.cols; ++i) out[i] = math::exp(row[i] - shift[i]);
    for (std::size_t i = 0; i < outputs.cols; ++i) sums[i] += out[i];
  }
  return sums;
}

template <typename Scalar>
class SoftmaxCrossEntropyLoss final : public Loss<Scalar> {
 public:
  OutputLink link() const override { return OutputLink::softmax; }

 protected:
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    if (targets.are_classes()) {
      require_classes_below<Scalar>(SoftmaxCrossEntropy::type, outputs, targets.classes);
    } else {
      require_values(SoftmaxCrossEntropy::type, false, outputs, targets.values.rows);
      require_values_between(SoftmaxCrossEntropy::type, targets.values, std::numeric_limits<Scalar>::max(), ">= 0");
    }
  }

  LossSums compute(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                   double scale, MatrixView<Scalar> dz) const override {
    LossSums sums;
    for (std::size_t first = 0; first < output.cols; first += block_size) {
      const std::size_t count = std::min(block_size, output.cols - first);
      const auto block_weights = weights.empty() ? weights : weights.subspan(first, count);
      compute_block(output.columns(first, count), targets.samples(first, count), block_weights,
                    static_cast<Scalar>(scale), dz.empty() ? dz : dz.columns(first, count), sums);
    }
    return sums;
  }

 private:
  // l = Σₖ yₖ·(log Σⱼ exp oⱼ − oₖ), with the largest logit taken out so that no exponential overflows.
  static void compute_block(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                            std::span<const Scalar> weights, Scalar scale, MatrixView<Scalar> dz, LossSums& sums) {
    const BlockRow<Scalar> maxima = column_maxima(output);
    const BlockRow<Scalar> losses_at_targets = target_gaps(output, targets, maxima);
    const BlockRow<Scalar> totals = sum_of_exponentials(output, maxima, dz);
    const BlockRow<Scalar> target_sums = sums_of_targets(targets, output.cols);
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weight_of(weights, i);
      sums.loss += static_cast<double>(w * (losses_at_targets[i] + target_sums[i] * math::log(totals[i])));
      sums.weight += static_cast<double>(w);
    }
    if (!dz.empty()) write_gradient(targets, weights, scale, totals, target_sums, dz);
  }

  // Σₖ yₖ·(max − oₖ)
  static BlockRow<Scalar> target_gaps(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                                      const BlockRow<Scalar>& maxima) {
    BlockRow<Scalar> gaps{};
    for (std::size_t i = 0; i < output.cols; ++i) {
      if (targets.are_classes()) {
        gaps[i] = maxima[i] - output(static_cast<std::size_t>(targets.classes[i]), i);
        continue;
      }
      for (std::size_t k = 0; k < output.rows; ++k) gaps[i] += targets.values(k, i) * (maxima[i] - output(k, i));
    }
    return gaps;
  }

  static BlockRow<Scalar> sums_of_targets(const Targets<Scalar>& targets, std::size_t count) {
    BlockRow<Scalar> sums{};
    for (std::size_t i = 0; i < count; ++i) {
      if (targets.are_classes()) {
        sums[i] = 1;
        continue;
      }
      for (std::size_t k = 0; k < targets.values.rows; ++k) sums[i] += targets.values(k, i);
    }
    return sums;
  }

  // dz holds the exponentials; ∂l/∂oₖ = pₖ·Σⱼ yⱼ − yₖ, which is p − y as the targets of a sample sum to 1.
  static void write_gradient(const Targets<Scalar>& targets, std::span<const Scalar> weights, Scalar scale,
                             const BlockRow<Scalar>& totals, const BlockRow<Scalar>& target_sums,
                             MatrixView<Scalar> dz) {
    BlockRow<Scalar> factors{};
    BlockRow<Scalar> scaled_weights{};
    for (std::size_t i = 0; i < dz.cols; ++i) {
      scaled_weights[i] = scale * weight_of(weights, i);
      factors[i] = scaled_weights[i] * target_sums[i] / totals[i];
    }
    for (std::size_t k = 0; k < dz.rows; ++k) {
      Scalar* row = dz.row(k).data();
      for (std::size_t i = 0; i < dz.cols; ++i) row[i] *= factors[i];
    }
    for (std::size_t i = 0; i < dz.cols; ++i) {
      if (targets.are_classes()) {
        dz(static_cast<std::size_t>(targets.classes[i]), i) -= scaled_weights[i];
        continue;
      }
      for (std::size_t k = 0; k < dz.rows; ++k) dz(k, i) -= scaled_weights[i] * targets.values(k, i);
    }
  }
};

template <typename Scalar>
class BinaryCrossEntropyLoss final : public Loss<Scalar> {
 public:
  OutputLink link() const override { return OutputLink::sigmoid; }

 protected:
  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
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

  LossSums compute(MatrixView<const Scalar> output, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                   double scale, MatrixView<Scalar> dz) const override {
    const Scalar share = 1 / static_cast<Scalar>(output.rows);
    LossSums sums;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weight_of(weights, i);
      Scalar loss = 0;
      for (std::size_t k = 0; k < output.rows; ++k) {
        const Scalar o = output(k, i);
        const Scalar y = targets.are_classes() ? static_cast<Scalar>(targets.classes[i]) : targets.values(k, i);
        // softplus(o) − y·o, with the large parts of both subtracted first.
        loss += ((o < 0 ? Scalar(0) : o) - y * o) + math::log1p_unit(math::exp(-math::absolute(o)));
        if (!dz.empty()) dz(k, i) = static_cast<Scalar>(scale) * w * share * (math::sigmoid(o) - y);
      }
      sums.loss += static_cast<double>(w * share * loss);
      sums.weight += static_cast<double>(w);
    }
    return sums;
  }
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
LossSums Loss<Scalar>::evaluate(MatrixView<const Scalar> output, const Targets<Scalar>& targets,
                                std::span<const Scalar> weights, double scale, MatrixView<Scalar> dz) const {
  if (targets.size() != output.cols) {
    throw ShapeError("loss: " + std::to_string(output.cols) + " outputs, but " + std::to_string(targets.size()) +
                     " targets");
  }
  if (!weights.empty() && weights.size() != output.cols) {
    throw ShapeError("loss: " + std::to_string(output.cols) + " samples, but " + std::to_string(weights.size()) +
                     " weights");
  }
  if (!dz.empty() && (dz.rows != output.rows || dz.cols != output.cols)) {
    throw ShapeError("loss: the gradient must have the shape of the output");
  }
  check_targets(output.rows, targets);
  return compute(output, targets, weights, scale, dz);
}

template class Loss<float>;
template class Loss<double>;

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanSquaredError::build() const {
  return std::make_unique<MeanSquaredErrorLoss<Scalar>>();
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredSum::build() const {
  return std::make_unique<HalfSquaredSumLoss<Scalar>>();
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> SoftmaxCrossEntropy::build() const {
  return std::make_unique<SoftmaxCrossEntropyLoss<Scalar>>();
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> BinaryCrossEntropy::build() const {
  return std::make_unique<BinaryCrossEntropyLoss<Scalar>>();
}

template HINGE_API std::unique_ptr<Loss<float>> MeanSquaredError::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MeanSquaredError::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> HalfSquaredSum::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> HalfSquaredSum::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> SoftmaxCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> SoftmaxCrossEntropy::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> BinaryCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> BinaryCrossEntropy::build<double>() const;

Registry<Builder<Loss>> standard_losses() {
  Registry<Builder<Loss>> losses;
  losses.add(BinaryCrossEntropy{});
  losses.add(HalfSquaredSum{});
  losses.add(MeanSquaredError{});
  losses.add(SoftmaxCrossEntropy{});
  return losses;
}

template <typename Scalar>
void apply_link(OutputLink link, MatrixView<Scalar> outputs) {
  if (outputs.empty() || link == OutputLink::identity) return;
  if (link == OutputLink::softmax) return softmax(outputs);
  for (std::size_t k = 0; k < outputs.rows; ++k) {
    for (Scalar& value : outputs.row(k)) value = math::sigmoid(value);
  }
}

template HINGE_API void apply_link<float>(OutputLink, MatrixView<float>);
template HINGE_API void apply_link<double>(OutputLink, MatrixView<double>);

}  // namespace hinge::inline HINGE_ABI
