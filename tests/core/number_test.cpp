// Parsing numbers: what is taken, and what is not.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/number.h>
#include <hinge/core/random.h>

using namespace hinge;

TEST_CASE("a whole text that is a decimal number parses to it") {
  struct Row {
    std::string text;
    double value;
  };
  for (const Row& row :
       {Row{"0", 0.0}, Row{"-0", -0.0}, Row{"1", 1.0}, Row{"+2", 2.0}, Row{"-1.5", -1.5}, Row{".5", 0.5},
        Row{"5.", 5.0}, Row{"007", 7.0}, Row{"1e-3", 1e-3}, Row{"1E+3", 1e3}, Row{"0e-999", 0.0}, Row{"0.1", 0.1},
        Row{"5e-324", 5e-324}, Row{"1.7976931348623157e308", std::numeric_limits<double>::max()},
        Row{"0.1000000000000000055511151231257827", 0.1}, Row{"9007199254740993", 9007199254740992.0}}) {
    CAPTURE(row.text);
    const std::optional<double> value = parse_double(row.text);
    REQUIRE(value.has_value());
    CHECK(*value == row.value);
  }
}

// The C library's strtod is correctly rounded too, and shares no code with ours.
TEST_CASE("a number is the double nearest to the text, whatever its length") {
  const RandomStream random(1, Purpose::user);
  std::uint64_t draws = 0;
  const auto below = [&](std::uint64_t count) { return random.integer(draws++, count); };
  std::vector<std::string> texts{"9007199254740991",
                                 "9007199254740992",
                                 "9007199254740993",
                                 "-9007199254740993",
                                 "900719925474099.3",
                                 ".9007199254740993",
                                 "999999999999999999",
                                 "-99999999999999999.9",
                                 "9999999999999999999",
                                 "99999999999999999999",
                                 "0.000000000000001",
                                 ".00000000000000001",
                                 "4.9e-324",
                                 "2.2250738585072011e-308",
                                 "0000000000000000000000000.5"};
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t length = 1 + below(24);
    const std::uint64_t point = below(length + 1);
    std::string text = below(2) == 0 ? "" : "-";
    for (std::uint64_t digit = 0; digit < length; ++digit) {
      if (digit == point) text += '.';
      text += static_cast<char>('0' + below(10));
    }
    texts.push_back(text);
  }
  for (const std::string& text : texts) {
    CAPTURE(text);
    const std::optional<double> value = parse_double(text);
    REQUIRE(value.has_value());
    REQUIRE(*value == std::strtod(text.c_str(), nullptr));
    REQUIRE(std::signbit(*value) == text.starts_with('-'));
  }
}

TEST_CASE("a text that is not one finite decimal number is nothing") {
  for (const char* text :
       {"",     " ",        " 1",    "1 ",     "1,5",    "1.5.2", "1e",    "e5",   "-",   "+",
        "+-1",  "-+1",      "++1",   "--1",    ".",      "0x10",  "1f",    "nan",  "NaN", "inf",
        "-inf", "infinity", "+.",    "-.",     ".-1",    "1.-",   "1.+5",  "1:2",  "1/2", "12345678901234567x",
        "..5",  "1..",      "1e400", "-1e400", "1e-999", "1_000", "1'000", "true", "½"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_double(text).has_value());
  }
  CHECK_FALSE(parse_double(std::string("1\0", 2)).has_value());
}

TEST_CASE("whole numbers parse within the range of their type") {
  CHECK(parse_size("0") == std::size_t{0});
  CHECK(parse_size("+64") == std::size_t{64});
  CHECK(parse_size("010") == std::size_t{10});
  CHECK(parse_size(std::to_string(std::numeric_limits<std::size_t>::max())) == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("whole numbers have no fraction and no exponent and no other range") {
  for (const char* text : {"", "-1", "-0", "+-1", "1.0", "1e3", "0x1", " 1", "1 ", "18446744073709551616"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_size(text).has_value());
  }
}
