// Writes lines of equations, as text of 80 columns or as Markdown with LaTeX.
//
// Equations are composed once, in Unicode; the LaTeX is translated from it.
#pragma once

#include <string>
#include <vector>

#include "explain/explain_view.h"

namespace hinge_command {

/// What a remark means; it sets the colour.
enum class Tone { plain, off, wrong };

/// Collects lines in one notation.
class EquationWriter {
 public:
  explicit EquationWriter(Notation notation) : notation_(notation) {}

  void title(const std::string& text);
  void heading(const std::string& text);
  void subheading(const std::string& text);
  /// A label before the next equation: `unit 3`.
  void label(const std::string& text);
  /// `left = first side = second side`, and a remark.
  void equation(const std::string& left, const std::vector<std::string>& sides, const std::string& remark = "",
                Tone tone = Tone::plain);
  void remark(const std::string& text);

  /// Returns the text written since the last call.
  std::string take();

 private:
  /// The text in the letters of the notation.
  std::string written(const std::string& text) const;
  std::string bold(const std::string& text) const;
  std::string painted(const std::string& text, Tone tone) const;
  void wrap(const std::string& text, const std::string& remark, Tone tone);

  Notation notation_;
  std::string label_;
  std::string out_;
};

}  // namespace hinge_command
