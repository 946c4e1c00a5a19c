// Formulas of the schedules.
#include <hinge/optim/schedule.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include <hinge/core/error.h>
#include <hinge/core/math.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr double longest = 1e9;  // the most steps or epochs, as elsewhere in configs

Range share() { return {.lowest = 0, .highest = 1, .lowest_allowed = false}; }

Option per_option(std::string& per) {
  return {.name = "per",
          .place = &per,
          .meaning = "what time is counted in: epochs, or steps, which are updates, of `accumulate` batches each",
          .choices = {"epoch", "step"}};
}

Option smallest_option(double& smallest) {
  return {"smallest", &smallest, Range::at_least(0), "the learning rate at which the way down ends"};
}

// (1 + cos(π·k/period)) / 2 for k < period, which is cos² of half the angle. The first half computes it as 1 − sin²,
// the second half as sin² of the complementary angle: so nothing cancels, and no angle is beyond π/4. Error ≤ 11 ulp:
// 2.4 half-ulps in the angle, 2 in the sine, twice their sum in its square, 1 for each rounding after.
double half_wave(std::uint64_t k, std::uint64_t period) {
  constexpr double half_pi = 1.57079632679489661923;
  const auto sine = [&](std::uint64_t part) {
    return math::sin_octant(half_pi * static_cast<double>(part) / static_cast<double>(period));
  };
  const bool first_half = k <= period - k;
  const double s = sine(first_half ? k : period - k);
  return first_half ? 1 - s * s : s * s;
}

double cosine_rate(double base_rate, double smallest, std::uint64_t k, std::uint64_t period) {
  return k < period ? smallest + (base_rate - smallest) * half_wave(k, period) : smallest;
}

template <typename T>
void check_smallest(const T& schedule, double base_rate) {
  if (schedule.smallest <= base_rate) return;
  throw ConfigError(std::string(T::type) + ": smallest = " + to_text(schedule.smallest) +
                    " is above the learning rate, " + to_text(base_rate) + "; lower it or raise learning_rate");
}

class PlateauSchedule final : public Schedule {
 public:
  PlateauSchedule(const ReduceOnPlateau& options, double base_rate) : options_(options), rate_(base_rate) {}

  double rate(std::uint64_t) const override { return rate_; }

  void observe(double loss) override {
    if (improves(loss)) {
      best_ = loss;
      epochs_without_ = 0;
    } else {
      ++epochs_without_;
    }
    if (cooling_ > 0) {  // epochs right after a reduction do not count as bad ones: the loss may first rise
      --cooling_;
      epochs_without_ = 0;
    }
    if (epochs_without_ > options_.patience) reduce();
  }

 private:
  bool improves(double loss) const {
    if (!std::isfinite(loss)) return false;
    return !best_ || *best_ - loss > options_.min_delta * std::abs(*best_);
  }

  void reduce() {
    rate_ = std::max(rate_ * options_.factor, options_.smallest);
    cooling_ = options_.cooldown;
    epochs_without_ = 0;
  }

  ReduceOnPlateau options_;
  double rate_;
  std::optional<double> best_;
  std::size_t epochs_without_ = 0;
  std::size_t cooling_ = 0;  // epochs of the cooldown that are left
};

}  // namespace

std::vector<Option> ConstantRate::options() { return {per_option(per)}; }

double ConstantRate::rate(double base_rate, std::uint64_t) const { return base_rate; }

std::vector<Option> StepDecay::options() {
  return {
      {"gamma", &gamma, share(), "the factor of every drop"},
      {"every", &every, Range::between(1, longest), "how long the learning rate stays before each drop", true},
      per_option(per),
  };
}

double StepDecay::rate(double base_rate, std::uint64_t k) const { return base_rate * math::power(gamma, k / every); }

std::vector<Option> MultistepDecay::options() {
  return {
      {"gamma", &gamma, share(), "the factor of every drop"},
      {"milestones", &milestones, Range::between(1, longest), "when it drops: whole numbers, each above the last",
       true},
      per_option(per),
  };
}

std::vector<OptionError> MultistepDecay::errors() const {
  std::vector<OptionError> found;
  if (milestones.empty()) found.push_back({"milestones", "needs at least one number, such as [30, 60]"});
  for (std::size_t i = 0; i < milestones.size(); ++i) {
    const double milestone = milestones[i];
    if (std::isfinite(milestone) && milestone != std::floor(milestone)) {
      found.push_back({"milestones", "must be whole numbers, not " + to_text(milestone)});
    }
    if (i > 0 && milestone <= milestones[i - 1]) {
      found.push_back({"milestones", "must rise, but " + to_text(milestone) + " follows " + to_text(milestones[i - 1]) +
                                         "; sort them and give each once"});
    }
  }
  return found;
}

