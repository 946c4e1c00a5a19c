// The losses of the errors e = o − y of a regression, which differ in what they make of one error.
#pragma once

#include <algorithm>
#include <utility>

#include <hinge/layers/losses/sample_block.h>
#include <hinge/layers/losses/target_checks.h>

namespace hinge {

/// How the errors of a loss are added up.
struct ErrorForm {
  std::string_view name;
  bool mean_over_outputs = true;
  bool mean_over_samples = true;
  std::vector<double> kinks = {};
};

/// lᵢ = Σₖ value(oₖ − yₖ), or the mean over k, added in the order of the outputs; ∂lᵢ/∂oₖ = slope(oₖ − yₖ). `Rule` has
/// both functions.
template <typename Scalar, typename Rule>
class ErrorLoss final : public BlockLoss<Scalar> {
 public:
  ErrorLoss(ErrorForm form, Rule rule) : form_(std::move(form)), rule_(rule) {}

  bool is_mean() const override { return form_.mean_over_samples; }
  std::vector<double> kinks() const override { return form_.kinks; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(form_.name, targets.are_classes(), outputs, targets.values.rows);
  }

 protected:
  LossSums compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const override {
    constexpr std::size_t min_row = 8;  // samples; shorter rows take longer than columns
    if (output.cols >= min_row) return BlockLoss<Scalar>::compute(output, targets, weights, scale, dz);
    const Scalar share = share_of(output.rows);
    LossSums sums;
    for (std::size_t i = 0; i < output.cols; ++i) {
      const Scalar w = weights.empty() ? Scalar(1) : weights[i];
      const Scalar factor = static_cast<Scalar>(scale) * w * share;
      Scalar loss = 0;
      for (std::size_t k = 0; k < output.rows; ++k) {
        const Scalar error = output(k, i) - targets.values(k, i);
        loss += rule_.value(error);
        if (!dz.empty()) dz(k, i) = factor * rule_.slope(error);
      }
      sums.loss += static_cast<double>(w * share * loss);
      sums.weight += static_cast<double>(w);
    }
    return sums;
  }

  void compute_block(SampleBlock<Scalar>& block, LossSums& sums) const override {
    const Scalar share = share_of(block.output.rows);
    const BlockRow<Scalar> factors = block.factors(share);
    const Rule rule = rule_;
    const std::size_t count = block.size();
    BlockRow<Scalar> losses;
    BlockRow<Scalar> scratch;
    std::fill_n(losses.data(), count, Scalar(0));
    for (std::size_t k = 0; k < block.output.rows; ++k) {
      const Scalar* o = block.output.row(k).data();
      const Scalar* y = block.target_row(k, scratch);
      for (std::size_t i = 0; i < count; ++i) losses[i] += rule.value(o[i] - y[i]);
      if (block.dz.empty()) continue;
      Scalar* dz = block.dz.row(k).data();
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < count; ++i) dz[i] = factors[i] * rule.slope(o[i] - y[i]);
    }
    block.add(losses, share, sums);
  }

 private:
  Scalar share_of(std::size_t outputs) const {
    return form_.mean_over_outputs ? 1 / static_cast<Scalar>(outputs) : Scalar(1);
  }

  ErrorForm form_;
  Rule rule_;
};

}  // namespace hinge
