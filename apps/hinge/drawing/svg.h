// SVG as text: elements, escaping, the size of text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hinge_command {

/// A picture before it is written: its size in pixels, its name and meaning for screen readers, and its elements.
struct Drawing {
  double width = 0;
  double height = 0;
  std::string title = {};
  std::string description = {};
  std::string body = {};
};

/// An `<svg>` element, for a file of its own or for a page. Every colour is a presentation attribute, so that viewers without
/// CSS variables show it; a page that has drawing_style() replaces the colours by its own.
std::string svg_of(const Drawing& drawing);

/// The drawings one below the other, as one.
Drawing stacked(const std::vector<Drawing>& drawings, std::string title);

/// Text for XML and HTML, in an element or an attribute: `<`, `>`, `&` and quotes as entities; what XML cannot hold
/// (control characters, bytes that are no UTF-8) as \xNN.
std::string escaped(std::string_view text);

/// A number of pixels with at most one decimal: `12.5`, `3`.
std::string pixels(double value);

using Attributes = std::initializer_list<std::pair<std::string_view, std::string>>;

/// `<name key="value" …>content</name>`. Values are escaped here, `content` by the caller.
std::string element(std::string_view name, Attributes attributes, std::string_view content = "");

/// What takes the colour of an element's class: `inner` leaves that to the elements inside.
enum class Paint { fill, stroke, inner };

/// An element in the colour of a class (palette.h). Its other side is not painted, unless the attributes say so.
std::string coloured_element(std::string_view name, std::string_view colour_class, Paint paint, Attributes attributes,
                             std::string_view content = "");

/// A rectangle in the colour of a class.
std::string rect_element(std::string_view colour_class, Paint paint, double x, double y, double width, double height,
                         Attributes attributes = {});

/// The font size of labels and titles.
inline constexpr double font_size = 13;
/// The least distance between the lines of two labels.
inline constexpr double line_distance = 17;

/// What text of the font size takes in the widest of the usual fonts, in pixels: an upper bound for Latin script.
double text_width(std::string_view text);

/// The text, if need be shortened to that width with a `…` at its end.
std::string shortened(std::string_view text, double width);

enum class Anchor { start, middle, end };

/// Text whose baseline starts, is centred or ends at (x, y). The class names its colour: see palette.h.
std::string text_element(std::string_view colour_class, double x, double y, Anchor anchor, std::string_view text,
                         bool is_bold = false);

/// Text that is read upwards from (x, y).
std::string upright_text_element(std::string_view colour_class, double x, double y, std::string_view text);

/// A straight line in the colour of the class.
std::string line_element(std::string_view colour_class, double x1, double y1, double x2, double y2, double width = 1,
                         std::string_view dashes = "");

}  // namespace hinge_command
