// Lines of equations, as text of 80 columns or as Markdown with LaTeX.
//
// They are written once, in Unicode; LaTeX is made from that.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "explain/explain_view.h"

namespace hinge_command {

/// What a remark tells, which colours show.
enum class Tone { plain, off, wrong };

/// Lines of one notation.
class EquationWriter {
 public:
  EquationWriter(Notation notation, int digits) : notation_(notation), digits_(digits) {}

  /// A number with so many significant digits and a true minus.
  std::string number(double value) const;
  /// As a factor or a term behind another: in parentheses where it is negative.
  std::string inner(double value) const;

  void title(const std::string& text);
  void heading(const std::string& text);
  void subheading(const std::string& text);
  /// What stands before the equations that follow: `unit 3`.
  void label(const std::string& text);
  /// `left = first = second`, and a remark.
  void equation(const std::string& left, const std::vector<std::string>& sides, const std::string& remark = "",
                Tone tone = Tone::plain);
  void remark(const std::string& text);

  /// What has been written since the last time.
  std::string take();

 private:
  std::string bold(const std::string& text) const;
  std::string painted(const std::string& text, Tone tone) const;
  void wrap(const std::string& text, const std::string& remark, Tone tone);

  Notation notation_;
  int digits_;
  std::string label_;
  std::string out_;
};

/// A sum whose middle is left out where it is long.
class Sum {
 public:
  explicit Sum(std::size_t most) : most_(most) {}

  /// A term behind another that begins with a minus becomes a difference.
  void add(const std::string& term);
  std::string text() const;

 private:
  std::size_t most_;
  std::size_t count_ = 0;
  std::string text_;
};

/// `a·b`.
std::string product(const std::string& a, const std::string& b);

}  // namespace hinge_command
