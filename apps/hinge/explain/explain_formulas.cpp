#include "explain/explain_formulas.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include <hinge/core/config/options.h>

#include <hinge/optim/run/config.h>

namespace hinge_command {

std::map<std::string, double> numbers_of(hinge::Description& description) {
  std::map<std::string, double> numbers;
  for (const hinge::Option& option : description.options()) {
    if (const auto* number = std::get_if<double*>(&option.place)) numbers[std::string(option.name)] = **number;
    if (const auto* flag = std::get_if<bool*>(&option.place)) numbers[std::string(option.name)] = **flag ? 1 : 0;
  }
  return numbers;
}

LossFormulas::LossFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step,
                           const EquationWriter& writer)
    : explanation_(explanation),
      step_(step),
      writer_(writer),
      type_(explanation.config->loss.type()),
      outputs_(static_cast<double>(step.output.rows())) {
  hinge::LossSpec loss = explanation.config->loss;  // options() returns writable places
  auto numbers = numbers_of(loss.held());
  delta_ = numbers["delta"];
  smoothing_ = numbers["label_smoothing"];
  const auto options = loss.held().options();
  if (const hinge::Option* weights = hinge::find_option(options, "pos_weight")) {
    positive_weights_ = *std::get<std::vector<double>*>(weights->place);
  }
}

double LossFormulas::target(std::size_t output, std::size_t sample) const {
  const double y = explanation_.targets(output, sample);
  if (smoothing_ == 0) return y;
  double sum = 0;
  for (std::size_t k = 0; k < step_.output.rows(); ++k) sum += explanation_.targets(k, sample);
  return (1 - smoothing_) * y + smoothing_ / outputs_ * sum;
}

std::vector<std::string> LossFormulas::prediction(std::size_t output, std::size_t sample, std::size_t max_terms) const {
  const std::string value = writer_.number(step_.prediction(output, sample));
  if (explanation_.output_transform != hinge::OutputTransform::softmax) {
    return {"σ(" + writer_.number(step_.output(output, sample)) + ")", value};
  }
  double largest = step_.output(0, sample);
  for (std::size_t k = 1; k < step_.output.rows(); ++k) largest = std::max(largest, step_.output(k, sample));
  // A common shift of all exponents cancels. It is subtracted only if exp would overflow, or round to 0 for all
  // outputs.
  constexpr double max_exponent = 600;
  const double common = std::abs(largest) > max_exponent ? largest : 0;
  const auto power = [&](std::size_t k) { return "exp(" + writer_.number(step_.output(k, sample) - common) + ")"; };
  Sum sum(max_terms);
  for (std::size_t k = 0; k < step_.output.rows(); ++k) sum.add(power(k));
  return {"softmax(o)_" + std::to_string(output + 1), power(output) + "/(" + sum.text() + ")", value};
}

double LossFormulas::positive_weight(std::size_t output) const {
  if (positive_weights_.empty()) return 1;
  return positive_weights_[positive_weights_.size() == 1 ? 0 : output];
}

// `0.75 − 0.01`
std::string LossFormulas::error(std::size_t output, std::size_t sample) const {
  return writer_.number(step_.output(output, sample)) + " − " + writer_.inner(target(output, sample));
}

std::string LossFormulas::minus_log(double factor, double probability) const {
  return (factor == 1 ? "−" : "−" + writer_.number(factor) + "·") + "log(" + writer_.number(probability) + ")";
}

