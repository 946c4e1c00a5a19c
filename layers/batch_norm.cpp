// Batch normalisation, in the formulas of docs/backprop.md.
#include <hinge/layers/batch_norm.h>

#include <algorithm>
#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/threads.h>

namespace hinge {

namespace {

// The equations are in the header. A thread computes all samples of its features, so the bits do not depend on threads.
template <typename Scalar>
class BatchNormLayer final : public Layer<Scalar> {
 public:
  BatchNormLayer(const BatchNorm& options, std::size_t inputs) : Layer<Scalar>(inputs, inputs), options_(options) {}

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

  std::vector<StateDeclaration> declare_state() const override {
    return {{"running_mean", this->inputs(), 0}, {"running_var", this->inputs(), 1}};
  }

  std::size_t min_training_batch() const override { return 2; }
  bool is_unit_wise() const override { return true; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    const std::string of = this->pass().training ? "of the batch" : "running";
    const double m = mean(unit);
    const double v = variance(unit);
    const double x = this->input()(unit, sample);
    const double normalized = normalized_(unit, sample);
    return {{"m", {format.number(m)}, "mean, " + of},
            {"v", {format.number(v)}, "variance, " + of},
            {"x̂", {format.fill("({} − {})/√({} + {})", {x, m, v, options_.epsilon}), format.number(normalized)}},
            {"a",
             {format.fill("{}·{} + {}", {gamma()[unit], normalized, beta()[unit]}),
              format.number(this->output()(unit, sample))}}};
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const double g = gamma()[input];
    const double v = variance(input);
    const double dy = this->output_gradient()(input, sample);
    if (!this->pass().training)
      return {"γ/√(v + ε)·∂L/∂a", format.fill("{}/√({} + {})·{}", {g, v, options_.epsilon, dy})};
    const auto batch = static_cast<double>(this->output_gradient().cols);
    return {"γ/√(v + ε)·(∂L/∂a − Σ∂L/∂a/B − x̂·Σ(∂L/∂a·x̂)/B)",
            format.fill("{}/√({} + {})·({} − {} − {}·{})",
                        {g, v, options_.epsilon, dy, sum_.data()[input] / batch, normalized_(input, sample),
                         sum_with_normalized_.data()[input] / batch})};
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
    for (std::size_t r = 0; r < x.rows; ++r) normalize_by_running(x, y, r, nullptr, running_inverse(r));
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    if (!this->pass().training) {
      for (std::size_t r = 0; r < x.rows; ++r) {
        inverse_.data()[r] = running_inverse(r);
        normalize_by_running(x, y, r, normalized_.view().row(r).data(), inverse_.data()[r]);
      }
      return;
    }
    if (x.cols < 2) {
      throw DataError("batch_norm: a training batch of one sample has no variance; train on batches of at least 2");
    }
    run_ranges(threads_for(x), x.rows, grain,
               [&](std::size_t begin, std::size_t end) { normalize_by_batch(x, y, begin, end); });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    const MatrixView<const Scalar> normalized = normalized_.view().columns(0, dy.cols);
    // In prediction m and v do not depend on x, so their terms fall away.
    const double share = this->pass().training ? 1 / static_cast<double>(dy.cols) : 0;
    run_ranges(threads_for(dy), dy.rows, grain, [&](std::size_t begin, std::size_t end) {
      const auto& kernel = kernels::of<Scalar>();
      const kernels::RowGradients<Scalar> gradients = {.dy = dy.row(begin).data(),
                                                       .dy_row = dy.row_stride,
                                                       .normalized = normalized.row(begin).data(),
                                                       .normalized_row = normalized.row_stride,
                                                       .rows = end - begin,
                                                       .count = dy.cols,
                                                       .sum = sum_.data() + begin,
                                                       .sum_with_normalized = sum_with_normalized_.data() + begin};
      kernel.sum_row_gradients(gradients);
      learn(this->parameters()[0], sum_with_normalized_.data(), begin, end);  // dγ
      learn(this->parameters()[1], sum_.data(), begin, end);                  // dβ
      if (dx.empty()) return;
      for (std::size_t r = begin; r < end; ++r) scale_.data()[r] = gamma()[r] * inverse_.data()[r];
      kernel.normalize_rows_backward(gradients, scale_.data() + begin, share, dx.row(begin).data(),
                                     dx.row_stride);  // eq. 19
    });
  }

  bool can_replace_gradients() const override { return true; }

  void update_state() override {  // eq. 20
    const auto batch = static_cast<double>(this->input().cols);
    const double unbiased = batch / (batch - 1);
    const double momentum = options_.momentum;
    Scalar* const running_mean = this->state()[0].values().data();
    Scalar* const running_var = this->state()[1].values().data();
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      const auto m = static_cast<double>(running_mean[r]);
      const auto v = static_cast<double>(running_var[r]);
      const double batch_mean = static_cast<double>(first_.data()[r]) + offset_.data()[r];
      running_mean[r] = static_cast<Scalar>(m + momentum * (batch_mean - m));
      running_var[r] = static_cast<Scalar>(v + momentum * (unbiased * variance_.data()[r] - v));
    }
  }

