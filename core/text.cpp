// Text for messages, without locales.
#include <hinge/core/text.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <hinge/core/portable_number.h>

namespace hinge {

namespace {

template <typename Number, typename... Format>
std::string number_text(Number value, Format... format) {
  if (std::isnan(value)) return "nan";  // whose sign says nothing
#ifndef __cpp_lib_to_chars              // of floating point; without it the digits alone are the format
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return portable_text(value, format...);
#else
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value, format...);
  return {text.data(), result.ptr};
#endif
}

std::string folded(std::string_view name) {
  std::string text = lowered(name);
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

// Number of insertions, deletions, replacements and swaps of neighbours that turn a into b [Damerau 1964].
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string to_text(double value) { return number_text(value); }

std::string to_text(float value) { return number_text(value); }

std::string to_text(double value, int digits) {
#ifdef __cpp_lib_to_chars
  return number_text(value, std::chars_format::general, digits);
#else
  return number_text(value, digits);
#endif
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += separator;
    text += words[i];
  }
  return text;
}

std::string quantity(std::size_t count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') word += "'\\'";  // ends the quotes, a quote, and they begin again
    word += c;
  }
  word += '\'';
  return word;
}

std::string percent_text(double fraction) { return to_text(100 * fraction, 3) + " %"; }

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string typeset(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "−∞" : "∞";
  std::string text = to_text(value, digits);
  if (text.front() == '-') text.replace(0, 1, "−");
  return text;
}

// Continuation bytes are 10xxxxxx; the first of them is narrower where else the same character could be written in two
// ways, or a surrogate or a number beyond U+10FFFF [RFC 3629, section 4].
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < lowest || byte(1) > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

bool steers_terminal(std::string_view character) {
  const auto byte = static_cast<unsigned char>(character.back());
  if (character.size() == 1) return byte < 0x20 || byte == 0x7f;
  if (character.size() == 2) return character == "\u061c" || (character.front() == '\xc2' && byte < 0xa0);
  const bool is_separator_or_embedding = character >= "\u2028" && character <= "\u202e";
  const bool is_isolate = character >= "\u2066" && character <= "\u2069";
  const bool is_mark = character == "\u200e" || character == "\u200f";
  return character.size() == 3 && (is_separator_or_embedding || is_isolate || is_mark);
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string safe;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t length = character_length(text.substr(i));
    if (i + std::max<std::size_t>(length, 1) > max_bytes) return safe + "…";
    if (length > 0 && !steers_terminal(text.substr(i, length))) {
      safe += text.substr(i, length);
    } else {
      for (const char c : text.substr(i, std::max<std::size_t>(length, 1))) {
        const auto byte = static_cast<unsigned char>(c);
        safe += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
      }
    }
    i += std::max<std::size_t>(length, 1);
  }
  return safe;
}

std::size_t utf8_prefix(std::string_view text) {
  constexpr std::size_t at_once = sizeof(std::uint64_t);
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::size_t i = 0;
  while (i < text.size()) {
    std::uint64_t eight = high_bits;
    if (text.size() - i >= at_once) std::memcpy(&eight, text.data() + i, at_once);
    if ((eight & high_bits) == 0) {  // eight ASCII characters
      i += at_once;
      continue;
    }
    const std::size_t length = character_length(text.substr(i, 4));
    if (length == 0) return i;
    i += length;
  }
  return text.size();
}

std::string nearest(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t longest = 64;  // longer names are no typing mistakes, and the distance is quadratic
  if (name.size() > longest) return "";
  const std::string wanted = folded(name);
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(wanted, folded(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, std::span<const std::string> known) {
  const std::string guess = nearest(name, known);
  return (guess.empty() ? "" : "; did you mean \"" + guess + "\"?") + " (known: " + join(known) + ")";
}

}  // namespace hinge
