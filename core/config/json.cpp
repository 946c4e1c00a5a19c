// Reading JSON with nlohmann's parser, which keeps no positions: the iterator that it reads from counts them.
#include <hinge/core/config/json.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include <hinge/core/config/plain_json.h>
#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks over the text and remembers, for the parser's callbacks, how far the lexer has read. The lexer copies its
// iterators, so what they share lives outside.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* position, std::size_t* read) : position_(position), read_(read) {}
  const char& operator*() const { return *position_; }
  CountingIterator& operator++() {
    ++position_;
    ++*read_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator old = *this;
    ++*this;
    return old;
  }
  bool operator==(const CountingIterator& other) const { return position_ == other.position_; }
  bool operator!=(const CountingIterator& other) const { return position_ != other.position_; }

 private:
  const char* position_;
  std::size_t* read_;
};

// Where in the text a token stands. Tokens come in order, so lines are counted once.
class Positions {
 public:
  Positions(std::string_view text, std::string_view name)
      : text_(text), name_(std::make_shared<const std::string>(name)) {}

  // The start of the next token at or after `offset`: blanks, comments, commas and colons are skipped. `separators`
  // gets the commas and colons outside comments. A comment `//` ends where nlohmann's parser ends it.
  std::size_t token_start(std::size_t offset, std::string* separators = nullptr) const {
    while (offset < text_.size()) {
      const std::string_view rest = text_.substr(offset);
      if (is_blank(rest[0])) {
        ++offset;
      } else if (rest[0] == ',' || rest[0] == ':') {
        if (separators != nullptr) *separators += rest[0];
        ++offset;
      } else if (rest.starts_with("//")) {
        offset += std::min(rest.find_first_of("\n\r"), rest.size());
      } else if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        if (end == std::string_view::npos) break;
        offset += end + 2;
      } else {
        break;
      }
    }
    return offset;
  }

  JsonPlace at(std::size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset < counted_) {  // only for messages, and then once
      counted_ = line_start_ = 0;
      line_ = 1;
    }
    for (; counted_ < offset; ++counted_) {
      if (text_[counted_] != '\n') continue;
      ++line_;
      line_start_ = counted_ + 1;
    }
    return {name_, line_, offset - line_start_ + 1};
  }

 private:
  std::string_view text_;
  std::shared_ptr<const std::string> name_;
  std::size_t counted_ = 0;
  std::size_t line_start_ = 0;
  std::size_t line_ = 1;
};

