// Configs: JSON read strictly into descriptions, and what else is made from the options' declarations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/options.h>
#include <hinge/core/config/spec.h>

namespace hinge {

/// The mistakes of a config, gathered so that all of them can be shown in one go.
class HINGE_API ConfigErrors {
 public:
  /// `pointer` is the JSON pointer of the value: `/model/layers/1/units` [RFC 6901].
  void add(const JsonPlace& place, std::string_view pointer, const std::string& message);

  /// Whether a mistake at this place would be shown. If not, it need only be counted: a list may hold a million of them.
  bool shows(const JsonPlace& place) const;
  void count_one() { ++count_; }

  std::size_t count() const { return count_; }

  /// Does nothing without mistakes. Else throws ConfigError with a line for each of the first ten, in the order of their
  /// places, `configs/moons.json:14:32: /model/layers/1/activation/alpah: unknown key for leaky_relu; …`, and the number
  /// of those left out.
  void throw_if_any() const;

 private:
  struct Mistake {
    JsonPlace place = {};
    std::string text = {};
  };
  std::vector<Mistake> shown_;  // the first ones, in the order of their places
  std::size_t count_ = 0;
};

/// Sets the options of a description from the members of a JSON object. Options that the object does not name keep their
/// values. Whatever is wrong is added to `mistakes`; the description is then of no use.
///
///   - A section is an object. A description that can be replaced is an object with a "type", or that type alone as a
///     text, which stands for the object with all defaults: "relu" is {"type": "relu"}.
///   - A whole number has no point and no exponent, and is exact up to 2⁶⁴ − 1. true is no number, 1 is not true, and
///     null is nothing.
///   - Unknown keys, keys that occur twice and required keys that are missing are mistakes. "$schema" is allowed at the
///     top, where `pointer` is empty.
///   - What is wrong between options is looked for in any case, but for checks that name an option which is wrong alone.
HINGE_API void read_config(const JsonValue& json, Description& description, const Registries& registries,
                           ConfigErrors& errors, const std::string& pointer = "");

/// The value at a JSON pointer, or the innermost object or list on the way to it: the place to name for a mistake that is
/// found later.
HINGE_API const JsonValue& nearest_value(const JsonValue& root, std::string_view pointer);

/// Changes a config before it is read, as `--set` does: `model.layers[0].units=64`, `optimizer=adam`,
/// `loss.type=mse`. What stands right of the first `=` is JSON, or else a text; it must be JSON where it starts with `{`,
/// `[` or `"`, and a number must be in range. Its place becomes `--set model.layers[0].units`.
///
/// A text in the way is taken for the shorthand that it must be and becomes an object; an object that is missing is made.
/// A new "type" drops the keys that belonged to the old one; the return value says so, and is "" otherwise.
/// Throws ConfigError for what is no path or no assignment, for JSON that is wrong, and for a list's index past its end;
/// `root` may have got objects on the way by then.
HINGE_API std::string apply_override(JsonValue& root, std::string_view assignment);

/// All options with their values, as a config that gives every one of them. Reading it makes an equal description.
HINGE_API JsonValue config_of(Description& description);

/// A JSON Schema (draft-07) of the configs that `read_config` takes for `root`, as far as a schema can say it: types,
/// ranges, choices, required keys and the descriptions that the registries know.
HINGE_API JsonValue json_schema(Description& root, const Registries& registries, std::string_view title);

/// A Markdown table of the options of one description: key, value, default and meaning.
HINGE_API std::string options_table(Description& description);

}  // namespace hinge
