// Plots of functions as SVG: lines, round ticks, labels at the lines' ends.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hinge_command {

struct Point {
  double x = 0;
  double y = 0;
};

/// A function's graph: pieces between which it jumps, and single points where a jump takes a value of its own.
struct Curve {
  std::string label;
  std::vector<std::vector<Point>> pieces;
  std::vector<Point> dots;
};

/// A plot of curves above its title: `φ(z)`.
struct Panel {
  std::string title;
  std::vector<Curve> curves;
};

/// So many curves of a panel have a colour each.
inline constexpr std::size_t max_curves = 6;

/// Numbers from `low` to `high` that are 1, 2 or 5 times a power of ten apart, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

/// A self-contained SVG document with one panel or more above each other, of at most `max_curves` each, all over the same range of x. It follows the reader's
/// choice of light or dark. Curves of the same place have the same colour in all panels.
std::string svg_of(const std::vector<Panel>& panels, double low, double high);

}  // namespace hinge_command
