// Strict reading of configs, with a place for every mistake, and overrides.
#include <hinge/core/config/config.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>
#include <variant>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr std::string_view type_key = "type";
constexpr std::size_t max_shown = 10;  // mistakes

// The order in which mistakes are shown: those of the file by line, then those of overrides, which have no line.
std::tuple<bool, std::size_t, std::size_t> position(const JsonPlace& place) {
  return {place.line == 0, place.line, place.column};
}

// `~` and `/` are special in a pointer [RFC 6901].
std::string pointer_to(const std::string& parent, std::string_view key) {
  std::string escaped;
  for (const char c : key) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return parent + "/" + escaped;
}

// Whether a message names an option as a whole word: `needs momentum > 0` names momentum.
bool mentions(std::string_view message, std::string_view option) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  for (std::size_t at = message.find(option); at != std::string_view::npos; at = message.find(option, at + 1)) {
    const bool starts = at == 0 || letters.find(message[at - 1]) == std::string_view::npos;
    const std::size_t end = at + option.size();
    if (starts && (end == message.size() || letters.find(message[end]) == std::string_view::npos)) return true;
  }
  return false;
}

// One config, read recursively. The functions take the JSON value, its pointer, and where to put it.
class Reader {
 public:
  Reader(const Registries& registries, ConfigErrors& errors) : registries_(registries), errors_(errors) {}

  void read(const JsonValue& json, const std::string& pointer, Description& description, bool has_type) {
    if (json.kind != JsonValue::Kind::object) return wanted(json, pointer, "an object");
    const std::vector<Option> options = description.options();
    std::map<std::string_view, const JsonMember*> seen;
    std::vector<std::string_view> wrong;  // options with a mistake: their values are not what the user meant
    for (const JsonMember& member : json.members) {
      const auto [first, is_new] = seen.emplace(member.key, &member);
      if (!is_new && !errors_.shows(member.key_place)) {  // a million repeated keys must not build a million messages
        errors_.count_one();
      } else if (!is_new) {
        errors_.add(member.key_place, pointer_to(pointer, member.key),
                    "the key occurs twice; the first is at " + first->second->key_place.text());
      } else if (pointer.empty() && member.key == "$schema") {
        if (member.value.kind != Kind::string) wanted(member.value, "/$schema", "a text in double quotes");
      } else if (!has_type || member.key != type_key) {
        const std::size_t mistakes_before = errors_.count();
        read_member(member, pointer, description, options, has_type);
        if (errors_.count() > mistakes_before) wrong.push_back(member.key);
      }
    }
    for (const std::string_view missing : report_missing(json, pointer, options, seen)) wrong.push_back(missing);
    for (const OptionError& mistake : description.errors()) {
      const auto concerns = [&](std::string_view option) {
        return option == mistake.option || mentions(mistake.message, option);
      };
      if (std::any_of(wrong.begin(), wrong.end(), concerns)) continue;  // only a consequence of that mistake
      const auto found = seen.find(mistake.option);
      errors_.add(found == seen.end() ? json.place : found->second->value.place, pointer_to(pointer, mistake.option),
                  mistake.message);
    }
  }

 private:
  using Kind = JsonValue::Kind;

  void wanted(const JsonValue& json, const std::string& pointer, std::string_view what) {
    if (!errors_.shows(json.place)) return errors_.count_one();
    errors_.add(json.place, pointer, "found " + json.described() + ", wanted " + std::string(what));
  }

  void read_member(const JsonMember& member, const std::string& parent, Description& description,
                   const std::vector<Option>& options, bool has_type) {
    const std::string pointer = pointer_to(parent, member.key);
    if (const Option* option = find_option(options, member.key)) {
      std::visit([&](auto* place) { read_value(member.value, pointer, *option, *place); }, option->place);
      return;
    }
    if (!errors_.shows(member.key_place)) return errors_.count_one();
    std::vector<std::string> known;
    if (has_type) known.emplace_back(type_key);
    for (const Option& option : options) known.emplace_back(option.name);
    errors_.add(member.key_place, pointer,
                "unknown key for " + std::string(description.type()) + suggestion(member.key, known));
  }

  std::vector<std::string_view> report_missing(const JsonValue& json, const std::string& pointer,
                                               const std::vector<Option>& options,
                                               const std::map<std::string_view, const JsonMember*>& seen) {
    std::vector<std::string_view> missing;
    for (const Option& option : options) {
      if (!option.required || seen.contains(option.name)) continue;
      missing.push_back(option.name);
      errors_.add(json.place, pointer,
                  "the key \"" + std::string(option.name) + "\" is missing" +
                      (option.meaning.empty() ? "" : ": " + std::string(option.meaning)));
    }
    return missing;
  }

