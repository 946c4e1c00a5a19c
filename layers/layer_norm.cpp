// Layer normalisation, in the formulas of docs/backprop.md. Samples lie side by side in memory, so the loops over features
// add up many samples at once.
#include <hinge/layers/layer_norm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/threads.h>

namespace hinge {

namespace {

// Samples that are normalised together; their sums are on the stack.
constexpr std::size_t samples_in_block = 64;
using BlockSums = std::array<double, samples_in_block>;

// The equations are in the header. Each number is computed by one thread, so the bits do not depend on threads.
template <typename Scalar>
class LayerNormLayer final : public Layer<Scalar> {
 public:
  LayerNormLayer(const LayerNorm& options, std::size_t inputs) : Layer<Scalar>(inputs, inputs), options_(options) {
    if (inputs < 2) throw ConfigError("layer_norm: the layer has 1 input, whose deviation from the mean is always 0");
  }

  std::vector<ParameterDeclaration> declare_parameters() const override {
    const auto declare = [&](const char* name, const char* symbol, double start, bool trainable) {
      return ParameterDeclaration{.name = name,
                                  .rows = this->inputs(),
                                  .cols = 1,
                                  .start = Constant{start},
                                  .trainable = trainable,
                                  .decays = false,
                                  .symbol = symbol};
    };
    return {declare("gamma", "γ", 1, options_.train_gamma), declare("beta", "β", 0, options_.train_beta)};
  }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    const auto [m, v] = statistics(sample);
    const double x = this->input()(unit, sample);
    const double normalized = normalized_(unit, sample);
    return {{"m", {format.number(m)}, "mean of the sample"},
            {"v", {format.number(v)}, "variance of the sample"},
            {"x̂", {format.fill("({} − {})/√({} + {})", {x, m, v, options_.epsilon}), format.number(normalized)}},
            {"a",
             {format.fill("{}·{} + {}", {gamma(unit), normalized, beta(unit)}),
              format.number(this->output()(unit, sample))}}};
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const MatrixView<const Scalar> dy = this->output_gradient();
    const auto n = static_cast<double>(dy.rows);
    double mean = 0;
    double with_normalized = 0;
    for (std::size_t r = 0; r < dy.rows; ++r) {
      const double g = static_cast<double>(gamma(r)) * static_cast<double>(dy(r, sample));
      mean += g / n;
      with_normalized += g * static_cast<double>(normalized_(r, sample)) / n;
    }
    return {"(γ·∂L/∂a − Σ(γ·∂L/∂a)/n − x̂·Σ(γ·∂L/∂a·x̂)/n)/√(v + ε)",
            format.fill("({}·{} − {} − {}·{})/√({} + {})",
                        {gamma(input), dy(input, sample), mean, normalized_(input, sample), with_normalized,
                         statistics(sample).variance, options_.epsilon})};
  }

  std::vector<std::string> parameter_gradient_sides(std::size_t parameter, std::size_t row, std::size_t,
                                                    const EquationFormat& format) const override {
    const MatrixView<const Scalar> dy = this->output_gradient();
    Sum sum = format.sum();
    for (std::size_t i = 0; i < dy.cols; ++i) {
      sum.add(parameter == 0 ? format.fill("{}·{}", {dy(row, i), normalized_(row, i)}) : format.number(dy(row, i)));
    }
    return {parameter == 0 ? "Σ ∂L/∂a·x̂" : "Σ ∂L/∂a", sum.text()};
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    std::array<Scalar, samples_in_block> inverse;
    each_block(x, nullptr, [&](std::size_t first, std::size_t count) {
      normalize(x.columns(first, count), y.columns(first, count), {}, inverse.data());
    });
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    const MatrixView<Scalar> normalized = normalized_.view().columns(0, x.cols);
    each_block(x, this->pass().threads, [&](std::size_t first, std::size_t count) {
      normalize(x.columns(first, count), y.columns(first, count), normalized.columns(first, count),
                inverse_.data() + first);
    });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    const MatrixView<const Scalar> normalized = normalized_.view().columns(0, dy.cols);
    if (!dx.empty()) {
      each_block(dy, this->pass().threads, [&](std::size_t first, std::size_t count) {
        input_gradient(dy.columns(first, count), normalized.columns(first, count), inverse_.data() + first,
                       dx.columns(first, count));
      });
    }
    if (!this->pass().parameter_gradients) return;
    kernels::of<Scalar>().sum_row_gradients({.dy = dy.data,
                                             .dy_row = dy.row_stride,
                                             .normalized = normalized.data,
                                             .normalized_row = normalized.row_stride,
                                             .rows = dy.rows,
                                             .count = dy.cols,
                                             .sum = sum_.data(),
                                             .sum_with_normalized = sum_with_normalized_.data()});
    learn(this->parameters()[0], sum_with_normalized_);  // dγ
    learn(this->parameters()[1], sum_);                  // dβ
  }

  bool can_replace_gradients() const override { return true; }

  void reserve_more(std::size_t batch) override {
    normalized_ = Matrix<Scalar>(this->inputs(), batch);
    inverse_ = Buffer<Scalar>(batch);
    sum_ = Buffer<double>(this->inputs());
    sum_with_normalized_ = Buffer<double>(this->inputs());
  }

 private:
  Scalar gamma(std::size_t r) const { return this->parameters()[0].value().data[r]; }
  Scalar beta(std::size_t r) const { return this->parameters()[1].value().data[r]; }

