// What a config says at a path such as `optimizer.learning_rate`.
#pragma once

#include <string>
#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>
#include <hinge/optim/run/config.h>

namespace hinge {

struct DataParts;

/// A config with numbers for what it leaves to the data, also as JSON with every option.
struct HINGE_API ResolvedConfig {
  ResolvedConfig(const RunConfig& from, const DataParts& parts);

  RunConfig config;
  JsonValue tree;
};

/// The value at a path of keys, or null.
HINGE_API const JsonValue* value_at(const JsonValue& config, std::string_view path);
/// The same, or an empty value.
HINGE_API const JsonValue& option_at(const JsonValue& config, std::string_view path);
/// The number, the truth value, or the "type" at a path; `otherwise` or "" where there is none. A part without options is a
/// text, its type. An empty path is the value itself.
HINGE_API double number_at(const JsonValue& config, std::string_view path, double otherwise = 0);
HINGE_API bool is_true(const JsonValue& config, std::string_view path, bool otherwise);
HINGE_API std::string type_at(const JsonValue& config, std::string_view path);

}  // namespace hinge
