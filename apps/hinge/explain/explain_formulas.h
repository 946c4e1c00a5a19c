// What losses, updates and dropped units look like with numbers in them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include <hinge/optim/explanation.h>

#include "explain/equation_writer.h"
#include "explain/explain_view.h"

namespace hinge_command {

/// The numbers among the options of a description, by name; true is 1.
std::map<std::string, double> numbers_of(hinge::Description& description);

/// Equations of a loss, by its type.
class LossFormulas {
 public:
  LossFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step, const EquationWriter& writer);

  /// The target of an output as the loss takes it: label smoothing moves those of the sample.
  double target(std::size_t output, std::size_t sample) const;
  /// What p is: σ(o), or the share of exp(o) in the sum over the outputs.
  std::vector<std::string> prediction(std::size_t output, std::size_t sample, std::size_t max_terms) const;
  /// The sum that lᵢ is, its terms in the order of the outputs: with numbers, and before that in letters where it is short.
  /// Nothing where rounding has left no p to take the logarithm of.
  std::vector<std::string> sample_loss(std::size_t sample, std::size_t max_terms) const;
  /// What ∂L/∂o is, for one output and sample.
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

struct Equation {
  std::string left = {};
  std::vector<std::string> sides = {};
  std::string remark = {};
};

/// Equations of an update, by the optimiser's type.
class UpdateFormulas {
 public:
  UpdateFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step, const EquationWriter& writer);

  /// All that happens to one element, which is called `name`: clipping and decay of its gradient, what is remembered, and its
  /// new value.
  std::vector<Equation> update(const hinge::ExplainedParameter& parameter, std::size_t row, std::size_t col,
                               const std::string& name) const;

 private:
  struct Element;

  double option(const char* name) const;
  double memory(const Element& element, const char* slot) const;
  bool is_pulled(const hinge::ExplainedParameter& parameter) const;
  std::string pull(double value) const;
  std::vector<std::string> remembered(const Element& element, const std::string& slot) const;
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
