// Outputs of the declared options: resolved configs, the JSON Schema, tables for the documentation.
#include <hinge/core/config/config.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <variant>

#include <hinge/core/text.h>

namespace hinge {

namespace {

JsonValue object_of(const char* key, JsonValue value) { return JsonValue::object({{key, std::move(value)}}); }

// ------------------------------------------------------------------------------------------------- resolved configs

JsonValue config_of_spec(SpecPlace& spec) {
  JsonValue options = config_of(spec.held());
  options.members.insert(options.members.begin(), {"type", spec.held().type()});
  return options;
}

template <typename T>
JsonValue value_of(T& place) {
  return place;
}
JsonValue value_of(Description& place) { return config_of(place); }
JsonValue value_of(SectionMapPlace& place) {
  JsonValue json = JsonValue::object();
  // Not `set`, which looks for each key: the keys of a map differ, and a table may have 200,000 columns.
  for (std::size_t i = 0; i < place.size(); ++i) json.members.push_back({place.key(i), config_of(place.at(i)), {}});
  return json;
}
JsonValue value_of(SpecPlace& place) { return config_of_spec(place); }

template <typename Element>
JsonValue value_of(std::vector<Element>& place) {
  return list_of(place);
}

JsonValue value_of(NamedNumbers& place) {
  if (!place.rule.empty()) return place.rule;
  if (place.named.empty()) return list_of(place.list);
  JsonValue json = JsonValue::object();
  for (const auto& [name, value] : place.named) json.set(name, value);
  return json;
}

JsonValue value_of(SpecListPlace& place) {
  std::vector<JsonValue> elements;
  for (std::size_t i = 0; i < place.size(); ++i) elements.push_back(config_of_spec(place.at(i)));
  return elements;
}

JsonValue value_of(const Option& option) {
  const auto* const* number = std::get_if<std::size_t*>(&option.place);
  if (number != nullptr && **number == 0 && !option.zero.empty()) return option.zero;
  return std::visit([](auto* place) { return value_of(*place); }, option.place);
}

// -------------------------------------------------------------------------------------------------------- the schema

// Builds the schema of a description, and records the kinds whose definitions it refers to.
class SchemaWriter {
 public:
  explicit SchemaWriter(const Registries& registries) : registries_(registries) {}

  JsonValue object(Description& description, std::string_view type) {
    JsonValue properties = JsonValue::object();
    std::vector<JsonValue> required;
    if (!type.empty()) {
      properties.set("type", object_of("const", type));
      required.emplace_back("type");
    }
    for (const Option& option : description.options()) {
      properties.set(option.name, property(option));
      if (option.required) required.emplace_back(option.name);
    }
    JsonValue json = JsonValue::object({{"type", "object"}, {"properties", std::move(properties)}});
    if (!required.empty()) json.set("required", std::move(required));
    json.set("additionalProperties", false);  // so that editors mark unknown keys
    return json;
  }

  // The definitions of all recorded kinds. Writing one may record more kinds, so the loop runs until none is left.
  JsonValue definitions() {
    JsonValue json = JsonValue::object();
    while (json.members.size() < kinds_.size()) {
      for (const std::string& kind : std::set<std::string>(kinds_)) {
        if (json.find(kind) == nullptr) json.set(kind, definition(kind));
      }
    }
    return json;
  }

 private:
  // A spec is an object with a type, or the type's name alone if no option is required.
  JsonValue definition(const std::string& kind) {
    const RegistryBase& registry = registries_.of_kind(kind);
    std::vector<JsonValue> names;
    std::vector<JsonValue> alternatives;
    for (const std::string& name : registry.names()) {
      const auto spec = registry.make(name);
      const std::vector<Option> options = spec->held().options();
      const bool needs_more = std::any_of(options.begin(), options.end(), [](const Option& o) { return o.required; });
      if (!needs_more) names.emplace_back(name);
      alternatives.push_back(object(spec->held(), name));
    }
    if (!names.empty()) alternatives.insert(alternatives.begin(), object_of("enum", std::move(names)));
    return object_of("oneOf", std::move(alternatives));
  }

  JsonValue property(const Option& option) {
    JsonValue json = std::visit([&](auto* place) { return schema(option, *place); }, option.place);
    json.set("description", option.meaning);
    const bool is_section = std::holds_alternative<Description*>(option.place);
    if (!option.required && !is_section) json.set("default", value_of(option));
    return json;
  }

