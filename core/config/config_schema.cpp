// Outputs of the declared options: resolved configs, the JSON Schema, tables for the documentation.
#include <hinge/core/config/config.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <variant>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

using Members = std::vector<JsonMember>;
using Elements = std::vector<JsonValue>;

JsonMember member(std::string_view key, JsonValue value) { return {std::string(key), {}, std::move(value)}; }

// An object of one member.
JsonValue object_of(std::string_view key, JsonValue value) {
  return JsonValue::of(Members{member(key, std::move(value))});
}

// ------------------------------------------------------------------------------------------------- resolved configs

JsonValue config_of_spec(SpecPlace& spec) {
  JsonValue options = config_of(spec.held());
  options.members.insert(options.members.begin(), member("type", JsonValue::of(spec.held().type())));
  return options;
}

JsonValue value_of(bool& place) { return JsonValue::of(place); }
JsonValue value_of(std::size_t& place) { return JsonValue::of(place); }
JsonValue value_of(double& place) { return JsonValue::of(place); }
JsonValue value_of(std::string& place) { return JsonValue::of(place); }
JsonValue value_of(Description& place) { return config_of(place); }
JsonValue value_of(SpecPlace& place) { return config_of_spec(place); }

template <typename Element>
JsonValue value_of(std::vector<Element>& place) {
  Elements elements;
  for (const Element& element : place) elements.push_back(JsonValue::of(element));
  return JsonValue::of(std::move(elements));
}

JsonValue value_of(SpecListPlace& place) {
  Elements elements;
  for (std::size_t i = 0; i < place.size(); ++i) elements.push_back(config_of_spec(place.at(i)));
  return JsonValue::of(std::move(elements));
}

JsonValue value_of(const Option& option) {
  const auto* const* number = std::get_if<std::size_t*>(&option.place);
  if (number != nullptr && **number == 0 && !option.zero.empty()) return JsonValue::of(option.zero);
  return std::visit([](auto* place) { return value_of(*place); }, option.place);
}

// -------------------------------------------------------------------------------------------------------- the schema

// Builds the schema of a description, and records the kinds whose definitions it refers to.
class SchemaWriter {
 public:
  explicit SchemaWriter(const Registries& registries) : registries_(registries) {}

  JsonValue object(Description& description, std::string_view type) {
    Members properties;
    Elements required;
    if (!type.empty()) {
      properties.push_back(member("type", object_of("const", JsonValue::of(type))));
      required.push_back(JsonValue::of("type"));
    }
    for (const Option& option : description.options()) {
      properties.push_back(member(option.name, property(option)));
      if (option.required) required.push_back(JsonValue::of(option.name));
    }
    Members members = {member("type", JsonValue::of("object")),
                       member("properties", JsonValue::of(std::move(properties)))};
    if (!required.empty()) members.push_back(member("required", JsonValue::of(std::move(required))));
    members.push_back(member("additionalProperties", JsonValue::of(false)));  // so that editors mark unknown keys
    return JsonValue::of(std::move(members));
  }

  // The definitions of all recorded kinds. Writing one may record more kinds, so the loop runs until none is left.
  JsonValue definitions() {
    Members members;
    std::set<std::string> written;
    while (written.size() < kinds_.size()) {
      for (const std::string& kind : std::set<std::string>(kinds_)) {
        if (written.insert(kind).second) members.push_back(member(kind, definition(kind)));
      }
    }
    return JsonValue::of(std::move(members));
  }

 private:
  // A spec is an object with a type, or the type's name alone if no option is required.
  JsonValue definition(const std::string& kind) {
    const RegistryBase& registry = registries_.of_kind(kind);
    Elements names;
    Elements alternatives;
    for (const std::string& name : registry.names()) {
      const auto spec = registry.make(name);
      const std::vector<Option> options = spec->held().options();
      const bool needs_more = std::any_of(options.begin(), options.end(), [](const Option& o) { return o.required; });
      if (!needs_more) names.push_back(JsonValue::of(name));
      alternatives.push_back(object(spec->held(), name));
    }
    if (!names.empty()) {
      alternatives.insert(alternatives.begin(), object_of("enum", JsonValue::of(std::move(names))));
    }
    return object_of("oneOf", JsonValue::of(std::move(alternatives)));
  }

