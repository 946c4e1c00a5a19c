// The activations' vector loops are compiled here, once, with the library's own flags; and their registry.
#include <hinge/layers/activations.h>

namespace hinge::inline HINGE_ABI {

template class ElementwiseActivation<Identity, float>;
template class ElementwiseActivation<Identity, double>;
template class ElementwiseActivation<LeakyRelu, float>;
template class ElementwiseActivation<LeakyRelu, double>;
template class ElementwiseActivation<Relu, float>;
template class ElementwiseActivation<Relu, double>;
template class ElementwiseActivation<Sigmoid, float>;
template class ElementwiseActivation<Sigmoid, double>;
template class ElementwiseActivation<Silu, float>;
template class ElementwiseActivation<Silu, double>;
template class ElementwiseActivation<Tanh, float>;
template class ElementwiseActivation<Tanh, double>;

Registry<Builder<Activation>> standard_activations() {
  Registry<Builder<Activation>> activations;
  activations.add(Identity{});
  activations.add(LeakyRelu{});
  activations.add(Relu{});
  activations.add(Sigmoid{});
  activations.add(Silu{});
  activations.add(Tanh{});
  return activations;
}

}  // namespace hinge::inline HINGE_ABI
