// Drawing masks and applying them.
#include <hinge/layers/dropout.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>

namespace hinge {

namespace {

template <typename Scalar>
void multiply(const MatrixView<const Scalar>& a, const MatrixView<const Scalar>& b, const MatrixView<Scalar>& product) {
  for (std::size_t r = 0; r < a.rows; ++r) {
    const Scalar* left = a.row(r).data();
    const Scalar* right = b.row(r).data();
    Scalar* out = product.row(r).data();
    for (std::size_t i = 0; i < a.cols; ++i) out[i] = left[i] * right[i];
  }
}

template <typename Scalar>
class DropoutLayer final : public Layer<Scalar> {
 public:
  DropoutLayer(const Dropout& options, std::size_t inputs) : Layer<Scalar>(inputs, inputs), options_(options) {}

  bool is_unit_wise() const override { return true; }
  bool blocks_gradient(std::size_t unit, std::size_t sample) const override { return factor(unit, sample) == 0; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    const double m = factor(unit, sample);
    return {{"a",
             {format.fill("{}·{}", {this->input()(unit, sample), m}), format.number(this->output()(unit, sample))},
             m == 0 ? "dropped" : "kept"}};
  }
  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    return {format.fill("{}·{}", {this->output_gradient()(input, sample), factor(input, sample)})};
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override { copy(x, y); }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    if (!drops()) return infer(x, y);
    const MatrixView<Scalar> mask = mask_.view().columns(0, x.cols);
    if (options_.mask.empty()) {
      draw(mask);
    } else {
      take_given(mask);
    }
    multiply<Scalar>(x, mask, y);
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    if (dx.empty()) return;
    if (!drops()) return copy(dy, dx);
    multiply<Scalar>(dy, mask_.view().columns(0, dy.cols), dx);
  }

  void reserve_more(std::size_t batch) override { mask_ = Matrix<Scalar>(this->inputs(), batch); }

 private:
  bool drops() const { return this->pass().training && (options_.rate > 0 || !options_.mask.empty()); }
  // m of the last pass.
  double factor(std::size_t unit, std::size_t sample) const { return drops() ? mask_(unit, sample) : Scalar(1); }
  Scalar kept() const { return static_cast<Scalar>(1 / (1 - options_.rate)); }

  void draw(const MatrixView<Scalar>& mask) const {
    const RandomStream random = this->random();
    // The test random.uniform(…) < rate in whole numbers: uniform is the upper 53 bits times 2⁻⁵³.
    const auto dropped = static_cast<std::uint64_t>(std::ceil(options_.rate * 0x1p53));
    std::array<std::uint64_t, 64> bits{};
    for (std::size_t r = 0; r < mask.rows; ++r) {
      Scalar* row = mask.row(r).data();
      for (std::size_t i = 0; i < mask.cols; i += bits.size()) {
        const std::size_t count = std::min(bits.size(), mask.cols - i);
        random.bits(r * mask.cols + i, std::span(bits).first(count));
        kernels::of<Scalar>().keep_or_drop(bits.data(), dropped, kept(), row + i, count);
      }
    }
  }

  void take_given(const MatrixView<Scalar>& mask) const {
    if (options_.mask.size() != mask.size()) {
      throw ShapeError("dropout: the mask has " + std::to_string(options_.mask.size()) +
                       " numbers, but the batch has " + std::to_string(mask.rows) + " x " + std::to_string(mask.cols) +
                       " = " + std::to_string(mask.size()));
    }
    for (std::size_t i = 0; i < mask.cols; ++i) {
      for (std::size_t r = 0; r < mask.rows; ++r) {
        mask(r, i) = static_cast<Scalar>(options_.mask[i * mask.rows + r]) * kept();
      }
    }
  }

  Dropout options_;
  Matrix<Scalar> mask_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> Dropout::build(std::size_t inputs) const {
  return std::make_unique<DropoutLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> Dropout::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> Dropout::build<double>(std::size_t) const;

}  // namespace hinge
