// Optimisers: how gradients change parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/equation.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/parameter.h>

namespace hinge {

/// One element of a parameter in one step, as equations show it.
struct ElementUpdate {
  /// A number before and after the step.
  struct Change {
    double before = 0;
    double after = 0;
  };

  Change value = {};
  double gradient = 0;             ///< as the optimiser got it, after clipping
  std::vector<Change> state = {};  ///< in the order of `Optimizer::state_names`
  std::uint64_t step = 1;          ///< number of the step, from 1
  double learning_rate = 0;
  bool decays = true;  ///< Parameter::decays
};

/// Moves parameters against their gradients. Never writes a gradient.
///
/// Belongs to one list of parameters, given to `attach`; its state is kept by index in that list. `step` counts time
/// once, whatever the number of parameters, and skips those that are not trainable. Allocates in `attach` only. One thread
/// at a time.
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

  /// Forgets all state and makes room for these parameters. Throws ConfigError unless each array of the state has a name.
  void attach(std::span<const Parameter<Scalar>> parameters);

  /// One update of all parameters, whose elements `threads` may share. Throws ShapeError when they are not those of
  /// `attach`, by number and size.
  void step(std::span<Parameter<Scalar>> parameters, ThreadPool* threads = nullptr);

  /// A copy of the state: `state_count()` arrays with a number for each element of the parameters.
  std::vector<std::vector<Scalar>> state() const;
  /// The names of these arrays in the equations, one for each: `m`, `s`. By default `memory 1`, `memory 2`, …
  virtual std::vector<std::string> state_names() const;
  /// Whether every number of the state is finite.
  bool is_finite() const;
  /// Puts back a copy of the state, and the number of steps. Throws ShapeError for another number of arrays or elements.
  void restore(std::uint64_t steps, const std::vector<std::vector<Scalar>>& state);

  /// Lists what the optimiser keeps besides these arrays, the number of steps and the learning rate, for a training that
  /// is interrupted: by default nothing.
  virtual void list_state(StateArchive& /*state*/) {}

  /// Throws ShapeError when these are not the parameters of `attach`, by number and size.
  void require_attached(std::span<const Parameter<Scalar>> parameters) const;

  /// Sets the state of one element to 0, for a weight that starts anew; `parameter` is its index in the list, `element`
  /// counts in memory order. `steps` stays, so Adam's corrections do not start again. Throws ShapeError if there is no such
  /// element.
  void forget(std::size_t parameter, std::size_t element);

  /// Steps taken since `attach`.
  std::uint64_t steps() const { return steps_; }

  /// Whether a parameter whose gradient is 0 from some step on never moves again: no momentum, no decay.
  virtual bool stationary_at_zero_gradient() const { return false; }

  /// The equations of an update, with its numbers: of the state, then of the value, which is called `name`. By default
  /// they show each number after the step, and the remark what it was. Equations are in double: explanations run in it.
  virtual std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                          const EquationFormat& format) const;

  double learning_rate() const { return learning_rate_; }
  /// For schedules and observers. Throws ConfigError unless it is finite and at least 0.
  void set_learning_rate(double learning_rate);

 protected:
  /// How many numbers of state each element has: 1 for momentum.
  virtual std::size_t state_count() const = 0;

  /// Called in every step before the first `update`; `steps` counts this one already.
  virtual void begin_step() {}

  /// Updates parameter `index`; `value` and `gradient` are its elements in memory order.
  virtual void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) = 0;

  /// `left = side = number after`; without a side `left = number after`, and the remark what it was.
  static Equation equation(const std::string& left, const std::string& side, const ElementUpdate::Change& change,
                           const EquationFormat& format);

  /// Calls task(begin, end) for the elements of a parameter, `count` in all; for large ones on the threads of the step, each
  /// with a range of its own.
  template <typename Task>
  void run_elements(std::size_t count, const Task& task) const {
    constexpr std::size_t enough = 16384;  // an update of so many takes about as long as to share it
    if (threads_ == nullptr || count < enough) return task(0, count);
    share(
        count,
        [](const void* context, std::size_t begin, std::size_t end) {
          (*static_cast<const Task*>(context))(begin, end);
        },
        &task);
  }

  /// Array `which` of the state, for parameter `index`. Zero at first and after `forget`, so `steps` does not tell when an
  /// element started.
  std::span<Scalar> state(std::size_t which, std::size_t index) {
    return state_[which].span().subspan(offsets_[index], offsets_[index + 1] - offsets_[index]);
  }

 private:
  using Call = void (*)(const void* context, std::size_t begin, std::size_t end);
  void share(std::size_t count, Call call, const void* context) const;

  double learning_rate_;
  std::uint64_t steps_ = 0;
  ThreadPool* threads_ = nullptr;           // of the present step
  std::vector<std::size_t> offsets_ = {0};  // parameter i has elements [offsets_[i], offsets_[i + 1]) of each array
  std::vector<Buffer<Scalar>> state_;
};

// In the equations of the optimisers p is a parameter, g its gradient, k the number of the step from 1, and all state is 0
// at first. With weight_decay or l1, g ← g + weight_decay·p + l1·sign(p) comes first, except in AdamW: the gradient of
// ½·weight_decay·p² + l1·|p|. L2 shrinks a weight in proportion, L1 by the same amount whatever its size, so that many end
// near 0. These are the meanings of the options.
inline constexpr std::string_view l2_meaning = "L2: pulls weights towards 0, the large ones more";
inline constexpr std::string_view l1_meaning = "L1: pulls all weights towards 0 alike";
inline constexpr std::string_view decay_biases_meaning =
    "whether weight_decay and l1 pull biases and learned slopes too";

extern template class HINGE_API Optimizer<float>;
extern template class HINGE_API Optimizer<double>;

/// Any optimiser description, by value: `OptimizerSpec optimizer = Sgd{.learning_rate = 0.1};`. The other files of this
/// folder have Hinge's own. An application's is a class derived from Optimizer<Scalar> and a struct with
/// `template <typename Scalar> std::unique_ptr<Optimizer<Scalar>> build() const`.
using OptimizerSpec = Spec<Builder<Optimizer>>;

}  // namespace hinge
