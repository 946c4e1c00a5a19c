// The exercises of `hinge exercise`: small networks, and numbers for each seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/matrix.h>
#include <hinge/layers/activation.h>
#include <hinge/layers/activations/identity.h>

namespace hinge_command {

/// A section of a training step, in the order of a sheet.
enum class StepSection { forward, loss, backward, update };

struct ExerciseLayer {
  std::size_t units;
  hinge::ActivationSpec activation;
  bool bias = true;
};

/// What a sheet asks for: a dense network, and some steps of gradient descent on all samples as one batch.
struct Exercise {
  std::string_view name = {};
  std::string_view meaning = {};
  std::size_t inputs = 1;
  std::vector<ExerciseLayer> layers = {};
  std::size_t samples = 1;
  bool is_softmax = false;  ///< softmax and cross-entropy; else half the squared error. Both are means over the samples
  bool trains_biases = true;
  std::size_t steps = 1;
  StepSection last = StepSection::backward;  ///< the last section of the last step
  bool kills = false;                        ///< whether the first step must kill the unit; the numbers are chosen so

  std::size_t inputs_of(std::size_t layer) const { return layer == 0 ? inputs : layers[layer - 1].units; }
  std::size_t outputs() const { return layers.back().units; }
  bool has_phi(std::size_t layer) const { return layers[layer].activation.type() != hinge::Identity::type; }
};

const std::vector<Exercise>& exercises();
/// Throws ConfigError for an unknown name, and suggests the nearest.
const Exercise& exercise_named(const std::string& name);

/// The numbers of one sheet, with at most two digits each.
struct Givens {
  hinge::Matrix<double> x;                    ///< inputs × samples
  hinge::Matrix<double> y;                    ///< outputs × samples; a class is a 1 at its output
  std::vector<hinge::Matrix<double>> w = {};  ///< of each layer: units × inputs
  std::vector<hinge::Matrix<double>> b = {};  ///< units × 1; 0 without bias
  double learning_rate = 0;
};

/// The numbers of a seed. They are good to work with: no answer is close to 0, but for those of a dead unit, or large, and no
/// classic slip comes out right. The same on every machine.
Givens givens_of(const Exercise& exercise, std::uint64_t seed);

}  // namespace hinge_command
