// Explains training steps: every number of a forward pass, a backward pass and an update, from the code that trains.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/equation.h>
#include <hinge/core/matrix.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/optimizer.h>
#include <hinge/optim/trainer.h>

namespace hinge {

/// A layer in one step; a column is a sample. In a layer without activation a = z and the slope is 1.
struct ExplainedLayer {
  std::string type = {};         ///< `dense`
  std::string description = {};  ///< the activation, if any: `leaky_relu(alpha=0.01, derivative_at_zero=1)`
  Matrix<double> input = {};     ///< x
  Matrix<double> z = {};
  Matrix<double> output = {};       ///< a = φ(z)
  Matrix<double> slope = {};        ///< φ′(z)
  Matrix<double> upstream = {};     ///< ∂L/∂a
  Matrix<double> delta = {};        ///< δ = ∂L/∂z
  std::size_t first_parameter = 0;  ///< index in the step's parameters: weight, bias, then those of the activation
  std::size_t parameters = 0;
};

/// A parameter in one step.
struct ExplainedParameter {
  std::string name = {};    ///< `layers.0.weight`
  std::string symbol = {};  ///< `w`
  bool is_matrix = false;
  bool is_per_unit = false;  ///< whether row u belongs to unit u of the layer; else its units share the parameter
  bool trainable = true;
  bool decays = true;
  Matrix<double> before = {};
  Matrix<double> gradient = {};  ///< ∂L/∂θ
  Matrix<double> used = {};      ///< the gradient after clipping, as the optimiser got it
  Matrix<double> after = {};
  std::vector<Matrix<double>> memory_before = {};  ///< what the optimiser remembers: `Explanation::memory_names`
  std::vector<Matrix<double>> memory_after = {};

  /// An element in equations: `w3`, `b`. The row is named only if the units share several rows.
  HINGE_API std::string element(std::size_t row, std::size_t col) const;
};

struct ExplainedStep {
  std::size_t number = 0;  ///< from 1
  double learning_rate = 0;
  double loss = 0;                         ///< L before the update
  double loss_after = 0;                   ///< L after the update, with the same samples and dropout masks
  float loss_in_float = 0;                 ///< L of the same step in single precision; NaN after an overflow
  std::vector<double> sample_losses = {};  ///< lᵢ
  std::vector<double> factors = {};        ///< s·wᵢ: what ∂lᵢ/∂o is multiplied by, 1/B for a mean of B samples
  Matrix<double> output = {};              ///< o, of the last layer
  Matrix<float> output_in_float = {};      ///< o in single precision; NaN after an overflow
  Matrix<double> prediction = {};          ///< the output transform of o: probabilities, or o itself
  std::vector<ExplainedLayer> layers = {};
  std::vector<ExplainedParameter> parameters = {};
};

/// Trains a copy of a network on the same few samples, step by step, and records every number.
///
/// Network, loss and optimiser are the ones that train, in double precision. The same steps also run in single
/// precision. One thread at a time.
class HINGE_API Explanation {
 public:
  /// Throws what Trainer throws, and DataError for a class without an output in the network.
  Explanation(const Network<double>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
              const StepOptions& options, const Dataset<double>& samples);
  Explanation(const Explanation&) = delete;  // its trainers refer to its networks
  Explanation& operator=(const Explanation&) = delete;
  ~Explanation() = default;

  /// Takes a step and returns its numbers. Throws NonFiniteError like Trainer::step.
  ExplainedStep next();

  /// ∂L/∂θ of one element as a difference quotient of L (docs/backprop.md, eq. 14), at the values before the last step.
  /// Nothing if a kink is too near, or if the element is so large that a small step is lost by rounding. `parameter` is
  /// the index in the step's parameters. Throws ShapeError if there is no such element.
  std::optional<NumericDerivative> difference(std::size_t parameter, std::size_t row, std::size_t col);

  /// The network before the update of the last step. Its layers show the state and the equations of that step's pass.
  const Network<double>& network() const { return before_; }
  /// The equations of the update of one element, which is called `name`: clipping of its gradient, then those of the
  /// optimiser. `step` is one that `next` returned.
  std::vector<Equation> update_equations(const ExplainedStep& step, std::size_t parameter, std::size_t row,
                                         std::size_t col, const std::string& name, const EquationFormat& format) const;

  const Dataset<double>& samples() const { return samples_; }
  const Loss<double>& loss() const { return *loss_; }
  /// The targets as numbers, outputs × samples: one-hot for classes, or the class itself if there is one output.
  const Matrix<double>& targets() const { return targets_; }
  /// Sample i of a step in the equations of the loss.
  LossSample loss_sample(const ExplainedStep& step, std::size_t i) const;
  /// What the optimiser remembers of each parameter: `v`; `m`, `s`.
  std::vector<std::string> memory_names() const { return trainer_->optimizer().state_names(); }

 private:
  LossSums evaluate(MatrixView<const double> output, double scale, MatrixView<double> dz) const;
  void run_pass(ExplainedStep& step, const Pass& pass);
  void run_update(ExplainedStep& step);
  void run_float_step(ExplainedStep& step);
  ExplainedLayer explain_layer(std::size_t index) const;
  void explain_loss(ExplainedStep& step, double scale) const;

  double clip_value_;
  Dataset<double> samples_;
  Dataset<float> float_samples_;
  Matrix<double> targets_;
  Network<double> network_;
  Network<float> float_network_;
  Network<double> before_;  // the network before the last step, and its pass
  Network<double> nudged_;  // a copy of it, for the differences
  Matrix<double> dz_;       // ∂L/∂o, which the last layer of `before_` refers to
  std::unique_ptr<Loss<double>> loss_;
  std::unique_ptr<Trainer<float>> float_trainer_;
  std::unique_ptr<Trainer<double>> trainer_;
  std::size_t steps_ = 0;
  bool is_float_finite_ = true;
};

}  // namespace hinge
