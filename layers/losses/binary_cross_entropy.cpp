// Binary cross-entropy on logits, and its gradient.
#include <hinge/layers/losses/binary_cross_entropy.h>

#include <algorithm>
#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

template <typename Scalar>
class BinaryCrossEntropyLoss final : public BlockLoss<Scalar> {
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
      return require_values_between<Scalar>(BinaryCrossEntropy::type, targets.values, 1, "in [0, 1]");
    }
    if (outputs != 1) {
      throw DataError("bce_with_logits: class indices need a network with 1 output, but it has " +
                      std::to_string(outputs) + "; use softmax_cross_entropy for several classes");
    }
    require_classes_below(BinaryCrossEntropy::type, 2, targets.classes);
  }

  // 1 − p is computed without cancellation: for p close to 1 the difference would round to 0.
  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    const std::string value = format.number(sample.loss);
    const auto outputs = static_cast<double>(sample.outputs.size());
    Sum sum = format.sum();
    bool is_finite = true;
    const auto add = [&](double factor, double probability, double rest) {
      is_finite = is_finite && probability > 0;
      sum.add(minus_log(factor, probability, format, rest));
    };
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) {
      const double y = sample.targets[k];
      const auto q = static_cast<double>(positive_weight(k));
      const double p = sample.predictions[k];
      const double rest = 1 / (1 + std::exp(sample.outputs[k]));
      if (y > 0) add(q * y / outputs, p, rest);
      if (y < 1) add((1 - y) / outputs, rest, p);
    }
    if (!is_finite) return {value};
    if (outputs == 1 && sample.targets[0] == 0) return {"−log(1 − p)", sum.text(), value};
    if (outputs == 1 && sample.targets[0] == 1 && positive_weight(0) == 1) return {"−log(p)", sum.text(), value};
    return {sum.text(), value};
  }

  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    const double y = sample.targets[k];
    const double q = y == 0 ? 1 : static_cast<double>(positive_weight(k));
    if (q != 1 && y != 1) return Loss<Scalar>::gradient_sides(sample, k, format);
    const double factor = q / static_cast<double>(sample.outputs.size()) * sample.factor;
    return scaled_difference("p − y", factor, sample.predictions[k], y, sample.gradient[k], format);
  }

 protected:
  // Each sample's loss is added in the order of the outputs.
  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    const auto add_binary_cross_entropy = kernels::of<Scalar>().add_binary_cross_entropy;
    const Scalar share = 1 / static_cast<Scalar>(block.output.rows);
    const BlockRow<Scalar> factors = block.factors(share);
    const bool are_classes = block.targets.are_classes();
    BlockRow<Scalar> losses;
    BlockRow<Scalar> scratch;
    std::fill_n(losses.data(), block.size(), Scalar(0));
    if (are_classes) std::copy_n(block.targets.classes.data(), block.size(), scratch.data());
    for (std::size_t k = 0; k < block.output.rows; ++k) {
      const Scalar* y = are_classes ? scratch.data() : block.target_row(k, scratch);
      add_binary_cross_entropy(block.output.row(k).data(), y, positive_weight(k), factors.data(), losses.data(),
                               block.dz.empty() ? nullptr : block.dz.row(k).data(), block.size());
    }
    block.add(losses, share, sums);
  }

 private:
  Scalar positive_weight(std::size_t output) const {
    if (positive_weights_.empty()) return 1;
    return positive_weights_[positive_weights_.size() == 1 ? 0 : output];
  }

  std::vector<Scalar> positive_weights_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> BinaryCrossEntropy::build() const {
  return std::make_unique<BinaryCrossEntropyLoss<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Loss<float>> BinaryCrossEntropy::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> BinaryCrossEntropy::build<double>() const;

}  // namespace hinge
