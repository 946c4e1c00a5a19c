#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <hinge/core/error.h>
#include <hinge/optim/schedule.h>

#include "support/contains.h"
#include "support/throws.h"
#include "support/ulp.h"

using namespace hinge;

namespace {

const long double pi = std::acos(-1.0L);

long double wave(long double t) { return (1 + std::cos(pi * t)) / 2; }

// A schedule as an application might have it: a formula of the step, without options.
struct InverseRoot {
  static constexpr std::string_view type = "inverse_root";
  std::vector<Option> options() { return {}; }
  bool per_epoch() const { return false; }
  double rate(double base_rate, std::size_t k) const { return base_rate / std::sqrt(static_cast<double>(k + 1)); }
  std::unique_ptr<Schedule> build(double base_rate) const {
    return std::make_unique<FormulaSchedule<InverseRoot>>(*this, base_rate);
  }
};

// The rates after each of these losses.
std::vector<double> rates_after(const ReduceOnPlateau& plateau, double base_rate, const std::vector<double>& losses) {
  const auto schedule = ScheduleSpec(plateau)->build(base_rate);
  CHECK(schedule->rate(0) == base_rate);
  std::vector<double> rates;
  for (const double loss : losses) {
    schedule->observe(loss);
    rates.push_back(schedule->rate(rates.size() + 1));
  }
  return rates;
}

}  // namespace

// The formulas once more, in long double and with the C library's functions. Every rounding is half an ulp or less of
// the result, but up to a whole one of a result just below a power of two, so that n roundings may cost n ulps.
TEST_CASE("every schedule follows its formula for 50 steps") {
  struct Row {
    ScheduleSpec schedule;
    std::function<long double(long double base, int k)> formula;
    std::function<double(int k)> tolerance;
  };
  const auto few = [](double roundings) { return [roundings](int) { return roundings; }; };
  constexpr double cosine_roundings = 14;  // 11 in the wave, see schedule.cpp, and a difference, a product, a sum
  const Row rows[] = {
      {ConstantRate{}, [](long double base, int) { return base; }, few(0)},
      {StepDecay{.every = 7},
       [](long double base, int k) { return base * std::pow(static_cast<long double>(0.1), k / 7); },
       [](int k) { return k / 7; }},
      {StepDecay{.gamma = 0.5, .every = 1}, [](long double base, int k) { return std::ldexp(base, -k); }, few(0)},
      {MultistepDecay{.gamma = 0.3, .milestones = {1, 10, 11, 40, 1000}},
       [](long double base, int k) {
         const int passed = (k >= 1 ? 1 : 0) + (k >= 10 ? 1 : 0) + (k >= 11 ? 1 : 0) + (k >= 40 ? 1 : 0);
         return base * std::pow(static_cast<long double>(0.3), passed);
       },
       few(4)},
      {ExponentialDecay{.gamma = 0.9},
       [](long double base, int k) { return base * std::pow(static_cast<long double>(0.9), k); },
       [](int k) { return k; }},
      {Cosine{.period = 30}, [](long double base, int k) { return k < 30 ? base * wave(k / 30.0L) : 0; },
       few(cosine_roundings)},
      {Cosine{.period = 49, .smallest = 0.001},
       [](long double base, int k) {
         const long double smallest = 0.001;
         return k < 49 ? smallest + (base - smallest) * wave(k / 49.0L) : smallest;
       },
       few(cosine_roundings)},
      {WarmupCosine{.warmup = 5, .total = 45, .smallest = 0.01},
       [](long double base, int k) {
         const long double smallest = 0.01;
         if (k < 5) return base * (k + 1) / 5;
         return k < 45 ? smallest + (base - smallest) * wave((k - 5) / 40.0L) : smallest;
       },
       few(cosine_roundings)},
      {WarmupCosine{.warmup = 0, .total = 60}, [](long double base, int k) { return base * wave(k / 60.0L); },
       few(cosine_roundings)},
      {LinearDecay{.total = 37}, [](long double base, int k) { return k < 37 ? base * (37 - k) / 37 : 0; }, few(3)},
      {LinearDecay{.total = 20, .end = 0.7},
       [](long double base, int k) {
         const long double end = 0.7;
         return k < 20 ? base + (end - base) * k / 20 : end;
       },
       few(3)},
      {InverseTime{.decay = 0.3},
       [](long double base, int k) { return base / (1 + static_cast<long double>(0.3) * k); }, few(3)},
      {InverseRoot{}, [](long double base, int k) { return base / std::sqrt(k + 1.0L); }, few(2)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schedule.summary());
    const double base_rate = 0.1;
    const auto schedule = row.schedule->build(base_rate);
    for (int k = 0; k < 50; ++k) {
      CAPTURE(k);
      const double rate = schedule->rate(static_cast<std::size_t>(k));
      CHECK(ulps(rate, row.formula(base_rate, k)) <= row.tolerance(k));
      schedule->observe(NAN);  // which only a plateau looks at
      CHECK(schedule->rate(static_cast<std::size_t>(k)) == rate);
    }
  }
}

