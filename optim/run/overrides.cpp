// Overrides, and what they mean for columns that are described one by one.
#include <hinge/optim/run/overrides.h>

#include <algorithm>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

std::string text_at(const JsonValue& description, std::string_view key) {
  const JsonValue* found = description.find(key);
  return found == nullptr ? "auto" : found->text;
}

bool is_named_in(const JsonValue& value, const std::string& column) {
  const auto is_it = [&](const JsonValue& name) { return name.text == column; };
  return is_it(value) || std::any_of(value.elements.begin(), value.elements.end(), is_it);
}

void leave_out(JsonMember& column) {
  column.value = JsonValue::object({{"kind", JsonValue("ignored"), column.key_place}});
}

// From now on cells and other keys say what the column is.
void leave_open(JsonMember& column) {
  constexpr std::string_view of_kind[] = {"kind", "parts", "format", "categories"};
  std::erase_if(column.value.members, [&](const JsonMember& member) {
    return std::find(std::begin(of_kind), std::end(of_kind), member.key) != std::end(of_kind);
  });
}

void give_way(JsonMember& column, std::string_view key, const JsonValue& value) {
  const std::string kind = text_at(column.value, "kind");
  const bool is_named = is_named_in(value, column.key);
  const bool is_target = kind == "target";
  const bool is_encoded = kind == "category" || kind == "time";
  const bool is_input = is_encoded || kind == "number";
  if (key == "ignore" && is_named && !is_target) leave_out(column);
  if (key == "features" && !value.elements.empty()) {
    if (is_input && !is_named) leave_out(column);
    if (!is_input && is_named && !is_target) leave_open(column);
  }
  if (key == "target" && is_named != is_target) leave_open(column);
  if (key == "targets" && (is_named || is_target)) leave_open(column);  // whose order counts
  if (key == "encode" && value.text == "none" && is_encoded) leave_open(column);
}

// Whether the column has another word of its own for what the key says of all.
bool keeps_its_own(const JsonMember& column, std::string_view key, const JsonValue& value) {
  const std::string own = text_at(column.value, key);
  const std::string kind = text_at(column.value, "kind");
  const bool is_used = kind != "ignored" && kind != "id" && (key == "missing" || kind != "category");
  return is_used && own != "auto" && own != value.text;
}

}  // namespace

std::string override_config(JsonValue& config, std::string_view assignment) {
  std::string note = apply_override(config, assignment);
  constexpr std::string_view source = "data.";
  if (!assignment.starts_with(source)) return note;
  const std::string_view path = assignment.substr(0, assignment.find_first_of("=["));
  const std::string_view key = path.substr(source.size());
  JsonValue* const data = config.find("data");
  const JsonValue* const value = data->find(key);
  JsonValue* const columns = data->find("columns");
  if (value == nullptr || columns == nullptr) return note;
  std::vector<std::string> others;
  for (JsonMember& column : columns->members) {
    give_way(column, key, *value);
    const bool is_word = key == "missing" || key == "preprocess";
    if (is_word && keeps_its_own(column, key, *value)) others.push_back(in_quotes(column.key));
  }
  if (others.empty()) return note;
  return "--set " + std::string(path) + ": data.columns has another " + std::string(key) + " for " + join(others) +
         ", and comes first";
}

}  // namespace hinge
