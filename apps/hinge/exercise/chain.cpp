#include "exercise/chain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

namespace hinge_command {

namespace {

constexpr double impossible = std::numeric_limits<double>::quiet_NaN();

struct SlipText {
  std::string_view name;
  std::string_view meaning;
};

// In the order of the enumeration.
constexpr SlipText slip_texts[] = {
    {"none", ""},
    {"transposed", "the weights are transposed: row and column are exchanged"},
    {"no_bias", "the bias is missing"},
    {"no_activation", "φ is missing: a is φ(z), not z"},
    {"no_normalisation", "the exponential is not divided by the sum of all"},
    {"decimal_logarithm", "the logarithm is the decimal one; log is the natural one"},
    {"no_half", "the factor ½ is missing"},
    {"wrong_sign", "the sign is wrong"},
    {"no_mean", "1/batch is missing: L is a mean over the samples"},
    {"mean_twice", "1/batch is there twice: δ has it already"},
    {"no_target", "the target is not subtracted"},
    {"no_slope", "φ′(z) is missing"},
    {"slope_of_output", "φ′ is taken at a instead of z"},
    {"new_weights", "the weights are those after their update, not those before it"},
    {"no_input", "the input x is missing: ∂L/∂w = δ·x"},
    {"output_for_input", "δ is multiplied by the unit's output instead of its input"},
    {"first_sample", "only the first sample is counted"},
    {"no_rate", "the learning rate is missing"},
};

// The formulas of docs/backprop.md, one number at a time, with a slip. What training computes is compared with them in a
// test, for every exercise.
class Formulas {
 public:
  Formulas(const Exercise& exercise, const Givens& givens, const LinkValues& values, std::size_t step, Slip slip)
      : exercise_(exercise), givens_(givens), values_(values), step_(step), slip_(slip) {}

  double value(const Link& link) const {
    const auto& [step, quantity, l, u, i] = link;
    switch (quantity) {
      case Quantity::z:
        return z(l, u, i);
      case Quantity::a:
        return is(Slip::no_activation) ? at(Quantity::z, l, u, i) : phi(l)->value(at(Quantity::z, l, u, i));
      case Quantity::p:
        return probability(u, i);
      case Quantity::sample_loss:
        return signed_value(sample_loss(i));
      case Quantity::loss:
        return mean_loss();
      case Quantity::output_gradient:
        return signed_value(is_last(l) ? error(u, i) : sum_from_above(l, u, i));
      case Quantity::delta:
        return signed_value(exercise_.has_phi(l) ? delta(l, u, i) : error(u, i));
      case Quantity::weight_gradient:
      case Quantity::bias_gradient:
        return signed_value(gradient(link));
      case Quantity::new_weight:
        return updated(weight(l, u, i), at(Quantity::weight_gradient, l, u, i));
      case Quantity::new_bias:
        return updated(bias(l, u), at(Quantity::bias_gradient, l, u, 0));
    }
    return impossible;
  }

 private:
  bool is(Slip slip) const { return slip_ == slip; }
  double signed_value(double value) const { return is(Slip::wrong_sign) ? -value : value; }
  std::size_t samples() const { return exercise_.samples; }
  double mean_factor() const { return 1 / static_cast<double>(samples()); }
  bool is_last(std::size_t l) const { return l + 1 == exercise_.layers.size(); }
  std::unique_ptr<hinge::Activation<double>> phi(std::size_t l) const {
    return exercise_.layers[l].activation->build<double>();
  }

  double at(Quantity quantity, std::size_t l, std::size_t u, std::size_t i) const {
    return values_.at({step_, quantity, l, u, i});
  }
  // A parameter before the update of this step.
  double weight(std::size_t l, std::size_t u, std::size_t j) const {
    return step_ == 0 ? givens_.w[l](u, j) : values_.at({step_ - 1, Quantity::new_weight, l, u, j});
  }
  double bias(std::size_t l, std::size_t u) const {
    const bool is_given = step_ == 0 || !exercise_.trains_biases || !exercise_.layers[l].bias;
    return is_given ? givens_.b[l](u, 0) : values_.at({step_ - 1, Quantity::new_bias, l, u, 0});
  }
  double output(std::size_t l, std::size_t u, std::size_t i) const {
    return at(exercise_.has_phi(l) ? Quantity::a : Quantity::z, l, u, i);
  }
  double input(std::size_t l, std::size_t j, std::size_t i) const {
    return l == 0 ? givens_.x(j, i) : output(l - 1, j, i);
  }

