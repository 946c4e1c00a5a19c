// The equations of losses and updates, with numbers in them.
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

using hinge::Equation;

/// The equations of an update, by the optimiser's type.
class UpdateFormulas {
 public:
  UpdateFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step, const EquationWriter& writer);

  /// The equations for one element called `name`: clipping and decay of its gradient, the optimiser's state, the new
  /// value.
  std::vector<Equation> update(const hinge::ExplainedParameter& parameter, std::size_t row, std::size_t col,
                               const std::string& name) const;

 private:
  struct Element;

  double option(const char* name) const;
  double memory(const Element& element, const char* slot) const;
  bool is_pulled(const hinge::ExplainedParameter& parameter) const;
  std::string pull(double value) const;
  std::vector<std::string> remembered(const Element& element, std::size_t index) const;
  std::vector<std::string> length(const Element& element) const;
  std::string mean_of(const char* share, double before, const std::string& fresh) const;
  std::vector<std::string> clipped(const Element& element) const;
  std::vector<std::string> moved(const Element& element) const;
  std::string adam_direction(const Element& element) const;
  std::string rms_direction(const Element& element) const;
  std::string divided(const std::string& numerator, double square, const std::string& root) const;

  const ShownExplanation& explanation_;
  const hinge::ExplainedStep& step_;
  const EquationWriter& writer_;
  std::string type_;
  std::map<std::string, double> options_;
};

}  // namespace hinge_command