  void reserve_more(std::size_t batch) override {
    normalized_ = Matrix<Scalar>(this->inputs(), batch);
    for (Buffer<Scalar>* buffer : {&first_, &inverse_, &scale_}) *buffer = Buffer<Scalar>(this->inputs());
    for (Buffer<double>* buffer : {&offset_, &variance_, &sum_, &sum_with_normalized_}) {
      *buffer = Buffer<double>(this->inputs());
    }
  }

 private:
  // Threads divide the features at multiples of it.
  static constexpr std::size_t grain = 4;

  const Scalar* gamma() const { return this->parameters()[0].value().data; }
  const Scalar* beta() const { return this->parameters()[1].value().data; }

  // A run of the pool takes about half a microsecond, in which one thread normalises some 4,000 numbers.
  ThreadPool* threads_for(const MatrixView<const Scalar>& x) const {
    return x.size() < 1 << 14 ? nullptr : this->pass().threads;
  }

  // The statistics that the last pass normalised by.
  double mean(std::size_t r) const {
    return this->pass().training ? static_cast<double>(first_.data()[r]) + offset_.data()[r]
                                 : static_cast<double>(this->state()[0].values()[r]);
  }
  double variance(std::size_t r) const {
    return this->pass().training ? variance_.data()[r] : static_cast<double>(this->state()[1].values()[r]);
  }

  Scalar running_inverse(std::size_t r) const {
    const auto variance = static_cast<double>(this->state()[1].values()[r]);
    return static_cast<Scalar>(1 / std::sqrt(variance + options_.epsilon));
  }

  // Features [begin, end) of y and x̂.
  void normalize_by_batch(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, std::size_t begin,
                          std::size_t end) {
    const MatrixView<Scalar> normalized = normalized_.view().columns(0, x.cols);
    const auto& kernel = kernels::of<Scalar>();
    kernel.row_statistics({.x = x.row(begin).data(),
                           .x_row = x.row_stride,
                           .rows = end - begin,
                           .count = x.cols,
                           .epsilon = options_.epsilon,
                           .first = first_.data() + begin,
                           .offset = offset_.data() + begin,
                           .variance = variance_.data() + begin,
                           .inverse = inverse_.data() + begin});  // eq. 17
    kernel.normalize_rows({.x = x.row(begin).data(),
                           .x_row = x.row_stride,
                           .normalized = normalized.row(begin).data(),
                           .normalized_row = normalized.row_stride,
                           .y = y.row(begin).data(),
                           .y_row = y.row_stride,
                           .rows = end - begin,
                           .count = x.cols,
                           .centre = first_.data() + begin,
                           .offset = offset_.data() + begin,
                           .inverse = inverse_.data() + begin,
                           .gamma = gamma() + begin,
                           .beta = beta() + begin});  // eq. 18
  }

  // Row r of y, and of x̂ unless it is null.
  void normalize_by_running(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, std::size_t r,
                            Scalar* normalized, Scalar inverse) const {
    const double no_offset = 0;
    kernels::of<Scalar>().normalize_rows({.x = x.row(r).data(),
                                          .x_row = x.row_stride,
                                          .normalized = normalized,
                                          .normalized_row = 0,
                                          .y = y.row(r).data(),
                                          .y_row = y.row_stride,
                                          .rows = 1,
                                          .count = x.cols,
                                          .centre = this->state()[0].values().data() + r,
                                          .offset = &no_offset,
                                          .inverse = &inverse,
                                          .gamma = gamma() + r,
                                          .beta = beta() + r});
  }

  void learn(Parameter<Scalar>& parameter, const double* gradient, std::size_t begin, std::size_t end) const {
    if (!this->pass().parameter_gradients || !parameter.trainable()) return;
    Scalar* const to = parameter.gradient().data;
    if (this->replaces_gradients()) std::fill(to + begin, to + end, Scalar(0));
    for (std::size_t r = begin; r < end; ++r) to[r] += static_cast<Scalar>(gradient[r]);
  }

  BatchNorm options_;
  Matrix<Scalar> normalized_;  // x̂
  // Of each feature, for the batch of the last pass: m = first + offset, v, 1/√(v + ε), γ/√(v + ε), Σ dy and Σ dy·x̂.
  Buffer<Scalar> first_;
  Buffer<double> offset_;
  Buffer<double> variance_;
  Buffer<Scalar> inverse_;
  Buffer<Scalar> scale_;
  Buffer<double> sum_;
  Buffer<double> sum_with_normalized_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> BatchNorm::build(std::size_t inputs) const {
  return std::make_unique<BatchNormLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> BatchNorm::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> BatchNorm::build<double>(std::size_t) const;

}  // namespace hinge
