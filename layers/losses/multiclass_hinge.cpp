// The multiclass hinge loss and its gradient.
#include <hinge/layers/losses/multiclass_hinge.h>

#include <algorithm>
#include <string>

#include <hinge/core/error.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

template <typename Scalar>
class MulticlassHingeLoss final : public BlockLoss<Scalar> {
 public:
  explicit MulticlassHingeLoss(const NamedNumbers& class_weights)
      : given_(class_weights), class_weights_(given_.list.begin(), given_.list.end()) {}

  Task task() const override { return Task::classes; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    if (!targets.are_classes()) throw DataError("multiclass_hinge needs class indices, but the data has target values");
    require_class_weights(MulticlassHinge::type, given_, outputs);
    require_classes_below(MulticlassHinge::type, outputs, targets.classes);
  }

  std::vector<double> distances_from_kinks(const MatrixView<const Scalar>& output,
                                           const Targets<Scalar>& targets) const override {
    std::vector<double> margins;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const auto own = static_cast<std::size_t>(targets.classes[i]);
      for (std::size_t j = 0; j < output.rows; ++j) {
        if (j != own) margins.push_back(static_cast<double>(1 - output(own, i) + output(j, i)));
      }
    }
    return margins;
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    const std::size_t own = class_of(sample);
    Sum sum = format.sum();
    for (std::size_t j = 0; j < sample.outputs.size(); ++j) {
      if (j != own) sum.add(format.fill("max(0, 1 − {} + {})", {sample.outputs[own], sample.outputs[j]}));
    }
    return {format.number(share(own, sample)) + "·(" + sum.text() + ")", format.number(sample.loss)};
  }
  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    const std::size_t own = class_of(sample);
    const auto is_violated = [&](std::size_t j) { return j != own && 1 - sample.outputs[own] + sample.outputs[j] > 0; };
    double violations = 0;
    for (std::size_t j = 0; j < sample.outputs.size(); ++j) violations += is_violated(j) ? 1 : 0;
    std::vector<std::string> sides = {format.number(sample.gradient[k])};
    const double factor = sample.factor * share(own, sample);
    if (k == own && violations > 0) sides.insert(sides.begin(), "−" + format.fill("{}·{}", {violations, factor}));
    return sides;
  }

 protected:
  // Each sample's loss is added in the order of the outputs. No branch on the class of a sample: a processor could not
  // predict it.
  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    const std::size_t classes = block.output.rows;
    const Scalar share = 1 / static_cast<Scalar>(classes);
    BlockRow<Scalar> factors = block.factors(share);
    BlockRow<Scalar> gaps;  // 1 − o_y
    BlockRow<Scalar> losses{};
    BlockRow<Scalar> violations{};
    for (std::size_t i = 0; i < block.size(); ++i) {
      const auto own = static_cast<std::size_t>(block.targets.classes[i]);
      gaps[i] = 1 - block.output(own, i);
      factors[i] *= class_weight(own);
    }
    for (std::size_t j = 0; j < classes; ++j) {
      const Scalar* o = block.output.row(j).data();
      Scalar* dz = block.dz.empty() ? nullptr : block.dz.row(j).data();
      for (std::size_t i = 0; i < block.size(); ++i) {
        const Scalar margin = gaps[i] + o[i];
        const bool is_other = block.targets.classes[i] != static_cast<std::int32_t>(j);
        const bool is_violated = is_other && !(margin <= 0);  // NaN must not look like a margin that is kept
        losses[i] += is_violated ? margin : Scalar(0);
        violations[i] += is_violated ? Scalar(1) : Scalar(0);
        if (dz != nullptr) dz[i] = is_violated ? factors[i] : Scalar(0);
      }
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      const auto own = static_cast<std::size_t>(block.targets.classes[i]);
      losses[i] *= class_weight(own);
      if (!block.dz.empty()) block.dz(own, i) = -factors[i] * violations[i];
    }
    block.add(losses, share, sums);
  }

 private:
  Scalar class_weight(std::size_t c) const { return class_weights_.empty() ? Scalar(1) : class_weights_[c]; }

  static std::size_t class_of(const LossSample& sample) {
    const auto largest = std::max_element(sample.targets.begin(), sample.targets.end());
    return static_cast<std::size_t>(largest - sample.targets.begin());
  }
  // w_y/K
  double share(std::size_t own, const LossSample& sample) const {
    return static_cast<double>(class_weight(own)) / static_cast<double>(sample.outputs.size());
  }

  NamedNumbers given_;
  std::vector<Scalar> class_weights_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MulticlassHinge::build() const {
  return std::make_unique<MulticlassHingeLoss<Scalar>>(class_weights);
}

template HINGE_API std::unique_ptr<Loss<float>> MulticlassHinge::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MulticlassHinge::build<double>() const;

}  // namespace hinge
