// The colours of all drawings, on light and on dark ground.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hinge_command {

/// The number of colours of curves. Further curves start again with the first, in other dashes.
inline constexpr std::size_t curve_colours = 6;

/// The class of a curve's colour, `d-0` to `d-5`. Other classes are
///   d-ground  what is drawn upon
///   d-text    titles and numbers          d-faint  labels of axes and ticks
///   d-grid    lines at ticks              d-axis   the frame, and the lines at 0
///   d-s0 … d-s5  states of units (state_map.h), from healthy to broken, ever darker
std::string curve_class(std::size_t index);

/// The dashes of curve `index`, empty for a solid line: curves differ by more than their colour.
std::string_view curve_dashes(std::size_t index);

/// The colour of a class on light ground. Throws std::out_of_range for an unknown class.
std::string_view light_colour(std::string_view colour_class);
std::string_view dark_colour(std::string_view colour_class);

/// A style sheet for pages that hold drawings: each class takes its colour from a variable (`--d-ground`), which follows the
/// viewer's light or dark mode, or `data-theme="light"` or `"dark"` on the root element; printed pages are light.
std::string drawing_style();

}  // namespace hinge_command
