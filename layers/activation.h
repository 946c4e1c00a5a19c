// Activations: a = φ(z), element by element, and their derivative φ′(z).
#pragma once

#include <concepts>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/equation.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/parameter.h>

namespace hinge {

/// What people read about an activation with its options as they usually are; all of it may be missing. The letters are
/// those of docs/backprop.md.
struct ActivationFacts {
  std::string_view formula = {};                             ///< of φ(z)
  std::string_view where = {};                               ///< the values of its letters: `α = 0.01`
  std::string_view derivative = {};                          ///< φ′(z)
  std::string_view range = {};                               ///< of φ: `[0, ∞)`
  double lowest = -std::numeric_limits<double>::infinity();  ///< the ends of that range
  double highest = std::numeric_limits<double>::infinity();
  std::string_view at_kinks = {};  ///< the convention for φ′ at kinks; "" for a smooth function
  std::string_view use = {};       ///< when to use it
  std::string_view source = {};    ///< the paper
};

/// The formulas of an elementwise activation:
/// `template <typename Scalar> Scalar value(Scalar z) const` and `derivative(Scalar z) const`.
template <typename T>
concept ElementwiseFormulas = requires(const T t, float f, double d) {
  { t.value(f) } -> std::same_as<float>;
  { t.value(d) } -> std::same_as<double>;
  { t.derivative(f) } -> std::same_as<float>;
  { t.derivative(d) } -> std::same_as<double>;
};

/// A spec that builds its activation object itself: `template <typename Scalar> std::unique_ptr<Activation<Scalar>>
/// build() const`.
template <typename T>
concept ActivationBuilder = requires(const T t) {
  { t.template build<float>() } -> std::same_as<std::unique_ptr<Activation<float>>>;
  { t.template build<double>() } -> std::same_as<std::unique_ptr<Activation<double>>>;
};

/// An activation: φ and φ′ for arrays and for a scalar, and the cache for the backward pass.
///
/// Arrays are batch-contiguous units × batch views of one shape (else ShapeError); input and output may be the same
/// memory. The scalar forms are one lane of the array forms and give the same bits. NaN in gives NaN out, in φ and in
/// φ′. `value`, `derivative` and `chain` are const and safe from any number of threads; `forward` and `backward` belong
/// to one training pass at a time. An activation may learn parameters (PReLU): they belong to its layer, after the
/// layer's own.
template <typename Scalar>
class HINGE_API Activation {
 public:
  static constexpr std::string_view kind = "activation";

  Activation() = default;
  Activation(const Activation&) = delete;
  Activation& operator=(const Activation&) = delete;
  virtual ~Activation() = default;

  /// The activation of a spec: `Activation<float>::from(Relu{})`.
  template <ElementwiseFormulas T>
  static std::unique_ptr<Activation> from(const T& formulas);
  template <ActivationBuilder T>
  static std::unique_ptr<Activation> from(const T& description) {
    return description.template build<Scalar>();
  }

  /// a = φ(z)
  virtual void value(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& a) const = 0;
  /// slope = φ′(z)
  virtual void derivative(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& slope) const = 0;
  /// dz = da ⊙ φ′(z): the chain rule through φ (docs/backprop.md, eq. 5).
  virtual void chain(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da,
                     const MatrixView<Scalar>& dz) const = 0;

  /// The parameters that the activation learns in a layer of `units` units; usually none. The layer passes them to
  /// `bind`, once.
  virtual std::vector<ParameterDeclaration> declare_parameters(std::size_t /*units*/) const { return {}; }
  virtual void bind(std::span<Parameter<Scalar>> /*parameters*/) {}

  /// For equations: a parameter that φ uses at the z of a unit, `α = 0.25`. By default nothing.
  virtual std::string parameter_equation(std::size_t /*unit*/, double /*z*/, const EquationFormat& /*format*/) const {
    return {};
  }
  /// For equations: what ∂L/∂θ of row `row` of parameter `parameter` is equal to, but for its value, given z and
  /// da = ∂L/∂a of the batch.
  virtual std::vector<std::string> parameter_gradient_sides(std::size_t /*parameter*/, std::size_t /*row*/,
                                                            const MatrixView<const Scalar>& /*z*/,
                                                            const MatrixView<const Scalar>& /*da*/,
                                                            const EquationFormat& /*format*/) const {
    return {};
  }

  /// For equations: what φ′(z) is equal to, but for its value, in letters and then in numbers: `a(1 − a)`, `0.6·0.4`. By
  /// default nothing, as for a slope that is a constant. A struct of formulas has it as a function of the same name.
  virtual std::vector<std::string> slope_sides(double /*z*/, const EquationFormat& /*format*/) const { return {}; }

  /// Whether φ is bounded on both sides and flat near its bounds: true for sigmoid, false for ReLU. A struct of
  /// formulas sets it by `static constexpr bool saturates = true`.
  virtual bool saturates() const { return false; }

  /// The z at which φ′ jumps, in ascending order: {0} for ReLU, none for a smooth function. Gradient checks avoid them.
  virtual std::vector<double> kinks() const { return {}; }

  /// What `hinge activations` shows of it. A struct of formulas has them as `static constexpr ActivationFacts facts`.
  virtual ActivationFacts facts() const { return {}; }

  Scalar value(Scalar z) const {
    Scalar a{};
    value({&z, 1, 1, 1, 1}, {&a, 1, 1, 1, 1});
    return a;
  }
  Scalar derivative(Scalar z) const {
    Scalar slope{};
    derivative({&z, 1, 1, 1, 1}, {&slope, 1, 1, 1, 1});
    return slope;
  }

