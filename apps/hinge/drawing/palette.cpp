// The one table of colours.
#include "drawing/palette.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace hinge_command {

namespace {

struct Colour {
  std::string_view name;
  std::string_view light;
  std::string_view dark;
};

// Curves have a contrast of at least 4.5 : 1 with the ground and with #f5f5f7 or #222326, so that their labels can have their
// colours. Seen with protanopia, deuteranopia or tritanopia [Machado et al. 2009], any two differ by ΔE*ab ≥ 17.
constexpr Colour colours[] = {
    {"d-ground", "#ffffff", "#17181a"}, {"d-text", "#1d1d1f", "#ececee"}, {"d-faint", "#5f5f63", "#a5a5aa"},
    {"d-grid", "#e3e3e6", "#2d2e31"},   {"d-axis", "#8e8e93", "#77777c"}, {"d-0", "#0054ad", "#7fa8ff"},
    {"d-1", "#a65900", "#ffb340"},      {"d-2", "#007b56", "#3cad62"},    {"d-3", "#98548c", "#d97aaa"},
    {"d-4", "#612a00", "#fdf5a6"},      {"d-5", "#2b2530", "#c8f2ff"},    {"d-s0", "#dbe7f0", "#26343f"},
    {"d-s1", "#f2c879", "#6e5a2e"},     {"d-s2", "#d08a2e", "#a8742b"},   {"d-s3", "#98548c", "#d97aaa"},
    {"d-s4", "#5b1a3a", "#ffa8bf"},     {"d-s5", "#000000", "#ffffff"},
};

const Colour& colour_of(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(colours), std::end(colours), [&](const Colour& colour) { return colour.name == name; });
  if (found == std::end(colours)) throw std::out_of_range("no colour " + std::string(name));
  return *found;
}

std::string variables(std::string_view Colour::*shade) {
  std::string text;
  for (const Colour& colour : colours) text += "--" + std::string(colour.name) + ":" + std::string(colour.*shade) + ";";
  return text;
}

}  // namespace

std::string curve_class(std::size_t index) { return "d-" + std::to_string(index % curve_colours); }

std::string_view curve_dashes(std::size_t index) {
  constexpr std::string_view dashes[] = {"", "8 4", "2 4", "11 3 3 3", "5 2", "14 5"};
  return dashes[(index + index / curve_colours) % std::size(dashes)];
}

std::string_view light_colour(std::string_view colour_class) { return colour_of(colour_class).light; }

std::string_view dark_colour(std::string_view colour_class) { return colour_of(colour_class).dark; }

std::string drawing_style() {
  const std::string dark = variables(&Colour::dark);
  std::string style = ":root{" + variables(&Colour::light) + "}\n@media screen and (prefers-color-scheme:dark){:root{" +
                      dark + "}}\n@media screen{:root[data-theme=light]{" + variables(&Colour::light) +
                      "}:root[data-theme=dark]{" + dark + "}}\n";
  for (const Colour& colour : colours) {
    style += "." + std::string(colour.name) + "{color:var(--" + std::string(colour.name) + ")}\n";
  }
  return style;
}

}  // namespace hinge_command
