// The gradient check: compares the gradients of the backward pass with central differences of the loss.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>

namespace hinge {

/// The result for one tensor: a parameter, or the input of the network (named `input`).
struct TensorCheck {
  std::string name = {};
  std::size_t rows = 0;  ///< of the tensor; `input` is features × batch
  std::size_t cols = 0;
  double error = 0;       ///< max|analytic − numeric| / max(max|analytic|, 1e-6) over the tensor
  std::size_t worst = 0;  ///< index of the largest difference: row·cols + col
  double analytic = 0;    ///< the gradient and the quotient there
  double numeric = 0;
  std::size_t checked = 0;  ///< elements compared
  /// Elements whose ± step crosses a kink of an activation or of the loss, or is lost by rounding.
  std::size_t skipped = 0;
  bool agrees = true;  ///< whether every compared element passes `gradient_agrees`
};

/// A derivative as a difference quotient of the loss.
struct NumericDerivative {
  double value = 0;
  double rounding = 0;  ///< error that rounding of the loss may cause: 1e-16·max(1, |L|)/h
};

/// Whether |g − d| ≤ 1e-6·max|g| + rounding, with the gradient g, its numeric derivative d and the largest gradient of
/// the tensor. A wrong formula is off by far more than a millionth. False for NaN.
HINGE_API bool gradient_agrees(double gradient, const NumericDerivative& numeric, double largest_gradient);

struct HINGE_API GradientCheck {
  std::vector<TensorCheck> tensors = {};

  /// NaN if some error is NaN, or if nothing could be compared.
  double largest_error() const;
  /// Whether all tensors agree, and something was compared.
  bool agrees() const;
  std::size_t checked() const;
  std::size_t skipped() const;
};

struct GradientCheckOptions {
  double step = 1e-5;  ///< h
  /// The number of elements of each tensor to compare, spread evenly over it; 0: all.
  std::size_t max_elements = 0;
};

/// Compares every ∂L/∂θ and ∂L/∂x of `network` on one batch with a difference quotient (docs/backprop.md, eq. 14).
///
/// D(h) = (L(θ + h) − L(θ − h)) / 2h is off by h²·L‴/6 and, through rounding, by about 1e-16·|L|/h. The numeric
/// derivative is (4·D(10h) − D(20h)) / 3 with h = `step`: in it the terms in h² cancel, and rounding matters a tenth as
/// much as in D(h). A right gradient agrees to about 1e-12·|L| + 1e-9 of the largest gradient of its tensor.
///
/// A step is small only if no z moves far. If some z moves more than ten times as fast as θ, as beside an input of
/// 1000, h shrinks by that factor. If a kink (a ReLU that changes sides) lies within ± 20h, D(h) is used. If one lies
/// within ± h, the quotient is meaningless, and the element is skipped and counted.
///
/// The passes are training passes with one fixed set of dropout masks. `x` is features × batch, in any memory order. On
/// return, parameters, gradients and the layers' state are as before, and the layers show no pass. Parameters that are not trainable are
/// left out.
HINGE_API GradientCheck check_gradients(Network<double>& network, const Loss<double>& loss, MatrixView<const double> x,
                                        const Targets<double>& targets, std::span<const double> weights = {},
                                        const GradientCheckOptions& options = {});

/// The numeric derivative of that check for one element, of a parameter of `network` or of x. Nothing if a kink lies
/// within ± h, or if θ ± h rounds to θ. `pass` determines the masks of dropout. The element is restored; the layers
/// keep the last pass.
HINGE_API std::optional<NumericDerivative> numeric_derivative(Network<double>& network, const Loss<double>& loss,
                                                              MatrixView<const double> x,
                                                              const Targets<double>& targets,
                                                              std::span<const double> weights, double& element,
                                                              double step = 1e-5, const Pass& pass = {});

}  // namespace hinge
