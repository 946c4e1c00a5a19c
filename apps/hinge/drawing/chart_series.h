// What a chart shows of a series.
#pragma once

#include <cstddef>
#include <string>

#include "drawing/chart.h"

namespace hinge_command {

/// Draws series on two scales. With a `halo` markers stand out from a surface behind them.
class SeriesWriter {
 public:
  SeriesWriter(const Scale& x, const Scale& y, bool has_halo) : x_(x), y_(y), has_halo_(has_halo) {}

  /// The series and its band, in a curve's colour.
  std::string drawn(const Series& series, std::size_t colour) const;
  /// A piece of its line, or its marker, to stand before its label.
  static std::string sample(const Series& series, std::size_t colour, double x, double y);

 private:
  std::string line(const Series& series, std::size_t colour) const;
  std::string steps(const Series& series, std::size_t colour) const;
  std::string dots(const Series& series, std::size_t colour) const;
  std::string band(const Series& series) const;
  bool is_shown(const Point& point) const { return x_.shows(point.x) && y_.shows(point.y); }
  std::string place(const Point& point) const;

  Scale x_;
  Scale y_;
  bool has_halo_;
};

}  // namespace hinge_command
