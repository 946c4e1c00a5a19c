// Charts with two axes: curves, intervals, dots, steps, marks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "drawing/image.h"
#include "drawing/numbers.h"
#include "drawing/scale.h"
#include "drawing/svg.h"

namespace hinge_command {

struct Point {
  double x = 0;
  double y = 0;
};

/// An axis. Without bounds it is as long as what is on it, and a little more.
struct Axis {
  std::string label = {};
  ScaleKind kind = ScaleKind::linear;
  std::optional<double> low = {};
  std::optional<double> high = {};
  bool has_zero = false;  ///< it reaches 0; not a logarithmic one
};

/// One value of x with an interval of y.
struct Interval {
  double x = 0;
  double low = 0;
  double high = 0;
};

/// What belongs together in a chart, and has one colour.
struct Series {
  enum class Kind {
    line,  ///< points joined by lines; x rises. Long curves are thinned, and keep their extremes.
    dots,  ///< a marker at each point
    steps,  ///< points (xᵢ, yᵢ): the value yᵢ from xᵢ to xᵢ₊₁, filled down to the bottom, as in a histogram
  };

  std::string label = {};          ///< at the end of the line, or beside the markers; "" for none
  std::vector<Point> points = {};  ///< one that the axes cannot show, such as NaN, is a gap
  Kind kind = Kind::line;
  std::vector<Interval> band = {};         ///< shown behind the line; x rises
  std::optional<std::size_t> colour = {};  ///< see palette.h; by default the place in the chart
  bool is_thin = false;                    ///< a thin, pale line behind the others: one of many
};

/// A vertical line with a label, such as the best epoch.
struct Mark {
  double x = 0;
  std::string label = {};
};

struct Chart {
  std::string title = {};
  std::string description = {};  ///< what the picture shows, in a sentence, for screen readers
  Axis x = {};
  Axis y = {};
  std::vector<Series> series = {};
  std::vector<Mark> marks = {};
  bool has_diagonal = false;          ///< the line y = x, for predicted against true values
  std::optional<Image> surface = {};  ///< fills the plot behind all series, its first row at the top
  double width = 640;
  double height = 300;  ///< more if the labels need it
  double left = 0;      ///< the least room left of the plot, by which charts one below the other line up
};

Drawing draw(const Chart& chart);

/// If all labelled series have the same x: a row for each x, with a column for each series and the ends of its band.
/// Else a row for each point: series, x, y.
Numbers numbers_of(const Chart& chart);

/// The points by which a curve looks the same: of those in a column of pixels the first, the lowest, the
/// highest and the last. A gap that stays within a column is closed. Up to four points per pixel stay as they are; of more
/// at most five per pixel are left.
std::vector<Point> thinned(const std::vector<Point>& points, const Scale& x, const Scale& y);

}  // namespace hinge_command
