// Equations with numbers in them: what the parts of a network say of themselves, and `hinge explain` shows.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// `left = first side = second side`, and a remark. The last side is the value.
struct Equation {
  std::string left = {};
  std::vector<std::string> sides = {};
  std::string remark = {};
};

/// A sum that shows its first terms and counts the rest: `a + b + … 60 more`.
class HINGE_API Sum {
 public:
  explicit Sum(std::size_t max_terms) : max_terms_(max_terms) {}

  /// A term with a leading minus is subtracted.
  void add(const std::string& term);
  std::string text() const;

 private:
  std::size_t max_terms_;
  std::size_t count_ = 0;
  std::string text_;
};

/// How numbers and sums are written into equations.
class HINGE_API EquationFormat {
 public:
  /// Numbers have up to `digits` significant digits, and sums show up to `max_terms` terms.
  EquationFormat(int digits, std::size_t max_terms) : digits_(digits), max_terms_(max_terms) {}

  /// With a typographic minus, `∞` and `NaN`; −0 is 0.
  std::string number(double value) const;

  /// The pattern with the next number in the place of each {}: `fill("{}·({} − {})²", {0.5, o, y})`. A negative number
  /// stands in parentheses, unless it begins the text or what an opening bracket, a bar or a comma encloses, and no ²
  /// follows it.
  std::string fill(std::string_view pattern, std::initializer_list<double> numbers) const;

  /// A number in [0, 1], given with its distance from 1, as `1 − 4.481e-05` where it is so near 1 that rounding would
  /// hide that distance: then log(p) can be checked.
  std::string share(double value, double distance_from_one) const;

  Sum sum() const { return Sum(max_terms_); }

 private:
  int digits_;
  std::size_t max_terms_;
};

}  // namespace hinge
