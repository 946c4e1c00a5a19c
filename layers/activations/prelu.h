// Parametric ReLU: a leaky ReLU that learns its slope.
#pragma once

#include <hinge/layers/activation.h>

namespace hinge {

/// φ(z) = z for z > 0, α·z for z ≤ 0, with a learned α for the whole layer, or with `per_unit` one for each unit.
/// φ′(z) = 1 for z > 0, α for z < 0; at 0 by convention `derivative_at_zero`.
/// ∂L/∂α = Σ ∂L/∂a·z over all z < 0. α starts at `alpha`. Weight decay skips it: decay would turn it into a ReLU.
/// [He et al., ICCV 2015, section 2.1]
///
/// α is a parameter of its layer, `layers.0.alpha`, 1 × 1 or units × 1. Before a layer binds it, and in the scalar forms, α is the
/// first value. With `per_unit`, arrays must have a row for each unit (ShapeError).
struct HINGE_API PRelu {
  static constexpr std::string_view type = "prelu";
  static constexpr ActivationFacts facts = {
      .formula = "z if z > 0, else α z",
      .where = "α is learned, and starts at 0.25",
      .derivative = "1 for z > 0, α for z < 0",
      .range = "(−∞, ∞)",
      .at_kinks = "1 at 0",
      .use = "leaky_relu when the slope should come from the data, and there is enough of it.",
      .source = "He et al., ICCV 2015",
  };

  double alpha = 0.25;
  bool per_unit = false;
  double derivative_at_zero = 1;

  std::vector<Option> options() {
    return {
        {"alpha", &alpha, Range::any(), "the slope for z < 0 at the start"},
        {"per_unit", &per_unit, {}, "whether each unit learns a slope of its own"},
        {"derivative_at_zero", &derivative_at_zero, Range::any(), "the slope used at exactly z = 0"},
    };
  }

  template <typename Scalar>
  std::unique_ptr<Activation<Scalar>> build() const;
};

}  // namespace hinge
