// Through printf and strtod, which round correctly: the digits are the fewest that strtod turns back into the number.
#include <hinge/core/portable_number.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <utility>

namespace hinge {

namespace {

template <typename... Arguments>
std::string printed(const char* format, Arguments... arguments) {
  std::array<char, 400> text{};  // %.0f of the largest double has 309 digits
  const int length = std::snprintf(text.data(), text.size(), format, arguments...);
  return {text.data(), static_cast<std::size_t>(length)};
}

// The number d.ddde±xx. Of up to 2⁵³ and a power of ten up to 10²² both are exact doubles, so that one operation rounds once
// [Clinger 1990]; strtod computes in quadruple precision, which WebAssembly does not have, and takes fifty times as long.
double value_of(const std::string& scientific) {
  constexpr int exact_powers = 22;
  const std::size_t mark = scientific.find('e');
  std::int64_t digits = 0;
  int exponent = std::atoi(scientific.c_str() + mark + 1);
  for (std::size_t i = 0; i < mark; ++i) {
    if (scientific[i] == '.') continue;
    digits = 10 * digits + (scientific[i] - '0');
    if (i > 0) --exponent;
  }
  if (digits > std::int64_t{1} << 53 || std::abs(exponent) > exact_powers)
    return std::strtod(scientific.c_str(), nullptr);
  double power = 1;
  for (int i = 0; i < std::abs(exponent); ++i) power *= 10;
  return exponent < 0 ? static_cast<double>(digits) / power : static_cast<double>(digits) * power;
}

// As parse_double reads it, and whoever rounds that to a float.
template <typename Scalar>
bool reads_back(const std::string& scientific, Scalar value) {
  return static_cast<Scalar>(value_of(scientific)) == value;
}

// The next larger decimal of as many digits; after 9.99 the same.
std::string with_next_digit(const std::string& scientific) {
  std::string text = scientific;
  for (std::size_t i = text.find('e'); i-- > 0;) {
    if (text[i] == '.') continue;
    if (text[i] != '9') {
      ++text[i];
      return text;
    }
    text[i] = '0';
  }
  return scientific;
}

std::string without_last_zeros(std::string scientific) {
  const std::size_t mark = scientific.find('e');
  const std::size_t last = scientific.find_last_not_of("0.", mark - 1);
  return scientific.erase(last + 1, mark - last - 1);
}

// d.ddde±xx with the fewest digits. Beneath a power of two numbers lie twice as dense as above: there a decimal that is too
// far below has a partner above, further away, that still reads back.
template <typename Scalar>
std::string shortest_scientific(Scalar value) {
  const auto wide = static_cast<double>(value);
  std::string shortest = without_last_zeros(printed("%.*e", std::numeric_limits<Scalar>::max_digits10 - 1, wide));
  while (shortest.find('.') != std::string::npos) {
    const auto digits = static_cast<int>(shortest.find('e')) - 1;  // the point is no digit
    std::string shorter = printed("%.*e", digits - 2, wide);
    if (!reads_back(shorter, value)) shorter = with_next_digit(shorter);
    if (!reads_back(shorter, value)) return shortest;
    shortest = without_last_zeros(std::move(shorter));
  }
  return shortest;
}

// The same digits without an exponent. Of a whole number all digits are printed, as printf does.
std::string without_exponent(const std::string& digits, int exponent, double value) {
  const auto count = static_cast<int>(digits.size());
  if (exponent >= count - 1) return printed("%.0f", std::abs(value));
  if (exponent < 0) return "0." + std::string(static_cast<std::size_t>(-exponent) - 1, '0') + digits;
  const std::size_t point = static_cast<std::size_t>(exponent) + 1;
  return digits.substr(0, point) + "." + digits.substr(point);
}

template <typename Scalar>
std::string shortest(Scalar value) {
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  const std::string scientific = shortest_scientific(std::abs(value));
  const std::size_t mark = scientific.find('e');
  std::string digits = scientific.substr(0, mark);
  std::erase(digits, '.');
  const std::string fixed =
      without_exponent(digits, std::atoi(scientific.c_str() + mark + 1), static_cast<double>(value));
  return (value < 0 ? "-" : "") + (fixed.size() <= scientific.size() ? fixed : scientific);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t skip_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count;
}

// [-] digits with at most one point [e [+-] digits], and nothing else.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t digits = skip_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    digits += skip_digits(text);
  }
  if (digits == 0) return false;
  if (!text.starts_with('e') && !text.starts_with('E')) return text.empty();
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return skip_digits(text) > 0 && text.empty();
}

// Whether a digit before the exponent is not 0.
bool is_nonzero(std::string_view decimal) {
  const std::string_view mantissa = decimal.substr(0, decimal.find_first_of("eE"));
  return mantissa.find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

std::string portable_text(double value) { return shortest(value); }
std::string portable_text(float value) { return shortest(value); }
std::string portable_text(double value, int digits) { return printed("%.*g", digits, value); }

std::optional<double> portable_number(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  if (std::isinf(number) || (number == 0 && is_nonzero(text))) return std::nullopt;
  return number;
}

}  // namespace hinge
