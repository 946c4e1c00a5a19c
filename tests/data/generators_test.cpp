// Generated points against their formulas and the published benchmark.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <string>

#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include <hinge/data/generators.h>
#include "../support/contains.h"
#include "../support/throws.h"

using namespace hinge;

TEST_CASE_TEMPLATE("xor is the four corners with the class of the exclusive or", Scalar, float, double) {
  const auto data = xor_points<Scalar>();
  REQUIRE(data.size() == 4);
  CHECK(data.feature_names() == std::vector<std::string>{"x", "y"});
  CHECK(data.class_names() == std::vector<std::string>{"0", "1"});
  for (std::size_t i = 0; i < 4; ++i) {
    const int x = static_cast<int>(data.inputs()(0, i));
    const int y = static_cast<int>(data.inputs()(1, i));
    CHECK(static_cast<std::size_t>(2 * x + y) == i);
    CHECK(data.classes()[i] == (x ^ y));
  }
}

TEST_CASE("noisy xor has clouds of the given deviation around the corners") {
  const double noise = 0.1;
  const auto data = xor_points<double>(4000, noise, 3);
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double dx = data.inputs()(0, i) - static_cast<double>((i >> 1) & 1);
    const double dy = data.inputs()(1, i) - static_cast<double>(i & 1);
    sum += dx + dy;
    squares += dx * dx + dy * dy;
    CHECK(data.classes()[i] == static_cast<int>(((i >> 1) ^ i) & 1));
  }
  // 8000 normal numbers: the mean deviates by 0.1/√8000 ≈ 0.0011, the variance by 0.01·√(2/8000) ≈ 0.00016; 5 of those.
  CHECK(std::abs(sum / 8000) < 0.0056);
  CHECK(std::abs(squares / 8000 - noise * noise) < 0.0008);
}

TEST_CASE("two spirals start and end where Lang and Witbrock put them") {
  const auto data = two_spirals<double>();
  REQUIRE(data.size() == 194);
  CHECK(data.inputs()(0, 0) == 0);
  CHECK(data.inputs()(1, 0) == 6.5);
  CHECK(data.classes()[0] == 1);
  CHECK(data.inputs()(0, 16) == doctest::Approx(6.5 * 96 / 104));  // a quarter turn on: x = r and y = 0
  CHECK(std::abs(data.inputs()(1, 16)) < 1e-12);
  CHECK(data.inputs()(1, 192) == doctest::Approx(0.5));  // three turns on: r = 6.5 * 8 / 104
}

TEST_CASE("the second arm of the spirals is the reflection of the first") {
  const auto data = two_spirals<float>(50);
  for (std::size_t i = 0; i < data.size(); i += 2) {
    CHECK(data.inputs()(0, i) == -data.inputs()(0, i + 1));
    CHECK(data.inputs()(1, i) == -data.inputs()(1, i + 1));
    CHECK(data.classes()[i] == 1);
    CHECK(data.classes()[i + 1] == 0);
  }
}

TEST_CASE("spirals of any length make the same three turns") {
  for (const std::size_t count : {1U, 2U, 10U, 500U}) {
    CAPTURE(count);
    const auto data = two_spirals<double>(count);
    CHECK(data.size() == 2 * count);
    CHECK(data.inputs()(1, 0) == 6.5);
    if (count > 1) CHECK(data.inputs()(1, 2 * count - 2) == doctest::Approx(0.5));
  }
}

TEST_CASE("two spirals are the points of the reference file") {
  const std::string path = std::string(HINGE_SHARED_DIR) + "/data/spirals/two_spirals_train.csv";
  if (!std::filesystem::exists(path)) {
    MESSAGE("skipped: there is no " << path);
    return;
  }
  const auto wanted = read_csv<double>(path);
  const auto data = two_spirals<double>();
  REQUIRE(data.size() == wanted.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    CAPTURE(i);
    // Both have their libraries' sine, whose last bits may differ: 2 ulp of 6.5.
    CHECK(std::abs(data.inputs()(0, i) - wanted.inputs()(0, i)) <= 2e-15);
    CHECK(std::abs(data.inputs()(1, i) - wanted.inputs()(1, i)) <= 2e-15);
    CHECK(data.class_names()[static_cast<std::size_t>(data.classes()[i])] ==
          wanted.class_names()[static_cast<std::size_t>(wanted.classes()[i])]);
  }
}

TEST_CASE("noise of the generators depends on the seed alone and is drawn anew for each coordinate") {
  const auto data = two_spirals<double>(97, 0.3, 11);
  const auto same = two_spirals<double>(97, 0.3, 11);
  const auto other = two_spirals<double>(97, 0.3, 12);
  const auto exact = two_spirals<double>();
  std::set<double> noise;
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (const std::size_t row : {0U, 1U}) {
      CHECK(data.inputs()(row, i) == same.inputs()(row, i));
      CHECK(data.inputs()(row, i) != other.inputs()(row, i));
      noise.insert(std::round(1e9 * (data.inputs()(row, i) - exact.inputs()(row, i))));
    }
  }
  CHECK(noise.size() == 2 * data.size());
}

TEST_CASE("arguments that no generator can follow are refused") {
  check_contains(error_of<ConfigError>([] { xor_points<float>(0, 0, 1); }), {"xor_points", "samples = 0", "[1, "});
  check_contains(error_of<ConfigError>([] { two_spirals<float>(0); }), {"two_spirals", "samples_per_arm = 0"});
  for (const double noise : {-0.1, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    check_contains(error_of<ConfigError>([&] { xor_points<float>(4, noise, 1); }), {"noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { two_spirals<float>(4, noise); }), {"noise = ", ">= 0"});
  }
}
