// Plots of functions as SVG: lines, ticks at round numbers, labels at the ends of the lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hinge_command {

struct Point {
  double x = 0;
  double y = 0;
};

/// The graph of a function: continuous pieces, and dots that mark its value at a jump.
struct Curve {
  std::string label;
  std::vector<std::vector<Point>> pieces;
  std::vector<Point> dots;
};

/// A plot of curves with a title, such as `φ(z)`.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
};

/// The largest number of curves in a panel: each has its own colour.
inline constexpr std::size_t max_curves = 6;

/// About `count` numbers from `low` to `high`, spaced by 1, 2 or 5 times a power of ten.
std::vector<double> round_ticks(double low, double high, int count);

/// A self-contained SVG document. Its panels, at least one, are stacked, have at most `max_curves` curves each, and
/// share the range [low, high] of x. It follows the viewer's light or dark mode. Curve i has the same colour in every
/// panel.
std::string write_svg(const std::vector<Panel>& panels, double low, double high);

}  // namespace hinge_command
