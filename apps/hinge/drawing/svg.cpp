// Writes SVG.
#include "drawing/svg.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <hinge/core/text.h>

#include "drawing/palette.h"

namespace hinge_command {

namespace {

// The width of a character as a fraction of the font size: rounded up from DejaVu Sans, the widest of the usual fonts.
double character_width(unsigned char c) {
  constexpr std::string_view narrow = " !'()*,-./:;I[]`fijlrt|";
  constexpr std::string_view wide = "%+<=>@MW#mw&~";
  const auto holds = [c](std::string_view set) { return set.find(static_cast<char>(c)) != std::string_view::npos; };
  if (c >= 0xe3) return 1.0;  // scripts of full width
  if (holds(narrow)) return 0.42;
  return holds(wide) ? 1.0 : c >= 'A' && c <= 'Z' ? 0.76 : c >= 0x80 ? 0.84 : 0.64;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string text_of(Attributes attributes) {
  std::string text;
  for (const auto& [key, value] : attributes) {
    if (!value.empty()) text += " " + std::string(key) + "=\"" + escaped(value) + "\"";
  }
  return text;
}

// What follows the attributes.
std::string end_of(std::string_view name, std::string_view content) {
  if (content.empty()) return "/>\n";
  return ">" + std::string(content) + "</" + std::string(name) + ">\n";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : hinge::printable(text, std::numeric_limits<std::size_t>::max())) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string pixels(double value) {
  return hinge::to_text(std::round(value * 10) / 10 + 0.0);  // + 0.0 turns −0 into 0
}

std::string element(std::string_view name, Attributes attributes, std::string_view content) {
  return "<" + std::string(name) + text_of(attributes) + end_of(name, content);
}

std::string coloured_element(std::string_view name, std::string_view colour_class, Paint paint, Attributes attributes,
                             std::string_view content) {
  const Attributes colour = {{"class", std::string(colour_class)}, {"color", std::string(light_colour(colour_class))}};
  constexpr std::string_view paints[] = {" fill=\"currentColor\"", " fill=\"none\" stroke=\"currentColor\"", ""};
  return "<" + std::string(name) + text_of(colour) + std::string(paints[static_cast<int>(paint)]) +
         text_of(attributes) + end_of(name, content);
}

std::string rect_element(std::string_view colour_class, Paint paint, double x, double y, double width, double height,
                         Attributes attributes) {
  std::string rect =
      coloured_element("rect", colour_class, paint,
                       {{"x", pixels(x)}, {"y", pixels(y)}, {"width", pixels(width)}, {"height", pixels(height)}});
  return rect.insert(rect.size() - end_of("rect", "").size(), text_of(attributes));
}

double text_width(std::string_view text) {
  double width = 0;
  for (const char c : text) width += continues_character(c) ? 0 : character_width(static_cast<unsigned char>(c));
  return width * font_size;
}

std::string shortened(std::string_view text, double width) {
  if (text_width(text) <= width) return std::string(text);
  const double room = width - text_width("…");
  while (!text.empty() && (text_width(text) > room || text.back() == ' ')) {
    while (!text.empty() && continues_character(text.back())) text.remove_suffix(1);
    if (!text.empty()) text.remove_suffix(1);
  }
  return std::string(text) + "…";
}

std::string text_element(std::string_view colour_class, double x, double y, Anchor anchor, std::string_view text,
                         bool is_bold) {
  constexpr std::string_view anchors[] = {"", "middle", "end"};
  return coloured_element("text", colour_class, Paint::fill,
                          {{"x", pixels(x)},
                           {"y", pixels(y)},
                           {"text-anchor", std::string(anchors[static_cast<int>(anchor)])},
                           {"font-weight", is_bold ? "600" : ""}},
                          escaped(text));
}

std::string upright_text_element(std::string_view colour_class, double x, double y, std::string_view text) {
  return coloured_element(
      "text", colour_class, Paint::fill,
      {{"x", pixels(x)}, {"y", pixels(y)}, {"transform", "rotate(-90 " + pixels(x) + " " + pixels(y) + ")"}},
      escaped(text));
}

std::string line_element(std::string_view colour_class, double x1, double y1, double x2, double y2, double width,
                         std::string_view dashes) {
  return coloured_element("line", colour_class, Paint::stroke,
                          {{"stroke-width", width == 1 ? "" : pixels(width)},
                           {"stroke-dasharray", std::string(dashes)},
                           {"x1", pixels(x1)},
                           {"y1", pixels(y1)},
                           {"x2", pixels(x2)},
                           {"y2", pixels(y2)}});
}

std::string svg_of(const Drawing& drawing) {
  std::string content = "\n" + element("title", {}, escaped(drawing.title));
  if (!drawing.description.empty()) content += element("desc", {}, escaped(drawing.description));
  content += rect_element("d-ground", Paint::fill, 0, 0, drawing.width, drawing.height);
  return element("svg",
                 {{"xmlns", "http://www.w3.org/2000/svg"},
                  {"viewBox", "0 0 " + pixels(drawing.width) + " " + pixels(drawing.height)},
                  {"width", pixels(drawing.width)},
                  {"height", pixels(drawing.height)},
                  {"role", "img"},
                  {"font-family", "system-ui, sans-serif"},
                  {"font-size", pixels(font_size)}},
                 content + drawing.body);
}

Drawing stacked(const std::vector<Drawing>& drawings, std::string title) {
  Drawing all{.title = std::move(title)};
  for (const Drawing& drawing : drawings) {
    all.body += element("g", {{"transform", "translate(0 " + pixels(all.height) + ")"}}, "\n" + drawing.body);
    all.width = std::max(all.width, drawing.width);
    all.height += drawing.height;
    all.description += (all.description.empty() ? "" : " ") + drawing.description;
  }
  return all;
}

}  // namespace hinge_command