  double z(std::size_t l, std::size_t u, std::size_t i) const {
    const std::size_t inputs = exercise_.inputs_of(l);
    if (is(Slip::transposed) && inputs != exercise_.layers[l].units) return impossible;
    double sum = is(Slip::no_bias) ? 0 : bias(l, u);
    for (std::size_t j = 0; j < inputs; ++j)
      sum += (is(Slip::transposed) ? weight(l, j, u) : weight(l, u, j)) * input(l, j, i);
    return sum;
  }

  double probability(std::size_t k, std::size_t i) const {
    const std::size_t l = exercise_.layers.size() - 1;
    double total = 0;
    for (std::size_t j = 0; j < exercise_.outputs(); ++j) total += std::exp(output(l, j, i));
    return std::exp(output(l, k, i)) / (is(Slip::no_normalisation) ? 1 : total);
  }

  // p, or a where there is no softmax.
  double prediction(std::size_t k, std::size_t i) const {
    const std::size_t l = exercise_.layers.size() - 1;
    return exercise_.is_softmax ? at(Quantity::p, l, k, i) : output(l, k, i);
  }

  double sample_loss(std::size_t i) const {
    if (is(exercise_.is_softmax ? Slip::no_half : Slip::decimal_logarithm)) return impossible;
    double sum = 0;
    for (std::size_t k = 0; k < exercise_.outputs(); ++k) {
      const double y = givens_.y(k, i);
      const double o = prediction(k, i);
      if (!exercise_.is_softmax) {
        sum += (is(Slip::no_half) ? 1 : 0.5) * (o - y) * (o - y);
      } else if (y > 0) {
        sum -= is(Slip::decimal_logarithm) ? std::log10(o) : std::log(o);
      }
    }
    return sum;
  }

  double mean_loss() const {
    double sum = 0;
    for (std::size_t i = 0; i < samples(); ++i) sum += at(Quantity::sample_loss, 0, 0, i);
    return is(Slip::no_mean) ? sum : sum * mean_factor();
  }

  // ∂L/∂output, for both losses.
  double error(std::size_t k, std::size_t i) const {
    if (is(Slip::no_slope) || is(Slip::slope_of_output) || is(Slip::transposed) || is(Slip::new_weights))
      return impossible;
    return (prediction(k, i) - (is(Slip::no_target) ? 0 : givens_.y(k, i))) * (is(Slip::no_mean) ? 1 : mean_factor());
  }

  // ∂L/∂a of a hidden unit: Σ over the units k that read it.
  double sum_from_above(std::size_t l, std::size_t u, std::size_t i) const {
    const std::size_t next = exercise_.layers[l + 1].units;
    const bool is_updated = exercise_.last == StepSection::update || step_ + 1 < exercise_.steps;
    if (is(Slip::no_target) || is(Slip::no_mean)) return impossible;
    if (is(Slip::transposed) && next != exercise_.layers[l].units) return impossible;
    if (is(Slip::new_weights) && !is_updated) return impossible;
    double sum = 0;
    for (std::size_t k = 0; k < next; ++k) {
      const double w = is(Slip::new_weights)  ? at(Quantity::new_weight, l + 1, k, u)
                       : is(Slip::transposed) ? weight(l + 1, u, k)
                                              : weight(l + 1, k, u);
      sum += w * at(Quantity::delta, l + 1, k, i);
    }
    return sum;
  }

  double delta(std::size_t l, std::size_t u, std::size_t i) const {
    if (is(Slip::no_target) || is(Slip::no_mean)) return impossible;
    const double upstream = at(Quantity::output_gradient, l, u, i);
    if (is(Slip::no_slope)) return upstream;
    return upstream * phi(l)->derivative(at(is(Slip::slope_of_output) ? Quantity::a : Quantity::z, l, u, i));
  }

  double gradient(const Link& link) const {
    const auto& [step, quantity, l, u, j] = link;
    const bool is_weight = quantity == Quantity::weight_gradient;
    double sum = 0;
    for (std::size_t i = 0; i < (is(Slip::first_sample) ? 1 : samples()); ++i) {
      const double x = !is_weight || is(Slip::no_input) ? 1
                       : is(Slip::output_for_input)     ? output(l, u, i)
                                                        : input(l, j, i);
      sum += at(Quantity::delta, l, u, i) * x;
    }
    return is(Slip::mean_twice) ? sum * mean_factor() : sum;
  }

