// Where the parts of a chart lie.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "drawing/chart.h"

namespace hinge_command {

/// A series' label at the right.
struct EndLabel {
  std::size_t series = 0;
  std::string text = {};
  double wanted = 0;     ///< the y where its line ends
  double y = 0;          ///< the y where the label has room
  bool has_end = false;  ///< whether a line ends at the right, at `wanted`
};

/// A mark's label above the plot.
struct MarkLabel {
  double x = 0;  ///< of its middle
  std::string text = {};
  std::size_t row = 0;  ///< counted from the plot upwards
};

struct ChartLayout {
  Scale x = {};
  Scale y = {};
  double height = 0;
  std::vector<double> x_ticks = {};
  std::vector<double> y_ticks = {};
  std::vector<MarkLabel> mark_labels = {};
  std::vector<EndLabel> end_labels = {};

  bool is_inside(double value) const { return x.shows(value) && value >= x.range.low && value <= x.range.high; }
};

/// Makes room for all labels.
ChartLayout lay_out(const Chart& chart);

/// A number at a tick.
std::string tick_text(double value);

// Distances in pixels.
inline constexpr double title_baseline = 20;
inline constexpr double tick_gap = 8;       ///< between two labels, or a label and an axis
inline constexpr double sample_width = 20;  ///< of the piece of line, or the marker, before a label

}  // namespace hinge_command
