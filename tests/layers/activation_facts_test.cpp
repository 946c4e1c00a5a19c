// What is said of activations agrees with what they compute.
#include <hinge/layers/activation_facts.h>

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <hinge/layers/activations/activations.h>

using namespace hinge;

namespace {

std::unique_ptr<Activation<double>> built(std::string_view type) {
  ActivationSpec spec = Relu{};
  spec.replace(standard_activations(), type);
  return spec->build<double>();
}

// From −30 to 30 in steps of 1/64.
template <typename Visit>
void sweep(const Visit& visit) {
  for (int i = -30 * 64; i <= 30 * 64; ++i) visit(i / 64.0);
}

}  // namespace

TEST_CASE("every activation has its facts, in the order of the registry") {
  std::vector<std::string> described;
  for (const ActivationFacts& facts : activation_facts()) {
    described.emplace_back(facts.type);
    CAPTURE(facts.type);
    for (const std::string_view text : {facts.formula, facts.derivative, facts.range, facts.use}) CHECK(!text.empty());
  }
  CHECK(described == standard_activations().names());
}

TEST_CASE("values stay within the range that is said, and come near both of its ends") {
  for (const ActivationFacts& facts : activation_facts()) {
    CAPTURE(facts.type);
    const auto activation = built(facts.type);
    double lowest = 0;
    double highest = 0;
    sweep([&](double z) {
      const double a = activation->value(z);
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
  }
}

TEST_CASE("the text of a range has the lower end that is said in numbers") {
  for (const ActivationFacts& facts : activation_facts()) {
    CAPTURE(facts.type);
    if (std::isinf(facts.lowest) || facts.type == Elu::type) continue;  // −∞ and −α
    std::string text(facts.range.substr(1, facts.range.find(',') - 1));
    const std::string_view minus = "−";
    if (text.starts_with(minus)) text.replace(0, minus.size(), "-");
    CHECK(std::abs(std::stod(text) - facts.lowest) <= 0.5e-4);  // four decimals
  }
}

TEST_CASE("an activation has a word on its kinks exactly where its slope jumps for some of its options") {
  for (const ActivationFacts& facts : activation_facts()) {
    CAPTURE(facts.type);
    const bool jumps = !built(facts.type)->kinks().empty() || facts.type == Elu::type;  // that of α = 1 does not
    CHECK(facts.at_kinks.empty() == !jumps);
    for (const double kink : built(facts.type)->kinks()) {
      // `0 at −3, 1 at 3`: each place is named, behind `at` or `and`.
      const std::string place = (kink < 0 ? "−" : "") + std::to_string(static_cast<int>(std::abs(kink)));
      const std::string text(facts.at_kinks);
      CHECK((text.find("at " + place) != std::string::npos || text.find("and " + place) != std::string::npos));
    }
  }
}

TEST_CASE("Hinge's own line among the conventions is what its ReLUs do") {
  const KinkConvention& own = kink_conventions().front();
  REQUIRE(own.program == "Hinge");
  CHECK(own.relu_at_zero.substr(0, 1) == std::to_string(static_cast<int>(built("relu")->derivative(0))));
  CHECK(own.leaky_at_zero.substr(0, 1) == std::to_string(static_cast<int>(built("leaky_relu")->derivative(0))));
  CHECK(std::stod(std::string(own.leaky_slope)) == built("leaky_relu")->derivative(-1));
}
