// Schedules: how the learning rate changes while training goes on.
//
// In all equations η is the learning rate that the optimiser's description gives, and k is the number of the step or of
// the epoch, counted from 0: `per` says which of them. Powers are by squaring and the cosine is core/math.h's, so that a
// schedule has the same bits with every compiler and C library.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>

namespace hinge {

/// The learning rate by time. It is finite and at least 0.
///
/// Knows nothing of steps and epochs: who asks must count in what `ScheduleDescription::per_epoch` says. All that a
/// schedule remembers comes from the losses that it observed, so giving a new one the same losses in the same order
/// brings it to the same state: that is how a run resumes. Const functions are safe from any number of threads.
class HINGE_API Schedule {
 public:
  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  virtual ~Schedule() = default;

  /// The learning rate of step or epoch k, from 0. A schedule that reacts to losses gives the rate that follows from
  /// those observed so far, whatever k is.
  virtual double rate(std::uint64_t k) const = 0;

  /// Called at the end of every epoch with the loss that is watched: the validation loss, without validation samples the
  /// training loss. It may be NaN or infinite.
  virtual void observe(double /*loss*/) {}
};

/// The schedule of a description whose rate is a formula: `double rate(double base_rate, std::uint64_t k) const`.
template <typename T>
class FormulaSchedule final : public Schedule {
 public:
  FormulaSchedule(T description, double base_rate) : description_(std::move(description)), base_rate_(base_rate) {}

  double rate(std::uint64_t k) const override { return description_.rate(base_rate_, k); }

 private:
  T description_;
  double base_rate_;
};

/// A description that builds a Schedule.
class HINGE_API ScheduleDescription : public Description {
 public:
  static constexpr std::string_view kind = "schedule";

  template <typename T>
  static constexpr bool accepts = Described<T>&& requires(const T t) {
    { t.build(0.1) } -> std::same_as<std::unique_ptr<Schedule>>;
    { t.per_epoch() } -> std::same_as<bool>;
  };

  template <typename T>
  class Holder final : public DescriptionHolder<T, ScheduleDescription> {
   public:
    using DescriptionHolder<T, ScheduleDescription>::DescriptionHolder;
    std::unique_ptr<ScheduleDescription> clone() const override { return std::make_unique<Holder>(this->description_); }
    std::unique_ptr<Schedule> build(double base_rate) const override { return this->description_.build(base_rate); }
    bool per_epoch() const override { return this->description_.per_epoch(); }
  };

  virtual std::unique_ptr<ScheduleDescription> clone() const = 0;

  /// A schedule that starts from the optimiser's learning rate η = base_rate, finite and at least 0. Throws ConfigError
  /// when the options do not fit it: `cosine: smallest = 0.5 is above the learning rate, 0.1; …`.
  virtual std::unique_ptr<Schedule> build(double base_rate) const = 0;

  /// Whether k counts epochs, not steps.
  virtual bool per_epoch() const = 0;
};

/// Any schedule, by value: `ScheduleSpec schedule = Cosine{.period = 30};`. An application's own is a struct with
/// `build` and `per_epoch`; where its rate is a formula, `build` makes a FormulaSchedule of the struct.
using ScheduleSpec = Spec<ScheduleDescription>;

/// The schedules that Hinge brings, by name.
HINGE_API Registry<ScheduleDescription> standard_schedules();

/// η.
struct HINGE_API ConstantRate {
  static constexpr std::string_view type = "constant";

  std::string per = "epoch";  ///< epoch or step, here and in the schedules below

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η·gamma^⌊k / every⌋: drops by one factor at regular times.
struct HINGE_API StepDecay {
  static constexpr std::string_view type = "step";

  double gamma = 0.1;
  std::size_t every = 0;  ///< to be given
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η·gamma^n, where n is how many of the milestones are ≤ k. Milestones are whole numbers, each above the one before.
struct HINGE_API MultistepDecay {
  static constexpr std::string_view type = "multistep";

  double gamma = 0.1;
  std::vector<double> milestones = {};  ///< to be given
  std::string per = "epoch";

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η·gammaᵏ.
struct HINGE_API ExponentialDecay {
  static constexpr std::string_view type = "exponential";

  double gamma = 0.95;
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// smallest + (η − smallest)·(1 + cos(π·k / period)) / 2: half a wave, from η down to `smallest`, where it stays from
/// k = period on. (PyTorch's CosineAnnealingLR climbs to η again after its period. A run that is made longer than the
/// period planned should not leave what it has converged to.) [Loshchilov & Hutter, ICLR 2017, eq. 5, without restarts]
struct HINGE_API Cosine {
  static constexpr std::string_view type = "cosine";

  std::size_t period = 0;  ///< to be given
  double smallest = 0;
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η·(k + 1) / warmup while k < warmup, then Cosine over the total − warmup that are left: it stays at `smallest` from
/// k = total on. The warm-up lets Adam's means and a fresh network settle before steps are large.
/// [Goyal et al., arXiv 1706.02677, §2.2; Loshchilov & Hutter, ICLR 2017]
struct HINGE_API WarmupCosine {
  static constexpr std::string_view type = "warmup_cosine";

  std::size_t warmup = 0;  ///< to be given
  std::size_t total = 0;   ///< to be given
  double smallest = 0;
  std::string per = "epoch";

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// From η in a straight line to `end`, which may be above η, and stays there from k = total on.
struct HINGE_API LinearDecay {
  static constexpr std::string_view type = "linear";

  std::size_t total = 0;  ///< to be given
  double end = 0;
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η / (1 + decay·k). The sum of the rates is infinite, that of their squares is not: the classical condition under which
/// stochastic gradients converge. [Robbins & Monro, 1951]
struct HINGE_API InverseTime {
  static constexpr std::string_view type = "inverse_time";

  double decay = 0;  ///< to be given
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
  std::unique_ptr<Schedule> build(double base_rate) const;
};

/// η until the loss stops falling: multiplied by `factor`, but not below `smallest`, in the epoch after more than
/// `patience` epochs in a row without an improvement. Then the count starts anew, after `cooldown` epochs in which it
/// stands still. Always per epoch.
///
/// A loss improves on the best one when it is below it by more than min_delta·|best|: relative, since losses differ by
/// orders of magnitude between problems. The first finite loss is an improvement; NaN and infinities never are. The
/// rules are those of PyTorch's ReduceLROnPlateau.
struct HINGE_API ReduceOnPlateau {
  static constexpr std::string_view type = "reduce_on_plateau";

  double factor = 0.1;
  std::size_t patience = 10;
  double min_delta = 1e-4;
  std::size_t cooldown = 0;
  double smallest = 0;

  std::vector<Option> options();
  bool per_epoch() const { return true; }
  std::unique_ptr<Schedule> build(double base_rate) const;
};

}  // namespace hinge
