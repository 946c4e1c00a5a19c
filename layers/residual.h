// The residual block: what its layers compute is added to its input.
#pragma once

#include <hinge/layers/layer.h>

namespace hinge {

/// Describes a residual block: `Residual{{Dense{64, Relu{}}, Dense{64}}}`. [He, Zhang, Ren & Sun, CVPR 2016]
///
/// y = x + f(x), with f the layers in a row and x inputs × batch. If f has another number of outputs,
/// y = P x + f(x) with a learned projection P, outputs × inputs, that starts like the weights of a dense layer
/// (docs/backprop.md, eq. 22). Backward, with dy = ∂L/∂y and ∂f/∂xᵀ dy what the layers give back:
///   dx = dy + ∂f/∂xᵀ dy, with P dx = Pᵀ dy + ∂f/∂xᵀ dy   (eq. 23)    ∂L/∂P = dy xᵀ   (eq. 24)
/// No activation follows the sum. Blocks may be nested.
struct HINGE_API Residual {
  static constexpr std::string_view type = "residual";

  SpecList<Builder<Layer, std::size_t>> layers;

  std::vector<Option> options() {
    return {
        {"layers",
         &layers,
         {},
         "the layers inside, from the input to the output; with another number of outputs than inputs, the input is "
         "added through a learned matrix",
         true}};
  }
  std::vector<OptionError> errors() const {
    if (!layers.specs().empty()) return {};
    return {{"layers", "is an empty list; a block needs at least one layer"}};
  }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