std::vector<std::string> LossFormulas::terms_of(std::size_t output, std::size_t sample) const {
  const double o = step_.output(output, sample);
  const double y = target(output, sample);
  const double p = step_.prediction(output, sample);
  const auto squared = [&](double factor) {
    return product(writer_.number(factor), "(" + error(output, sample) + ")²");
  };
  const std::string size = "|" + error(output, sample) + "|";
  if (type_ == "mse") return {squared(1 / outputs_)};
  if (type_ == "half_squared_sum" || type_ == "half_squared_mean") return {squared(0.5)};
  if (type_ == "mae") return {outputs_ == 1 ? size : product(writer_.number(1 / outputs_), size)};
  if (type_ == "huber") {
    if (std::abs(o - y) <= delta_) return {squared(0.5 / outputs_)};
    return {product(writer_.number(delta_ / outputs_), "(" + size + " − " + writer_.number(delta_ / 2) + ")")};
  }
  std::vector<std::string> terms;
  if (type_ == "softmax_cross_entropy" && y > 0) terms.push_back(minus_log(y, p));
  if (type_ == "bce_with_logits") {
    // 1 − p, computed without cancellation: for p close to 1 the difference would round to 0.
    const double other = 1 / (1 + std::exp(o));
    if (y > 0) terms.push_back(minus_log(positive_weight(output) * y / outputs_, p));
    if (y < 1) terms.push_back(minus_log((1 - y) / outputs_, other));
  }
  return terms;
}

std::vector<std::string> LossFormulas::sample_loss(std::size_t sample, std::size_t max_terms) const {
  Sum sum(max_terms);
  for (std::size_t k = 0; k < step_.output.rows(); ++k) {
    for (const std::string& term : terms_of(k, sample)) {
      if (term.ends_with("log(0)")) return {};
      sum.add(term);
    }
  }
  if (sum.text().empty()) return {};
  if (type_ == "bce_with_logits" && outputs_ == 1) {
    if (target(0, sample) == 0) return {"−log(1 − p)", sum.text()};
    if (target(0, sample) == 1 && positive_weight(0) == 1) return {"−log(p)", sum.text()};
  }
  return {sum.text()};
}

// factor·(o − y), or factor·(p − y).
std::vector<std::string> LossFormulas::scaled_error(double factor, std::size_t output, std::size_t sample,
                                                    double value) const {
  const bool is_class = explanation_.output_transform != hinge::OutputTransform::identity;
  const std::string from = writer_.number((is_class ? step_.prediction : step_.output)(output, sample));
  const std::string to = writer_.inner(target(output, sample));
  const auto scaled = [&](const std::string& difference) {
    return factor == 1 ? difference : product(writer_.number(factor), "(" + difference + ")");
  };
  std::vector<std::string> sides = {scaled(is_class ? "p − y" : "o − y")};
  if (from != to || value == 0) sides.push_back(scaled(from + " − " + to));  // 1 − 1 is not −1e-12
  sides.push_back(writer_.number(value));
  return sides;
}

std::vector<std::string> LossFormulas::slope(std::size_t output, std::size_t sample) const {
  const double value = step_.layers.back().upstream(output, sample);
  const double factor = step_.factors[sample];
  const double y = target(output, sample);
  const double e = step_.output(output, sample) - y;
  const auto sign = [&](double size) {
    return std::vector<std::string>{product(writer_.number(size), "sign(" + error(output, sample) + ")"),
                                    writer_.number(value)};
  };
  if (type_ == "mse") return scaled_error(2 / outputs_ * factor, output, sample, value);
  if (type_ == "half_squared_sum" || type_ == "half_squared_mean") return scaled_error(factor, output, sample, value);
  if (type_ == "mae") return sign(factor / outputs_);
  if (type_ == "huber" && std::abs(e) > delta_) return sign(factor / outputs_ * delta_);
  if (type_ == "huber") return scaled_error(factor / outputs_, output, sample, value);
  if (type_ == "bce_with_logits") {
    const double q = positive_weight(output);
    if (q == 1 || y == 0) return scaled_error(factor / outputs_, output, sample, value);
    if (y == 1) return scaled_error(q / outputs_ * factor, output, sample, value);
  }
  if (type_ == "softmax_cross_entropy") {
    double sum = 0;
    for (std::size_t k = 0; k < step_.output.rows(); ++k) sum += explanation_.targets(k, sample);
    if (std::abs(sum - 1) <= 1e-12) return scaled_error(factor, output, sample, value);
  }
  return {writer_.number(value)};
}

}  // namespace hinge_command
