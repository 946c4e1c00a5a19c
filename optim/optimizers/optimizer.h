// Optimisers: how gradients change parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/matrix.h>
#include <hinge/core/threads.h>
#include <hinge/layers/parameter.h>

namespace hinge {

/// Moves parameters against their gradients. Never writes a gradient.
///
/// Belongs to one list of parameters, given to `attach`; its state is kept by index in that list. `step` counts time
/// once, whatever the number of parameters, and leaves those that are not trainable alone. Allocates in `attach` only.
/// One thread at a time.
template <typename Scalar>
class HINGE_API Optimizer {
 public:
  static constexpr std::string_view kind = "optimizer";

  explicit Optimizer(double learning_rate) : learning_rate_(learning_rate) {}
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  virtual ~Optimizer() = default;

  /// The optimiser of a description: `Optimizer<float>::from(Sgd{})`.
  template <typename T>
    requires requires(const T& description) { description.template build<Scalar>(); }
  static std::unique_ptr<Optimizer> from(const T& description) { return description.template build<Scalar>(); }

  /// Forgets all state and makes room for these parameters.
  void attach(std::span<const Parameter<Scalar>> parameters);

  /// One update of all parameters, whose elements `threads` may share. Throws ShapeError when they are not those of
  /// `attach`, by number and size.
  void step(std::span<Parameter<Scalar>> parameters, ThreadPool* threads = nullptr);

  /// What is remembered, slot by slot, for a state to go on from; `restore` puts it back. Throws ShapeError for another
  /// number of slots or elements.
  std::vector<std::vector<Scalar>> memory() const;
  /// What the slots of `memory` are called in the equations, as far as they have names, `v`; `m`, `s`; perhaps of
  /// more slots than there are.
  virtual std::vector<std::string> memory_names() const { return {}; }
  /// Whether all that it remembers is finite.
  bool is_finite() const;
  void restore(std::uint64_t steps, const std::vector<std::vector<Scalar>>& memory);

  /// Throws ShapeError when these are not the parameters of `attach`, by number and size.
  void require_attached(std::span<const Parameter<Scalar>> parameters) const;

  /// Forgets what is remembered for one element, as `attach` does for all; `parameter` is its index in the list, `element`
  /// counts in memory order. Time goes on: `steps` stays, so Adam's corrections do not start again. For weights that
  /// start anew. Throws ShapeError where there is no such element.
  void forget(std::size_t parameter, std::size_t element);

  /// Steps taken since `attach`.
  std::uint64_t steps() const { return steps_; }

  /// Whether a parameter whose gradient is 0 from some step on never moves again: no momentum, no decay.
  virtual bool stationary_at_zero_gradient() const { return false; }

  double learning_rate() const { return learning_rate_; }
  /// For schedules and observers. Throws ConfigError unless it is finite and at least 0.
  void set_learning_rate(double learning_rate);

 protected:
  /// How many numbers are remembered for each parameter element: 1 for momentum.
  virtual std::size_t slots() const = 0;

  /// Called in every step before the first `update`; `steps` counts this one already.
  virtual void begin_step() {}

  /// Updates parameter `index`; `value` and `gradient` are its elements in memory order.
  virtual void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) = 0;

  /// Calls task(begin, end) for the elements of a parameter, `count` in all; for large ones on the threads of the step, each
  /// with a range of its own.
  template <typename Task>
  void run_elements(std::size_t count, const Task& task) const {
    constexpr std::size_t line = 16;       // of the cache, in floats
    constexpr std::size_t enough = 16384;  // an update of so many takes about as long as to share it
    run_ranges(count < enough ? nullptr : threads_, count, line, task);
  }

  /// What is remembered for parameter `index`, zero at first and after `forget`: an element's start cannot be told by
  /// `steps`.
  std::span<Scalar> state(std::size_t slot, std::size_t index) {
    return slots_[slot].span().subspan(offsets_[index], offsets_[index + 1] - offsets_[index]);
  }

