// Generated points against their formulas and the published benchmark.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include <hinge/data/generators.h>
#include "support/contains.h"
#include "support/throws.h"

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

TEST_CASE_TEMPLATE("two moons are half circles that start and end where they should", Scalar, float, double) {
  const auto data = two_moons<Scalar>(6);
  // cos and sin of 0, a quarter and a half turn, exact but for π rounded to a double: 2e-16, and 1e-7 in float.
  const double tolerance = 2e-7;
  const std::vector<std::vector<double>> wanted{{1, 0}, {0, 0.5}, {0, 1}, {1, -0.5}, {-1, 0}, {2, 0.5}};
  REQUIRE(data.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(std::abs(static_cast<double>(data.inputs()(0, i)) - wanted[i][0]) < tolerance);
    CHECK(std::abs(static_cast<double>(data.inputs()(1, i)) - wanted[i][1]) < tolerance);
    CHECK(data.classes()[i] == static_cast<int>(i % 2));
  }
  CHECK(data.feature_names() == std::vector<std::string>{"x", "y"});
  const auto odd = two_moons<double>(5);  // 3 and 2 samples: both moons end at half a turn
  CHECK(odd.inputs()(0, 3) == 2);
  CHECK(odd.inputs()(0, 4) == -1);
  CHECK(two_moons<float>(1).size() == 1);
}

TEST_CASE("two circles have their radii and their points at equal angles") {
  const auto data = two_circles<double>(9, 0, 0, 0.25);
  for (std::size_t i = 0; i < data.size(); ++i) {
    CAPTURE(i);
    const double x = data.inputs()(0, i);
    const double y = data.inputs()(1, i);
    CHECK(data.classes()[i] == static_cast<int>(i % 2));
    CHECK(std::hypot(x, y) == doctest::Approx(i % 2 == 0 ? 1 : 0.25));
    const double turn = static_cast<double>(i / 2) / (i % 2 == 0 ? 5 : 4);
    CHECK(std::remainder(std::atan2(y, x) - turn * 2 * std::acos(-1), 2 * std::acos(-1)) == doctest::Approx(0));
  }
}

TEST_CASE("blobs are clouds of the given deviation around the corners of a polygon") {
  const double noise = 0.1;
  const auto data = blobs<double>(4000, 4, noise, 3);
  CHECK(data.class_names() == std::vector<std::string>{"0", "1", "2", "3"});
  const std::vector<std::vector<double>> centres{{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double dx = data.inputs()(0, i) - centres[i % 4][0];
    const double dy = data.inputs()(1, i) - centres[i % 4][1];
    sum += dx + dy;
    squares += dx * dx + dy * dy;
    CHECK(data.classes()[i] == static_cast<int>(i % 4));
  }
  CHECK(std::abs(sum / 8000) < 0.0056);  // 5 standard deviations, as for noisy xor
  CHECK(std::abs(squares / 8000 - noise * noise) < 0.0008);
  CHECK(blobs<float>(2, 5).class_count() == 5);
}

TEST_CASE_TEMPLATE("parity is every point of the cube with the class of its number of ones", Scalar, float, double) {
  const auto data = parity<Scalar>(5);
  REQUIRE(data.size() == 32);
  CHECK(data.feature_names().back() == "bit_4");
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::size_t number = 0;
    int ones = 0;
    for (std::size_t bit = 0; bit < 5; ++bit) {
      number = 2 * number + static_cast<std::size_t>(data.inputs()(bit, i));
      ones += data.inputs()(bit, i) == 1;
    }
    CHECK(number == i);
    CHECK(data.classes()[i] == ones % 2);
  }
  const auto two = parity<Scalar>(2);
  const auto corners = xor_points<Scalar>();
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(two.inputs()(0, i) == corners.inputs()(0, i));
    CHECK(two.inputs()(1, i) == corners.inputs()(1, i));
    CHECK(two.classes()[i] == corners.classes()[i]);
  }
}

TEST_CASE("parity of eight bits is the benchmark of FANN") {
  const std::string path = std::string(HINGE_SHARED_DIR) + "/data/fann/parity8.train";
  if (!std::filesystem::exists(path)) {
    MESSAGE("skipped: there is no " << path);
    return;
  }
  std::ifstream file(path);
  std::string skipped;
  std::getline(file, skipped);  // the sizes
  std::map<std::size_t, int> classes;
  for (int row = 0; row < 256; ++row) {
    std::size_t number = 0;
    int digit = 0;
    for (int bit = 0; bit < 8; ++bit) {
      file >> digit;
      number = 2 * number + static_cast<std::size_t>(digit);
    }
    file >> digit;
    classes[number] = digit;
  }
  REQUIRE(classes.size() == 256);
  const auto data = parity<float>(8);
  for (std::size_t i = 0; i < data.size(); ++i) CHECK(data.classes()[i] == classes[i]);
}

TEST_CASE("a sine wave is one turn of the sine with noise on the target alone") {
  const auto data = sine_wave<double>(5);
  CHECK(data.task() == Task::regression);
  CHECK(data.feature_names() == std::vector<std::string>{"x"});
  CHECK(data.target_names() == std::vector<std::string>{"y"});
  const double pi = std::acos(-1);
  const std::vector<double> values{0, -1, 0, 1, 0};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(data.inputs()(0, i) == doctest::Approx(pi * (static_cast<double>(i) / 2 - 1)));
    CHECK(std::abs(data.values()(0, i) - values[i]) < 1e-15);
  }
  const double noise = 0.1;
  const auto noisy = sine_wave<double>(8000, noise, 3);
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < noisy.size(); ++i) {
    const double dy = noisy.values()(0, i) - std::sin(noisy.inputs()(0, i));
    sum += dy;
    squares += dy * dy;
  }
  CHECK(std::abs(sum / 8000) < 0.0056);  // 5 standard deviations, as for noisy xor
  CHECK(std::abs(squares / 8000 - noise * noise) < 0.0008);
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
  check_contains(error_of<ConfigError>([] { two_moons<float>(0); }), {"two_moons", "samples = 0", "[1, "});
  check_contains(error_of<ConfigError>([] { two_circles<float>(0); }), {"two_circles", "samples = 0"});
  check_contains(error_of<ConfigError>([] { blobs<float>(0); }), {"blobs", "samples = 0"});
  check_contains(error_of<ConfigError>([] { sine_wave<float>(0); }), {"sine_wave", "samples = 0"});
  check_contains(error_of<ConfigError>([] { blobs<float>(4, 1); }), {"blobs", "classes = 1", "[2, 1000]"});
  check_contains(error_of<ConfigError>([] { blobs<float>(4, 1001); }), {"classes = 1001"});
  check_contains(error_of<ConfigError>([] { parity<float>(0); }), {"parity", "bits = 0", "[1, 20]"});
  check_contains(error_of<ConfigError>([] { parity<float>(21); }), {"bits = 21"});
  for (const double radius : {0.0, 1.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
    check_contains(error_of<ConfigError>([&] { two_circles<float>(4, 0, 0, radius); }), {"inner_radius = ", "(0, 1)"});
  }
  for (const double noise : {-0.1, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    check_contains(error_of<ConfigError>([&] { xor_points<float>(4, noise, 1); }), {"noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { two_spirals<float>(4, noise); }), {"noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { two_moons<float>(4, noise); }), {"two_moons: noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { two_circles<float>(4, noise); }), {"two_circles: noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { blobs<float>(4, 2, noise); }), {"blobs: noise = ", ">= 0"});
    check_contains(error_of<ConfigError>([&] { sine_wave<float>(4, noise); }), {"sine_wave: noise = ", ">= 0"});
  }
}
