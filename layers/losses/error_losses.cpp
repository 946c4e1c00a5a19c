// The losses of the errors e = o − y of a regression. They differ in the value and the slope of one error.
#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/math.h>
#include <hinge/layers/losses/huber.h>
#include <hinge/layers/losses/mae.h>
#include <hinge/layers/losses/mse.h>
#include <hinge/layers/losses/sample_block.h>

namespace hinge {

namespace {

// How the errors of a loss are added up.
struct ErrorForm {
  std::string_view name;
  bool mean_over_outputs = true;
  bool mean_over_samples = true;
  std::vector<double> kinks = {};
};

// An error in equations.
struct ErrorText {
  double o;
  double y;
  double divisor;   // the number of outputs in a mean over them, else 1
  double factor;    // that of the sample
  double gradient;  // ∂L/∂o
  const EquationFormat& format;

  std::string squared(double factor_of_square) const {
    return format.fill("{}·({} − {})²", {factor_of_square / divisor, o, y});
  }
  std::vector<std::string> scaled(double slope) const {
    return scaled_difference("o − y", slope / divisor * factor, o, y, gradient, format);
  }
  std::vector<std::string> sign(double slope) const {
    return {format.fill("{}·sign({} − {})", {factor / divisor * slope, o, y}), format.number(gradient)};
  }
};

// lᵢ = Σₖ value(oₖ − yₖ), or the mean over k, added in the order of the outputs; ∂lᵢ/∂oₖ = slope(oₖ − yₖ). `Rule` has
// both functions, and writes them out.
template <typename Scalar, typename Rule>
class ErrorLoss final : public BlockLoss<Scalar> {
 public:
  ErrorLoss(ErrorForm form, Rule rule) : form_(std::move(form)), rule_(rule) {}

  bool is_mean() const override { return form_.mean_over_samples; }
  std::vector<double> kinks() const override { return form_.kinks; }

  void check_targets(std::size_t outputs, const Targets<Scalar>& targets) const override {
    require_values(form_.name, targets.are_classes(), outputs, targets.values.rows);
  }

  std::vector<std::string> loss_sides(const LossSample& sample, const EquationFormat& format) const override {
    Sum sum = format.sum();
    for (std::size_t k = 0; k < sample.outputs.size(); ++k) sum.add(rule_.term(text_of(sample, k, format)));
    return {sum.text(), format.number(sample.loss)};
  }
  std::vector<std::string> gradient_sides(const LossSample& sample, std::size_t k,
                                          const EquationFormat& format) const override {
    return rule_.gradient_sides(text_of(sample, k, format));
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
  ErrorText text_of(const LossSample& sample, std::size_t k, const EquationFormat& format) const {
    const double divisor = form_.mean_over_outputs ? static_cast<double>(sample.outputs.size()) : 1;
    return {sample.outputs[k], sample.targets[k], divisor, sample.factor, sample.gradient[k], format};
  }
  Scalar share_of(std::size_t outputs) const {
    return form_.mean_over_outputs ? 1 / static_cast<Scalar>(outputs) : Scalar(1);
  }

  ErrorForm form_;
  Rule rule_;
};

template <typename Scalar>
struct Squared {
  Scalar value(Scalar e) const { return e * e; }
  Scalar slope(Scalar e) const { return 2 * e; }
  static std::string term(const ErrorText& error) { return error.squared(1); }
  static std::vector<std::string> gradient_sides(const ErrorText& error) { return error.scaled(2); }
};

template <typename Scalar>
struct HalfSquared {
  Scalar value(Scalar e) const { return Scalar(0.5) * e * e; }
  Scalar slope(Scalar e) const { return e; }
  static std::string term(const ErrorText& error) { return error.squared(0.5); }
  static std::vector<std::string> gradient_sides(const ErrorText& error) { return error.scaled(1); }
};

template <typename Scalar>
struct Absolute {
  Scalar value(Scalar e) const { return math::absolute(e); }
  Scalar slope(Scalar e) const { return e > 0 ? Scalar(1) : e < 0 ? Scalar(-1) : e; }  // NaN stays NaN
  static std::string term(const ErrorText& error) {
    if (error.divisor == 1) return error.format.fill("|{} − {}|", {error.o, error.y});
    return error.format.fill("{}·|{} − {}|", {1 / error.divisor, error.o, error.y});
  }
  static std::vector<std::string> gradient_sides(const ErrorText& error) { return error.sign(1); }
};

template <typename Scalar>
struct HuberRule {
  Scalar delta;
  Scalar value(Scalar e) const {
    const Scalar size = math::absolute(e);
    return size > delta ? delta * (size - Scalar(0.5) * delta) : Scalar(0.5) * e * e;
  }
  Scalar slope(Scalar e) const { return e > delta ? delta : e < -delta ? -delta : e; }
  std::string term(const ErrorText& error) const {
    if (!is_linear(error)) return error.squared(0.5);
    const auto d = static_cast<double>(delta);
    return error.format.fill("{}·(|{} − {}| − {})", {d / error.divisor, error.o, error.y, d / 2});
  }
  std::vector<std::string> gradient_sides(const ErrorText& error) const {
    return is_linear(error) ? error.sign(static_cast<double>(delta)) : error.scaled(1);
  }
  bool is_linear(const ErrorText& error) const { return std::abs(error.o - error.y) > static_cast<double>(delta); }
};

template <template <typename> typename Rule, typename Scalar>
std::unique_ptr<Loss<Scalar>> error_loss(ErrorForm form, Rule<Scalar> rule) {
  return std::make_unique<ErrorLoss<Scalar, Rule<Scalar>>>(std::move(form), rule);
}

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanSquaredError::build() const {
  return error_loss({.name = type}, Squared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredSum::build() const {
  return error_loss({.name = type, .mean_over_outputs = false, .mean_over_samples = false}, HalfSquared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredMean::build() const {
  return error_loss({.name = type, .mean_over_outputs = false}, HalfSquared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanAbsoluteError::build() const {
  return error_loss({.name = type, .kinks = {0}}, Absolute<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> Huber::build() const {
  return error_loss({.name = type, .kinks = {-delta, delta}}, HuberRule<Scalar>{static_cast<Scalar>(delta)});
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

}  // namespace hinge