  /// a = φ(z), and keeps a view of z for `backward`: z must not change until then.
  void forward(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& a) {
    keep(z);
    value(z, a);
  }
  /// dz = da ⊙ φ′(z) at the z of the last `forward`. Adds ∂L/∂θ to the gradients of the activation's parameters. dz and
  /// da may be the same memory.
  void backward(const MatrixView<const Scalar>& da, const MatrixView<Scalar>& dz) {
    learn(da);
    chain(cached_z_, da, dz);
  }
  /// The halves of `forward` and `backward` that need the whole batch. Threads may call the other halves, `value` and
  /// `chain`, for some of the samples, and if the activation has no parameters, for some of the units.
  void keep(const MatrixView<const Scalar>& z) { cached_z_ = z; }
  void learn(const MatrixView<const Scalar>& da) { add_gradients(cached_z_, da); }
  /// The z of the last `forward`; empty before it and after `forget`.
  MatrixView<const Scalar> cached_input() const { return cached_z_; }
  /// Drops the cache, when the memory behind it goes away.
  void forget() { cached_z_ = {}; }

 protected:
  /// Adds ∂L/∂θ, given z and da = ∂L/∂a.
  virtual void add_gradients(const MatrixView<const Scalar>& /*z*/, const MatrixView<const Scalar>& /*da*/) {}

 private:
  MatrixView<const Scalar> cached_z_;
};

/// The loops over the formulas of `T`. A struct of formulas may have loops of its own that give the same bits:
/// `values(z, a, count)` and `chains(z, da, dz, count)`.
template <ElementwiseFormulas T, typename Scalar>
class ElementwiseActivation : public Activation<Scalar> {
 public:
  explicit ElementwiseActivation(T formulas) : formulas_(std::move(formulas)) {}

  using Activation<Scalar>::value;
  using Activation<Scalar>::derivative;

  void value(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& a) const override {
    const auto loop = [f = formulas_](std::size_t count, const Scalar* in, Scalar* out) {
      if constexpr (requires { f.values(in, out, count); }) return f.values(in, out, count);
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < count; ++i) out[i] = f.value(in[i]);
    };
    each_run(loop, z, a);
  }

  void derivative(const MatrixView<const Scalar>& z, const MatrixView<Scalar>& slope) const override {
    const auto loop = [f = formulas_](std::size_t count, const Scalar* in, Scalar* out) {
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < count; ++i) out[i] = f.derivative(in[i]);
    };
    each_run(loop, z, slope);
  }

  void chain(const MatrixView<const Scalar>& z, const MatrixView<const Scalar>& da,
             const MatrixView<Scalar>& dz) const override {
    const auto loop = [f = formulas_](std::size_t count, const Scalar* in, const Scalar* upstream, Scalar* out) {
      if constexpr (requires { f.chains(in, upstream, out, count); }) return f.chains(in, upstream, out, count);
      HINGE_INDEPENDENT_ITERATIONS
      for (std::size_t i = 0; i < count; ++i) out[i] = upstream[i] * f.derivative(in[i]);
    };
    each_run(loop, z, da, dz);
  }

  std::vector<double> kinks() const override {
    if constexpr (requires { formulas_.kinks(); }) return formulas_.kinks();
    return {};
  }

  std::vector<std::string> slope_sides(double z, const EquationFormat& format) const override {
    if constexpr (requires { formulas_.slope_sides(z, format); }) return formulas_.slope_sides(z, format);
    return {};
  }

  bool saturates() const override {
    if constexpr (requires { T::saturates; }) return T::saturates;
    return false;
  }

  ActivationFacts facts() const override {
    if constexpr (requires { T::facts; }) return T::facts;
    return {};
  }

 private:
  // Calls loop(count, pointers…) for runs of contiguous numbers of views of one shape: one run for each row, or a single
  // run if there are no gaps between rows. Then a layer's outputs for a single sample are one loop instead of a loop of
  // length 1 for each unit.
  template <typename Loop, typename... Views>
  static void each_run(const Loop& loop, const MatrixView<const Scalar>& z, const Views&... others) {
    (require_same_shape("activation", z, others), ...);
    const auto has_no_gaps = [](const auto& view) {
      if (!view.batch_contiguous()) fail_not_batch_contiguous();
      return view.row_stride == view.cols;
    };
    bool is_one = has_no_gaps(z);
    ((is_one = has_no_gaps(others) && is_one), ...);
    const std::size_t runs = is_one ? 1 : z.rows;
    const std::size_t count = is_one ? z.rows * z.cols : z.cols;
    for (std::size_t r = 0; r < runs; ++r) {
      loop(count, z.data + r * z.row_stride, (others.data + r * others.row_stride)...);
    }
  }

  T formulas_;
};

template <typename Scalar>
template <ElementwiseFormulas T>
std::unique_ptr<Activation<Scalar>> Activation<Scalar>::from(const T& formulas) {
  return std::make_unique<ElementwiseActivation<T, Scalar>>(formulas);
}

/// Any activation, by value: `ActivationSpec a = LeakyRelu{.alpha = 0.1};`.
///
/// An application's own activation is one struct, without registration:
/// ```
/// struct Quadratic {
///   static constexpr std::string_view type = "quadratic";
///   double scale = 1;
///   std::vector<hinge::Option> options() { return {{"scale", &scale, hinge::Range::above(0), "factor of z²"}}; }
///   template <typename Scalar> Scalar value(Scalar z) const { return Scalar(scale) * z * z; }
///   template <typename Scalar> Scalar derivative(Scalar z) const { return 2 * Scalar(scale) * z; }
/// };
/// ```
using ActivationSpec = Spec<Builder<Activation>>;

/// The activations that Hinge brings, by name.
HINGE_API Registry<Builder<Activation>> standard_activations();

}  // namespace hinge
