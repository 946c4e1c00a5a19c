// std::from_chars, checked for leftover text and for range, with a fast path for the short decimals of tables.
#include <hinge/core/number.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

#include <hinge/core/portable_number.h>

namespace hinge {

namespace {

// Spreadsheets write a plus sign, which from_chars refuses. Removing it must not make `+-1` a number.
bool remove_plus(std::string_view& text) {
  if (!text.starts_with('+')) return true;
  text.remove_prefix(1);
  return !text.starts_with('-');
}

template <typename Number>
bool parse_whole(std::string_view text, Number& number) {
  if (!remove_plus(text)) return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

constexpr std::array<double, 20> powers_of_ten = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                                  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

// Appends the digits that the text begins with, and returns where they end.
const char* take_digits(const char* next, const char* end, std::int64_t& digits) {
  for (; next != end && *next >= '0' && *next <= '9'; ++next) digits = 10 * digits + (*next - '0');
  return next;
}

// Decimals such as -12.3456: digits and at most one point. With n digits after the point the number is digits / 10ⁿ.
// Both operands are exact doubles if digits ≤ 2⁵³ and n ≤ 22, so the division rounds once and the result is correctly
// rounded [Clinger 1990]. Returns false for any other text; it may still be a number.
bool parse_short_decimal(std::string_view text, double& number) {
  // Arithmetic instead of branches: in many tables the sign is random, and each wrong guess costs as much as the
  // parsing.
  const bool minus = !text.empty() && text.front() == '-';
  const bool plus = !text.empty() && text.front() == '+';
  text.remove_prefix(std::size_t{minus} + std::size_t{plus});
  if (text.size() > 18) return false;  // 18 digits fit 64 bits
  const char* const first = text.data();
  const char* const end = first + text.size();
  std::int64_t digits = 0;
  const char* const point = take_digits(first, end, digits);
  const char* const fraction = point != end && *point == '.' ? point + 1 : point;
  const char* const last = take_digits(fraction, end, digits);
  const bool has_digits = point != first || last != fraction;
  if (last != end || !has_digits || digits > std::int64_t{1} << 53) return false;
  number =
      (1 - 2 * int{minus}) * (static_cast<double>(digits) / powers_of_ten[static_cast<std::size_t>(last - fraction)]);
  return true;
}

}  // namespace

// The optional is made only at the end. Passing one through parse_short_decimal would store and reload its double and
// flag, which takes as long as parsing.
std::optional<double> parse_double(std::string_view text) {
  double number = 0;
  if (parse_short_decimal(text, number)) return number;
#ifndef __cpp_lib_to_chars  // from_chars reads no floating point
  return remove_plus(text) ? portable_number(text) : std::nullopt;
#else
  if (!parse_whole(text, number) || !std::isfinite(number)) return std::nullopt;  // from_chars reads "nan" and "inf"
  return number;
#endif
}

std::optional<std::size_t> parse_size(std::string_view text) {
  std::size_t number = 0;
  if (!parse_whole(text, number)) return std::nullopt;
  return number;
}

}  // namespace hinge
