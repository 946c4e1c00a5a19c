// Draws lines, steps, markers and bands.
#include "drawing/chart_series.h"

#include <cmath>
#include <set>
#include <utility>

#include <hinge/core/text.h>

#include "drawing/chart_layout.h"
#include "drawing/palette.h"

namespace hinge_command {

namespace {

std::string stroked(const std::string& path, double width, double opacity, std::string_view dashes) {
  if (path.empty()) return "";
  return element("path", {{"d", path},
                          {"fill", "none"},
                          {"stroke", "currentColor"},
                          {"stroke-width", pixels(width)},
                          {"stroke-opacity", opacity == 1 ? "" : hinge::to_text(opacity)},
                          {"stroke-dasharray", std::string(dashes)},
                          {"stroke-linejoin", "round"},
                          {"stroke-linecap", dashes.empty() ? "round" : ""}});
}

// What follows the place of a point: a circle (a line of no length with round ends), square, triangle, diamond,
// cross, triangle upside down.
std::string_view marker(std::size_t colour) {
  constexpr std::string_view markers[] = {
      "h0",
      "m-3-3h6v6h-6z",
      "m0-4.4 4 7.2h-8z",
      "m0-4.5 4.5 4.5-4.5 4.5-4.5-4.5z",
      "m-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z",
      "m-4-2.8h8l-4 7.2z",
  };
  return markers[colour % std::size(markers)];
}

bool is_round(std::size_t colour) { return marker(colour) == "h0"; }

std::string markers(const std::string& path, std::size_t colour) {
  return is_round(colour) ? stroked(path, 7, 1, "") : element("path", {{"d", path}, {"fill", "currentColor"}});
}

}  // namespace

std::string SeriesWriter::drawn(const Series& series, std::size_t colour) const {
  std::string content = band(series);
  if (series.kind == Series::Kind::line) content += line(series, colour);
  if (series.kind == Series::Kind::steps) content += steps(series, colour);
  if (series.kind == Series::Kind::dots) content += dots(series, colour);
  return content.empty() ? "" : coloured_element("g", curve_class(colour), Paint::inner, {}, "\n" + content);
}

std::string SeriesWriter::place(const Point& point) const { return pixels(x_(point.x)) + " " + pixels(y_(point.y)); }

std::string SeriesWriter::line(const Series& series, std::size_t colour) const {
  std::string path;
  std::string dots;  // a point between two gaps: a line of no length, whose round ends are seen
  const std::vector<Point> points = thinned(series.points, x_, y_);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!is_shown(points[i])) continue;
    const bool starts = i == 0 || !is_shown(points[i - 1]);
    const bool ends = i + 1 == points.size() || !is_shown(points[i + 1]);
    if (starts && ends) {
      dots += "M" + place(points[i]) + "h0";
    } else {
      path += (starts ? "M" : " ") + place(points[i]);
    }
  }
  const double opacity = series.is_thin ? 0.45 : 1;
  return stroked(path, series.is_thin ? 1 : 2.2, opacity, curve_dashes(colour)) + stroked(dots, 5, opacity, "");
}

std::string SeriesWriter::steps(const Series& series, std::size_t colour) const {
  const auto start_of = [&](double x) { return "M" + pixels(x_(x)) + " " + pixels(y_.first); };
  std::string path;
  for (const Point& point : series.points) {
    if (!is_shown(point)) continue;
    const std::string before = path.empty() ? start_of(point.x) : "H" + pixels(x_(point.x));
    path += before + "V" + pixels(y_(point.y));
  }
  if (path.empty()) return "";
  path += "V" + pixels(y_.first);
  return element("path", {{"d", path}, {"fill", "currentColor"}, {"fill-opacity", "0.18"}}) +
         stroked(path, 1.6, 1, curve_dashes(colour));
}

// One marker for all points in a square of a few pixels: a cloud of 100,000 points looks the same.
std::string SeriesWriter::dots(const Series& series, std::size_t colour) const {
  constexpr double cell = 3;
  std::set<std::pair<double, double>> seen;
  std::string path;
  for (const Point& point : series.points) {
    if (!is_shown(point)) continue;
    if (seen.insert({std::floor(x_(point.x) / cell), std::floor(y_(point.y) / cell)}).second) {
      path += "M" + place(point) + std::string(marker(colour));
    }
  }
  if (path.empty()) return "";
  if (!has_halo_) return markers(path, colour);
  return coloured_element("path", "d-ground", Paint::stroke,
                          {{"d", path},
                           {"stroke-width", is_round(colour) ? "9" : "2"},
                           {"stroke-linecap", "round"},
                           {"stroke-linejoin", "round"}}) +
         markers(path, colour);
}

std::string SeriesWriter::band(const Series& series) const {
  std::vector<Point> lows;
  std::vector<Point> highs;
  for (const Interval& interval : series.band) {
    if (!is_shown({interval.x, interval.low}) || !is_shown({interval.x, interval.high})) continue;
    lows.push_back({interval.x, interval.low});
    highs.push_back({interval.x, interval.high});
  }
  if (lows.empty()) return "";
  lows = thinned(lows, x_, y_);
  std::string path;
  for (const Point& point : thinned(highs, x_, y_)) path += (path.empty() ? "M" : " ") + place(point);
  for (auto point = lows.rbegin(); point != lows.rend(); ++point) path += " " + place(*point);
  return element("path", {{"d", path + "z"}, {"fill", "currentColor"}, {"fill-opacity", "0.2"}});
}

std::string SeriesWriter::sample(const Series& series, std::size_t colour, double x, double y) {
  const std::string name = curve_class(colour);
  if (series.kind != Series::Kind::dots) {
    return line_element(name, x, y, x + sample_width - 4, y, 2.2, curve_dashes(colour));
  }
  const std::string path = "M" + pixels(x + 8) + " " + pixels(y) + std::string(marker(colour));
  return coloured_element("g", name, Paint::inner, {}, markers(path, colour));
}

}  // namespace hinge_command
