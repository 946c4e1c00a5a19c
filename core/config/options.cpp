// Checks, texts and changes by the declared options.
#include <hinge/core/config/options.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include <hinge/core/config/spec.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // clang 14 does not deduce it by itself

// The first value that the option refuses, as text.
std::optional<std::string> refused_value(const Option& option) {
  const auto refused = [&](double value) -> std::optional<std::string> {
    return option.range.contains(value) ? std::nullopt : std::optional(to_text(value));
  };
  return std::visit(Overloaded{
                        [&](double* value) { return refused(*value); },
                        [&](std::size_t* value) -> std::optional<std::string> {
                          if (*value == 0 && !option.zero.empty()) return std::nullopt;
                          return refused(static_cast<double>(*value));
                        },
                        [&](std::vector<double>* values) -> std::optional<std::string> {
                          for (const double value : *values) {
                            if (auto text = refused(value)) return text;
                          }
                          return std::nullopt;
                        },
                        [&](NamedNumbers* numbers) -> std::optional<std::string> {
                          for (const double value : numbers->list) {
                            if (auto text = refused(value)) return text;
                          }
                          for (const auto& [name, value] : numbers->named) {
                            if (auto text = refused(value)) return text;
                          }
                          return std::nullopt;
                        },
                        [&](std::string* value) -> std::optional<std::string> {
                          const auto& choices = option.choices;
                          const bool known = std::find(choices.begin(), choices.end(), *value) != choices.end();
                          return choices.empty() || known ? std::nullopt : std::optional('"' + printable(*value) + '"');
                        },
                        [](auto*) -> std::optional<std::string> { return std::nullopt; },
                    },
                    option.place);
}

// Adds the mistakes of a description and of all nested ones, each as `path name …`.
void collect_errors(Description& description, const std::string& path, std::vector<std::string>& errors) {
  for (const Option& option : description.options()) {
    const std::string name = path + std::string(option.name);
    if (const std::string mistake = value_error(option); !mistake.empty()) {
      errors.push_back(join(std::vector<std::string>{name, mistake}, " = "));
    }
    std::visit(Overloaded{
                   [&](Description* section) { collect_errors(*section, name + ".", errors); },
                   [&](SectionMapPlace* sections) {
                     for (std::size_t i = 0; i < sections->size(); ++i) {
                       collect_errors(sections->at(i), name + "[" + printable(sections->key(i)) + "].", errors);
                     }
                   },
                   [&](SpecPlace* spec) { collect_errors(spec->held(), name + ".", errors); },
                   [&](SpecListPlace* list) {
                     for (std::size_t i = 0; i < list->size(); ++i) {
                       collect_errors(list->at(i).held(), name + "[" + std::to_string(i) + "].", errors);
                     }
                   },
                   [](auto*) {},
               },
               option.place);
  }
  for (const OptionError& mistake : description.errors()) {
    errors.push_back(path + std::string(mistake.option) + " " + mistake.message);
  }
}

std::string value_text(const Option& option) {
  return std::visit(Overloaded{
                        [](bool* value) -> std::string { return *value ? "true" : "false"; },
                        [&](std::size_t* value) {
                          const bool is_word = *value == 0 && !option.zero.empty();
                          return is_word ? std::string(option.zero) : std::to_string(*value);
                        },
                        [](double* value) { return to_text(*value); },
                        [](std::string* value) { return *value; },
                        [](std::vector<double>* values) { return std::to_string(values->size()) + " values"; },
                        [](std::vector<std::string>* words) { return "[" + join(*words) + "]"; },
                        [](NamedNumbers* numbers) {
                          if (!numbers->rule.empty()) return numbers->rule;
                          return std::to_string(numbers->list.size() + numbers->named.size()) + " values";
                        },
                        [](Description* section) { return summary(*section); },
                        [](SectionMapPlace* sections) {
                          std::vector<std::string> parts;
                          for (std::size_t i = 0; i < sections->size(); ++i) {
                            parts.push_back(printable(sections->key(i)) + ": " + summary(sections->at(i)));
                          }
                          return "{" + join(parts) + "}";
                        },
                        [](SpecPlace* spec) { return summary(spec->held()); },
                        [](SpecListPlace* list) {
                          std::vector<std::string> parts;
                          for (std::size_t i = 0; i < list->size(); ++i) parts.push_back(summary(list->at(i).held()));
                          return "[" + join(parts) + "]";
                        },
                    },
                    option.place);
}