 private:
  double learning_rate_;
  std::uint64_t steps_ = 0;
  ThreadPool* threads_ = nullptr;           // of the present step
  std::vector<std::size_t> offsets_ = {0};  // parameter i has elements [offsets_[i], offsets_[i + 1]) of each slot
  std::vector<Buffer<Scalar>> slots_;
};

/// The pull of a penalty on large weights, λ₂/2·p² + λ₁·|p|, added to a gradient: g + λ₂·p + λ₁·sign(p), sign(0) = 0.
/// L2 shrinks a weight in proportion, L1 by the same amount whatever its size, so that many end near 0.
template <typename Scalar>
struct Decay {
  Scalar l2 = 0;
  Scalar l1 = 0;

  /// The pull on a parameter: none where it does not decay.
  static Decay of(double l2, double l1, bool decays) {
    return decays ? Decay{static_cast<Scalar>(l2), static_cast<Scalar>(l1)} : Decay{};
  }
  Scalar on(Scalar p) const { return l2 * p + l1 * static_cast<Scalar>((p > 0 ? 1 : 0) - (p < 0 ? 1 : 0)); }
};

/// What the options of a Decay mean, for the optimisers that have them.
inline constexpr std::string_view l2_meaning = "L2: pulls weights towards 0, the large ones more";
inline constexpr std::string_view l1_meaning = "L1: pulls all weights towards 0 alike";
inline constexpr std::string_view decay_biases_meaning =
    "whether weight_decay and l1 pull biases and learned slopes too";

extern template class HINGE_API Optimizer<float>;
extern template class HINGE_API Optimizer<double>;

/// Any optimiser description, by value: `OptimizerSpec optimizer = Sgd{.learning_rate = 0.1};`. An application's own is
/// a class derived from Optimizer<Scalar> and a struct with
/// `template <typename Scalar> std::unique_ptr<Optimizer<Scalar>> build() const`.
using OptimizerSpec = Spec<Builder<Optimizer>>;

/// The optimisers that Hinge brings, by name.
HINGE_API Registry<Builder<Optimizer>> standard_optimizers();

/// Stochastic gradient descent, with parameter p, gradient g, velocity v (0 at first):
///   g ← g + weight_decay·p + l1·sign(p)      (L2 and L1: the gradient of ½·weight_decay·p² + l1·|p|)
///   v ← momentum·v + (1 − dampening)·g, in the first step v ← g
///   p ← p − learning_rate·v,                   or with nesterov
///   p ← p − learning_rate·(g + momentum·v)
/// [Polyak 1964; Nesterov 1983 in the form of Sutskever et al., ICML 2013, as PyTorch computes it]
struct HINGE_API Sgd {
  static constexpr std::string_view type = "sgd";

  double learning_rate = 0.01;
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  double l1 = 0;
  bool decay_biases = false;

  std::vector<Option> options() {
    return {
        {"learning_rate", &learning_rate, Range::above(0), "how far a step goes along the gradient"},
        {"momentum", &momentum, Range::from_below(0, 1), "how much of the last step is kept"},
        {"dampening", &dampening, Range::between(0, 1), "the share of the gradient that momentum leaves out"},
        {"nesterov", &nesterov, {}, "whether the gradient is applied a second time, one momentum step ahead"},
        {"weight_decay", &weight_decay, Range::at_least(0), l2_meaning},
        {"l1", &l1, Range::at_least(0), l1_meaning},
        {"decay_biases", &decay_biases, {}, decay_biases_meaning},
    };
  }

  std::vector<OptionError> errors() const {
    std::vector<OptionError> found;
    if (nesterov && momentum == 0) found.push_back({"nesterov", "needs momentum > 0, such as 0.9"});
    if (nesterov && dampening > 0) found.push_back({"dampening", "cannot stand beside nesterov; keep one of them"});
    if (dampening > 0 && momentum == 0) found.push_back({"dampening", "needs momentum > 0, such as 0.9"});
    return found;
  }

  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

}  // namespace hinge
