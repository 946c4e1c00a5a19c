// Looking up what a config says.
#include <hinge/optim/run/diagnosis/config_values.h>

#include <hinge/core/number.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/resolution.h>

namespace hinge {

ResolvedConfig::ResolvedConfig(const RunConfig& from, const DataParts& parts)
    : config(resolve_by_data(from, parts.train)), tree(config_of(config)) {}

const JsonValue* value_at(const JsonValue& config, std::string_view path) {
  const JsonValue* found = &config;
  while (found != nullptr && !path.empty()) {
    const std::size_t point = path.find('.');
    found = found->find(path.substr(0, point));
    path = point == std::string_view::npos ? std::string_view() : path.substr(point + 1);
  }
  return found;
}

const JsonValue& option_at(const JsonValue& config, std::string_view path) {
  static const JsonValue none;
  const JsonValue* found = value_at(config, path);
  return found == nullptr ? none : *found;
}

double number_at(const JsonValue& config, std::string_view path, double otherwise) {
  const JsonValue& found = option_at(config, path);
  return found.kind == JsonValue::Kind::number ? parse_double(found.text).value_or(otherwise) : otherwise;
}

bool is_true(const JsonValue& config, std::string_view path, bool otherwise) {
  const JsonValue& found = option_at(config, path);
  return found.kind == JsonValue::Kind::boolean ? found.boolean : otherwise;
}

std::string type_at(const JsonValue& config, std::string_view path) {
  const JsonValue& found = option_at(config, path);
  if (found.kind == JsonValue::Kind::string) return found.text;
  const JsonValue* type = found.find("type");
  return type == nullptr ? "" : type->text;
}

}  // namespace hinge
