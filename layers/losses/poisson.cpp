// The Poisson loss and its gradient.
#include <hinge/layers/losses/poisson.h>

#include <algorithm>
#include <limits>

#include <hinge/core/math.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

template <typename Scalar>
class PoissonLoss final : public BlockLoss<Scalar> {
 public:
  OutputTransform output_transform() const override { return OutputTransform::exp; }
  Task task() const override { return Task::counts; }
  std::string_view metric() const override { return "d2"; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(Poisson::type, targets.are_classes(), outputs, targets.values.rows);
    require_values_between<Scalar>(Poisson::type, targets.values, std::numeric_limits<Scalar>::max(), ">= 0");
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    const double share = 1 / static_cast<double>(sample.outputs.size());
    Sum sum = format.sum();
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) {
      const double o = sample.outputs[k];
      const double y = sample.targets[k];
      sum.add(share == 1 ? format.fill("exp({}) − {}·{}", {o, y, o})
                         : format.fill("{}·(exp({}) − {}·{})", {share, o, y, o}));
    }
    return {sum.text(), format.number(sample.loss)};
  }
  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    const double factor = sample.factor / static_cast<double>(sample.outputs.size());
    return scaled_difference("p − y", factor, sample.predictions[k], sample.targets[k], sample.gradient[k], format);
  }

 protected:
  // Each sample's loss is added in the order of the outputs.
  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    const Scalar share = 1 / static_cast<Scalar>(block.output.rows);
    const BlockRow<Scalar> factors = block.factors(share);
    BlockRow<Scalar> losses;
    BlockRow<Scalar> scratch;
    std::fill_n(losses.data(), block.size(), Scalar(0));
    for (std::size_t k = 0; k < block.output.rows; ++k) {
      const Scalar* o = block.output.row(k).data();
      const Scalar* y = block.target_row(k, scratch);
      BlockRow<Scalar> rates;
      for (std::size_t i = 0; i < block.size(); ++i) {
        rates[i] = math::exp(o[i]);
        losses[i] += rates[i] - y[i] * o[i];
      }
      if (block.dz.empty()) continue;
      Scalar* dz = block.dz.row(k).data();
      for (std::size_t i = 0; i < block.size(); ++i) dz[i] = factors[i] * (rates[i] - y[i]);
    }
    block.add(losses, share, sums);
  }
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> Poisson::build() const {
  return std::make_unique<PoissonLoss<Scalar>>();
}

template HINGE_API std::unique_ptr<Loss<float>> Poisson::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> Poisson::build<double>() const;

}  // namespace hinge
