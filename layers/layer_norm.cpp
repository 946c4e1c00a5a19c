// Layer normalisation, in the formulas of docs/backprop.md.
#include <hinge/layers/layer_norm.h>

#include <algorithm>
#include <array>
#include <string>

#include <hinge/core/error.h>
#include <hinge/layers/normalization.h>

namespace hinge {

namespace {

// The equations are in the header. A thread computes all features of its samples, so the bits do not depend on threads.
template <typename Scalar>
class LayerNormLayer final : public NormalizationLayer<Scalar> {
 public:
  LayerNormLayer(const LayerNorm& options, std::size_t inputs)
      : NormalizationLayer<Scalar>(inputs, options.train_gamma, options.train_beta), epsilon_(options.epsilon) {
    if (inputs < 2) throw ConfigError("layer_norm: the layer has 1 input, whose deviation from the mean is always 0");
  }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    return this->equations(unit, sample, this->mean(sample), this->variance_.data()[sample], epsilon_, " of the sample",
                           format);
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const auto n = static_cast<double>(this->inputs());
    const double dy = this->output_gradient()(input, sample);
    return {"(γ·∂L/∂a − Σ(γ·∂L/∂a)/n − x̂·Σ(γ·∂L/∂a·x̂)/n)/√(v + ε)",
            format.fill("({}·{} − {} − {}·{})/√({} + {})",
                        {this->gamma()[input], dy, sum_of_sample_.data()[sample] / n, this->normalized_(input, sample),
                         sum_with_normalized_of_sample_.data()[sample] / n, this->variance_.data()[sample], epsilon_})};
  }

 protected:
  // In blocks of samples, whose statistics are on the stack.
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    constexpr std::size_t block = 64;
    std::array<Scalar, block> first;
    std::array<double, block> offset;
    std::array<double, block> variance;
    std::array<Scalar, block> inverse;
    for (std::size_t begin = 0; begin < x.cols; begin += block) {
      const std::size_t count = std::min(block, x.cols - begin);
      normalize(x.columns(begin, count), {}, y.columns(begin, count),
                {first.data(), offset.data(), variance.data(), inverse.data()}, 0, count);
    }
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    run_ranges(this->threads_for(x.size()), x.cols, grain, [&](std::size_t begin, std::size_t end) {
      normalize(x, this->normalized_.view(), y, this->moments(), begin, end);
    });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    if (!dx.empty()) {
      const kernels::NormalizationGradient<Scalar> gradient = {
          .sums = this->sums(dy, sum_of_sample_.data(), sum_with_normalized_of_sample_.data()),
          .scale = this->inverse_.data(),
          .share = 1 / static_cast<double>(dy.rows),
          .dx = dx.data,
          .dx_row = dx.row_stride};
      run_ranges(this->threads_for(dy.size()), dy.cols, grain, [&](std::size_t begin, std::size_t end) {
        const auto& kernel = kernels::of<Scalar>();
        kernel.sum_column_gradients(gradient.sums, begin, end);
        kernel.normalize_columns_backward(gradient, begin, end);  // eq. 21
      });
    }
    if (!this->pass().parameter_gradients) return;
    this->learn(this->sums(dy, this->sum_.data(), this->sum_with_normalized_.data()), 0, dy.rows);
  }

  void reserve_more(std::size_t batch) override {
    this->reserve_statistics(batch, batch);
    sum_of_sample_ = Buffer<double>(batch);
    sum_with_normalized_of_sample_ = Buffer<double>(batch);
  }

 private:
  // Threads divide the samples at multiples of it.
  static constexpr std::size_t grain = 16;

  // Samples [begin, end) of y, and of x̂ unless it is empty.
  void normalize(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& normalized, const MatrixView<Scalar>& y,
                 const Moments<Scalar>& moments, std::size_t begin, std::size_t end) const {
    const auto& kernel = kernels::of<Scalar>();
    kernel.column_statistics(this->statistics(x, epsilon_, moments), begin, end);  // eq. 17
    kernel.normalize_columns(this->normalization(x, normalized, y, moments.first, moments.offset, moments.inverse),
                             begin, end);  // eq. 18
  }

  double epsilon_;
  Buffer<double> sum_of_sample_;  // Σ γ·dy and Σ γ·dy·x̂ of each sample, over the features
  Buffer<double> sum_with_normalized_of_sample_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> LayerNorm::build(std::size_t inputs) const {
  return std::make_unique<LayerNormLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> LayerNorm::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> LayerNorm::build<double>(std::size_t) const;

}  // namespace hinge
