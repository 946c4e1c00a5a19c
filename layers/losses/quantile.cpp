// The quantile loss and its gradient.
#include <hinge/layers/losses/quantile.h>

#include <algorithm>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

template <typename Scalar>
class QuantileLoss final : public BlockLoss<Scalar> {
 public:
  explicit QuantileLoss(std::vector<double> tau) : tau_(std::move(tau)) {}

  std::size_t target_rows(std::size_t) const override { return 1; }
  // R² and its like measure means, not quantiles.
  std::string_view metric() const override { return "loss"; }

  std::vector<std::string> output_names(std::vector<std::string> targets) const override {
    std::vector<std::string> names;
    for (const double tau : tau_) names.push_back(targets.at(0) + " q" + to_text(tau));
    return names;
  }

  std::vector<double> kinks() const override { return {0}; }
  std::vector<double> distances_from_kinks(const MatrixView<const Scalar>& output,
                                           const Targets<Scalar>& targets) const override {
    std::vector<double> distances;
    for (std::size_t k = 0; k < output.rows; ++k) {
      for (std::size_t i = 0; i < output.cols; ++i)
        distances.push_back(static_cast<double>(output(k, i)) - static_cast<double>(targets.values(0, i)));
    }
    return distances;
  }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(Quantile::type, targets.are_classes(), targets.values.rows, targets.values.rows);
    if (targets.values.rows != 1) {
      throw ShapeError("quantile: all levels are those of one target, but each sample has " +
                       std::to_string(targets.values.rows) + " target values");
    }
    if (outputs != tau_.size()) {
      throw ShapeError("quantile: tau has " + std::to_string(tau_.size()) + " levels, but the network has " +
                       std::to_string(outputs) + " outputs; the last layer needs a unit for each level");
    }
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    const double y = sample.targets[0];
    Sum sum = format.sum();
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) {
      const double o = sample.outputs[k];
      const double share = (y >= o ? tau_[k] : 1 - tau_[k]) / static_cast<double>(tau_.size());
      sum.add(format.fill("{}·|{} − {}|", {share, o, y}));
    }
    return {sum.text(), format.number(sample.loss)};
  }
  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    const double error = sample.outputs[k] - sample.targets[0];
    const std::string value = format.number(sample.gradient[k]);
    const double factor = sample.factor / static_cast<double>(tau_.size());
    if (error < 0) return {"−" + format.fill("{}·{}", {factor, tau_[k]}), value};
    if (error > 0) return {format.fill("{}·(1 − {})", {factor, tau_[k]}), value};
    return {value};
  }

 protected:
  // Each sample's loss is added in the order of the levels.
  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    const Scalar share = 1 / static_cast<Scalar>(tau_.size());
    const BlockRow<Scalar> factors = block.factors(share);
    BlockRow<Scalar> losses;
    BlockRow<Scalar> scratch;
    std::fill_n(losses.data(), block.size(), Scalar(0));
    const Scalar* y = block.target_row(0, scratch);
    for (std::size_t k = 0; k < tau_.size(); ++k) {
      const auto tau = static_cast<Scalar>(tau_[k]);
      const Scalar* o = block.output.row(k).data();
      Scalar* dz = block.dz.empty() ? nullptr : block.dz.row(k).data();
      for (std::size_t i = 0; i < block.size(); ++i) {
        const Scalar u = y[i] - o[i];
        losses[i] += u >= 0 ? tau * u : (tau - 1) * u;
        if (dz != nullptr) dz[i] = factors[i] * (u > 0 ? -tau : u < 0 ? 1 - tau : u);  // NaN stays NaN
      }
    }
    block.add(losses, share, sums);
  }

 private:
  std::vector<double> tau_;
};

}  // namespace

std::vector<Option> Quantile::options() {
  const Range inside{.lowest = 0, .highest = 1, .lowest_allowed = false, .highest_allowed = false};
  return {{"tau", &tau, inside, "the levels of the quantiles, one for each output; all are of the one target"}};
}

std::vector<OptionError> Quantile::errors() const {
  std::vector<double> levels = tau;
  std::sort(levels.begin(), levels.end());
  if (levels.empty()) return {{"tau", "is empty; give a level for each output, such as [0.1, 0.5, 0.9]"}};
  const auto twice = std::adjacent_find(levels.begin(), levels.end());
  if (twice != levels.end()) return {{"tau", "has the level " + to_text(*twice) + " twice"}};
  return {};
}

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> Quantile::build() const {
  return std::make_unique<QuantileLoss<Scalar>>(tau);
}

template HINGE_API std::unique_ptr<Loss<float>> Quantile::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> Quantile::build<double>() const;

}  // namespace hinge
