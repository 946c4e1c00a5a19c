// Models as PyTorch holds them.
#pragma once

#include <string>

#include <hinge/layers/network.h>

namespace hinge_command {

/// A network as an nn.Sequential of PyTorch.
struct PytorchModule {
  std::string code = {};     ///< the lines of Python that make the module and load its weights from `file`
  std::string weights = {};  ///< its state_dict, the bytes of a safetensors file: `0.weight`, `0.bias`, `2.weight`
};

/// The network alone: inputs must be scaled and outputs transformed by the caller. Throws ModelError for what an nn.Sequential
/// cannot hold, a residual block or a layer that is not Hinge's own.
PytorchModule pytorch_of(const hinge::Network<float>& network, const std::string& file);

}  // namespace hinge_command