double MultistepDecay::rate(double base_rate, std::uint64_t k) const {
  const auto passed = std::upper_bound(milestones.begin(), milestones.end(), static_cast<double>(k));
  return base_rate * math::power(gamma, static_cast<std::uint64_t>(passed - milestones.begin()));
}

std::vector<Option> ExponentialDecay::options() {
  return {{"gamma", &gamma, share(), "the factor in every epoch or step"}, per_option(per)};
}

double ExponentialDecay::rate(double base_rate, std::uint64_t k) const { return base_rate * math::power(gamma, k); }

std::vector<Option> Cosine::options() {
  return {
      {"period", &period, Range::between(1, longest), "how long the way down takes; the rate stays there after it",
       true},
      smallest_option(smallest),
      per_option(per),
  };
}

double Cosine::rate(double base_rate, std::uint64_t k) const { return cosine_rate(base_rate, smallest, k, period); }

std::vector<Option> WarmupCosine::options() {
  return {
      {"warmup", &warmup, Range::between(0, longest), "how long the learning rate rises in a straight line", true},
      {"total", &total, Range::between(1, longest), "how long the way up and down takes; the rate stays there after it",
       true},
      smallest_option(smallest),
      per_option(per),
  };
}

std::vector<OptionError> WarmupCosine::errors() const {
  if (total > 0 && warmup >= total) return {{"warmup", "must be below total; shorten it or raise total"}};
  return {};
}

double WarmupCosine::rate(double base_rate, std::uint64_t k) const {
  if (k < warmup) return base_rate * (static_cast<double>(k + 1) / static_cast<double>(warmup));
  return cosine_rate(base_rate, smallest, k - warmup, total - warmup);
}

std::vector<Option> LinearDecay::options() {
  return {
      {"total", &total, Range::between(1, longest), "how long the way takes; the rate stays there after it", true},
      {"end", &end, Range::at_least(0), "the learning rate at the end"},
      per_option(per),
  };
}

// A weighted mean of η and `end`: nothing cancels near `end`.
double LinearDecay::rate(double base_rate, std::uint64_t k) const {
  if (k >= total) return end;
  const auto steps = static_cast<double>(total);
  return base_rate * (static_cast<double>(total - k) / steps) + end * (static_cast<double>(k) / steps);
}

std::vector<Option> InverseTime::options() {
  return {{"decay", &decay, Range::above(0), "1 / decay is when the learning rate has halved", true}, per_option(per)};
}

double InverseTime::rate(double base_rate, std::uint64_t k) const {
  return base_rate / (1 + decay * static_cast<double>(k));
}

std::vector<Option> ReduceOnPlateau::options() {
  return {
      {"factor",
       &factor,
       {.lowest = 0, .highest = 1, .lowest_allowed = false, .highest_allowed = false},
       "what the learning rate is multiplied by"},
      {"patience", &patience, Range::between(0, longest), "epochs in a row without improvement that are put up with"},
      {"min_delta", &min_delta, Range::from_below(0, 1), "the share of the best loss that an improvement must exceed"},
      {"cooldown", &cooldown, Range::between(0, longest), "epochs after a drop that are not counted"},
      smallest_option(smallest),
  };
}

std::unique_ptr<Schedule> Cosine::build(double base_rate) const {
  check_smallest(*this, base_rate);
  return std::make_unique<FormulaSchedule<Cosine>>(*this, base_rate);
}
std::unique_ptr<Schedule> WarmupCosine::build(double base_rate) const {
  check_smallest(*this, base_rate);
  return std::make_unique<FormulaSchedule<WarmupCosine>>(*this, base_rate);
}
std::unique_ptr<Schedule> ReduceOnPlateau::build(double base_rate) const {
  check_smallest(*this, base_rate);
  return std::make_unique<PlateauSchedule>(*this, base_rate);
}

Registry<ScheduleDescription> standard_schedules() {
  Registry<ScheduleDescription> schedules;
  schedules.add(ConstantRate{}, StepDecay{}, MultistepDecay{}, ExponentialDecay{}, Cosine{}, WarmupCosine{},
                LinearDecay{}, InverseTime{}, ReduceOnPlateau{});
  return schedules;
}

}  // namespace hinge
