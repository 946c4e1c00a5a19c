// std::from_chars, with the ends of the text and of the range checked.
#include <hinge/core/number.h>

#include <charconv>
#include <cmath>
#include <system_error>

namespace hinge::inline HINGE_ABI {

namespace {

// Spreadsheets write a plus sign and from_chars takes none. In `+-1` only the first goes, and the rest must not parse.
bool remove_plus(std::string_view& text) {
  if (!text.starts_with('+')) return true;
  text.remove_prefix(1);
  return !text.starts_with('-');
}

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  if (!remove_plus(text)) return std::nullopt;
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  const auto number = parse_whole<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;  // from_chars reads "nan" and "inf"
}

std::optional<std::int64_t> parse_integer(std::string_view text) { return parse_whole<std::int64_t>(text); }

std::optional<std::size_t> parse_size(std::string_view text) { return parse_whole<std::size_t>(text); }

}  // namespace hinge::inline HINGE_ABI
