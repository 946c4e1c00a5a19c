// The penalty on weights that SGD, Adam, RMSprop and Adagrad share.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/optimizers/optimizer.h>

namespace hinge {

/// The penalty of the options weight_decay and l1 on a parameter: none if it does not decay.
template <typename Scalar, typename Options>
kernels::Penalty<Scalar> penalty(const Options& options, bool decays) {
  if (!decays && !options.decay_biases) return {};
  return {static_cast<Scalar>(options.weight_decay), static_cast<Scalar>(options.l1)};
}

/// The gradient of the penalty with numbers, λ₂·p + λ₁·sign(p); "" without a penalty.
template <typename Options>
std::string penalty_text(const Options& options, const ElementUpdate& element, const EquationFormat& format) {
  const auto [l2, l1] = penalty<double>(options, element.decays);
  const double p = element.value.before;
  if (l1 == 0) return l2 == 0 ? "" : format.fill("{}·{}", {l2, p});
  return l2 == 0 ? format.fill("{}·sign({})", {l1, p}) : format.fill("{}·{} + {}·sign({})", {l2, p, l1, p});
}

/// The gradient with that of the penalty; appends the equation of their sum to the list if there is a penalty.
template <typename Options>
double penalised_gradient(const Options& options, const ElementUpdate& element, const EquationFormat& format,
                          std::vector<Equation>& list) {
  const std::string text = penalty_text(options, element, format);
  if (text.empty()) return element.gradient;
  const double p = element.value.before;
  const double sign = p > 0 ? 1 : p < 0 ? -1 : 0;
  const double sum = element.gradient + options.weight_decay * p + options.l1 * sign;
  list.push_back({"g", {format.number(element.gradient) + " + " + text, format.number(sum)}, "with decay"});
  return sum;
}

}  // namespace hinge
