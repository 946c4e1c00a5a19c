// What a layer learns: its parameters, as views into the two buffers of the network.
#pragma once

#include <string>

#include <hinge/core/matrix.h>
#include <hinge/layers/initializer.h>

namespace hinge::inline HINGE_ABI {

/// What a layer asks its network for: a rows × cols parameter, how it starts, and how it is treated.
struct ParameterDeclaration {
  std::string name = {};  ///< `weight`, `bias`
  std::size_t rows = 0;
  std::size_t cols = 0;
  Fans fans = {};
  InitializerSpec start = Zeros{};
  bool trainable = true;
  bool decays = true;  ///< whether weight decay shrinks it: weights yes, biases no
};

/// One parameter of a network. All values lie in one buffer and all gradients in another, in the order of the layers,
/// so that an optimiser, a norm or a checkpoint is one pass over memory.
template <typename Scalar>
struct Parameter {
  std::string name = {};             ///< `layers.0.weight`
  MatrixView<Scalar> value = {};     ///< out × in for a weight, out × 1 for a bias; column-major (out-contiguous)
  MatrixView<Scalar> gradient = {};  ///< ∂L/∂value, same shape and order; the backward pass adds to it
  bool trainable = true;
  bool decays = true;
};

}  // namespace hinge::inline HINGE_ABI
