// Batch normalisation, in the formulas of docs/backprop.md.
#include <hinge/layers/batch_norm.h>

#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/layers/normalization.h>

namespace hinge {

namespace {

// The equations are in the header. A thread computes all samples of its features, so the bits do not depend on threads.
template <typename Scalar>
class BatchNormLayer final : public NormalizationLayer<Scalar> {
 public:
  BatchNormLayer(const BatchNorm& options, std::size_t inputs)
      : NormalizationLayer<Scalar>(inputs, options.train_gamma, options.train_beta), options_(options) {}

  std::vector<StateDeclaration> declare_state() const override {
    return {{"running_mean", this->inputs(), 0}, {"running_var", this->inputs(), 1}};
  }

  std::size_t min_training_batch() const override { return 2; }
  bool is_unit_wise() const override { return true; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    const bool training = this->pass().training;
    const double m = training ? this->mean(unit) : static_cast<double>(running_mean()[unit]);
    return this->equations(unit, sample, m, variance(unit), options_.epsilon, training ? ", of the batch" : ", running",
                           format);
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const double g = this->gamma()[input];
    const double v = variance(input);
    const double dy = this->output_gradient()(input, sample);
    if (!this->pass().training)
      return {"γ/√(v + ε)·∂L/∂a", format.fill("{}/√({} + {})·{}", {g, v, options_.epsilon, dy})};
    const auto batch = static_cast<double>(this->output_gradient().cols);
    return {"γ/√(v + ε)·(∂L/∂a − Σ∂L/∂a/B − x̂·Σ(∂L/∂a·x̂)/B)",
            format.fill("{}/√({} + {})·({} − {} − {}·{})",
                        {g, v, options_.epsilon, dy, this->sum_.data()[input] / batch, this->normalized_(input, sample),
                         this->sum_with_normalized_.data()[input] / batch})};
  }

  // 1/√(v + ε) of the running variance.
  std::size_t scratch_size(std::size_t) const override { return this->inputs(); }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    Buffer<Scalar> scratch(this->inputs());
    infer_in(x, y, scratch.data());
  }

  void infer_in(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const override {
    normalize_by_running(x, {}, y, scratch);
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    const MatrixView<Scalar> normalized = this->normalized_.view();
    if (!this->pass().training) return normalize_by_running(x, normalized, y, this->inverse_.data());
    if (x.cols < 2) {
      throw DataError("batch_norm: a training batch of one sample has no variance; train on batches of at least 2");
    }
    const auto moments = this->moments();
    const auto statistics = this->statistics(x, options_.epsilon, moments);
    const auto normalization = this->normalization(x, normalized, y, moments.first, moments.offset, moments.inverse);
    run_ranges(this->threads_for(x.size()), x.rows, grain, [&](std::size_t begin, std::size_t end) {
      const auto& kernel = kernels::of<Scalar>();
      kernel.row_statistics(statistics, begin, end);     // eq. 17
      kernel.normalize_rows(normalization, begin, end);  // eq. 18
    });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    // In prediction m and v do not depend on x, so their terms fall away.
    const double share = this->pass().training ? 1 / static_cast<double>(dy.cols) : 0;
    const kernels::NormalizationGradient<Scalar> gradient = {
        .sums = this->sums(dy, this->sum_.data(), this->sum_with_normalized_.data()),
        .scale = scale_.data(),
        .share = share,
        .dx = dx.data,
        .dx_row = dx.row_stride};
    run_ranges(this->threads_for(dy.size()), dy.rows, grain, [&](std::size_t begin, std::size_t end) {
      this->learn(gradient.sums, begin, end);
      if (dx.empty()) return;
      for (std::size_t r = begin; r < end; ++r) scale_.data()[r] = this->gamma()[r] * this->inverse_.data()[r];
      kernels::of<Scalar>().normalize_rows_backward(gradient, begin, end);  // eq. 19
    });
  }

  void update_state() override {  // eq. 20
    const auto batch = static_cast<double>(this->input().cols);
    const double unbiased = batch / (batch - 1);
    const double momentum = options_.momentum;
    Scalar* const means = this->state()[0].values().data();
    Scalar* const variances = this->state()[1].values().data();
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      const auto m = static_cast<double>(means[r]);
      const auto v = static_cast<double>(variances[r]);
      means[r] = static_cast<Scalar>(m + momentum * (this->mean(r) - m));
      variances[r] = static_cast<Scalar>(v + momentum * (unbiased * this->variance_.data()[r] - v));
    }
  }

  void reserve_more(std::size_t batch) override {
    this->reserve_statistics(batch, this->inputs());
    scale_ = Buffer<Scalar>(this->inputs());
  }

 private:
  // Threads divide the features at multiples of it.
  static constexpr std::size_t grain = 4;

  const Scalar* running_mean() const { return this->state()[0].values().data(); }
  const Scalar* running_variance() const { return this->state()[1].values().data(); }

  // That of the last pass.
  double variance(std::size_t r) const {
    return this->pass().training ? this->variance_.data()[r] : static_cast<double>(running_variance()[r]);
  }

  // y, and x̂ unless it is empty. Writes 1/√(v + ε) of each feature to `inverse`.
  void normalize_by_running(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& normalized,
                            const MatrixView<Scalar>& y, Scalar* inverse) const {
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      inverse[r] = static_cast<Scalar>(1 / std::sqrt(static_cast<double>(running_variance()[r]) + options_.epsilon));
    }
    kernels::of<Scalar>().normalize_rows(this->normalization(x, normalized, y, running_mean(), nullptr, inverse), 0,
                                         x.rows);
  }

  BatchNorm options_;
  Buffer<Scalar> scale_;  // γ/√(v + ε) of each feature
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> BatchNorm::build(std::size_t inputs) const {
  return std::make_unique<BatchNormLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> BatchNorm::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> BatchNorm::build<double>(std::size_t) const;

}  // namespace hinge
