// The step of Adam and AdamW.
#include <hinge/optim/optimizers/adam.h>

#include <algorithm>
#include <cmath>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/math.h>
#include <hinge/optim/optimizers/penalty.h>

namespace hinge {

namespace {

// The options that Adam and AdamW share.
template <typename T>
std::vector<Option> adam_options(T& adam, std::string_view decay_meaning) {
  return {
      {"learning_rate", &adam.learning_rate, Range::above(0), "about how far every parameter moves in a step"},
      {"beta1", &adam.beta1, Range::from_below(0, 1), "how much of the mean of gradients is kept in a step"},
      {"beta2", &adam.beta2, Range::from_below(0, 1), "how much of the mean of squared gradients is kept in a step"},
      {"epsilon", &adam.epsilon, Range::at_least(0), "keeps the step finite where gradients vanish"},
      {"amsgrad", &adam.amsgrad, {}, "whether the largest mean of squares so far divides, not the present one"},
      {"weight_decay", &adam.weight_decay, Range::at_least(0), decay_meaning},
      {"l1", &adam.l1, Range::at_least(0), l1_meaning},
      {"decay_biases", &adam.decay_biases, {}, decay_biases_meaning},
  };
}

// Adam and AdamW, which differ in where the decay goes.
template <typename Scalar, typename T>
class AdamOptimizer final : public Optimizer<Scalar> {
 public:
  explicit AdamOptimizer(const T& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> state_names() const override {
    return options_.amsgrad ? std::vector<std::string>{"m", "s", "largest s"} : std::vector<std::string>{"m", "s"};
  }

  std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                  const EquationFormat& format) const override {
    const double beta1 = options_.beta1;
    const double beta2 = options_.beta2;
    const auto& state = element.state;
    std::vector<Equation> list;
    const double g = decoupled ? element.gradient : penalised_gradient(options_, element, format, list);
    list.push_back(
        this->equation("m", format.fill("{}·{} + {}·{}", {beta1, state[0].before, 1 - beta1, g}), state[0], format));
    list.push_back(
        this->equation("s", format.fill("{}·{} + {}·{}²", {beta2, state[1].before, 1 - beta2, g}), state[1], format));
    if (options_.amsgrad) {
      list.push_back(
          this->equation("largest s", format.fill("max({}, {})", {state[2].before, state[1].after}), state[2], format));
    }
    list.push_back(this->equation(name, moved(element, format), element.value, format));
    return list;
  }

 protected:
  std::size_t state_count() const override { return options_.amsgrad ? 3 : 2; }

  void begin_step() override {
    const double mean_correction = 1 - math::power(options_.beta1, this->steps());
    const double root_correction = std::sqrt(1 - math::power(options_.beta2, this->steps()));
    step_ = {.beta1 = static_cast<Scalar>(options_.beta1),
             .new1 = static_cast<Scalar>(1 - options_.beta1),
             .beta2 = static_cast<Scalar>(options_.beta2),
             .new2 = static_cast<Scalar>(1 - options_.beta2),
             .penalty = {},
             .rate = static_cast<Scalar>(this->learning_rate()),
             .mean_rate = static_cast<Scalar>(this->learning_rate() / mean_correction),
             .root_correction = static_cast<Scalar>(root_correction),
             .epsilon = static_cast<Scalar>(options_.epsilon),
             .penalty_apart = {}};
  }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
    (decoupled ? step_.penalty_apart : step_.penalty) = penalty<Scalar>(options_, decays);
    Scalar* const mean = this->state(0, index).data();
    Scalar* const squares = this->state(1, index).data();
    Scalar* const largest = options_.amsgrad ? this->state(2, index).data() : nullptr;
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      const std::size_t count = end - begin;
      kernel.remember_moments(step_, gradient.data() + begin, value.data() + begin, mean + begin, squares + begin,
                              count);
      const Scalar* divisor = squares;
      if (largest != nullptr) {
        for (std::size_t i = begin; i < end; ++i) largest[i] = std::max(largest[i], squares[i]);
        divisor = largest;
      }
      kernel.move_by_moments(step_, mean + begin, divisor + begin, value.data() + begin, count);
    });
  }

 private:
  static constexpr bool decoupled = T::type == AdamW::type;

  // p − learning_rate·m̂/(√ŝ + ε); "" where that would divide by 0.
  std::string moved(const ElementUpdate& element, const EquationFormat& format) const {
    const double mean = element.state[0].after / (1 - math::power(options_.beta1, element.step));
    const double square = element.state.back().after / (1 - math::power(options_.beta2, element.step));
    if (square == 0 && options_.epsilon == 0) return "";
    const double rate = element.learning_rate;
    const std::string decay = decoupled ? penalty_text(options_, element, format) : "";
    std::string side = format.number(element.value.before);
    if (!decay.empty()) side = format.fill(side + " − {}·(" + decay + ")", {rate});
    return format.fill(side + " − {}·{}/(√{} + {})", {rate, mean, square, options_.epsilon});
  }

  T options_;
  kernels::Adam<Scalar> step_ = {};
};

}  // namespace

std::vector<Option> Adam::options() { return adam_options(*this, l2_meaning); }

std::vector<Option> AdamW::options() {
  return adam_options(*this, "the share of a weight, times learning_rate, that is lost in a step");
}

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Adam::build() const {
  return std::make_unique<AdamOptimizer<Scalar, Adam>>(*this);
}
template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> AdamW::build() const {
  return std::make_unique<AdamOptimizer<Scalar, AdamW>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Adam::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Adam::build<double>() const;
template HINGE_API std::unique_ptr<Optimizer<float>> AdamW::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> AdamW::build<double>() const;

}  // namespace hinge
