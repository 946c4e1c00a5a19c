// Values of JSON: made, found, described, and written as text.
#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// A character of one to three bytes as four hexadecimal digits behind \u.
std::string unicode_escape(std::string_view character) {
  constexpr std::string_view digits = "0123456789abcdef";
  unsigned code = static_cast<unsigned char>(character.front()) & (character.size() == 1 ? 0x7f : 0x1f);
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return {'\\', 'u', digits[code >> 12 & 15], digits[code >> 8 & 15], digits[code >> 4 & 15], digits[code & 15]};
}

// The letter behind the backslash, or 0 where the character has none.
char short_escape(char c) {
  constexpr std::string_view characters = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  const std::size_t found = characters.find(c);
  return found == std::string_view::npos ? '\0' : letters[found];
}

// JSON lets characters stand as they are that a terminal takes for commands; here they are escaped. What is no UTF-8 becomes
// U+FFFD.
std::string json_text(std::string_view text) {
  const bool is_plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
  std::string json = "\"";
  if (is_plain) return json.append(text) + '"';
  while (!text.empty()) {
    const std::size_t length = character_length(text.substr(0, 4));
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (const char letter = short_escape(character.front())) {
      json += {'\\', letter};
    } else if (length == 0) {
      json += "\xEF\xBF\xBD";
    } else {
      json += steers_terminal(character) ? unicode_escape(character) : std::string(character);
    }
  }
  return json + '"';
}

bool is_flat(const JsonValue& list) {
  return std::none_of(list.elements.begin(), list.elements.end(), [](const JsonValue& element) {
    return element.kind == JsonValue::Kind::array || element.kind == JsonValue::Kind::object;
  });
}

// Of what is neither a list nor an object.
std::string scalar_text(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::null) return "null";
  if (value.kind == JsonValue::Kind::boolean) return value.boolean ? "true" : "false";
  return value.kind == JsonValue::Kind::string ? json_text(value.text) : value.text;
}

// `indent` is the depth of nesting; with `lines` each element stands on a line of its own, but in flat lists.
void write(const JsonValue& value, bool lines, std::size_t indent, std::string& out) {
  const bool is_list = value.kind == JsonValue::Kind::array;
  if (!is_list && value.kind != JsonValue::Kind::object) {
    out += scalar_text(value);
    return;
  }
  const std::size_t count = is_list ? value.elements.size() : value.members.size();
  const bool broken = lines && count > 0 && !(is_list && is_flat(value));
  const auto line_end = [&](std::size_t depth) {
    if (broken) out += "\n" + std::string(2 * depth, ' ');
  };
  out += is_list ? '[' : '{';
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += broken ? "," : ", ";
    line_end(indent + 1);
    if (!is_list) out += json_text(value.members[i].key) + ": ";
    write(is_list ? value.elements[i] : value.members[i].value, lines, indent + 1, out);
  }
  line_end(indent);
  out += is_list ? ']' : '}';
}

}  // namespace

std::string JsonPlace::text() const {
  if (source == nullptr) return "";
  return line == 0 ? *source : *source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

JsonValue::JsonValue(bool value) : kind(Kind::boolean), boolean(value) {}
JsonValue::JsonValue(std::string value) : kind(Kind::string), text(std::move(value)) {}
JsonValue::JsonValue(std::string_view value) : JsonValue(std::string(value)) {}
JsonValue::JsonValue(const char* value) : JsonValue(std::string(value)) {}
JsonValue::JsonValue(double value) : kind(Kind::number), text(to_text(value)) {}
JsonValue::JsonValue(std::size_t value) : kind(Kind::number), text(std::to_string(value)) {}
JsonValue::JsonValue(std::vector<JsonValue> list) : kind(Kind::array), elements(std::move(list)) {}

JsonValue JsonValue::object() { return object({}); }

JsonValue JsonValue::object(std::vector<JsonMember> members) {
  JsonValue json;
  json.kind = Kind::object;
  json.members = std::move(members);
  return json;
}

JsonValue number_or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? JsonValue(*value) : JsonValue();
}

const JsonValue* JsonValue::find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const JsonMember& m) { return m.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

JsonValue* JsonValue::find(std::string_view key) {
  return const_cast<JsonValue*>(std::as_const(*this).find(key));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

void JsonValue::set(std::string_view key, JsonValue value) {
  if (JsonValue* old = find(key)) {
    *old = std::move(value);
  } else {
    members.push_back({std::string(key), std::move(value), {}});
  }
}

std::string JsonValue::described() const {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return boolean ? "true" : "false";
    case Kind::number:
      return "the number " + printable(text);
    case Kind::string:
      return "the text \"" + printable(text) + "\"";
    case Kind::array:
      return "a list";
    case Kind::object:
      return "an object";
  }
  return "";
}

std::string to_json(const JsonValue& value) {
  std::string text;
  write(value, true, 0, text);
  return text;
}

std::string to_json_line(const JsonValue& value) {
  std::string text;
  write(value, false, 0, text);
  return text;
}

}  // namespace hinge