  JsonValue schema(const Option&, bool&) { return object_of("type", "boolean"); }
  JsonValue schema(const Option& option, std::size_t&) {
    JsonValue json = object_of("type", "integer");
    set_range(json, option.range);
    if (!std::isfinite(option.range.lowest)) json.set("minimum", std::size_t{0});
    if (option.zero.empty()) return json;
    return object_of("anyOf", std::vector<JsonValue>{json, object_of("const", option.zero)});
  }
  JsonValue schema(const Option& option, double&) {
    JsonValue json = object_of("type", "number");
    set_range(json, option.range);
    return json;
  }
  JsonValue schema(const Option& option, std::string&) {
    if (option.choices.empty()) return object_of("type", "string");
    JsonValue values = list_of(option.choices);
    for (const bool value : {true, false}) {  // may be written without quotes
      const auto is_value = [&](std::string_view choice) { return choice == (value ? "true" : "false"); };
      if (std::any_of(option.choices.begin(), option.choices.end(), is_value)) values.elements.emplace_back(value);
    }
    return object_of("enum", std::move(values));
  }
  template <typename Element>
  JsonValue schema(const Option& option, std::vector<Element>&) {
    Element element{};
    return array_of(schema(option, element));
  }
  JsonValue schema(const Option& option, NamedNumbers& place) {
    double number = 0;
    JsonValue by_name = JsonValue::object({{"type", "object"}, {"additionalProperties", schema(option, number)}});
    return object_of("anyOf", std::vector<JsonValue>{schema(option, place.list), by_name, schema(option, place.rule)});
  }
  JsonValue schema(const Option&, Description& place) { return object(place, ""); }
  JsonValue schema(const Option&, SectionMapPlace& place) {
    return JsonValue::object({{"type", "object"}, {"additionalProperties", object(*place.make(), "")}});
  }
  JsonValue schema(const Option&, SpecPlace& place) {
    // In draft-07 every key beside a $ref is ignored, even the description, so the $ref goes into an allOf.
    return object_of("allOf", std::vector<JsonValue>{reference(place.kind())});
  }
  JsonValue schema(const Option&, SpecListPlace& place) { return array_of(reference(place.kind())); }

  static JsonValue array_of(JsonValue element) {
    return JsonValue::object({{"type", "array"}, {"items", std::move(element)}});
  }

  static void set_range(JsonValue& json, const Range& range) {
    if (std::isfinite(range.lowest)) json.set(range.lowest_allowed ? "minimum" : "exclusiveMinimum", range.lowest);
    if (std::isfinite(range.highest)) json.set(range.highest_allowed ? "maximum" : "exclusiveMaximum", range.highest);
  }

  JsonValue reference(std::string_view kind) {
    kinds_.emplace(kind);
    return object_of("$ref", "#/definitions/" + std::string(kind));
  }

  const Registries& registries_;
  std::set<std::string> kinds_;
};

// --------------------------------------------------------------------------------------------------------- the tables

// The allowed values of an option, in a few words.
struct AllowedValues {
  const Option& option;

  std::string operator()(bool*) const { return "true, false"; }
  std::string operator()(std::size_t*) const {
    return "whole number" + range() + (option.zero.empty() ? "" : ", or `\"" + std::string(option.zero) + "\"`");
  }
  std::string operator()(double*) const { return "number" + range(); }
  std::string operator()(std::string*) const { return option.choices.empty() ? "text" : join(choices()); }
  std::string operator()(std::vector<double>*) const { return "numbers"; }
  std::string operator()(std::vector<std::string>*) const { return "texts"; }
  std::string operator()(NamedNumbers*) const {
    return "numbers, numbers by name, or `\"" + join(choices(), "\"`, `\"") + "\"`";
  }
  std::string operator()(Description*) const { return "section"; }
  std::string operator()(SectionMapPlace*) const { return "a section for each name"; }
  std::string operator()(SpecPlace* place) const { return std::string(place->kind()); }
  std::string operator()(SpecListPlace* place) const { return "list of " + std::string(place->kind()); }

  std::vector<std::string> choices() const { return {option.choices.begin(), option.choices.end()}; }
  std::string range() const { return option.range.is_bounded() ? " " + option.range.text() : ""; }
};

// The default, as a config would usually write it.
std::string default_text(const Option& option) {
  if (option.required) return "required";
  if (std::holds_alternative<Description*>(option.place)) return "";
  if (auto* const* spec = std::get_if<SpecPlace*>(&option.place))
    return "`\"" + std::string((*spec)->held().type()) + "\"`";
  return "`" + to_json_line(value_of(option)) + "`";
}

// Escapes bars, which would end the cell of a Markdown table.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? "\\|" : std::string(1, c);
  return result;
}

}  // namespace

JsonValue config_of(Description& description) {
  JsonValue json = JsonValue::object();
  for (const Option& option : description.options()) json.set(option.name, value_of(option));
  return json;
}

JsonValue json_schema(Description& root, const Registries& registries, std::string_view title) {
  SchemaWriter writer(registries);
  JsonValue schema = writer.object(root, "");
  schema.find("properties")->set("$schema", object_of("type", "string"));
  schema.set("definitions", writer.definitions());
  schema.members.insert(schema.members.begin(),
                        {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}});
  return schema;
}

std::string options_table(Description& description) {
  std::string table = "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const Option& option : description.options()) {
    table += "| `" + std::string(option.name) + "` | " + escaped(std::visit(AllowedValues{option}, option.place)) +
             " | " + escaped(default_text(option)) + " | " + escaped(option.meaning) + " |\n";
  }
  return table;
}

}  // namespace hinge