// Builds the tree from the parser's callbacks, whose names and types nlohmann prescribes.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::string_view name) : text_(text), positions_(text, name) {}

  std::size_t* read_counter() { return &read_; }
  JsonValue take() { return std::move(root_); }

  bool null() { return add({}); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t) { return add_number(); }
  bool number_unsigned(std::uint64_t) { return add_number(); }
  bool number_float(double, const std::string&) { return add_number(); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(std::vector<std::uint8_t>&) { return false; }
  bool start_object(std::size_t) { return open(JsonValue::Kind::object); }
  bool start_array(std::size_t) { return open(JsonValue::Kind::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    key_ = {std::move(name), {}, positions_.at(next_token())};
    token_done();
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
    // The lexer has read the offending character, and may have put one behind it back.
    const std::size_t start = next_token();
    const JsonPlace place = positions_.at(start);
    throw ConfigError(place.text() + ": " + describe_error(start, error.what()));
  }

 private:
  std::size_t next_token() const { return positions_.token_start(done_); }

  // What the lexer has read belongs to the token that is being reported, but for a number: it ends where another
  // character begins, which the lexer has read and put back.
  void token_done() { done_ = read_; }

  bool add(JsonValue value) {
    value.place = positions_.at(next_token());
    token_done();
    place_value(std::move(value));
    return true;
  }

  bool add_number() {
    const std::size_t start = next_token();
    std::size_t end = start;
    while (end < text_.size() && std::string_view("+-.eE0123456789").find(text_[end]) != std::string_view::npos) ++end;
    JsonValue value;
    value.kind = JsonValue::Kind::number;
    value.text = std::string(text_.substr(start, end - start));
    value.place = positions_.at(start);
    if (!is_json_number(value.text) || (end < text_.size() && (text_[end] | 0x20) == 'x')) {
      throw ConfigError(value.place.text() + ": " + describe_number_error(start));
    }
    if (!parse_double(value.text)) throw ConfigError(value.place.text() + ": " + beyond_range(value.text));
    done_ = end;
    place_value(std::move(value));
    return true;
  }

  bool open(JsonValue::Kind kind) {
    JsonValue value;
    value.kind = kind;
    value.place = positions_.at(next_token());
    if (open_.size() == max_json_levels) throw ConfigError(value.place.text() + ": nested deeper than 64");
    token_done();
    open_.push_back(place_value(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    token_done();
    return true;
  }

  // Puts a value where it belongs. The address stays good while the value is open: only the innermost one grows.
  JsonValue* place_value(JsonValue value) {
    if (++count_ > max_json_values) {
      throw ConfigError(value.place.text() + ": the document holds more than " + std::to_string(max_json_values) +
                        " values");
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    JsonValue& parent = *open_.back();
    if (parent.kind == JsonValue::Kind::array) return &parent.elements.emplace_back(std::move(value));
    key_.value = std::move(value);
    return &parent.members.emplace_back(std::move(key_)).value;
  }

  static std::string beyond_range(std::string_view number) {
    return printable(number) + " cannot be held: numbers other than 0 are between 4.9e-324 and 1.8e308 in size";
  }

  // In our words what is wrong with the token that starts at `start`.
  std::string describe_error(std::size_t start, std::string_view what) const {
    if (start >= text_.size()) {
      if (text_.empty() || positions_.token_start(0) == text_.size()) return "the document is empty";
      return "the document ends here, in the middle of " + std::string(open_.empty() ? "a value" : innermost());
    }
    const char c = text_[start];
    if (what.find("number overflow") != std::string_view::npos) return beyond_range(word_at(start));
    if (c == '"') return describe_string_error(what);
    if (open_.empty() && root_.place.line > 0) return "there is text after the end of the document";
    if (c == '}' || c == ']') return describe_close_error(start);
    if (c == '\'') return "texts and keys stand in double quotes";
    if (text_.substr(start).starts_with("/*")) return "the comment does not end";
    if (c == '.' || c == '+') return "a number starts with a digit or a minus sign, as in 0.5";
    const std::string word = word_at(start);
    for (const std::string_view no_number : {"NaN", "nan", "Infinity", "inf", "-Infinity"}) {
      if (word == no_number) return word + " is no number of JSON; every number must be finite";
    }
    if (c == '-' || (c >= '0' && c <= '9')) return describe_number_error(start);
    for (const std::string_view literal : {"true", "false", "null"}) {
      if (word.size() == literal.size() &&
          std::equal(word.begin(), word.end(), literal.begin(), [](char a, char b) { return (a | 0x20) == b; })) {
        return "write " + std::string(literal) + " in small letters";
      }
    }
    if (!word.empty())
      return "found " + printable(word) + "; texts and keys stand in double quotes, as in \"" + printable(word) + "\"";
    return "found " + printable(character_at(start)) + ", which does not belong here";
  }

  std::string innermost() const {
    const JsonValue& value = *open_.back();
    return (value.kind == JsonValue::Kind::array ? "the list" : "the object") + std::string(" that starts at ") +
           value.place.text();
  }

  std::string describe_string_error(std::string_view what) const {
    if (what.find("control character") != std::string_view::npos) {
      return "a line end or another control character in this text, or its closing quote is missing; write \\n for a "
             "line end";
    }
    if (what.find("missing closing quote") != std::string_view::npos)
      return "the closing quote of this text is missing";
    if (what.find("forbidden character after backslash") != std::string_view::npos) {
      return "an unknown escape in this text; a backslash is written \\\\";
    }
    if (what.find("surrogate") != std::string_view::npos || what.find("'\\u'") != std::string_view::npos) {
      return "\\u in this text must be followed by four hexadecimal digits of a whole character";
    }
    return open_.empty() ? "there is text after the end of the document"
                         : "a comma or a colon is missing before this text";
  }

  std::string describe_close_error(std::size_t start) const {
    if (separators().ends_with(',')) {
      return std::string("a comma before ") + text_[start] + " that nothing follows; take it out";
    }
    if (open_.empty()) return std::string("found ") + text_[start] + ", but nothing is open";
    return std::string("found ") + text_[start] + " inside " + innermost();
  }

  std::string describe_number_error(std::size_t start) const {
    const std::string_view rest = text_.substr(start + (text_[start] == '-' ? 1 : 0));
    if (rest.starts_with("0x") || rest.starts_with("0X"))
      return "hexadecimal numbers are not known; write it in decimal";
    if (rest.size() > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9') return "a number has no leading zeros";
    if (!open_.empty() && !separated()) {
      return "a comma or a colon is missing before this number";
    }
    return printable(word_at(start)) + " is no number; write it as in -1.5e-3";
  }

  // The commas and colons between the last token and the next one.
  std::string separators() const {
    std::string found;
    positions_.token_start(done_, &found);
    return found;
  }

  // Whether a comma, colon or opening bracket stands between the last token and the next one.
  bool separated() const {
    return !separators().empty() || (done_ > 0 && (text_[done_ - 1] == '[' || text_[done_ - 1] == '{'));
  }

  std::string_view character_at(std::size_t start) const {
    std::size_t end = start + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) ++end;
    return text_.substr(start, end - start);
  }

  std::string word_at(std::size_t start) const {
    constexpr std::size_t longest = 40;
    std::size_t end = start;
    const auto is_letter = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
             c == '.' || c == '+';
    };
    while (end < text_.size() && end - start < longest && is_letter(text_[end])) ++end;
    return std::string(text_.substr(start, end - start));
  }

  std::string_view text_;
  Positions positions_;
  std::size_t read_ = 0;   // how far the lexer is
  std::size_t done_ = 0;   // the end of the last token
  std::size_t count_ = 0;  // of values
  JsonValue root_;
  JsonMember key_;
  std::vector<JsonValue*> open_;  // the objects and lists around the next value
};

// UTF-16 and UTF-32 have a zero byte beside every ASCII character. The parser looks at neither the encoding of comments
// nor at anything behind a zero byte, so the whole text is checked before it.
void check_encoding(std::string_view text, std::string_view name) {
  const std::string_view start = text.substr(0, 4);
  if (start.find('\0') != std::string_view::npos || start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) {
    throw ConfigError(std::string(name) + ":1:1: the text is UTF-16 or binary; save the file as UTF-8");
  }
  const std::size_t zero = std::min(text.find('\0'), text.size());
  const std::size_t utf8 = utf8_prefix(text.substr(0, zero));
  if (utf8 == text.size()) return;
  throw ConfigError(Positions(text, name).at(utf8).text() +
                    (utf8 == zero ? ": a zero byte, which no text has; the file is binary or damaged"
                                  : ": the text is not UTF-8; save the file as UTF-8"));
}

}  // namespace

JsonValue parse_json(std::string_view text, std::string_view name) {
  if (text.size() > max_json_bytes) {
    throw ConfigError(std::string(name) + ": the document has " + std::to_string(text.size()) +
                      " bytes; at most 16 MiB are read");
  }
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (text.starts_with(byte_order_mark)) {  // which nlohmann's parser would skip
    throw ConfigError(std::string(name) +
                      ":1:1: the document starts with two byte order marks; at most one is skipped");
  }
  check_encoding(text, name);
  TreeBuilder builder(text, name);
  nlohmann::json::sax_parse(CountingIterator(text.data(), builder.read_counter()),
                            CountingIterator(text.data() + text.size(), builder.read_counter()), &builder,
                            nlohmann::json::input_format_t::json, true, true);
  return builder.take();
}

}  // namespace hinge