  void check_range(const JsonValue& json, const std::string& pointer, const Option& option) {
    if (const std::string mistake = value_error(option); !mistake.empty()) {
      errors_.add(json.place, pointer, "found " + mistake);
    }
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option&, bool& place) {
    if (json.kind != Kind::boolean) return wanted(json, pointer, "true or false");
    place = json.boolean;
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option& option, std::size_t& place) {
    const std::string word(option.zero);
    if (!word.empty() && json.kind == Kind::string && json.text == word) {
      place = 0;
      return;
    }
    const auto value = json.kind == Kind::number ? parse_size(json.text) : std::nullopt;
    if (!word.empty() && (!value || *value == 0)) {
      return wanted(json, pointer, "a whole number " + option.range.text() + ", or \"" + word + "\"");
    }
    if (!value) {
      const std::string range = option.range.is_bounded() ? option.range.text() : "from 0 to 18446744073709551615";
      return wanted(json, pointer, "a whole number " + range + ", without point or exponent");
    }
    place = *value;
    check_range(json, pointer, option);
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option& option, double& place) {
    const auto value = json.kind == Kind::number ? parse_double(json.text) : std::nullopt;
    if (!value) return wanted(json, pointer, "a number");
    place = *value;
    check_range(json, pointer, option);
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option& option, std::string& place) {
    const bool takes_boolean = std::count(option.choices.begin(), option.choices.end(), "true") > 0;
    const bool is_boolean = json.kind == Kind::boolean && takes_boolean;
    if (json.kind != Kind::string && !is_boolean) return wanted(json, pointer, "a text in double quotes");
    place = is_boolean ? (json.boolean ? "true" : "false") : json.text;
    if (value_error(option).empty()) return;
    const std::vector<std::string> choices(option.choices.begin(), option.choices.end());
    errors_.add(json.place, pointer, "unknown word \"" + printable(json.text) + "\"" + suggestion(json.text, choices));
  }

  template <typename Element>
  void read_value(const JsonValue& json, const std::string& pointer, const Option& option,
                  std::vector<Element>& place) {
    constexpr bool holds_numbers = std::is_same_v<Element, double>;
    if (json.kind != Kind::array) return wanted(json, pointer, holds_numbers ? "a list of numbers" : "a list of texts");
    place.assign(json.elements.size(), {});
    for (std::size_t i = 0; i < place.size(); ++i) {
      const Option element{.name = option.name, .place = &place[i], .range = option.range, .choices = option.choices};
      read_value(json.elements[i], pointer_to(pointer, std::to_string(i)), element, place[i]);
    }
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option& option, NamedNumbers& place) {
    place = {};
    Option number{.name = option.name, .range = option.range};
    if (json.kind == Kind::array) return read_value(json, pointer, number, place.list);
    if (json.kind == Kind::string) {
      const Option word{.place = &place.rule, .choices = option.choices};
      return read_value(json, pointer, word, place.rule);
    }
    if (json.kind != Kind::object) return wanted(json, pointer, "numbers as a list, or by name, or a word for a rule");
    std::set<std::string_view> seen;
    for (const JsonMember& member : json.members) {
      double value = 0;
      number.place = &value;
      const std::string name = pointer_to(pointer, member.key);
      if (!seen.insert(member.key).second) errors_.add(member.key_place, name, "the key occurs twice");
      read_value(member.value, name, number, value);
      place.named.emplace_back(member.key, value);
    }
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option&, Description& place) {
    read(json, pointer, place, false);
  }

  // A key that occurs twice is a mistake here as everywhere.
  void read_value(const JsonValue& json, const std::string& pointer, const Option&, SectionMapPlace& place) {
    if (json.kind != Kind::object) return wanted(json, pointer, "an object");
    place.clear();
    std::set<std::string_view> seen;
    for (const JsonMember& member : json.members) {
      const std::string section = pointer_to(pointer, member.key);
      if (!seen.insert(member.key).second) {
        errors_.add(member.key_place, section, "the key occurs twice");
      } else {
        read(member.value, section, place.append(member.key), false);
      }
    }
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option&, SpecPlace& place) {
    const RegistryBase& registry = registries_.of_kind(place.kind());
    const std::string* name = find_type(json, pointer, registry);
    if (name == nullptr) return;
    place.replace(registry, *name);
    read_held(json, pointer, place);
  }

  void read_value(const JsonValue& json, const std::string& pointer, const Option&, SpecListPlace& place) {
    const RegistryBase& registry = registries_.of_kind(place.kind());
    if (json.kind != Kind::array) return wanted(json, pointer, "a list");
    place.clear();
    for (std::size_t i = 0; i < json.elements.size(); ++i) {
      const std::string element = pointer_to(pointer, std::to_string(i));
      const std::string* name = find_type(json.elements[i], element, registry);
      if (name == nullptr) continue;
      place.append(registry, *name);
      read_held(json.elements[i], element, place.at(place.size() - 1));
    }
  }

