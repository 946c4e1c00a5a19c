// The loops of parametric ReLU. The slope may differ from unit to unit, that is, from row to row.
#include <hinge/layers/activations/prelu.h>

#include <string>

#include <hinge/core/error.h>

namespace hinge {

namespace {

template <typename Scalar>
class ParametricRelu final : public Activation<Scalar> {
 public:
  explicit ParametricRelu(const PRelu& options)
      : options_(options), first_alpha_(static_cast<Scalar>(options.alpha)), alphas_{&first_alpha_, 1, 1, 1, 1} {}

  using Activation<Scalar>::value;
  using Activation<Scalar>::derivative;

  std::vector<ParameterDeclaration> declare_parameters(std::size_t units) const override {
    return {{.name = "alpha",
             .rows = options_.per_unit ? units : 1,
             .cols = 1,
             .start = Constant{options_.alpha},
             .decays = false,
             .symbol = "α"}};
  }

  void bind(std::span<Parameter<Scalar>> parameters) override {
    alphas_ = parameters[0].value();
    gradient_ = parameters[0].gradient();
  }

  void value(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& a) const override {
    check(z, a);
    for (std::size_t r = 0; r < z.rows; ++r) {
      const Scalar alpha = alpha_of(r);
      const Scalar* in = z.row(r).data();
      Scalar* out = a.row(r).data();
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < z.cols; ++i) out[i] = in[i] <= 0 ? alpha * in[i] : in[i];
    }
  }

  void derivative(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& slope) const override {
    check(z, slope);
    for (std::size_t r = 0; r < z.rows; ++r) {
      const Scalar alpha = alpha_of(r);
      const Scalar* in = z.row(r).data();
      Scalar* out = slope.row(r).data();
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < z.cols; ++i) out[i] = slope_at(in[i], alpha);
    }
  }

  void chain(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da,
             const MatrixView<Scalar>& dz) const override {
    check(z, dz);
    require_same_shape("prelu", z, da);
    for (std::size_t r = 0; r < z.rows; ++r) {
      const Scalar alpha = alpha_of(r);
      const Scalar* in = z.row(r).data();
      const Scalar* upstream = da.row(r).data();
      Scalar* out = dz.row(r).data();
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < z.cols; ++i) out[i] = upstream[i] * slope_at(in[i], alpha);
    }
  }

  std::vector<double> kinks() const override { return {0}; }
  ActivationFacts facts() const override { return PRelu::facts; }

  std::string parameter_equation(std::size_t unit, double z, const EquationFormat& format) const override {
    return z > 0 ? "" : "α = " + format.number(alpha_of(unit));
  }

  // ∂a/∂α = z for z < 0
  std::vector<std::string> parameter_gradient_sides(std::size_t, std::size_t row, const MatrixView<const Scalar>& z,
                                                    const MatrixView<const Scalar>& da,
                                                    const EquationFormat& format) const override {
    const std::size_t first = options_.per_unit ? row : 0;
    const std::size_t units = options_.per_unit ? 1 : z.rows;
    Sum sum = format.sum();
    for (std::size_t u = first; u < first + units; ++u) {
      for (std::size_t i = 0; i < z.cols; ++i) {
        if (z(u, i) < 0) sum.add(format.fill("{}·{}", {da(u, i), z(u, i)}));
      }
    }
    if (sum.text().empty()) return {};
    if (units * z.cols == 1) return {"∂L/∂a·z", sum.text()};
    return {sum.text()};
  }

 protected:
  void add_gradients(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da) override {
    if (gradient_.empty()) return;
    for (std::size_t r = 0; r < z.rows; ++r) {
      const Scalar* in = z.row(r).data();
      const Scalar* upstream = da.row(r).data();
      Scalar sum = 0;
      for (std::size_t i = 0; i < z.cols; ++i) sum += in[i] <= 0 ? upstream[i] * in[i] : Scalar(0);
      gradient_(options_.per_unit ? r : 0, 0) += sum;
    }
  }

 private:
  Scalar alpha_of(std::size_t row) const { return alphas_(alphas_.rows == 1 ? 0 : row, 0); }

  // NaN falls through every test.
  Scalar slope_at(Scalar z, Scalar alpha) const {
    const Scalar at_or_below = z < 0 ? alpha : z == 0 ? static_cast<Scalar>(options_.derivative_at_zero) : z;
    return z > 0 ? Scalar(1) : at_or_below;
  }

  void check(MatrixView<const Scalar> z, MatrixView<const Scalar> other) const {
    require_same_shape("prelu", z, other);
    const bool is_scalar_form = z.size() == 1;  // which takes the first slope
    if (alphas_.rows == 1 || alphas_.rows == z.rows || is_scalar_form) return;
    throw ShapeError("prelu: " + std::to_string(alphas_.rows) + " units have slopes of their own, but z has " +
                     std::to_string(z.rows) + " rows");
  }

  PRelu options_;
  Scalar first_alpha_;
  MatrixView<const Scalar> alphas_;
  MatrixView<Scalar> gradient_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Activation<Scalar>> PRelu::build() const {
  return std::make_unique<ParametricRelu<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Activation<float>> PRelu::build<float>() const;
template HINGE_API std::unique_ptr<Activation<double>> PRelu::build<double>() const;

}  // namespace hinge
