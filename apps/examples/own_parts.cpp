// A loss and a layer of one's own, named in a config: log cosh of the error, and the sine of the input beside it.
#include <cmath>
#include <cstdio>

#include <hinge/hinge.h>
using namespace hinge;
// lᵢ = log cosh(o − y), ∂lᵢ/∂o = tanh(o − y), for one output: like ½e² for small errors e, like |e| for large ones.
template <typename Scalar>
struct LogCoshLoss final : Loss<Scalar> {
  void check_targets(std::size_t, const Targets<Scalar>&) const override {}
  LossSums compute(const MatrixView<const Scalar>& o, const Targets<Scalar>& targets, std::span<const Scalar> weights,
                   double scale, const MatrixView<Scalar>& dz) const override {
    LossSums sums{.weight = this->weight_sum(targets, weights)};
    for (std::size_t i = 0; i < o.cols; ++i) {
      const double weight = weights.empty() ? 1 : static_cast<double>(weights[i]);
      const double e = static_cast<double>(o(0, i) - targets.values(0, i));
      sums.loss += weight * std::log(std::cosh(e));
      if (!dz.empty()) dz(0, i) = static_cast<Scalar>(scale * weight * std::tanh(e));
    }
    return sums;
  }
};
struct LogCosh {
  static constexpr std::string_view type = "log_cosh";
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const {
    return std::make_unique<LogCoshLoss<Scalar>>();
  }
};
// y = (x, sin x), dx = dy₁ + dy₂ ⊙ cos x.
template <typename Scalar>
struct WavesLayer final : Layer<Scalar> {
  explicit WavesLayer(std::size_t inputs) : Layer<Scalar>(inputs, 2 * inputs) {}
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    for (std::size_t r = 0; r < x.rows; ++r)
      for (std::size_t i = 0; i < x.cols; ++i) y(r, i) = x(r, i), y(x.rows + r, i) = std::sin(x(r, i));
  }
  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    for (std::size_t r = 0; r < dx.rows; ++r)
      for (std::size_t i = 0; i < x.cols; ++i) dx(r, i) = dy(r, i) + dy(x.rows + r, i) * std::cos(x(r, i));
  }
};
struct Waves {
  static constexpr std::string_view type = "waves";
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<WavesLayer<Scalar>>(inputs);
  }
};

int main() {
  Registries parts = standard_registries();
  parts.of<LossSpec>().add(LogCosh{});
  parts.of<LayerSpec>().add(Waves{});
  Run run("configs/sine.json", {"loss=log_cosh", R"(model.layers=["waves", {"type": "dense", "units": 1}])"}, parts);
  const double loss = run.train().epochs.back().train.loss;
  std::printf("loss at the end: %.6f\n", loss);
  return loss < 0.01 ? 0 : 1;
}
