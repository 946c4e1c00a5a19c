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

// One element of a parameter.
struct UpdateFormulas::Element {
  const hinge::ExplainedParameter& parameter;
  std::size_t row;
  std::size_t col;
  double gradient;  // clipped, and with decay

  double before() const { return parameter.before(row, col); }
};

UpdateFormulas::UpdateFormulas(const ShownExplanation& explanation, const hinge::ExplainedStep& step,
                               const EquationWriter& writer)
    : explanation_(explanation), step_(step), writer_(writer), type_(explanation.config->optimizer.type()) {
  hinge::OptimizerSpec optimizer = explanation.config->optimizer;
  options_ = numbers_of(optimizer.held());
}

double UpdateFormulas::option(const char* name) const {
  const auto found = options_.find(name);
  return found == options_.end() ? 0 : found->second;
}

// The optimiser's state of that name after the step.
double UpdateFormulas::memory(const Element& element, const char* slot) const {
  const auto& names = explanation_.memory_names;
  const auto index = static_cast<std::size_t>(std::find(names.begin(), names.end(), slot) - names.begin());
  return element.parameter.memory_after.at(index)(element.row, element.col);
}

bool UpdateFormulas::is_pulled(const hinge::ExplainedParameter& parameter) const {
  return (option("weight_decay") > 0 || option("l1") > 0) && (parameter.decays || option("decay_biases") > 0);
}

// ` + λ₂·p + λ₁·sign(p)`
std::string UpdateFormulas::pull(double value) const {
  std::string text;
  if (option("weight_decay") > 0) text += " + " + product(writer_.number(option("weight_decay")), writer_.inner(value));
  if (option("l1") > 0) text += " + " + product(writer_.number(option("l1")), "sign(" + writer_.number(value) + ")");
  return text;
}

// share·before + (1 − share)·fresh
std::string UpdateFormulas::mean_of(const char* share, double before, const std::string& fresh) const {
  return product(writer_.number(option(share)), writer_.inner(before)) + " + " +
         product(writer_.number(1 - option(share)), fresh);
}

// Rprop's step length: it grows while the gradient keeps its sign and shrinks when the sign changes.
std::vector<std::string> UpdateFormulas::length(const Element& element) const {
  const double last = element.parameter.memory_before[0](element.row, element.col);
  const double before = element.parameter.memory_before[1](element.row, element.col);
  const double start = before == 0 ? step_.learning_rate : before;
  if (last * element.gradient == 0) return {writer_.number(start)};
  const bool is_same = last * element.gradient > 0;
  const std::string moved = product(writer_.number(start), writer_.number(option(is_same ? "increase" : "decrease")));
  return {is_same ? "min(" + moved + ", " + writer_.number(option("largest_step")) + ")"
                  : "max(" + moved + ", " + writer_.number(option("smallest_step")) + ")"};
}

std::vector<std::string> UpdateFormulas::remembered(const Element& element, std::size_t index) const {
  const std::string& slot = explanation_.memory_names[index];
  const double before = element.parameter.memory_before[index](element.row, element.col);
  const std::string g = writer_.inner(element.gradient);
  if (type_ == "rprop") return slot == "length" ? length(element) : std::vector<std::string>{};
  if (slot == "m") return {mean_of("beta1", before, g)};
  if (slot == "mean g") return {mean_of("alpha", before, g)};
  if (slot == "largest s") {
    return {"max(" + writer_.number(before) + ", " + writer_.number(memory(element, "s")) + ")"};
  }
  if (slot == "s" && type_ == "adagrad") return {writer_.number(before) + " + " + g + "²"};
  if (slot == "s") return {mean_of(type_ == "rmsprop" ? "alpha" : "beta2", before, g + "²")};
  if (slot != "v") return {};
  std::string fresh = g;
  if (type_ == "rmsprop") {
    fresh = rms_direction(element);
    if (fresh.empty()) return {};
  } else if (step_.number > 1 && option("dampening") > 0) {
    fresh = product(writer_.number(1 - option("dampening")), g);
  }
  return {product(writer_.number(option("momentum")), writer_.inner(before)) + " + " + fresh};
}

// numerator/(√square + ε); "" where that would divide by 0.
std::string UpdateFormulas::divided(const std::string& numerator, double square, const std::string& root) const {
  if (!(square > 0 || option("epsilon") > 0)) return "";
  return numerator + "/(√" + root + " + " + writer_.number(option("epsilon")) + ")";
}

// g/(√s + ε), centered g/(√(s − ḡ²) + ε).
std::string UpdateFormulas::rms_direction(const Element& element) const {
  const std::string g = writer_.inner(element.gradient);
  const double s = memory(element, "s");
  if (option("centered") == 0) return divided(g, s, writer_.number(s));
  const double mean = memory(element, "mean g");
  return divided(g, s - mean * mean, "(" + writer_.number(s) + " − " + writer_.inner(mean) + "²)");
}

