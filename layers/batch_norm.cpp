// Batch normalisation, in the formulas of docs/backprop.md.
#include <hinge/layers/batch_norm.h>

#include <algorithm>
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
      : NormalizationLayer<Scalar>(inputs, options.epsilon, options.train_gamma, options.train_beta),
        momentum_(options.momentum) {}

  std::vector<StateDeclaration> declare_state() const override {
    return {{"running_mean", this->inputs(), 0}, {"running_var", this->inputs(), 1}};
  }

  std::size_t min_training_batch() const override { return 2; }
  bool is_unit_wise() const override { return true; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    return this->equations(unit, sample, unit, this->pass().training ? ", of the batch" : ", running", format);
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    const double g = this->gamma()[input];
    const double v = this->variance_.data()[input];
    const double dy = this->output_gradient()(input, sample);
    if (!this->pass().training)
      return {"γ/√(v + ε)·∂L/∂a", format.fill("{}/√({} + {})·{}", {g, v, this->epsilon_, dy})};
    const auto batch = static_cast<double>(this->output_gradient().cols);
    return {"γ/√(v + ε)·(∂L/∂a − Σ∂L/∂a/B − x̂·Σ(∂L/∂a·x̂)/B)",
            format.fill("{}/√({} + {})·({} − {} − {}·{})",
                        {g, v, this->epsilon_, dy, this->sum_.data()[input] / batch, this->normalized_(input, sample),
                         this->sum_with_normalized_.data()[input] / batch})};
  }

  // m and 1/√(v + ε) of each feature.
  std::size_t scratch_size(std::size_t) const override { return 2 * this->inputs(); }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    Buffer<Scalar> scratch(scratch_size(x.cols));
    infer_in(x, y, scratch.data());
  }

  void infer_in(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const override {
    kernels::Normalization<Scalar> arguments = this->arguments(x, y);
    arguments.first = scratch;
    arguments.inverse = scratch + this->inputs();
    normalize_by_running(arguments);
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    const kernels::Normalization<Scalar> arguments = this->kept_arguments(x, y);
    if (!this->pass().training) {
      std::fill_n(arguments.offset, this->inputs(), 0.0);
      std::copy_n(this->state()[1].values().data(), this->inputs(), arguments.variance);
      return normalize_by_running(arguments);
    }
    if (x.cols < 2) {
      throw DataError("batch_norm: a training batch of one sample has no variance; train on batches of at least 2");
    }
    run_ranges(this->threads_for(x.size()), x.rows, grain, [&](std::size_t begin, std::size_t end) {
      const auto& kernel = kernels::of<Scalar>();
      kernel.row_statistics(arguments, begin, end);  // eq. 17
      kernel.normalize_rows(arguments, begin, end);  // eq. 18
    });
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    kernels::NormalizationGradient<Scalar> arguments = this->gradient_arguments(dy, dx);
    // In prediction m and v do not depend on x, so their terms fall away.
    arguments.share = this->pass().training ? 1 / static_cast<double>(dy.cols) : 0;
    arguments.scale = scale_.data();
    run_ranges(this->threads_for(dy.size()), dy.rows, grain, [&](std::size_t begin, std::size_t end) {
      this->learn(arguments, begin, end);
      if (dx.empty()) return;
      for (std::size_t r = begin; r < end; ++r) scale_.data()[r] = this->gamma()[r] * this->inverse_.data()[r];
      kernels::of<Scalar>().normalize_rows_backward(arguments, begin, end);  // eq. 19
    });
  }

  void update_state() override {  // eq. 20
    const auto batch = static_cast<double>(this->input().cols);
    const double unbiased = batch / (batch - 1);
    Scalar* const running_mean = this->state()[0].values().data();
    Scalar* const running_var = this->state()[1].values().data();
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      const auto m = static_cast<double>(running_mean[r]);
      const auto v = static_cast<double>(running_var[r]);
      const double batch_mean = static_cast<double>(this->first_.data()[r]) + this->offset_.data()[r];
      running_mean[r] = static_cast<Scalar>(m + momentum_ * (batch_mean - m));
      running_var[r] = static_cast<Scalar>(v + momentum_ * (unbiased * this->variance_.data()[r] - v));
    }
  }

  void reserve_more(std::size_t batch) override {
    this->reserve_statistics(batch, this->inputs());
    scale_ = Buffer<Scalar>(this->inputs());
  }

 private:
  // Threads divide the features at multiples of it.
  static constexpr std::size_t grain = 4;

  // Writes the running mean to `first`, and 1/√(v + ε) to `inverse`.
  void normalize_by_running(const kernels::Normalization<Scalar>& arguments) const {
    std::copy_n(this->state()[0].values().data(), this->inputs(), arguments.first);
    for (std::size_t r = 0; r < this->inputs(); ++r) {
      const auto v = static_cast<double>(this->state()[1].values()[r]);
      arguments.inverse[r] = static_cast<Scalar>(1 / std::sqrt(v + this->epsilon_));
    }
    kernels::of<Scalar>().normalize_rows(arguments, 0, this->inputs());
  }

  double momentum_;
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
