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
      : NormalizationLayer<Scalar>(inputs, options.epsilon, options.train_gamma, options.train_beta) {
    if (inputs < 2) throw ConfigError("layer_norm: the layer has 1 input, whose deviation from the mean is always 0");
  }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    return this->equations(unit, sample, sample, " of the sample", format);
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const auto n = static_cast<double>(this->inputs());
    const double dy = this->output_gradient()(input, sample);
    return {"(γ·∂L/∂a − Σ(γ·∂L/∂a)/n − x̂·Σ(γ·∂L/∂a·x̂)/n)/√(v + ε)",
            format.fill(
                "({}·{} − {} − {}·{})/√({} + {})",
                {this->gamma()[input], dy, sum_of_sample_.data()[sample] / n, this->normalized_(input, sample),
                 sum_with_normalized_of_sample_.data()[sample] / n, this->variance_.data()[sample], this->epsilon_})};
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
      kernels::Normalization<Scalar> arguments = this->arguments(x.columns(begin, count), y.columns(begin, count));
      arguments.first = first.data();
      arguments.offset = offset.data();
      arguments.variance = variance.data();
      arguments.inverse = inverse.data();
      normalize(arguments, 0, count);
    }
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    const kernels::Normalization<Scalar> arguments = this->kept_arguments(x, y);
    run_ranges(this->threads_for(x.size()), x.cols, grain,
               [&](std::size_t begin, std::size_t end) { normalize(arguments, begin, end); });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    kernels::NormalizationGradient<Scalar> arguments = this->gradient_arguments(dy, dx);
    if (this->pass().parameter_gradients) this->learn(arguments, 0, dy.rows);
    if (dx.empty()) return;
    arguments.sum = sum_of_sample_.data();
    arguments.sum_with_normalized = sum_with_normalized_of_sample_.data();
    arguments.share = 1 / static_cast<double>(dy.rows);
    run_ranges(this->threads_for(dy.size()), dy.cols, grain, [&](std::size_t begin, std::size_t end) {
      const auto& kernel = kernels::of<Scalar>();
      kernel.sum_column_gradients(arguments, begin, end);
      kernel.normalize_columns_backward(arguments, begin, end);  // eq. 21
    });
  }

  void reserve_more(std::size_t batch) override {
    this->reserve_statistics(batch, batch);
    sum_of_sample_ = Buffer<double>(batch);
    sum_with_normalized_of_sample_ = Buffer<double>(batch);
  }

 private:
  // Threads divide the samples at multiples of it.
  static constexpr std::size_t grain = 16;

  static void normalize(const kernels::Normalization<Scalar>& arguments, std::size_t begin, std::size_t end) {
    const auto& kernel = kernels::of<Scalar>();
    kernel.column_statistics(arguments, begin, end);  // eq. 17
    kernel.normalize_columns(arguments, begin, end);  // eq. 18
  }

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
