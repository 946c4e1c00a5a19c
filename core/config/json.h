// JSON text as a tree that knows where everything stands, so that a mistake can be shown at its place.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// The longest document that parse_json reads: 16 MiB.
inline constexpr std::size_t max_json_bytes = std::size_t{16} << 20;

/// Where a value or a key stands: `configs/moons.json:14:32`, or what else it came from: `--set train.epochs`.
struct HINGE_API JsonPlace {
  std::shared_ptr<const std::string> source = {};  ///< the file's name, shared by all places of a document
  std::size_t line = 0;                            ///< counted from 1; 0: the source says it all
  std::size_t column = 0;                          ///< in bytes, counted from 1

  /// `source:line:column`, `source`, or "" for a value that was made, not read.
  std::string text() const;
};

struct JsonMember;

/// A value of a JSON document. A plain value type: copying copies the tree. Made from texts, numbers and lists as they are:
/// `JsonValue::object({{"class", name}, {"samples", count}, {"rates", list_of(rates)}})`.
struct HINGE_API JsonValue {
  enum class Kind { null, boolean, number, string, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::string text = {};            ///< of a string; of a number as it was written: `1e-3`, `18446744073709551615`
  std::vector<JsonValue> elements;  ///< of an array
  std::vector<JsonMember> members;  ///< of an object, in their order; a key may occur twice
  JsonPlace place = {};

  JsonValue() = default;  ///< null
  JsonValue(bool value);
  JsonValue(std::string value);
  JsonValue(std::string_view value);
  JsonValue(const char* value);
  JsonValue(const void* pointer) = delete;  // would be a bool
  /// The shortest text that reads back as the same number. Requires a finite value.
  JsonValue(double value);
  JsonValue(std::size_t value);
  JsonValue(std::vector<JsonValue> list);
  static JsonValue object(std::vector<JsonMember> members);
  static JsonValue object();  ///< without members

  /// The member of that name, the first of equals; null when there is none, or this is no object.
  const JsonValue* find(std::string_view key) const;
  JsonValue* find(std::string_view key);
  /// Adds a member, or replaces the value of the one with that key.
  void set(std::string_view key, JsonValue value);

  /// What the value is, for messages: `the number 3.5`, `the text "relu"`, `true`, `null`, `an object`, `a list`.
  std::string described() const;
};

/// A key and its value.
struct JsonMember {
  std::string key = {};
  JsonValue value = {};
  JsonPlace key_place = {};
};

/// Null where the number is infinite, NaN or not there: JSON has no such numbers.
HINGE_API JsonValue number_or_null(const std::optional<double>& value);

/// A list with an element for each of `range`: what `convert`, a function or a member, makes of it.
template <typename Range, typename Convert = std::identity>
JsonValue list_of(const Range& range, const Convert& convert = {}) {
  std::vector<JsonValue> elements;
  for (const auto& each : range) elements.emplace_back(std::invoke(convert, each));
  return elements;
}

/// Reads a document: RFC 8259, and `//` and `/* */` comments. A UTF-8 byte order mark at the start is skipped.
///
/// `name` stands in places. Numbers keep their text, so an integer is exact whatever its size. A key that occurs twice
/// is kept twice, for the reader to complain about.
/// Throws ConfigError `name:line:column: …` for what is not JSON or not UTF-8 or has a zero byte (comments too), for an
/// empty document, for a number that no double can hold (1e400) or that rounds to 0 (1e-999), for nesting deeper than 64,
/// for text beyond 16 MiB, and for more than 2²¹ values, which bound the memory of the tree to about 500 MB. Uses no more
/// stack for a deep document than for a flat one.
HINGE_API JsonValue parse_json(std::string_view text, std::string_view name);

/// The value as text: members on lines of their own, indented by two blanks; a list without lists or objects in it on
/// one line. Ends without a line end. `parse_json` of it gives an equal tree.
HINGE_API std::string to_json(const JsonValue& value);
/// The same on a single line: `{"epoch": 1, "train/loss": 0.25}`.
HINGE_API std::string to_json_line(const JsonValue& value);

}  // namespace hinge