  double updated(double parameter, double gradient) const {
    const double step = (is(Slip::no_rate) ? 1 : givens_.learning_rate) * gradient;
    return is(Slip::wrong_sign) ? parameter + step : parameter - step;
  }

  const Exercise& exercise_;
  const Givens& givens_;
  const LinkValues& values_;
  std::size_t step_;
  Slip slip_;
};

}  // namespace

std::string_view meaning_of(Slip slip) { return slip_texts[static_cast<std::size_t>(slip)].meaning; }
std::string_view name_of(Slip slip) { return slip_texts[static_cast<std::size_t>(slip)].name; }

std::vector<StepSection> sections_of(const Exercise& exercise, std::size_t step) {
  std::vector<StepSection> sections;
  for (const StepSection section :
       {StepSection::forward, StepSection::loss, StepSection::backward, StepSection::update}) {
    if (step + 1 < exercise.steps || section <= exercise.last) sections.push_back(section);
  }
  return sections;
}

std::vector<Link> links_of(const Exercise& exercise, std::size_t step, StepSection section) {
  std::vector<Link> links;
  const std::size_t layers = exercise.layers.size();
  const auto add_samples = [&](std::size_t l, Quantity quantity) {
    for (std::size_t i = 0; i < exercise.samples; ++i) {
      for (std::size_t u = 0; u < exercise.layers[l].units; ++u) links.push_back({step, quantity, l, u, i});
    }
  };
  const auto add_parameters = [&](std::size_t l, Quantity weight, Quantity bias) {
    for (std::size_t u = 0; u < exercise.layers[l].units; ++u) {
      for (std::size_t j = 0; j < exercise.inputs_of(l); ++j) links.push_back({step, weight, l, u, j});
      if (exercise.layers[l].bias && exercise.trains_biases) links.push_back({step, bias, l, u, 0});
    }
  };
  if (section == StepSection::loss) {
    if (exercise.is_softmax) add_samples(layers - 1, Quantity::p);
    for (std::size_t i = 0; i < exercise.samples; ++i) links.push_back({step, Quantity::sample_loss, 0, 0, i});
    if (exercise.samples > 1) links.push_back({step, Quantity::loss});
    return links;
  }
  for (std::size_t n = 0; n < layers; ++n) {
    const std::size_t l = section == StepSection::backward ? layers - 1 - n : n;
    if (section == StepSection::forward) {
      add_samples(l, Quantity::z);
      if (exercise.has_phi(l)) add_samples(l, Quantity::a);
    } else if (section == StepSection::backward) {
      if (exercise.has_phi(l)) add_samples(l, Quantity::output_gradient);
      add_samples(l, Quantity::delta);
      add_parameters(l, Quantity::weight_gradient, Quantity::bias_gradient);
    } else {
      add_parameters(l, Quantity::new_weight, Quantity::new_bias);
    }
  }
  return links;
}

std::vector<Link> links_of(const Exercise& exercise) {
  std::vector<Link> links;
  for (std::size_t step = 0; step < exercise.steps; ++step) {
    for (const StepSection section : sections_of(exercise, step)) {
      for (const Link& link : links_of(exercise, step, section)) links.push_back(link);
    }
  }
  return links;
}

std::vector<Slip> slips_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::z:
      return {Slip::no_bias, Slip::transposed};
    case Quantity::a:
      return {Slip::no_activation};
    case Quantity::p:
      return {Slip::no_normalisation};
    case Quantity::sample_loss:
      return {Slip::wrong_sign, Slip::no_half, Slip::decimal_logarithm};
    case Quantity::loss:
      return {Slip::no_mean};
    case Quantity::output_gradient:
      return {Slip::wrong_sign, Slip::no_target, Slip::new_weights, Slip::transposed, Slip::no_mean};
    case Quantity::delta:
      return {Slip::no_slope, Slip::wrong_sign, Slip::slope_of_output, Slip::no_mean, Slip::no_target};
    case Quantity::weight_gradient:
      return {Slip::wrong_sign, Slip::no_input, Slip::output_for_input, Slip::mean_twice, Slip::first_sample};
    case Quantity::bias_gradient:
      return {Slip::wrong_sign, Slip::mean_twice, Slip::first_sample};
    case Quantity::new_weight:
    case Quantity::new_bias:
      return {Slip::wrong_sign, Slip::no_rate};
  }
  return {};
}

std::optional<double> computed(const Exercise& exercise, const Givens& givens, const LinkValues& values,
                               const Link& link, Slip slip) {
  const double value = Formulas(exercise, givens, values, link.step, slip).value(link);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace hinge_command