TEST_CASE("schedules meet their ends exactly, and stay there") {
  struct Row {
    ScheduleSpec schedule;
    std::size_t highest;  // the k of the full learning rate
    std::size_t last;     // the k from which on the rate is `end`
    double end;
  };
  const Row rows[] = {
      {Cosine{.period = 7, .smallest = 0.03}, 0, 7, 0.03},
      {Cosine{.period = 1, .smallest = 0.03}, 0, 1, 0.03},
      {WarmupCosine{.warmup = 3, .total = 7, .smallest = 0.03}, 2, 7, 0.03},
      {WarmupCosine{.warmup = 3, .total = 7, .smallest = 0.03}, 3, 7, 0.03},
      {LinearDecay{.total = 7, .end = 0.03}, 0, 7, 0.03},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schedule.summary());
    const auto schedule = row.schedule->build(0.7);
    CHECK(schedule->rate(row.highest) == 0.7);
    CHECK(schedule->rate(row.last - 1) > row.end);
    for (const std::size_t k : {row.last, row.last + 1, 2 * row.last, std::numeric_limits<std::size_t>::max()}) {
      CHECK(schedule->rate(k) == row.end);
    }
  }
}

// What is left of the wave close to its end is a small difference of numbers near 1, which must not be what is computed.
TEST_CASE("a cosine over a million steps is accurate to its last one") {
  const auto schedule = ScheduleSpec(Cosine{.period = 1000000, .per = "step"})->build(1);
  for (const std::size_t left : {1U, 2U, 3U, 1000U, 499999U, 500000U, 500001U, 999999U}) {
    CAPTURE(left);
    const long double sine = std::sin(pi * static_cast<long double>(left) / 2000000);
    CHECK(ulps(schedule->rate(1000000 - left), sine * sine) <= 11);
  }
}

// PyTorch's rates are in double, a few roundings of numbers up to the first rate; ours are 14 at most.
TEST_CASE("the golden cases' rates are those of the schedules they name") {
  std::size_t cosines = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HINGE_GOLDEN_DIR)) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().filename().string());
    std::ifstream file(entry.path());
    const auto golden = nlohmann::json::parse(file);
    ScheduleSpec spec = standard_schedules().find(golden.at("schedule").at("name").get<std::string>());
    for (const auto& [key, value] : golden.at("schedule").items()) {
      if (key != "name") set_option(spec.held(), key == "min_lr" ? "smallest" : key, value.get<double>());
    }
    const auto base_rate = golden.at("optimizer").at("lr").get<double>();
    const auto schedule = spec->build(base_rate);
    REQUIRE(golden.at("lr_by_step").size() == 50);
    for (std::size_t k = 0; k < 50; ++k) {
      CAPTURE(k);
      CHECK(ulps(schedule->rate(k), golden.at("lr_by_step")[k].get<double>(), base_rate) <= 16);
    }
    cosines += spec.type() == "cosine" ? 1 : 0;
  }
  CHECK(cosines == 1);
}

