// Steps of the adaptive optimisers.
#include <hinge/optim/optimizers/adaptive.h>

#include <algorithm>
#include <cmath>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/math.h>

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

  std::vector<std::string> memory_names() const override { return {"m", "s", "largest s"}; }

 protected:
  std::size_t slots() const override { return options_.amsgrad ? 3 : 2; }

  void begin_step() override {
    const double mean_correction = 1 - math::power(options_.beta1, this->steps());
    const double root_correction = std::sqrt(1 - math::power(options_.beta2, this->steps()));
    without_decay_ = {.beta1 = static_cast<Scalar>(options_.beta1),
                      .new1 = static_cast<Scalar>(1 - options_.beta1),
                      .beta2 = static_cast<Scalar>(options_.beta2),
                      .new2 = static_cast<Scalar>(1 - options_.beta2),
                      .penalty = {},
                      .rate = static_cast<Scalar>(this->learning_rate()),
                      .mean_rate = static_cast<Scalar>(this->learning_rate() / mean_correction),
                      .root_correction = static_cast<Scalar>(root_correction),
                      .epsilon = static_cast<Scalar>(options_.epsilon),
                      .penalty_apart = {}};
    with_decay_ = without_decay_;
    (decoupled ? with_decay_.penalty_apart : with_decay_.penalty) = {static_cast<Scalar>(options_.weight_decay),
                                                                     static_cast<Scalar>(options_.l1)};
  }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::Adam<Scalar>& adam = decays || options_.decay_biases ? with_decay_ : without_decay_;
    const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
    Scalar* const mean = this->state(0, index).data();
    Scalar* const squares = this->state(1, index).data();
    Scalar* const largest = options_.amsgrad ? this->state(2, index).data() : nullptr;
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      const std::size_t count = end - begin;
      kernel.remember_moments(adam, gradient.data() + begin, value.data() + begin, mean + begin, squares + begin,
                              count);
      const Scalar* divisor = squares;
      if (largest != nullptr) {
        for (std::size_t i = begin; i < end; ++i) largest[i] = std::max(largest[i], squares[i]);
        divisor = largest;
      }
      kernel.move_by_moments(adam, mean + begin, divisor + begin, value.data() + begin, count);
    });
  }

 private:
  static constexpr bool decoupled = T::type == AdamW::type;

  T options_;
  kernels::Adam<Scalar> without_decay_ = {};  // the present step
  kernels::Adam<Scalar> with_decay_ = {};
};

template <typename Scalar>
class RmsPropOptimizer final : public Optimizer<Scalar> {
 public:
  explicit RmsPropOptimizer(const RmsProp& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> memory_names() const override {
    if (options_.momentum == 0) return {"s", "mean g"};
    return {"s", "v", "mean g"};
  }

 protected:
  // The squares; then the velocity and the mean, where they are wanted.
  std::size_t slots() const override { return 1 + velocity_slots() + (options_.centered ? 1 : 0); }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const auto rate = static_cast<Scalar>(this->learning_rate());
    const auto decay = Decay<Scalar>::of(options_.weight_decay, options_.l1, decays || options_.decay_biases);
    const auto alpha = static_cast<Scalar>(options_.alpha);
    const auto fresh = static_cast<Scalar>(1 - options_.alpha);
    const auto epsilon = static_cast<Scalar>(options_.epsilon);
    const auto momentum = static_cast<Scalar>(options_.momentum);
    const std::span<Scalar> squares = this->state(0, index);
    const std::span<Scalar> velocity = velocity_slots() > 0 ? this->state(1, index) : std::span<Scalar>();
    const std::span<Scalar> mean = options_.centered ? this->state(1 + velocity_slots(), index) : std::span<Scalar>();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Scalar g = gradient[i] + decay.on(value[i]);
      squares[i] = math::normal_or_zero(alpha * squares[i] + fresh * (g * g));
      Scalar variance = squares[i];
      if (!mean.empty()) {
        mean[i] = math::normal_or_zero(alpha * mean[i] + fresh * g);
        // Of a constant gradient nothing is left but rounding errors, which may be below 0.
        variance = std::max(squares[i] - mean[i] * mean[i], Scalar(0));
      }
      const Scalar size = std::sqrt(variance) + epsilon;
      const Scalar direction = size == 0 ? g : g / size;
      if (velocity.empty()) {
        value[i] -= rate * direction;
      } else {
        velocity[i] = math::normal_or_zero(momentum * velocity[i] + direction);
        value[i] -= rate * velocity[i];
      }
    }
  }

 private:
  std::size_t velocity_slots() const { return options_.momentum > 0 ? 1 : 0; }

  RmsProp options_;
};