  // Reads the options of a spec that was just replaced. A text stands for an object without options.
  void read_held(const JsonValue& json, const std::string& pointer, SpecPlace& place) {
    if (json.kind == Kind::object) return read(json, pointer, place.held(), true);
    JsonValue shorthand = JsonValue::object();
    shorthand.place = json.place;
    read(shorthand, pointer, place.held(), true);
  }

  // The registered name that the value gives; null, after a report, if there is none.
  const std::string* find_type(const JsonValue& json, const std::string& pointer, const RegistryBase& registry) {
    const std::string kind(registry.kind());
    const JsonValue* type = &json;
    std::string type_pointer = pointer;
    if (json.kind == Kind::object) {
      type = json.find(type_key);
      type_pointer = pointer_to(pointer, type_key);
      if (type == nullptr) {
        errors_.add(json.place, pointer, "the key \"type\" is missing (known: " + join(registry.names()) + ")");
        return nullptr;
      }
    }
    if (type->kind != Kind::string) {
      wanted(*type, type_pointer, "the name of one of " + kind + ": " + join(registry.names()));
      return nullptr;
    }
    const std::vector<std::string> names = registry.names();
    if (std::find(names.begin(), names.end(), type->text) != names.end()) return &type->text;
    const std::string_view other = registries_.kind_of(type->text);
    errors_.add(type->place, type_pointer,
                "unknown " + kind + " \"" + printable(type->text) + "\"" + suggestion(type->text, names) +
                    (other.empty() ? "" : "; " + type->text + " is a kind of " + std::string(other)));
    return nullptr;
  }

  const Registries& registries_;
  ConfigErrors& errors_;
};

// One step of a path into a value: a key or an index.
struct Step {
  std::string key = {};
  std::size_t index = 0;
  bool is_index = false;
};

[[noreturn]] void fail_path(std::string_view path) {
  throw ConfigError("--set " + printable(path) + ": not a path; write it as in model.layers[0].units=64");
}

// Parses a path such as `model.layers[0].units`.
std::vector<Step> parse_path(std::string_view path) {
  std::vector<Step> steps;
  std::string_view rest = path;
  while (true) {
    const std::string_view key = rest.substr(0, std::min(rest.find_first_of(".["), rest.size()));
    if (key.empty()) fail_path(path);
    steps.push_back({.key = std::string(key)});
    rest.remove_prefix(key.size());
    while (rest.starts_with('[')) {
      const std::size_t end = rest.find(']');
      const std::string_view digits = rest.substr(1, std::min(end, rest.size()) - 1);
      const auto index = parse_size(digits);
      const bool plain = digits == "0" || digits.find_first_of("+0") != 0;  // without sign or leading zero
      if (end == std::string_view::npos || !index || !plain) fail_path(path);
      steps.push_back({.index = *index, .is_index = true});
      rest.remove_prefix(end + 1);
    }
    if (rest.empty()) return steps;
    if (!rest.starts_with('.')) fail_path(path);
    rest.remove_prefix(1);
  }
}

// Mistakes in an override are reported under its `--set`, so all its values get that place.
void set_place(JsonValue& value, const JsonPlace& place) {
  value.place = place;
  for (JsonValue& element : value.elements) set_place(element, place);
  for (JsonMember& member : value.members) {
    member.key_place = place;
    set_place(member.value, place);
  }
}

// Whether a text would be a number with a smaller exponent: `1e999`, but not `1.2.3`.
bool is_number_beyond_range(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e + 1 >= text.size() || parse_double(text) || !parse_double(text.substr(0, e))) return false;
  const std::string_view exponent = text.substr(e + 1);
  return parse_double(exponent) && exponent.find_first_not_of("+-0123456789") == std::string_view::npos;
}

// The value of an override: JSON, or else a text, so that `optimizer=adam` needs no quotes. A text that looks like JSON
// with a mistake stays an error: taken as a text, it would only fail later with a stranger message.
JsonValue parse_value(std::string_view text, const JsonPlace& place) {
  try {
    return parse_json(text, place.text());
  } catch (const ConfigError&) {
    const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const bool opens = start < text.size() && std::string_view("{[\"").find(text[start]) != std::string_view::npos;
    if (opens || is_number_beyond_range(text)) throw;
    return text;
  }
}