// By hand, with powers of two where nothing is said.
TEST_CASE("a plateau of the loss lowers the learning rate") {
  struct Row {
    const char* what;
    ReduceOnPlateau plateau;
    std::vector<double> losses;
    std::vector<double> rates;  // after each loss
  };
  const Row rows[] = {
      {"the third epoch without improvement is one too many, then the count starts anew",
       {.factor = 0.5, .patience = 2},
       {4, 3, 3, 3.5, 3, 9, 9, 9, 2, 2, 2, 2},
       {1, 1, 1, 1, .5, .5, .5, .25, .25, .25, .25, .125}},
      {"an improvement starts the count anew",
       {.factor = 0.5, .patience = 1},
       {4, 4, 3, 3, 2, 2, 1, 1, 1},
       {1, 1, 1, 1, 1, 1, 1, 1, .5}},
      {"without patience every such epoch counts", {.factor = 0.5, .patience = 0}, {4, 4, 3, 3}, {1, .5, .5, .25}},
      {"the improvement must exceed a quarter of the best loss, whose worse successors do not replace it",
       {.factor = 0.5, .patience = 0, .min_delta = 0.25},
       {16, 12, 11, 8.25, 8, 6, 4},
       {1, .5, .5, .25, .25, .125, .125}},
      {"so it is for losses of any size",
       {.factor = 0.5, .patience = 0, .min_delta = 0.25},
       {16e-9, 12.1e-9, 11e-9, 8.3e-9, 8e-9},
       {1, .5, .5, .25, .25}},
      {"and for losses below 0",
       {.factor = 0.5, .patience = 0, .min_delta = 0.25},
       {-8, -10, -11, -11},
       {1, .5, .5, .25}},
      {"two epochs after a drop do not count, unless they improve",
       {.factor = 0.5, .patience = 0, .cooldown = 2},
       {4, 4, 4, 4, 4, 4, 3, 4, 4},
       {1, .5, .5, .5, .25, .25, .25, .125, .125}},
      {"nan and infinities never improve, as a first loss neither",
       {.factor = 0.5, .patience = 1},
       {NAN, 5, NAN, INFINITY, 4, -INFINITY, NAN, 3.9, NAN, 3.8},
       {1, 1, 1, .5, .5, .5, .25, .25, .25, .25}},
      {"nothing but nan", {.factor = 0.5, .patience = 1}, {NAN, NAN, NAN, NAN}, {1, .5, .5, .25}},
      {"the smallest rate is the last",
       {.factor = 0.25, .patience = 0, .smallest = 0.125},
       {4, 4, 4, 4},
       {1, .25, .125, .125}},
      {"a loss of 0 cannot be improved", {.factor = 0.5, .patience = 0}, {0, 0, 0}, {1, .5, .25}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(rates_after(row.plateau, 1, row.losses) == row.rates);
  }
}

TEST_CASE("the defaults of a plateau: the eleventh epoch divides the learning rate by ten") {
  const std::vector<double> rates = rates_after({}, 0.1, std::vector<double>(12, 0.5));
  CHECK(rates[10] == 0.1);
  CHECK(ulps(rates[11], 0.01L) <= 2);
}

TEST_CASE("a plateau that observes the same losses again comes to the same rate") {
  const ScheduleSpec spec = ReduceOnPlateau{.factor = 0.3, .patience = 1, .cooldown = 1};
  const std::vector<double> losses = {3, 2, 2.5, NAN, 2, 1.9, 1.9, 1.9, 1.9, 1.9};
  const auto first = spec->build(0.1);
  for (const double loss : losses) first->observe(loss);
  const auto again = ScheduleSpec(spec)->build(0.1);
  for (const double loss : losses) again->observe(loss);
  CHECK(first->rate(10) < 0.1);
  CHECK(first->rate(10) == again->rate(10));
  CHECK(spec->build(0.1)->rate(10) == 0.1);
}

TEST_CASE("schedules count epochs unless they are told to count steps, a plateau always") {
  const auto registry = standard_schedules();
  CHECK(registry.names() == std::vector<std::string>{"constant", "cosine", "exponential", "inverse_time", "linear",
                                                     "multistep", "reduce_on_plateau", "step", "warmup_cosine"});
  for (const std::string& name : registry.names()) {
    CAPTURE(name);
    ScheduleSpec spec = registry.find(name);
    CHECK(spec.type() == name);
    CHECK(spec->per_epoch());
    bool has_per = false;
    for (const Option& option : spec.held().options()) {
      if (option.name != "per") continue;
      has_per = true;
      *std::get<std::string*>(option.place) = "step";
    }
    CHECK(has_per == (name != "reduce_on_plateau"));
    CHECK(spec->per_epoch() == !has_per);
  }
}

TEST_CASE("mistakes of schedules say what to do") {
  struct Row {
    std::function<void()> make;
    std::vector<std::string> parts;
  };
  const auto make = [](const auto& schedule) { return [schedule] { ScheduleSpec{schedule}; }; };
  const auto build = [](const auto& schedule) { return [schedule] { ScheduleSpec(schedule)->build(0.1); }; };
  const Row rows[] = {
      {make(ConstantRate{.per = "minute"}), {"constant: per = \"minute\", must be one of epoch, step"}},
      {make(StepDecay{}), {"step: every = 0, must be in [1, 1000000000]"}},
      {make(StepDecay{.gamma = 0, .every = 1}), {"step: gamma = 0, must be in (0, 1]"}},
      {make(ExponentialDecay{.gamma = 1.5}), {"exponential: gamma = 1.5, must be in (0, 1]"}},
      {make(MultistepDecay{}), {"multistep: milestones needs at least one number, such as [30, 60]"}},
      {make(MultistepDecay{.milestones = {30, 2.5, 60, 60}}),
       {"milestones must be whole numbers, not 2.5",
        "milestones must rise, but 2.5 follows 30; sort them and give each once",
        "milestones must rise, but 60 follows 60; sort them and give each once"}},
      {make(MultistepDecay{.milestones = {10, NAN}}), {"multistep: milestones = nan, must be in [1, 1000000000]"}},
      {make(Cosine{}), {"cosine: period = 0, must be in [1, 1000000000]"}},
      {make(Cosine{.period = 5, .smallest = -1}), {"cosine: smallest = -1, must be >= 0"}},
      {make(WarmupCosine{.warmup = 10, .total = 10}),
       {"warmup_cosine: warmup must be below total; shorten it or raise total"}},
      {make(LinearDecay{.total = 1, .end = INFINITY}), {"linear: end = inf, must be >= 0"}},
      {make(InverseTime{}), {"inverse_time: decay = 0, must be > 0"}},
      {make(ReduceOnPlateau{.factor = 1}), {"reduce_on_plateau: factor = 1, must be in (0, 1)"}},
      {make(ReduceOnPlateau{.min_delta = 1}), {"reduce_on_plateau: min_delta = 1, must be in [0, 1)"}},
      {build(Cosine{.period = 5, .smallest = 0.2}),
       {"cosine: smallest = 0.2 is above the learning rate, 0.1; lower it or raise learning_rate"}},
      {build(WarmupCosine{.total = 5, .smallest = 0.2}), {"warmup_cosine: smallest = 0.2 is above the learning rate"}},
      {build(ReduceOnPlateau{.smallest = 0.2}), {"reduce_on_plateau: smallest = 0.2 is above the learning rate"}},
  };
  for (const Row& row : rows) check_contains(error_of<ConfigError>(row.make), row.parts);
}
