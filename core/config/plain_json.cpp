// Reads the text from its start to its end, one function for each kind of value.
#include <hinge/core/config/plain_json.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

class PlainReader {
 public:
  PlainReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  JsonValue document() {
    const std::size_t whole = utf8_prefix(text_);
    if (whole != text_.size()) fail(whole, "the text is not UTF-8");
    JsonValue root = value(0);
    skip_blanks();
    if (at_ != text_.size()) fail(at_, "there is text after the end of the document");
    return root;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw ConfigError(std::string(name_) + ": byte " + std::to_string(at) + ": " + what);
  }

  char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }

  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void require(std::string_view token) {
    skip_blanks();
    if (!take(token)) fail(at_, "expected " + std::string(token));
  }

  // `level` is how many objects and lists are open around it.
  JsonValue value(std::size_t level) {
    skip_blanks();
    if (++values_ > max_json_values) {
      fail(at_, "the document holds more than " + std::to_string(max_json_values) + " values");
    }
    if (next() == '{' || next() == '[') {
      if (level == max_json_levels) fail(at_, "nested deeper than " + std::to_string(max_json_levels));
      return next() == '{' ? object(level + 1) : list(level + 1);
    }
    if (next() == '"') return text();
    if (take("null")) return {};
    if (take("true")) return true;
    if (take("false")) return false;
    return number();
  }

  JsonValue object(std::size_t level) {
    JsonValue result = JsonValue::object();
    require("{");
    skip_blanks();
    if (take("}")) return result;
    do {
      skip_blanks();
      std::string key = text();
      require(":");
      result.members.push_back({std::move(key), value(level), {}});
      skip_blanks();
    } while (take(","));
    require("}");
    return result;
  }

  JsonValue list(std::size_t level) {
    std::vector<JsonValue> elements;
    require("[");
    skip_blanks();
    if (take("]")) return elements;
    do {
      elements.push_back(value(level));
      skip_blanks();
    } while (take(","));
    require("]");
    return elements;
  }

  JsonValue number() {
    const std::size_t end = std::min(text_.find_first_not_of("+-.eE0123456789", at_), text_.size());
    JsonValue result;
    result.kind = JsonValue::Kind::number;
    result.text = std::string(text_.substr(at_, end - at_));
    if (!is_json_number(result.text)) fail(at_, "expected a value");
    if (!parse_double(result.text)) fail(at_, "a number that no double can hold");
    at_ = end;
    return result;
  }

  std::string text() {
    std::string result;
    if (!take("\"")) fail(at_, "expected a text in double quotes");
    while (next() != '"') {
      if (static_cast<unsigned char>(next()) < ' ') fail(at_, "a control character in a text, or its end is missing");
      if (next() == '\\') {
        add_escaped(result);
      } else {
        result += text_[at_++];
      }
    }
    ++at_;
    return result;
  }

  void add_escaped(std::string& result) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t start = at_++;
    const std::size_t letter = letters.find(next());
    if (take("u")) return add_character(start, result);
    if (letter == std::string_view::npos) fail(start, "an unknown escape");
    result += meanings[letter];
    ++at_;
  }

  // A character beyond 16 bits is written as two halves of 10 bits each.
  void add_character(std::size_t start, std::string& result) {
    std::uint32_t code = hexadecimal(start);
    const auto is_half = [](std::uint32_t unit, std::uint32_t first) { return unit >= first && unit < first + 0x400; };
    if (is_half(code, 0xD800)) {
      const std::uint32_t low = take("\\u") ? hexadecimal(start) : 0;
      if (!is_half(low, 0xDC00)) fail(start, "half of a character");
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    } else if (is_half(code, 0xDC00)) {
      fail(start, "half of a character");
    }
    add_utf8(code, result);
  }

  std::uint32_t hexadecimal(std::size_t start) {
    std::uint32_t code = 0;
    for (std::size_t i = 0; i < 4; ++i, ++at_) {
      constexpr std::string_view digits = "0123456789abcdef";
      const char c = next();
      const std::size_t digit = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + ('a' - 'A')) : c);
      if (digit == std::string_view::npos) fail(start, "four hexadecimal digits must follow \\u");
      code = code << 4U | static_cast<std::uint32_t>(digit);
    }
    return code;
  }

  static void add_utf8(std::uint32_t code, std::string& result) {
    const auto add = [&](std::uint32_t byte) { result += static_cast<char>(static_cast<unsigned char>(byte)); };
    const auto add_rest = [&](std::uint32_t bits) { add(0x80 | (bits & 0x3F)); };
    if (code < 0x80) return add(code);
    if (code < 0x800) {
      add(0xC0 | code >> 6U);
    } else if (code < 0x10000) {
      add(0xE0 | code >> 12U);
      add_rest(code >> 6U);
    } else {
      add(0xF0 | code >> 18U);
      add_rest(code >> 12U);
      add_rest(code >> 6U);
    }
    add_rest(code);
  }

  std::string_view text_;
  std::string_view name_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) {
  const auto skip_digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool leading_zero = text.starts_with('0');
  const std::size_t whole = skip_digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (skip_digits() == 0) return false;
  }
  return text.empty();
}

JsonValue parse_plain_json(std::string_view text, std::string_view name) {
  if (text.size() > max_json_bytes) {
    throw ConfigError(std::string(name) + ": the document has " + std::to_string(text.size()) +
                      " bytes; at most 16 MiB are read");
  }
  return PlainReader(text, name).document();
}

}  // namespace hinge
