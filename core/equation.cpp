// Writing numbers and sums.
#include <hinge/core/equation.h>

#include <cmath>

#include <hinge/core/text.h>

namespace hinge {

namespace {

bool needs_parentheses(std::string_view before, std::string_view after) {
  if (after.starts_with("²")) return true;
  return !before.empty() && !before.ends_with("(") && !before.ends_with("|") && !before.ends_with(", ");
}

}  // namespace

void Sum::add(const std::string& term) {
  ++count_;
  if (count_ > max_terms_) return;
  constexpr std::string_view minus = "−";
  if (text_.empty()) {
    text_ = term;
  } else if (term.starts_with(minus)) {
    text_ += " − " + term.substr(minus.size());
  } else {
    text_ += " + " + term;
  }
}

std::string Sum::text() const {
  if (count_ <= max_terms_) return text_;
  return text_ + " + … " + std::to_string(count_ - max_terms_) + " more";
}

std::string EquationFormat::number(double value) const { return value == 0 ? "0" : typeset(value, digits_); }

std::string EquationFormat::share(double value, double distance_from_one) const {
  constexpr double near = 0.01;
  const bool is_near = distance_from_one > 0 && distance_from_one < near;
  return is_near ? "1 − " + number(distance_from_one) : number(value);
}

std::string EquationFormat::fill(std::string_view pattern, std::initializer_list<double> numbers) const {
  constexpr std::string_view place = "{}";
  std::string text;
  for (const double value : numbers) {
    const std::size_t at = pattern.find(place);
    text += pattern.substr(0, at);
    pattern.remove_prefix(at + place.size());
    const bool encloses = value < 0 && needs_parentheses(text, pattern);
    text += encloses ? "(" + number(value) + ")" : number(value);
  }
  return text + std::string(pattern);
}

}  // namespace hinge
