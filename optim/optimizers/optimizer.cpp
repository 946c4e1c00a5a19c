// The optimisers' bookkeeping, and stochastic gradient descent.
#include <hinge/optim/optimizers/optimizer.h>

#include <algorithm>
#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/optimizers/adaptive.h>

namespace hinge {

template <typename Scalar>
void Optimizer<Scalar>::attach(std::span<const Parameter<Scalar>> parameters) {
  std::vector<std::size_t> offsets = {0};
  for (const Parameter<Scalar>& p : parameters) offsets.push_back(offsets.back() + p.size());
  std::vector<Buffer<Scalar>> slots;
  for (std::size_t i = 0; i < this->slots(); ++i) slots.emplace_back(offsets.back());
  offsets_ = std::move(offsets);
  slots_ = std::move(slots);
  steps_ = 0;
}

template <typename Scalar>
void Optimizer<Scalar>::require_attached(std::span<const Parameter<Scalar>> parameters) const {
  if (parameters.size() + 1 != offsets_.size()) {
    throw ShapeError("optimizer: attached to " + std::to_string(offsets_.size() - 1) + " parameters, but got " +
                     std::to_string(parameters.size()));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].size() != offsets_[i + 1] - offsets_[i]) {
      throw ShapeError("optimizer: parameter " + parameters[i].name() + " has another size than at attach");
    }
  }
}

template <typename Scalar>
void Optimizer<Scalar>::forget(std::size_t parameter, std::size_t element) {
  if (parameter >= offsets_.size() - 1 || element >= offsets_[parameter + 1] - offsets_[parameter]) {
    throw ShapeError("optimizer: there is no element " + std::to_string(element) + " of parameter " +
                     std::to_string(parameter) + " to forget");
  }
  for (Buffer<Scalar>& slot : slots_) slot.data()[offsets_[parameter] + element] = 0;
}

template <typename Scalar>
void Optimizer<Scalar>::step(std::span<Parameter<Scalar>> parameters, ThreadPool* threads) {
  require_attached(parameters);
  threads_ = threads;
  ++steps_;
  begin_step();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter<Scalar>& p = parameters[i];
    if (!p.trainable()) continue;
    update(i, {p.value().data, p.size()}, {p.gradient().data, p.size()}, p.decays());
  }
}

template <typename Scalar>
std::vector<std::vector<Scalar>> Optimizer<Scalar>::memory() const {
  std::vector<std::vector<Scalar>> memory;
  for (const Buffer<Scalar>& slot : slots_) memory.emplace_back(slot.span().begin(), slot.span().end());
  return memory;
}

template <typename Scalar>
bool Optimizer<Scalar>::is_finite() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const Buffer<Scalar>& slot) {
    return std::all_of(slot.span().begin(), slot.span().end(), [](Scalar v) { return std::isfinite(v); });
  });
}

template <typename Scalar>
void Optimizer<Scalar>::restore(std::uint64_t steps, const std::vector<std::vector<Scalar>>& memory) {
  const bool fits = memory.size() == slots_.size() && std::all_of(memory.begin(), memory.end(), [&](const auto& slot) {
                      return slot.size() == offsets_.back();
                    });
  if (!fits) throw ShapeError("optimizer: the memory to restore is that of another optimizer or network");
  for (std::size_t i = 0; i < memory.size(); ++i) std::copy(memory[i].begin(), memory[i].end(), slots_[i].data());
  steps_ = steps;
}

template <typename Scalar>
void Optimizer<Scalar>::set_learning_rate(double learning_rate) {
  if (!std::isfinite(learning_rate) || learning_rate < 0) {
    throw ConfigError("learning_rate = " + to_text(learning_rate) + ", must be >= 0");
  }
  learning_rate_ = learning_rate;
}

template class Optimizer<float>;
template class Optimizer<double>;

namespace {

template <typename Scalar>
class SgdOptimizer final : public Optimizer<Scalar> {
 public:
  explicit SgdOptimizer(const Sgd& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  bool stationary_at_zero_gradient() const override {
    return options_.momentum == 0 && options_.weight_decay == 0 && options_.l1 == 0;
  }
  std::vector<std::string> memory_names() const override {
    return options_.momentum > 0 ? std::vector<std::string>{"v"} : std::vector<std::string>{};
  }

 protected:
  std::size_t slots() const override { return options_.momentum > 0 ? 1 : 0; }

  void begin_step() override {
    const auto momentum = static_cast<Scalar>(options_.momentum);
    // The direction is v, or g + momentum·v: written as own·g + ahead·v.
    without_decay_ = {.rate = static_cast<Scalar>(this->learning_rate()),
                      .penalty = {},
                      .momentum = momentum,
                      .fresh = static_cast<Scalar>(this->steps() == 1 ? 1 : 1 - options_.dampening),
                      .own = options_.nesterov ? Scalar(1) : Scalar(0),
                      .ahead = options_.nesterov ? momentum : Scalar(1)};
    with_decay_ = without_decay_;
    with_decay_.penalty = {static_cast<Scalar>(options_.weight_decay), static_cast<Scalar>(options_.l1)};
  }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::Descent<Scalar>& descent = decays || options_.decay_biases ? with_decay_ : without_decay_;
    const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
    Scalar* const velocity = options_.momentum == 0 ? nullptr : this->state(0, index).data();
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      const Scalar* const g = gradient.data() + begin;
      Scalar* const p = value.data() + begin;
      if (velocity == nullptr) return kernel.descend(descent, g, p, end - begin);
      kernel.descend_with_momentum(descent, g, velocity + begin, p, end - begin);
    });
  }

 private:
  Sgd options_;
  kernels::Descent<Scalar> without_decay_ = {};  // the present step
  kernels::Descent<Scalar> with_decay_ = {};
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Sgd::build() const {
  return std::make_unique<SgdOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Sgd::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Sgd::build<double>() const;

Registry<Builder<Optimizer>> standard_optimizers() {
  Registry<Builder<Optimizer>> optimizers;
  optimizers.add(Adagrad{});
  optimizers.add(Adam{});
  optimizers.add(AdamW{});
  optimizers.add(RmsProp{});
  optimizers.add(Rprop{});
  optimizers.add(Sgd{});
  return optimizers;
}

}  // namespace hinge