std::string option_text(const Option& option) { return std::string(option.name) + "=" + value_text(option); }

std::string summary_of(Description& description, const std::vector<std::string>& left_out) {
  std::vector<std::string> pairs;
  for (const Option& option : description.options()) {
    std::string text = option_text(option);
    if (std::find(left_out.begin(), left_out.end(), text) == left_out.end()) pairs.push_back(std::move(text));
  }
  const std::string type(description.type());
  return pairs.empty() ? type : type + "(" + join(pairs) + ")";
}

// 1000000000 rather than 1e+09: most large bounds are of whole numbers.
std::string bound_text(double bound) {
  constexpr double max_whole = 1e15;
  return bound == std::floor(bound) && std::abs(bound) < max_whole ? std::to_string(static_cast<long long>(bound))
                                                                   : to_text(bound);
}

[[noreturn]] void fail_unknown(std::string_view type, std::string_view name, const std::vector<Option>& options) {
  std::vector<std::string> known;
  for (const Option& option : options) known.emplace_back(option.name);
  throw ConfigError(printable(name) + ": unknown key for " + std::string(type) + suggestion(name, known));
}

}  // namespace

bool Range::contains(double value) const {
  if (!std::isfinite(value)) return false;
  const bool high_enough = lowest_allowed ? value >= lowest : value > lowest;
  const bool low_enough = highest_allowed ? value <= highest : value < highest;
  return high_enough && low_enough;
}

bool Range::is_bounded() const { return std::isfinite(lowest) || std::isfinite(highest); }

std::string Range::text() const {
  const bool bounded_below = std::isfinite(lowest);
  const bool bounded_above = std::isfinite(highest);
  if (bounded_below && bounded_above) {
    return "in " + std::string(lowest_allowed ? "[" : "(") + bound_text(lowest) + ", " + bound_text(highest) +
           (highest_allowed ? "]" : ")");
  }
  if (bounded_below) return (lowest_allowed ? ">= " : "> ") + bound_text(lowest);
  if (bounded_above) return (highest_allowed ? "<= " : "< ") + bound_text(highest);
  return "a finite number";
}

const Option* find_option(const std::vector<Option>& options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}

std::string value_error(const Option& option) {
  const auto value = refused_value(option);
  if (!value) return "";
  const bool is_number = option.choices.empty() || std::holds_alternative<NamedNumbers*>(option.place);
  if (is_number) return *value + ", must be " + option.range.text();
  const std::vector<std::string> choices(option.choices.begin(), option.choices.end());
  return *value + ", must be one of " + join(choices);
}

void check_options(Description& description) {
  std::vector<std::string> errors;
  collect_errors(description, std::string(description.type()) + ": ", errors);
  if (!errors.empty()) throw ConfigError(join(errors, "\n"));
}

std::string summary(Description& description) { return summary_of(description, {}); }

std::string summary(Description& description, Description& defaults) {
  std::vector<std::string> left_out;
  for (const Option& option : defaults.options()) left_out.push_back(option_text(option));
  return summary_of(description, left_out);
}

void set_option(Description& description, std::string_view name, double value) {
  const auto options = description.options();
  const Option* found = find_option(options, name);
  if (found == nullptr) fail_unknown(description.type(), name, options);
  const std::string place = std::string(description.type()) + ": " + std::string(name) + " = " + to_text(value);
  const bool is_word = value == 0 && !found->zero.empty();
  if (!is_word && !found->range.contains(value)) throw ConfigError(place + ", must be " + found->range.text());
  std::visit(Overloaded{
                 [&](bool* target) {
                   if (value != 0 && value != 1) throw ConfigError(place + ", must be 0 or 1");
                   *target = value == 1;
                 },
                 [&](std::size_t* target) {
                   constexpr double exact = 0x1p53;  // not every larger integer is a double
                   if (value != std::floor(value) || value < 0 || value > exact) {
                     throw ConfigError(place + ", must be a whole number >= 0");
                   }
                   *target = static_cast<std::size_t>(value);
                 },
                 [&](double* target) { *target = value; },
                 [&](auto*) { throw ConfigError(place + ", but this option is not a number"); },
             },
             found->place);
}

}  // namespace hinge