  JsonValue property(const Option& option) {
    Members members = std::visit([&](auto* place) { return schema(option, *place); }, option.place);
    members.push_back(member("description", JsonValue::of(option.meaning)));
    const bool is_section = std::holds_alternative<Description*>(option.place);
    if (!option.required && !is_section) members.push_back(member("default", value_of(option)));
    return JsonValue::of(std::move(members));
  }

  Members schema(const Option&, bool&) { return {member("type", JsonValue::of("boolean"))}; }
  Members schema(const Option& option, std::size_t&) {
    Members members = {member("type", JsonValue::of("integer"))};
    append_range(option.range, members);
    if (!std::isfinite(option.range.lowest)) members.push_back(member("minimum", JsonValue::of(std::size_t{0})));
    if (option.zero.empty()) return members;
    const JsonValue word = object_of("const", JsonValue::of(option.zero));
    return {member("anyOf", JsonValue::of(Elements{JsonValue::of(std::move(members)), word}))};
  }
  Members schema(const Option& option, double&) {
    Members members = {member("type", JsonValue::of("number"))};
    append_range(option.range, members);
    return members;
  }
  Members schema(const Option& option, std::string&) {
    if (option.choices.empty()) return {member("type", JsonValue::of("string"))};
    Elements choices;
    for (const std::string_view choice : option.choices) choices.push_back(JsonValue::of(choice));
    return {member("enum", JsonValue::of(std::move(choices)))};
  }
  template <typename Element>
  Members schema(const Option& option, std::vector<Element>&) {
    Element element{};
    return list_of(JsonValue::of(schema(option, element)));
  }
  Members schema(const Option&, Description& place) { return object(place, "").members; }
  Members schema(const Option&, SpecPlace& place) {
    // In draft-07 every key beside a $ref is ignored, even the description, so the $ref goes into an allOf.
    return {member("allOf", JsonValue::of(Elements{reference(place.kind())}))};
  }
  Members schema(const Option&, SpecListPlace& place) { return list_of(reference(place.kind())); }

  static Members list_of(JsonValue element) {
    return {member("type", JsonValue::of("array")), member("items", std::move(element))};
  }

  static void append_range(const Range& range, Members& members) {
    if (std::isfinite(range.lowest)) {
      members.push_back(member(range.lowest_allowed ? "minimum" : "exclusiveMinimum", JsonValue::of(range.lowest)));
    }
    if (std::isfinite(range.highest)) {
      members.push_back(member(range.highest_allowed ? "maximum" : "exclusiveMaximum", JsonValue::of(range.highest)));
    }
  }

  JsonValue reference(std::string_view kind) {
    kinds_.emplace(kind);
    return object_of("$ref", JsonValue::of("#/definitions/" + std::string(kind)));
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
  std::string operator()(std::string*) const {
    return option.choices.empty() ? "text"
                                  : join(std::vector<std::string>(option.choices.begin(), option.choices.end()));
  }
  std::string operator()(std::vector<double>*) const { return "numbers"; }
  std::string operator()(std::vector<std::string>*) const { return "texts"; }
  std::string operator()(Description*) const { return "section"; }
  std::string operator()(SpecPlace* place) const { return std::string(place->kind()); }
  std::string operator()(SpecListPlace* place) const { return "list of " + std::string(place->kind()); }

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
  Members members;
  for (const Option& option : description.options()) members.push_back(member(option.name, value_of(option)));
  return JsonValue::of(std::move(members));
}

JsonValue json_schema(Description& root, const Registries& registries, std::string_view title) {
  SchemaWriter writer(registries);
  JsonValue schema = writer.object(root, "");
  schema.find("properties")->set("$schema", object_of("type", JsonValue::of("string")));
  schema.set("definitions", writer.definitions());
  schema.members.insert(schema.members.begin(),
                        {member("$schema", JsonValue::of("http://json-schema.org/draft-07/schema#")),
                         member("title", JsonValue::of(title))});
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
