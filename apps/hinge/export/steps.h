// A model as the elementary operations that other formats have.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/core/preprocessing.h>
#include <hinge/layers/network.h>

namespace hinge_command {

/// One operation on the values of a sample, which takes `inputs` numbers and gives `outputs`.
struct Step {
  enum class Kind {
    dense,       ///< W x + b: `weight` outputs × inputs, row by row, and `bias`, which may be empty
    activation,  ///< `name` with its `options`; of a PReLU `weight` holds the slopes, one or one for each input
    batch_norm,  ///< weight·(x − mean)/√(variance + epsilon) + bias
    layer_norm,  ///< weight·(x − m)/√(v + epsilon) + bias, with mean m and variance v of x
    dropout,     ///< nothing
    begin,       ///< of a residual block: its input is kept
    end          ///< of a residual block: what was kept is added, through the matrix `weight` if there is one
  };

  Kind kind = Kind::dense;
  std::string path = {};  ///< of the layer: `layers.0`
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::string name = {};
  std::map<std::string, double> options =
      {};  ///< alpha, epsilon, momentum, rate; `tanh` is 1 for the second form of GELU
  std::vector<float> weight = {};
  std::vector<float> bias = {};
  std::vector<float> mean = {};
  std::vector<float> variance = {};
};

/// Whether a column of the data is scaled by that method.
bool uses(const hinge::Preprocessing& scaling, hinge::Preprocessing::Method method);

/// The steps of a network in their order; the identity is none. Throws ModelError for a layer or an activation that is not one
/// of Hinge's own.
std::vector<Step> steps_of(const hinge::Network<float>& network);

}  // namespace hinge_command
