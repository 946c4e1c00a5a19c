// The list of layers.
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/residual.h>

namespace hinge {

Registry<Builder<Layer, std::size_t>> standard_layers() {
  Registry<Builder<Layer, std::size_t>> layers;
  layers.add(ActivationLayer{}, BatchNorm{}, Dense{}, Dropout{}, LayerNorm{}, Residual{});
  return layers;
}

}  // namespace hinge
