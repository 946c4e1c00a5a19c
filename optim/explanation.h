// Training steps seen from inside: every number of a forward pass, a backward pass and an update, from the code that trains.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/optimizer.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// A layer in one step; a column is a sample. For a layer without activation a = z and slope is 1.
struct ExplainedLayer {
  std::string type = {};         ///< `dense`
  std::string activation = {};   ///< `leaky_relu`, or "" without one
  std::string description = {};  ///< the activation with its options: `leaky_relu(alpha=0.01, derivative_at_zero=1)`
  Matrix<double> input = {};     ///< x
  Matrix<double> z = {};
  Matrix<double> output = {};       ///< a = φ(z)
  Matrix<double> slope = {};        ///< φ′(z)
  Matrix<double> upstream = {};     ///< ∂L/∂a
  Matrix<double> delta = {};        ///< δ = ∂L/∂z
  std::size_t first_parameter = 0;  ///< its parameters are these of the step: weight, bias, what an activation learns
  std::size_t parameters = 0;
};

/// A parameter in one step.
struct ExplainedParameter {
  std::string name = {};  ///< `layers.0.weight`
  bool trainable = true;
  bool decays = true;
  Matrix<double> before = {};
  Matrix<double> gradient = {};  ///< ∂L/∂θ
  Matrix<double> used = {};      ///< the same after clipping, as the optimiser got it
  Matrix<double> after = {};
  std::vector<Matrix<double>> memory_before = {};  ///< what the optimiser remembers: `Explanation::memory_names`
  std::vector<Matrix<double>> memory_after = {};
};

struct ExplainedStep {
  std::size_t number = 0;  ///< from 1
  double learning_rate = 0;
  double loss = 0;                         ///< L before the update
  double loss_after = 0;                   ///< of the same samples, and with the same units dropped
  float loss_in_float = 0;                 ///< L of the same step in single precision; NaN once that has overflowed
  std::vector<double> sample_losses = {};  ///< lᵢ
  std::vector<double> factors = {};        ///< s·wᵢ: what ∂lᵢ/∂o is multiplied by, 1/B for a mean of B samples
  Matrix<double> output = {};              ///< o, of the last layer
  Matrix<float> output_in_float = {};      ///< no longer finite then
  Matrix<double> prediction = {};          ///< the loss's link on o: probabilities, or o itself
  std::vector<ExplainedLayer> layers = {};
  std::vector<ExplainedParameter> parameters = {};
};

/// Trains a copy of a network on the same few samples, step by step, and tells everything that happens.
///
/// Network, loss and optimiser are those of training, in double precision; the same steps are taken in single precision
/// beside. One thread at a time.
class HINGE_API Explanation {
 public:
  /// Throws what Trainer throws, and DataError for a class that the network has no output for.
  Explanation(const Network<double>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
              const StepOptions& options, const Dataset<double>& samples);
  Explanation(const Explanation&) = delete;  // its trainers refer to its networks
  Explanation& operator=(const Explanation&) = delete;
  ~Explanation() = default;

  /// Takes a step, and tells all about it. Throws NonFiniteError as Trainer::step does, where double precision overflows.
  ExplainedStep next();

  /// ∂L/∂θ of one element by differences of L (docs/backprop.md, eq. 14), at the values before the last step; nothing
  /// where a kink lies too near, or the element is so large that no step is small beside it. `parameter` is its index in the step. Throws ShapeError where there is no such element.
  std::optional<NumericDerivative> difference(std::size_t parameter, std::size_t row, std::size_t col);

  const Dataset<double>& samples() const { return samples_; }
  const Loss<double>& loss() const { return *loss_; }
  /// The targets as numbers, outputs × samples: for classes 1 in the row of the class, or the class itself where there is
  /// one output.
  const Matrix<double>& targets() const { return targets_; }
  /// What the optimiser remembers of each parameter: `v`; `m`, `s`.
  std::vector<std::string> memory_names() const;

 private:
  LossSums evaluate(MatrixView<const double> output, double scale, MatrixView<double> dz) const;
  void run_pass(ExplainedStep& step, const Pass& pass);
  void run_update(ExplainedStep& step);
  void run_float_step(ExplainedStep& step);
  ExplainedLayer explain_layer(std::size_t index) const;
  void explain_loss(ExplainedStep& step, double scale) const;

  Dataset<double> samples_;
  Dataset<float> float_samples_;
  Matrix<double> targets_;
  Network<double> network_;
  Network<float> float_network_;
  Network<double> before_;  // the network before the last step
  std::unique_ptr<Loss<double>> loss_;
  std::unique_ptr<Trainer<float>> float_trainer_;
  std::unique_ptr<Trainer<double>> trainer_;
  std::size_t steps_ = 0;
  bool is_float_finite_ = true;
};

}  // namespace hinge