// m̂/(√ŝ + ε)
std::string UpdateFormulas::adam_direction(const Element& element) const {
  const double k = static_cast<double>(step_.number);
  const double mean = memory(element, "m") / (1 - std::pow(option("beta1"), k));
  const char* const slot = option("amsgrad") > 0 ? "largest s" : "s";
  const double square = memory(element, slot) / (1 - std::pow(option("beta2"), k));
  return divided(writer_.inner(mean), square, writer_.number(square));
}

// The new value by the optimiser's rule; nothing for an unknown optimiser.
std::vector<std::string> UpdateFormulas::moved(const Element& element) const {
  const std::string before = writer_.number(element.before());
  const std::string rate = writer_.number(step_.learning_rate);
  const std::string g = writer_.inner(element.gradient);
  std::string direction;
  if (type_ == "sgd") {
    direction = option("momentum") == 0 ? g : writer_.inner(memory(element, "v"));
    if (option("nesterov") > 0) {
      direction =
          "(" + writer_.number(element.gradient) + " + " + product(writer_.number(option("momentum")), direction) + ")";
    }
  } else if (type_ == "adam" || type_ == "adamw") {
    direction = adam_direction(element);
  } else if (type_ == "adagrad") {
    const double square = option("initial_accumulator") + memory(element, "s");
    direction = divided(g, square, writer_.number(square));
  } else if (type_ == "rmsprop" && option("momentum") > 0) {
    direction = writer_.inner(memory(element, "v"));
  } else if (type_ == "rmsprop") {
    direction = rms_direction(element);
  } else if (type_ == "rprop") {
    return {
        before + " − " +
        product("sign(" + writer_.number(memory(element, "last g")) + ")", writer_.number(memory(element, "length")))};
  }
  if (direction.empty()) return {};
  if (type_ != "adamw" || !is_pulled(element.parameter)) return {before + " − " + product(rate, direction)};
  const std::string decay = pull(element.before()).substr(3);  // without its first plus
  return {before + " − " + product(rate, "(" + decay + ")") + " − " + product(rate, direction)};
}

// In the trainer's order: clip_value limits each element, then clip_norm scales all elements by one factor. The factor
// is recovered from the clipped gradient, since the norm of all parameters is not shown here.
std::vector<std::string> UpdateFormulas::clipped(const Element& element) const {
  const double limit = explanation_.config->train.clip_value;
  double gradient = element.parameter.gradient(element.row, element.col);
  std::string text = writer_.number(gradient);
  if (limit > 0 && std::abs(gradient) > limit) {
    text = (gradient < 0 ? "max(−" : "min(") + writer_.number(limit) + ", " + text + ")";
    gradient = std::copysign(limit, gradient);
  }
  if (element.gradient != gradient) {
    text = product(writer_.number(element.gradient / gradient), text.starts_with("−") ? "(" + text + ")" : text);
  }
  return {text, writer_.number(element.gradient)};
}

std::vector<Equation> UpdateFormulas::update(const hinge::ExplainedParameter& parameter, std::size_t row,
                                             std::size_t col, const std::string& name) const {
  const double before = parameter.before(row, col);
  const std::string after = writer_.number(parameter.after(row, col));
  if (!parameter.trainable) return {{name, {after}, "not trained"}};
  if (std::all_of(step_.factors.begin(), step_.factors.end(), [](double factor) { return factor == 0; })) {
    return {{name, {after}, "no step: the samples weigh nothing"}};
  }
  std::vector<Equation> equations;
  Element element{parameter, row, col, parameter.used(row, col)};
  if (element.gradient != parameter.gradient(row, col)) {
    equations.push_back({"g", clipped(element), "∂L/∂" + name + " after clipping"});
  }
  if (type_ != "adamw" && is_pulled(parameter)) {
    const double sign = before > 0 ? 1 : before < 0 ? -1 : 0;
    const std::string sum = writer_.number(element.gradient) + pull(before);
    element.gradient += option("weight_decay") * before + option("l1") * sign;
    equations.push_back({"g", {sum, writer_.number(element.gradient)}, "with decay"});
  }
  for (std::size_t i = 0; i < explanation_.memory_names.size(); ++i) {
    Equation equation{explanation_.memory_names[i], remembered(element, i)};
    if (equation.sides.empty()) equation.remark = "was " + writer_.number(parameter.memory_before[i](row, col));
    equation.sides.push_back(writer_.number(parameter.memory_after[i](row, col)));
    equations.push_back(std::move(equation));
  }
  Equation equation{name, moved(element)};
  if (equation.sides.empty()) equation.remark = "was " + writer_.number(before);
  equation.sides.push_back(after);
  equations.push_back(std::move(equation));
  return equations;
}

}  // namespace hinge_command