// Turns a value into an object so that a key can be looked up in it; a text becomes the "type".
void expand(JsonValue& value, const JsonPlace& place) {
  if (value.kind == JsonValue::Kind::string) {
    JsonValue object = JsonValue::object({{std::string(type_key), value, value.place}});
    object.place = value.place;
    value = std::move(object);
  } else if (value.kind != JsonValue::Kind::object) {
    throw ConfigError(place.text() + ": there is " + value.described() + " at " + value.place.text() +
                      ", without keys" + (value.kind == JsonValue::Kind::array ? "; its first element is [0]" : ""));
  }
}

JsonValue& descend(JsonValue& value, const Step& step, const JsonPlace& place) {
  if (!step.is_index) {
    expand(value, place);
    if (JsonValue* member = value.find(step.key)) return *member;
    JsonValue object = JsonValue::object();
    set_place(object, place);
    value.members.push_back({step.key, std::move(object), place});
    return value.members.back().value;
  }
  if (value.kind != JsonValue::Kind::array) {
    throw ConfigError(place.text() + ": there is " + value.described() + ", and not a list to take [" +
                      std::to_string(step.index) + "] of");
  }
  if (step.index >= value.elements.size()) {
    throw ConfigError(place.text() + ": the list has " + std::to_string(value.elements.size()) +
                      " elements, counted from 0; [" + std::to_string(step.index) + "] is past its end");
  }
  return value.elements[step.index];
}

// Gives an object another type, and drops the keys of the old type, which would be unknown keys now.
std::string set_type(JsonValue& object, JsonValue value, const JsonPlace& place) {
  const JsonValue* old = object.find(type_key);
  const bool other = old != nullptr && (old->kind != value.kind || old->text != value.text);
  std::vector<std::string> dropped;
  if (other) {
    for (const JsonMember& member : object.members) {
      if (member.key != type_key) dropped.push_back(member.key);
    }
    object.members.clear();
  }
  object.set(std::string(type_key), std::move(value));
  if (dropped.empty()) return "";
  return place.text() + ": the keys of the old type are dropped: " + join(dropped);
}

}  // namespace

bool ConfigErrors::shows(const JsonPlace& place) const {
  return shown_.size() < max_shown || position(place) < position(shown_.back().place);
}

void ConfigErrors::add(const JsonPlace& place, std::string_view pointer, const std::string& message) {
  ++count_;
  if (!shows(place)) return;
  std::string text = place.text();
  if (!text.empty()) text += ": ";
  if (!pointer.empty()) text += printable(pointer) + ": ";
  const auto behind = std::upper_bound(shown_.begin(), shown_.end(), place, [](const JsonPlace& a, const Mistake& b) {
    return position(a) < position(b.place);
  });
  shown_.insert(behind, {place, text + message});  // sorted, because the reader does not go through the file in order
  if (shown_.size() > max_shown) shown_.pop_back();
}

void ConfigErrors::throw_if_any() const {
  if (count_ == 0) return;
  std::vector<std::string> lines;
  for (const Mistake& mistake : shown_) lines.push_back(mistake.text);
  if (count_ > shown_.size()) lines.push_back("and " + std::to_string(count_ - shown_.size()) + " more mistakes");
  throw ConfigError(join(lines, "\n"));
}

void read_config(const JsonValue& json, Description& description, const Registries& registries, ConfigErrors& errors,
                 const std::string& pointer) {
  Reader(registries, errors).read(json, pointer, description, false);
}

const JsonValue& nearest_value(const JsonValue& root, std::string_view pointer) {
  const JsonValue* value = &root;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const std::string_view step = pointer.substr(0, std::min(pointer.find('/'), pointer.size()));
    pointer.remove_prefix(step.size());
    const JsonValue* inner = value->find(step);
    if (const auto index = parse_size(step); index && *index < value->elements.size()) inner = &value->elements[*index];
    if (inner == nullptr) break;
    value = inner;
  }
  return *value;
}

std::string apply_override(JsonValue& root, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    throw ConfigError("--set " + printable(assignment) + ": no value; write it as in model.layers[0].units=64");
  }
  const std::string_view path = assignment.substr(0, equals);
  const JsonPlace place{.source = std::make_shared<const std::string>("--set " + printable(path))};
  const std::vector<Step> steps = parse_path(path);
  JsonValue value = parse_value(assignment.substr(equals + 1), place);
  set_place(value, place);

  JsonValue* parent = &root;
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) parent = &descend(*parent, steps[i], place);
  const Step& last = steps.back();
  if (last.is_index) {
    descend(*parent, last, place) = std::move(value);
    return "";
  }
  expand(*parent, place);
  if (last.key == type_key) return set_type(*parent, std::move(value), place);
  if (JsonValue* old = parent->find(last.key)) {
    *old = std::move(value);
  } else {
    parent->members.push_back({last.key, std::move(value), place});
  }
  return "";
}

}  // namespace hinge
