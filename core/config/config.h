// Configs: strict reading of JSON into descriptions, and the outputs that follow from the declared options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/options.h>
#include <hinge/core/config/spec.h>

namespace hinge {

/// Collects the mistakes of a config, to report them together.
class HINGE_API ConfigErrors {
 public:
  /// `pointer` is the JSON pointer of the value: `/model/layers/1/units` [RFC 6901].
  void add(const JsonPlace& place, std::string_view pointer, const std::string& message);

  /// Whether a mistake at this place would be shown. If not, count it without building its message: a list may hold a
  /// million.
  bool shows(const JsonPlace& place) const;
  void count_one() { ++count_; }

  std::size_t count() const { return count_; }

  /// Throws ConfigError if there are mistakes. It has a line for each of the first ten, in the order of their places,
  /// `configs/moons.json:14:32: /model/layers/1/activation/alpah: unknown key for leaky_relu; …`, and the number of
  /// those left out.
  void throw_if_any() const;

 private:
  struct Mistake {
    JsonPlace place = {};
    std::string text = {};
  };
  std::vector<Mistake> shown_;  // the first ones, in the order of their places
  std::size_t count_ = 0;
};

/// Sets the options of a description from the members of a JSON object. Options that the object does not name keep
/// their values. Mistakes are added to `errors`; the description must not be used then.
///
///   - A section is an object. A spec is an object with a "type", or that type alone as a text, which stands for the
///     object with all defaults: "relu" is {"type": "relu"}.
///   - A whole number has no point and no exponent, and is exact up to 2⁶⁴ − 1. true is not a number, 1 is not true,
///     and null is never allowed.
///   - Unknown keys, repeated keys and missing required keys are mistakes. "$schema" is allowed at the top, where
///     `pointer` is empty.
///   - Conflicts between options are reported too, unless they concern an option that is already wrong by itself.
HINGE_API void read_config(const JsonValue& json, Description& description, const Registries& registries,
                           ConfigErrors& errors, const std::string& pointer = "");

/// The value at a JSON pointer, or the innermost object or list on the way to it: the place to report for a mistake
/// found later.
HINGE_API const JsonValue& nearest_value(const JsonValue& root, std::string_view pointer);

/// Changes a config before it is read, as `--set` does: `model.layers[0].units=64`, `optimizer=adam`, `loss.type=mse`.
/// The value after the first `=` is JSON if it parses as JSON, else a text. It must be JSON if it starts with `{`, `[`
/// or a double quote, and a number must be in range. Its place in messages is `--set model.layers[0].units`.
///
/// A text on the path is a shorthand and becomes an object; a missing object is created. A new "type" drops the keys of
/// the old one; the return value says so, and is "" otherwise. Throws ConfigError for a malformed path or assignment,
/// for wrong JSON, and for a list index past the end; by then `root` may already have new objects on the path.
HINGE_API std::string apply_override(JsonValue& root, std::string_view assignment);

/// A config that gives every option of a description. Reading it yields an equal description.
HINGE_API JsonValue config_of(Description& description);

/// A JSON Schema (draft-07) of the configs that `read_config` accepts for `root`, as far as a schema can express it:
/// types, ranges, choices, required keys, and the descriptions in the registries.
HINGE_API JsonValue json_schema(Description& root, const Registries& registries, std::string_view title);

/// A Markdown table of the options of one description: key, value, default and meaning.
HINGE_API std::string options_table(Description& description);

}  // namespace hinge
