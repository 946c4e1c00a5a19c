// The registry of activations, and their vector loops, compiled once here with the library's flags.
#include <hinge/core/kernels/kernels.h>
#include <hinge/layers/activations/activations.h>

namespace hinge {

template class ElementwiseActivation<Elu, float>;
template class ElementwiseActivation<Elu, double>;
template class ElementwiseActivation<ExactGelu, float>;
template class ElementwiseActivation<ExactGelu, double>;
template class ElementwiseActivation<HardSigmoid, float>;
template class ElementwiseActivation<HardSigmoid, double>;
template class ElementwiseActivation<HardSwish, float>;
template class ElementwiseActivation<HardSwish, double>;
template class ElementwiseActivation<HardTanh, float>;
template class ElementwiseActivation<HardTanh, double>;
template class ElementwiseActivation<Identity, float>;
template class ElementwiseActivation<Identity, double>;
template class ElementwiseActivation<LeakyRelu, float>;
template class ElementwiseActivation<LeakyRelu, double>;
template class ElementwiseActivation<Mish, float>;
template class ElementwiseActivation<Mish, double>;
template class ElementwiseActivation<Relu, float>;
template class ElementwiseActivation<Relu, double>;
template class ElementwiseActivation<Selu, float>;
template class ElementwiseActivation<Selu, double>;
template class ElementwiseActivation<Sigmoid, float>;
template class ElementwiseActivation<Sigmoid, double>;
template class ElementwiseActivation<Silu, float>;
template class ElementwiseActivation<Silu, double>;
template class ElementwiseActivation<Softplus, float>;
template class ElementwiseActivation<Softplus, double>;
template class ElementwiseActivation<Softsign, float>;
template class ElementwiseActivation<Softsign, double>;
template class ElementwiseActivation<Tanh, float>;
template class ElementwiseActivation<Tanh, double>;
template class ElementwiseActivation<TanhGelu, float>;
template class ElementwiseActivation<TanhGelu, double>;

void Relu::values(const float* z, float* a, std::size_t count) const { kernels::of<float>().relu(z, a, count); }
void Relu::values(const double* z, double* a, std::size_t count) const { kernels::of<double>().relu(z, a, count); }
void Relu::chains(const float* z, const float* da, float* dz, std::size_t count) const {
  kernels::of<float>().relu_backward(z, da, dz, count, 0, static_cast<float>(derivative_at_zero));
}
void Relu::chains(const double* z, const double* da, double* dz, std::size_t count) const {
  kernels::of<double>().relu_backward(z, da, dz, count, 0, derivative_at_zero);
}

void LeakyRelu::values(const float* z, float* a, std::size_t count) const {
  kernels::of<float>().leaky_relu(z, a, count, static_cast<float>(alpha));
}
void LeakyRelu::values(const double* z, double* a, std::size_t count) const {
  kernels::of<double>().leaky_relu(z, a, count, alpha);
}
void LeakyRelu::chains(const float* z, const float* da, float* dz, std::size_t count) const {
  kernels::of<float>().relu_backward(z, da, dz, count, static_cast<float>(alpha),
                                     static_cast<float>(derivative_at_zero));
}
void LeakyRelu::chains(const double* z, const double* da, double* dz, std::size_t count) const {
  kernels::of<double>().relu_backward(z, da, dz, count, alpha, derivative_at_zero);
}

void Sigmoid::values(const float* z, float* a, std::size_t count) const { kernels::of<float>().sigmoid(z, a, count); }
void Sigmoid::values(const double* z, double* a, std::size_t count) const {
  kernels::of<double>().sigmoid(z, a, count);
}
void Sigmoid::chains(const float* z, const float* da, float* dz, std::size_t count) const {
  kernels::of<float>().sigmoid_chain(z, da, dz, count);
}
void Sigmoid::chains(const double* z, const double* da, double* dz, std::size_t count) const {
  kernels::of<double>().sigmoid_chain(z, da, dz, count);
}

void Tanh::values(const float* z, float* a, std::size_t count) const { kernels::of<float>().tanh(z, a, count); }
void Tanh::values(const double* z, double* a, std::size_t count) const { kernels::of<double>().tanh(z, a, count); }
void Tanh::chains(const float* z, const float* da, float* dz, std::size_t count) const {
  kernels::of<float>().tanh_chain(z, da, dz, count);
}
void Tanh::chains(const double* z, const double* da, double* dz, std::size_t count) const {
  kernels::of<double>().tanh_chain(z, da, dz, count);
}

Registry<Builder<Activation>> standard_activations() {
  Registry<Builder<Activation>> activations;
  activations.add(Elu{}, Gelu{}, HardSigmoid{}, HardSwish{}, HardTanh{}, Identity{}, LeakyRelu{}, Mish{}, PRelu{},
                  Relu{}, Selu{}, Sigmoid{}, Silu{}, Softplus{}, Softsign{}, Tanh{});
  return activations;
}

}  // namespace hinge
