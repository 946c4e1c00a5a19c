// The substitute for floating-point <charconv>, beside the standard library's.
#include <doctest/doctest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/bits.h>
#include <hinge/core/portable_number.h>
#include <hinge/core/random.h>

using namespace hinge;

namespace {

template <typename Scalar, typename... Format>
std::string standard_text(Scalar value, Format... format) {
  std::array<char, 400> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value, format...);
  return {text.data(), result.ptr};
}

// Every power of two and of ten, and numbers of any bits: where shortest digits are decided in other ways.
std::vector<double> many_doubles() {
  std::vector<double> values = {0.0, -0.0, 0.1, -1.5, 1e22, 1e23, 123456789012345680000.0, 5e-324, 9007199254740993.0};
  for (int k = -1074; k <= 1023; ++k) values.push_back(std::ldexp(1.0, k));
  for (int k = -307; k <= 308; ++k) values.push_back(std::pow(10.0, k));
  const RandomStream random(3, Purpose::user);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const auto value = bit_cast<double>(random.integer(i, std::numeric_limits<std::uint64_t>::max()));
    if (std::isfinite(value)) values.push_back(value);
    values.push_back(std::round(1e4 * std::fmod(std::isfinite(value) ? value : 1.0, 100.0)) / 1e4);
  }
  return values;
}

}  // namespace

TEST_CASE("portable texts of numbers are those of the standard library") {
  for (const double value : many_doubles()) {
    CAPTURE(value);
    CHECK(portable_text(value) == standard_text(value));
    const auto narrow = static_cast<float>(value);
    if (std::isfinite(narrow)) CHECK(portable_text(narrow) == standard_text(narrow));
    for (const int digits : {1, 3, 17}) {
      CHECK(portable_text(value, digits) == standard_text(value, std::chars_format::general, digits));
    }
  }
}

TEST_CASE("portable parsing takes what the standard library takes, and gives the same number") {
  std::vector<std::string> texts = {"",    "-",   ".",   "1.2.3", "1e",     "1e+",  "e5",     "+1",   " 1",
                                    "1 ",  "0x1", "5.",  ".5",    "-.5",    "1E+3", "1e400",  "-0",   "0e-9",
                                    "--1", "1,5", "007", "1e-5",  "1e-999", "1-2",  "1e5e-3", "0e999"};
  for (const double value : many_doubles()) texts.push_back(standard_text(value));
  for (const std::string& text : texts) {
    CAPTURE(text);
    double standard = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, standard);
    const std::optional<double> number = portable_number(text);
    REQUIRE(number.has_value() == (error == std::errc() && stop == end));
    if (number) CHECK(bit_cast<std::uint64_t>(*number) == bit_cast<std::uint64_t>(standard));
  }
}
