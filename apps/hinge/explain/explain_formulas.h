// The equations of losses, with numbers in them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <hinge/optim/explanation.h>

#include "explain/equation_writer.h"
#include "explain/explain_view.h"

namespace hinge_command {

/// The numeric options of a description, by name; true is 1.
std::map<std::string, double> numbers_of(hinge::Description& description);

/// The equations of a loss, by its type.
class LossFormulas {
 public:
  LossFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step, const EquationWriter& writer);

  /// The target of an output, after label smoothing.
  double target(std::size_t output, std::size_t sample) const;
  /// The sides of the equation for p: σ(o), or exp(o) divided by its sum over the outputs.
  std::vector<std::string> prediction(std::size_t output, std::size_t sample, std::size_t max_terms) const;
  /// The sides of the equation for lᵢ: the sum over the outputs, with numbers, and before that in letters if it is
  /// short. Nothing if p has rounded to 0, which has no logarithm.
  std::vector<std::string> sample_loss(std::size_t sample, std::size_t max_terms) const;
  /// The sides of the equation for ∂L/∂o of one output and sample.
  std::vector<std::string> slope(std::size_t output, std::size_t sample) const;

 private:
  double positive_weight(std::size_t output) const;
  std::string error(std::size_t output, std::size_t sample) const;
  std::vector<std::string> terms_of(std::size_t output, std::size_t sample) const;
  std::string minus_log(double factor, double probability) const;
  std::vector<std::string> scaled_error(double factor, std::size_t output, std::size_t sample, double value) const;

  const ShownExplanation& explanation_;
  const hinge::ExplainedStep& step_;
  const EquationWriter& writer_;
  std::string type_;
  double outputs_;
  double delta_ = 0;      // of huber
  double smoothing_ = 0;  // of softmax_cross_entropy
  std::vector<double> positive_weights_ = {};
};

}  // namespace hinge_command