template <typename Scalar>
class AdagradOptimizer final : public Optimizer<Scalar> {
 public:
  explicit AdagradOptimizer(const Adagrad& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> memory_names() const override { return {"s"}; }

 protected:
  std::size_t slots() const override { return 1; }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const auto rate = static_cast<Scalar>(this->learning_rate());
    const auto decay = Decay<Scalar>::of(options_.weight_decay, options_.l1, decays || options_.decay_biases);
    const auto initial = static_cast<Scalar>(options_.initial_accumulator);
    const auto epsilon = static_cast<Scalar>(options_.epsilon);
    const std::span<Scalar> squares = this->state(0, index);
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Scalar g = gradient[i] + decay.on(value[i]);
      squares[i] += g * g;
      const Scalar size = std::sqrt(initial + squares[i]) + epsilon;
      value[i] -= rate * (size == 0 ? g : g / size);
    }
  }

 private:
  Adagrad options_;
};

template <typename Scalar>
class RpropOptimizer final : public Optimizer<Scalar> {
 public:
  explicit RpropOptimizer(const Rprop& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> memory_names() const override { return {"last g", "length"}; }

 protected:
  std::size_t slots() const override { return 2; }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool) override {
    const std::span<Scalar> last = this->state(0, index);
    const std::span<Scalar> length = this->state(1, index);
    const auto first_length = static_cast<Scalar>(this->learning_rate());
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (length[i] == 0) length[i] = first_length;  // its first step: no later length is 0
      const int agreement = sign(gradient[i]) * sign(last[i]);
      length[i] = adjusted(length[i], agreement);
      last[i] = agreement < 0 ? Scalar(0) : gradient[i];
      value[i] -= static_cast<Scalar>(sign(last[i])) * length[i];
    }
  }

 private:
  static int sign(Scalar x) { return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0); }

  Scalar adjusted(Scalar length, int agreement) const {
    if (agreement > 0) {
      return std::min(length * static_cast<Scalar>(options_.increase), static_cast<Scalar>(options_.largest_step));
    }
    if (agreement < 0) {
      return std::max(length * static_cast<Scalar>(options_.decrease), static_cast<Scalar>(options_.smallest_step));
    }
    return length;
  }

  Rprop options_;
};

}  // namespace

std::vector<Option> Adam::options() { return adam_options(*this, l2_meaning); }

std::vector<Option> AdamW::options() {
  return adam_options(*this, "the share of a weight, times learning_rate, that is lost in a step");
}

std::vector<Option> RmsProp::options() {
  return {
      {"learning_rate", &learning_rate, Range::above(0),
       "about how far every parameter moves in a step; at first 1/√(1 − alpha) times as far"},
      {"alpha", &alpha, Range::from_below(0, 1), "how much of the mean of squared gradients is kept in a step"},
      {"epsilon", &epsilon, Range::at_least(0), "keeps the step finite where gradients vanish"},
      {"centered", &centered, {}, "whether the variance of gradients divides, not their mean square"},
      {"momentum", &momentum, Range::from_below(0, 1), "how much of the last step is kept"},
      {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
      {"l1", &l1, Range::at_least(0), l1_meaning},
      {"decay_biases", &decay_biases, {}, decay_biases_meaning},
  };
}

std::vector<Option> Adagrad::options() {
  return {
      {"learning_rate", &learning_rate, Range::above(0), "how far every parameter moves in its first step"},
      {"initial_accumulator", &initial_accumulator, Range::at_least(0), "the sum of squared gradients at the start"},
      {"epsilon", &epsilon, Range::at_least(0), "keeps the step finite where gradients vanish"},
      {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
      {"l1", &l1, Range::at_least(0), l1_meaning},
      {"decay_biases", &decay_biases, {}, decay_biases_meaning},
  };
}

std::vector<Option> Rprop::options() {
  return {
      {"learning_rate", &learning_rate, Range::above(0), "the length of the first step"},
      {"decrease", &decrease, Range::between(1e-9, 1), "the factor where a gradient changes its sign"},
      {"increase", &increase, Range::at_least(1), "the factor where it keeps its sign"},
      {"smallest_step", &smallest_step, Range::above(0), "the least that `decrease` leads to"},
      {"largest_step", &largest_step, Range::above(0), "the most that `increase` leads to"},
  };
}

std::vector<OptionError> Rprop::errors() const {
  if (smallest_step > largest_step) return {{"smallest_step", "must not be above largest_step"}};
  return {};
}

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Adam::build() const {
  return std::make_unique<AdamOptimizer<Scalar, Adam>>(*this);
}
template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> AdamW::build() const {
  return std::make_unique<AdamOptimizer<Scalar, AdamW>>(*this);
}
template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> RmsProp::build() const {
  return std::make_unique<RmsPropOptimizer<Scalar>>(*this);
}
template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Adagrad::build() const {
  return std::make_unique<AdagradOptimizer<Scalar>>(*this);
}
template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Rprop::build() const {
  return std::make_unique<RpropOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Adam::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Adam::build<double>() const;
template HINGE_API std::unique_ptr<Optimizer<float>> AdamW::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> AdamW::build<double>() const;
template HINGE_API std::unique_ptr<Optimizer<float>> RmsProp::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> RmsProp::build<double>() const;
template HINGE_API std::unique_ptr<Optimizer<float>> Adagrad::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Adagrad::build<double>() const;
template HINGE_API std::unique_ptr<Optimizer<float>> Rprop::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Rprop::build<double>() const;

}  // namespace hinge
