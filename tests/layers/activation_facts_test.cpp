// What is said of activations agrees with what they compute.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <hinge/layers/activations/activations.h>

using namespace hinge;

namespace {

struct Silent {
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar) const {
    return 1;
  }
};

struct Quadratic {
  static constexpr ActivationFacts facts = {.formula = "z²"};
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return 2 * z;
  }
};

// Calls visit(type, activation, facts) for all of Hinge's, and for the other form of GELU.
template <typename Visit>
void each_activation(const Visit& visit) {
  const auto registry = standard_activations();
  const auto one = [&](const ActivationSpec& spec) {
    CAPTURE(spec.summary());
    const auto activation = spec->build<double>();
    visit(spec.type(), *activation, activation->facts());
  };
  for (const std::string& name : registry.names()) one(registry.find(name));
  one(Gelu{.approximate = "tanh"});
}

// From −30 to 30 in steps of 1/64.
template <typename Visit>
void sweep(const Visit& visit) {
  for (int i = -30 * 64; i <= 30 * 64; ++i) visit(i / 64.0);
}

}  // namespace

TEST_CASE("every activation of Hinge has its facts, and another may have some") {
  std::size_t count = 0;
  each_activation([&](std::string_view, const Activation<double>&, const ActivationFacts& facts) {
    for (const std::string_view text : {facts.formula, facts.derivative, facts.range, facts.use}) CHECK(!text.empty());
    ++count;
  });
  CHECK(count == standard_activations().names().size() + 1);
  CHECK(Activation<float>::from(Silent{})->facts().formula.empty());
  CHECK(Activation<float>::from(Quadratic{})->facts().formula == "z²");
}

TEST_CASE("values stay within the range that is said, and come near both of its ends") {
  each_activation([](std::string_view, const Activation<double>& activation, const ActivationFacts& facts) {
    double lowest = 0;
    double highest = 0;
    sweep([&](double z) {
      const double a = activation.value(z);
      lowest = std::min(lowest, a);
      highest = std::max(highest, a);
    });
    // The ends of dips are given to 8 digits.
    constexpr double digits = 1e-8;
    CHECK(lowest >= facts.lowest - digits);
    CHECK(highest <= facts.highest);
    // At ±30 softsign is 1/31 off its ends, leaky ReLU at −0.3; a grid of 1/64 misses the bottom of a dip by less than 1e-4.
    CHECK((std::isinf(facts.lowest) ? lowest < -0.2 : lowest < facts.lowest + 0.04));
    CHECK((std::isinf(facts.highest) ? highest > 20 : highest > facts.highest - 0.04));
    const bool is_dip = facts.lowest < 0 && facts.lowest > -0.5;
    if (is_dip) CHECK(lowest < facts.lowest + 1e-4);
  });
}

TEST_CASE("the text of a range has the lower end that is said in numbers") {
  each_activation([](std::string_view type, const Activation<double>&, const ActivationFacts& facts) {
    if (std::isinf(facts.lowest) || type == Elu::type) return;  // −∞ and −α
    std::string text(facts.range.substr(1, facts.range.find(',') - 1));
    const std::string_view minus = "−";
    if (text.starts_with(minus)) text.replace(0, minus.size(), "-");
    CHECK(std::abs(std::stod(text) - facts.lowest) <= 0.5e-4);  // four decimals
  });
}

TEST_CASE("an activation has a word on its kinks exactly where its slope jumps for some of its options") {
  each_activation([](std::string_view type, const Activation<double>& activation, const ActivationFacts& facts) {
    const bool jumps = !activation.kinks().empty() || type == Elu::type;  // that of α = 1 does not
    CHECK(facts.at_kinks.empty() == !jumps);
    for (const double kink : activation.kinks()) {
      // `0 at −3, 1 at 3`: each place is named, behind `at` or `and`.
      const std::string place = (kink < 0 ? "−" : "") + std::to_string(static_cast<int>(std::abs(kink)));
      const std::string text(facts.at_kinks);
      CHECK((text.find("at " + place) != std::string::npos || text.find("and " + place) != std::string::npos));
    }
  });
}
