// Schedules: how the learning rate changes during training.
//
// In all equations η is the learning rate of the optimiser's spec, and k is the number of the epoch or of the step,
// counted from 0; `per` says which. Powers and cosines come from core/math.h, so a schedule has the same bits with
// every compiler and C library.
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

/// The learning rate as a function of time. It is finite and at least 0.
///
/// A schedule does not know whether k counts steps or epochs: the caller counts what `ScheduleDescription::per_epoch`
/// says. Its state follows from the losses that it observed, so a resumed run observes the same losses again. Const
/// functions are safe from any number of threads.
class HINGE_API Schedule {
 public:
  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  virtual ~Schedule() = default;

  /// The learning rate of step or epoch k, from 0. A schedule that reacts to losses ignores k and returns the rate
  /// after the losses observed so far.
  virtual double rate(std::uint64_t k) const = 0;

  /// Called at the end of every epoch with the validation loss, or with the training loss if there are no validation
  /// samples. It may be NaN or infinite.
  virtual void observe(double /*loss*/) {}
};

/// A schedule whose rate is a formula in its spec: `double rate(double base_rate, std::uint64_t k) const`.
template <typename T>
class FormulaSchedule final : public Schedule {
 public:
  FormulaSchedule(T description, double base_rate) : description_(std::move(description)), base_rate_(base_rate) {}

  double rate(std::uint64_t k) const override { return description_.rate(base_rate_, k); }

 private:
  T description_;
  double base_rate_;
};

/// The spec of a schedule.
class HINGE_API ScheduleDescription : public Description {
 public:
  static constexpr std::string_view kind = "schedule";

  template <typename T>
  static constexpr bool builds = requires(const T t) {
    { t.build(0.1) } -> std::same_as<std::unique_ptr<Schedule>>;
  };
  template <typename T>
  static constexpr bool accepts = Described<T>&& requires(const T t) {
    { t.per_epoch() } -> std::same_as<bool>;
    requires builds<T> || requires { t.rate(0.1, std::uint64_t{0}); };
  };

  template <typename T>
  class Holder final : public DescriptionHolder<T, ScheduleDescription> {
   public:
    using DescriptionHolder<T, ScheduleDescription>::DescriptionHolder;
    std::unique_ptr<ScheduleDescription> clone() const override { return std::make_unique<Holder>(this->description_); }
    std::unique_ptr<Schedule> build(double base_rate) const override {
      if constexpr (builds<T>) {
        return this->description_.build(base_rate);
      } else {
        return std::make_unique<FormulaSchedule<T>>(this->description_, base_rate);
      }
    }
    bool per_epoch() const override { return this->description_.per_epoch(); }
  };

  virtual std::unique_ptr<ScheduleDescription> clone() const = 0;

  /// A schedule that starts from the optimiser's learning rate η = base_rate, finite and at least 0. Throws ConfigError
  /// if the options do not fit this rate: `cosine: smallest = 0.5 is above the learning rate, 0.1; …`.
  virtual std::unique_ptr<Schedule> build(double base_rate) const = 0;

  /// Whether k counts epochs; else it counts steps.
  virtual bool per_epoch() const = 0;
};

/// Any schedule, by value: `ScheduleSpec schedule = Cosine{.period = 30};`. An application's own is a struct with
/// `per_epoch` and either a formula, `rate` as in FormulaSchedule, or `build`.
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
};

/// η·gamma^n, where n is the number of milestones ≤ k. Milestones are ascending whole numbers.
struct HINGE_API MultistepDecay {
  static constexpr std::string_view type = "multistep";

  double gamma = 0.1;
  std::vector<double> milestones = {};  ///< to be given
  std::string per = "epoch";

  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
};

/// η·gammaᵏ.
struct HINGE_API ExponentialDecay {
  static constexpr std::string_view type = "exponential";

  double gamma = 0.95;
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
};

/// smallest + (η − smallest)·(1 + cos(π·k / period)) / 2: half a wave from η down to `smallest`, where it stays from k
/// = period on. (PyTorch's CosineAnnealingLR climbs back to η after the period. A run longer than planned should keep
/// what it has converged to.) [Loshchilov & Hutter, ICLR 2017, eq. 5, without restarts]
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

/// η·(k + 1) / warmup for k < warmup, then Cosine over the remaining total − warmup, and `smallest` from k = total on.
/// The warm-up lets Adam's running means and a new network settle before steps are large. [Goyal et al., arXiv
/// 1706.02677, §2.2; Loshchilov & Hutter, ICLR 2017]
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

/// A straight line from η to `end`, which may be above η; constant from k = total on.
struct HINGE_API LinearDecay {
  static constexpr std::string_view type = "linear";

  std::size_t total = 0;  ///< to be given
  double end = 0;
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
};

/// η / (1 + decay·k). The sum of the rates is infinite and the sum of their squares finite: the classical condition for
/// stochastic gradient descent to converge. [Robbins & Monro, 1951]
struct HINGE_API InverseTime {
  static constexpr std::string_view type = "inverse_time";

  double decay = 0;  ///< to be given
  std::string per = "epoch";

  std::vector<Option> options();
  bool per_epoch() const { return per == "epoch"; }
  double rate(double base_rate, std::uint64_t k) const;
};

/// η until the loss stops falling. After more than `patience` epochs in a row without an improvement, the rate is
/// multiplied by `factor`, but not below `smallest`. Then `cooldown` epochs are not counted, and the count starts again
/// from 0. It always works per epoch.
///
/// A loss is an improvement if it is below the best one by more than min_delta·|best|. The threshold is relative
/// because losses differ by orders of magnitude between problems. The first finite loss is an improvement; NaN and
/// infinity never are. These are the rules of PyTorch's ReduceLROnPlateau.
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
