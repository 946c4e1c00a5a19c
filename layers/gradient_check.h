// The proof that the backward pass is right: its gradients beside central differences.
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

/// What the check found for one tensor: a parameter, or the input (named `input`).
struct TensorCheck {
  std::string name = {};
  std::size_t rows = 0;  ///< of the tensor; of `input` features × batch
  std::size_t cols = 0;
  double error = 0;       ///< max|analytic − numeric| / max(max|analytic|, 1e-6) over the tensor
  std::size_t worst = 0;  ///< index of the largest difference: row·cols + col
  double analytic = 0;    ///< the two values there
  double numeric = 0;
  std::size_t checked = 0;  ///< elements compared
  std::size_t skipped =
      0;  ///< elements whose ± step crosses a kink of an activation or of the loss, or is lost beside them
  bool agrees = true;  ///< every element that was compared, by `gradient_agrees`
};

/// A derivative by differences of the loss.
struct NumericDerivative {
  double value = 0;
  double rounding = 0;  ///< how far rounding of the loss may have moved it: 1e-16·max(1, |L|)/h
};

/// Whether a gradient is as near to its numeric derivative d as rounding lets it be, |g − d| ≤ 1e-6·max|g| + rounding, with
/// the largest gradient of the tensor: a wrong formula is off by far more than a millionth. False for NaN.
HINGE_API bool gradient_agrees(double gradient, const NumericDerivative& numeric, double largest_gradient);

struct HINGE_API GradientCheck {
  std::vector<TensorCheck> tensors = {};

  /// NaN when some error is, or when nothing could be compared.
  double largest_error() const;
  /// Whether all tensors agree, and something was compared.
  bool agrees() const;
  std::size_t checked() const;
  std::size_t skipped() const;
};

struct GradientCheckOptions {
  double step = 1e-5;  ///< h
  /// At most so many elements of each tensor are compared, spread evenly over it; 0: all of them.
  std::size_t most = 0;
};

/// Compares every ∂L/∂θ and ∂L/∂x of `network` on one batch with a difference quotient (docs/backprop.md, eq. 14).
///
/// With D(h) = (L(θ + h) − L(θ − h)) / 2h, which is off by h²·L‴/6 and by about 1e-16·|L|/h, the numeric derivative is
/// (4·D(10h) − D(20h)) / 3 for the `step` h: in it the terms in h² cancel, and rounding is a tenth of that of D(h). A right
/// gradient agrees to about 1e-12·|L| + 1e-9 of the largest of its tensor. Where some z moves over ten times as fast as θ, as beside an
/// input of 1000, h is so much smaller: a step is small when no z moves far. Where a kink (a ReLU that changes sides)
/// lies within ± 20h, it is D(h); where one lies within ± h, the quotient is meaningless, and the element is skipped and
/// counted. In training passes dropout draws, and here always the same masks. `x` is features × batch, of either order. On return
/// parameters and gradients are as before, and the layers show no pass. Parameters that are not trainable are left out.
HINGE_API GradientCheck check_gradients(Network<double>& network, const Loss<double>& loss, MatrixView<const double> x,
                                        const Targets<double>& targets, std::span<const double> weights = {},
                                        const GradientCheckOptions& options = {});

/// The numeric derivative of that check for a single element, which must be a number that the loss depends on: of a parameter
/// of `network`, or of x. Nothing where a kink lies within ± h, or where θ ± h is θ. `pass` says which masks dropout draws. Leaves the network's
/// layers with the last pass, the element as it was.
HINGE_API std::optional<NumericDerivative> numeric_derivative(Network<double>& network, const Loss<double>& loss,
                                                              MatrixView<const double> x,
                                                              const Targets<double>& targets,
                                                              std::span<const double> weights, double& element,
                                                              double step = 1e-5, const Pass& pass = {});

}  // namespace hinge