  struct Statistics {
    double mean = 0;
    double variance = 0;
  };

  // Of a sample of the last pass, for equations.
  Statistics statistics(std::size_t sample) const {
    const MatrixView<const Scalar> x = this->input();
    const auto n = static_cast<double>(x.rows);
    Statistics s;
    for (std::size_t r = 0; r < x.rows; ++r) s.mean += static_cast<double>(x(r, sample)) / n;
    for (std::size_t r = 0; r < x.rows; ++r) {
      const double d = static_cast<double>(x(r, sample)) - s.mean;
      s.variance += d * d / n;
    }
    return s;
  }

  // Calls task(first, count) for blocks of the samples of x. A run of the pool takes as long as some 4,000 numbers.
  template <typename Task>
  static void each_block(const MatrixView<const Scalar>& x, ThreadPool* threads, const Task& task) {
    run_ranges(x.size() < 1 << 14 ? nullptr : threads, x.cols, 16, [&](std::size_t begin, std::size_t end) {
      for (std::size_t first = begin; first < end; first += samples_in_block) {
        task(first, std::min(samples_in_block, end - first));
      }
    });
  }

  // The mean of each sample less its first feature, and 1/√(v + ε). As in core/kernels/normalization.h, the sums are of
  // differences from the first feature: the mean may be large beside the deviation.
  void measure(const MatrixView<const Scalar>& x, Scalar* offset, Scalar* inverse) const {
    const Scalar* first = x.row(0).data();
    BlockSums sums{};
    BlockSums squares{};
    for (std::size_t r = 1; r < x.rows; ++r) {
      const Scalar* row = x.row(r).data();
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < x.cols; ++i) {
        const double d = static_cast<double>(row[i]) - static_cast<double>(first[i]);
        sums[i] += d;
        squares[i] += d * d;
      }
    }
    const double share = 1 / static_cast<double>(x.rows);
    for (std::size_t i = 0; i < x.cols; ++i) {  // eq. 17
      const double mean = sums[i] * share;
      const double variance = squares[i] * share - mean * mean;
      offset[i] = static_cast<Scalar>(mean);
      inverse[i] = static_cast<Scalar>(1 / std::sqrt((variance < 0 ? 0 : variance) + options_.epsilon));
    }
  }

  // y, 1/√(v + ε) of each sample, and x̂ unless it is empty.
  void normalize(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, const MatrixView<Scalar>& normalized,
                 Scalar* inverse) const {
    std::array<Scalar, samples_in_block> offset;
    measure(x, offset.data(), inverse);
    const Scalar* first = x.row(0).data();
    for (std::size_t r = 0; r < x.rows; ++r) {  // eq. 18
      const Scalar* row = x.row(r).data();
      Scalar* out = y.row(r).data();
      Scalar* kept = normalized.empty() ? out : normalized.row(r).data();
      const Scalar gamma_r = gamma(r);
      const Scalar beta_r = beta(r);
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < x.cols; ++i) {
        const Scalar value = ((row[i] - first[i]) - offset[i]) * inverse[i];
        kept[i] = value;
        out[i] = gamma_r * value + beta_r;
      }
    }
  }

  // eq. 21
  void input_gradient(const MatrixView<const Scalar>& dy, const MatrixView<const Scalar>& normalized,
                      const Scalar* inverse, const MatrixView<Scalar>& dx) const {
    BlockSums sums{};
    BlockSums with_normalized{};
    for (std::size_t r = 0; r < dy.rows; ++r) {
      const Scalar* upstream = dy.row(r).data();
      const Scalar* value = normalized.row(r).data();
      const double gamma_r = static_cast<double>(gamma(r));
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < dy.cols; ++i) {
        const double g = gamma_r * static_cast<double>(upstream[i]);
        sums[i] += g;
        with_normalized[i] += g * static_cast<double>(value[i]);
      }
    }
    const double share = 1 / static_cast<double>(dy.rows);
    for (std::size_t r = 0; r < dy.rows; ++r) {
      const Scalar* upstream = dy.row(r).data();
      const Scalar* value = normalized.row(r).data();
      Scalar* out = dx.row(r).data();
      const Scalar gamma_r = gamma(r);
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < dy.cols; ++i) {
        const auto mean = static_cast<Scalar>(sums[i] * share);
        const auto slope = static_cast<Scalar>(with_normalized[i] * share);
        out[i] = inverse[i] * ((gamma_r * upstream[i] - mean) - value[i] * slope);
      }
    }
  }

  void learn(Parameter<Scalar>& parameter, const Buffer<double>& gradient) const {
    if (!parameter.trainable()) return;
    Scalar* const to = parameter.gradient().data;
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      to[r] = (this->replaces_gradients() ? Scalar(0) : to[r]) + static_cast<Scalar>(gradient.data()[r]);
    }
  }

  LayerNorm options_;
  Matrix<Scalar> normalized_;  // x̂
  Buffer<Scalar> inverse_;     // 1/√(v + ε) of each sample
  Buffer<double> sum_;         // Σ dy and Σ dy·x̂ of each feature, over the samples
  Buffer<double> sum_with_normalized_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> LayerNorm::build(std::size_t inputs) const {
  return std::make_unique<LayerNormLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> LayerNorm::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> LayerNorm::build<double>(std::size_t) const;

}  // namespace hinge
