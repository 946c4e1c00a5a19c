// An activation that stands alone, as a layer of its own.
#pragma once

#include <hinge/layers/activations/relu.h>
#include <hinge/layers/layer.h>

namespace hinge {

/// Describes a layer that only applies an activation: `ActivationLayer{Tanh{}}`.
struct HINGE_API ActivationLayer {
  static constexpr std::string_view type = "activation";

  ActivationSpec activation = Relu{};

  std::vector<Option> options() { return {{"activation", &activation, {}, "the function applied"}}; }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
