// Lays out a chart, and draws its parts from the back to the front.
#include "drawing/chart.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <hinge/core/text.h>

#include "drawing/labels.h"
#include "drawing/palette.h"

namespace hinge_command {

namespace {

// Sizes in pixels.
constexpr double title_baseline = 20;
constexpr double tick_gap = 8;
constexpr double widest_label = 200;
constexpr double sample_width = 20;  // of the piece of line before a label
constexpr double bleed = 4;          // by which markers may lie across the frame

std::string tick_text(double value) { return hinge::typeset(value, 6); }

// A label at the right, and the y that it belongs to.
struct EndLabel {
  std::size_t series = 0;
  std::string text;
  double wanted = 0;
  double y = 0;
  bool has_end = false;  // a line ends at `wanted`
};

struct MarkLabel {
  double x = 0;  // of its middle
  std::string text;
  std::size_t row = 0;
};

bool is_long(const Series& series) { return series.kind != Series::Kind::dots; }

std::vector<double> values_of(const Chart& chart, bool of_x) {
  std::vector<double> values;
  for (const Series& series : chart.series) {
    for (const Point& point : series.points) values.push_back(of_x ? point.x : point.y);
    for (const Interval& interval : series.band) {
      values.insert(values.end(), {of_x ? interval.x : interval.low, of_x ? interval.x : interval.high});
    }
  }
  return values;
}

Range with_bounds(Range range, const Axis& axis) {
  range.low = axis.low.value_or(range.low);
  range.high = axis.high.value_or(range.high);
  if (range.low >= range.high) range.high = axis.kind == ScaleKind::log ? range.low * 10 : range.low + 1;
  return range;
}

// Ticks that leave a gap between their labels.
std::vector<double> ticks_with_room(const Scale& scale) {
  for (int count = std::max(1, static_cast<int>(std::abs(scale.last - scale.first) / 60)); count > 1; --count) {
    std::vector<double> found = ticks(scale.kind, scale.range, count);
    bool has_room = true;
    for (std::size_t i = 1; i < found.size(); ++i) {
      const double needed = (text_width(tick_text(found[i - 1])) + text_width(tick_text(found[i]))) / 2 + tick_gap;
      has_room = has_room && scale(found[i]) - scale(found[i - 1]) >= needed;
    }
    if (has_room) return found;
  }
  return ticks(scale.kind, scale.range, 1);
}

class ChartWriter {
 public:
  explicit ChartWriter(const Chart& chart) : chart_(chart) { lay_out(); }

  Drawing drawing() const {
    const double width = x_.last - x_.first + 2 * bleed;
    const double height = y_.first - y_.last + 2 * bleed;
    const std::string box =
        pixels(x_.first - bleed) + " " + pixels(y_.last - bleed) + " " + pixels(width) + " " + pixels(height);
    // An inner <svg> cuts off what lies outside; a clip path would need an id, which must be unique in a page.
    const std::string inside = element("svg",
                                       {{"x", pixels(x_.first - bleed)},
                                        {"y", pixels(y_.last - bleed)},
                                        {"width", pixels(width)},
                                        {"height", pixels(height)},
                                        {"viewBox", box}},
                                       "\n" + background() + diagonal() + marks() + all_series());
    return {.width = chart_.width,
            .height = height_,
            .title = chart_.title,
            .description = chart_.description,
            .body = words() + inside + frame() + end_labels()};
  }

 private:
  void lay_out() {
    set_ranges();
    const double bottom = 24 + (chart_.x.label.empty() ? 0 : line_distance);
    double right = 14;
    std::size_t labels = 0;
    for (const Series& series : chart_.series) {
      if (series.label.empty()) continue;
      ++labels;
      right = std::max(right, 14 + sample_width + std::min(widest_label, text_width(series.label)));
    }
    y_ticks_ = ticks(y_.kind, y_.range, std::max(2, static_cast<int>((chart_.height - 70) / 42)));
    double left = std::max(12.0, chart_.left);
    for (const double tick : y_ticks_) left = std::max(left, text_width(tick_text(tick)) + tick_gap + 4);
    x_.first = left;
    x_.last = std::max(left + 100, chart_.width - right);
    const double top = (chart_.title.empty() ? 12 : 32) + (chart_.y.label.empty() ? 0 : line_distance) + place_marks();
    height_ = std::max({chart_.height, top + bottom + 60, top + bottom + static_cast<double>(labels) * line_distance});
    y_.first = height_ - bottom;
    y_.last = top;
    place_labels();
  }

  void set_ranges() {
    const bool has_dots = std::any_of(chart_.series.begin(), chart_.series.end(),
                                      [](const Series& s) { return !is_long(s) && !s.label.empty(); });
    const bool has_steps = std::any_of(chart_.series.begin(), chart_.series.end(),
                                       [](const Series& s) { return s.kind == Series::Kind::steps; });
    x_.kind = chart_.x.kind;
    y_.kind = chart_.y.kind;
    std::vector<double> xs = values_of(chart_, true);
    std::vector<double> ys = values_of(chart_, false);
    if (chart_.x.has_zero) xs.push_back(0);
    if (chart_.y.has_zero) ys.push_back(0);
    if (chart_.has_diagonal) {
      xs.insert(xs.end(), ys.begin(), ys.end());
      ys = xs;
    }
    x_.range = with_bounds(range_of(x_.kind, xs, has_dots ? 0.04 : 0), chart_.x);
    y_.range = range_of(y_.kind, ys, chart_.has_diagonal ? 0.04 : 0.06);
    if (has_steps && y_.kind != ScaleKind::log) y_.range.low = std::min(0.0, y_.range.low);
    y_.range = with_bounds(y_.range, chart_.y);
  }

  bool is_inside(double x) const { return x_.shows(x) && x >= x_.range.low && x <= x_.range.high; }

  // Places the labels of marks above the plot, in as many rows as they need; returns the height of the rows.
  double place_marks() {
    std::vector<Range> boxes;
    for (const Mark& mark : chart_.marks) {
      if (!is_inside(mark.x)) continue;
      const std::string text = shortened(mark.label, x_.last - x_.first);
      const double half = text_width(text) / 2;
      const double middle = std::min(std::max(x_(mark.x), half), std::max(half, chart_.width - half));
      boxes.push_back({middle - half, middle + half});
      mark_labels_.push_back({middle, text});
    }
    const std::vector<std::size_t> rows = rows_without_overlap(boxes, tick_gap);
    for (std::size_t i = 0; i < rows.size(); ++i) mark_labels_[i].row = rows[i];
    return rows.empty() ? 0 : static_cast<double>(*std::max_element(rows.begin(), rows.end()) + 1) * line_distance;
  }

  // Labels stand where their line ends, the others at the top.
  void place_labels() {
    std::vector<double> wanted;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      if (series.label.empty()) continue;
      EndLabel label{.series = i, .text = shortened(series.label, widest_label), .wanted = y_.last};
      const auto last = std::find_if(series.points.rbegin(), series.points.rend(),
                                     [&](const Point& point) { return is_inside(point.x) && y_.shows(point.y); });
      if (series.kind == Series::Kind::line && last != series.points.rend()) {
        label.has_end = x_(last->x) > x_.last - 1;
        label.wanted = std::clamp(y_(last->y), y_.last, y_.first);
      }
      wanted.push_back(label.wanted);
      end_labels_.push_back(std::move(label));
    }
    const std::vector<double> places = spread(wanted, line_distance, {y_.last + 4, y_.first - 2});
    for (std::size_t i = 0; i < places.size(); ++i) end_labels_[i].y = places[i];
  }

  // Title, labels of axes, ticks and marks.
  std::string words() const {
    std::string text;
    if (!chart_.title.empty()) {
      text +=
          text_element("d-text", 8, title_baseline, Anchor::start, shortened(chart_.title, chart_.width - 16), true);
    }
    if (!chart_.y.label.empty()) {
      const double y = title_baseline + (chart_.title.empty() ? -4 : 18);
      text += text_element("d-faint", 8, y, Anchor::start, shortened(chart_.y.label, chart_.width - 16));
    }
    if (!chart_.x.label.empty()) {
      text += text_element("d-faint", (x_.first + x_.last) / 2, height_ - 7, Anchor::middle, chart_.x.label);
    }
    for (const double tick : ticks_with_room(x_)) {
      text += text_element("d-faint", x_(tick), y_.first + 17, Anchor::middle, tick_text(tick));
    }
    for (const double tick : y_ticks_) {
      text += text_element("d-faint", x_.first - tick_gap, y_(tick) + 4.5, Anchor::end, tick_text(tick));
    }
    for (const MarkLabel& label : mark_labels_) {
      const double y = y_.last - 7 - static_cast<double>(label.row) * line_distance;
      text += text_element("d-text", label.x, y, Anchor::middle, label.text);
    }
    return text;
  }

  // The surface, paled so that markers are seen on it, or else the grid.
  std::string background() const {
    if (chart_.surface) {
      return element("g", {{"opacity", "0.45"}},
                     image_element(*chart_.surface, x_.first, y_.last, x_.last - x_.first, y_.first - y_.last));
    }
    std::string lines;
    for (const double tick : ticks_with_room(x_)) {
      lines += line_element(grid_class(x_, tick), x_(tick), y_.first, x_(tick), y_.last);
    }
    for (const double tick : y_ticks_) {
      lines += line_element(grid_class(y_, tick), x_.first, y_(tick), x_.last, y_(tick));
    }
    return lines;
  }

  static std::string_view grid_class(const Scale& scale, double tick) {
    return tick == 0 && scale.kind != ScaleKind::log ? "d-axis" : "d-grid";
  }

  std::string diagonal() const {
    if (!chart_.has_diagonal) return "";
    const double low = std::max(x_.range.low, y_.range.low);
    const double high = std::min(x_.range.high, y_.range.high);
    return line_element("d-axis", x_(low), y_(low), x_(high), y_(high), 1.5, "6 4");
  }

  std::string marks() const {
    std::string lines;
    for (const Mark& mark : chart_.marks) {
      if (is_inside(mark.x)) lines += line_element("d-faint", x_(mark.x), y_.first, x_(mark.x), 0, 1.5, "3 3");
    }
    return lines;
  }

  std::string all_series() const {
    std::string behind;
    std::string front;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const std::string content = band(chart_.series[i]) + series(chart_.series[i], colour(i));
      if (content.empty()) continue;
      const std::string name = curve_class(colour(i));
      (chart_.series[i].is_thin ? behind : front) +=
          element("g", {{"class", name}, {"color", std::string(light_colour(name))}}, "\n" + content);
    }
    return behind + front;
  }

  std::size_t colour(std::size_t series) const { return chart_.series[series].colour.value_or(series); }

  std::string series(const Series& series, std::size_t colour) const {
    switch (series.kind) {
      case Series::Kind::dots:
        return dots(series, colour);
      case Series::Kind::steps:
        return steps(series, colour);
      default:
        return line(series, colour);
    }
  }

  std::string line(const Series& series, std::size_t colour) const {
    std::string path;
    const std::vector<Point> points = thinned(series.points, x_, y_);
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (!is_shown(points[i])) continue;
      const bool starts = i == 0 || !is_shown(points[i - 1]);
      path += (starts ? "M" : " ") + place(points[i]);
      // A point between two gaps is a line of no length: its round ends make a dot.
      if (starts && (i + 1 == points.size() || !is_shown(points[i + 1]))) path += "h0";
    }
    return stroked(path, series.is_thin ? 1 : 2.2, series.is_thin ? 0.45 : 1, curve_dashes(colour));
  }

  bool is_shown(const Point& point) const { return x_.shows(point.x) && y_.shows(point.y); }
  std::string place(const Point& point) const { return pixels(x_(point.x)) + " " + pixels(y_(point.y)); }

  static std::string stroked(const std::string& path, double width, double opacity, std::string_view dashes) {
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

  std::string steps(const Series& series, std::size_t colour) const {
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
  std::string dots(const Series& series, std::size_t colour) const {
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
    const std::string halo = element("path", {{"class", "d-ground"},
                                              {"color", std::string(light_colour("d-ground"))},
                                              {"d", path},
                                              {"stroke", "currentColor"},
                                              {"stroke-width", is_round(colour) ? "9" : "2"},
                                              {"stroke-linecap", "round"},
                                              {"stroke-linejoin", "round"}});
    return (chart_.surface ? halo : "") + markers(path, colour);
  }

  static std::string markers(const std::string& path, std::size_t colour) {
    return is_round(colour) ? stroked(path, 7, 1, "") : element("path", {{"d", path}, {"fill", "currentColor"}});
  }

  static bool is_round(std::size_t colour) { return marker(colour) == "h0"; }

  // What follows the place of a point: a circle (a line of no length with round ends), square, triangle, diamond, cross.
  static std::string_view marker(std::size_t colour) {
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

  std::string band(const Series& series) const {
    std::string there;
    std::string back;
    for (const Interval& interval : series.band) {
      const Point low{interval.x, interval.low};
      const Point high{interval.x, interval.high};
      if (!is_shown(low) || !is_shown(high)) continue;
      there += (there.empty() ? "M" : " ") + place(high);
      back.insert(0, " " + place(low));
    }
    if (there.empty()) return "";
    return element("path", {{"d", there + back + "z"}, {"fill", "currentColor"}, {"fill-opacity", "0.2"}});
  }

  // Above all, so that a pointer finds it; with what a script needs to go back from pixels to numbers.
  std::string frame() const {
    return element("rect", {{"class", "d-axis"},
                            {"color", std::string(light_colour("d-axis"))},
                            {"data-x", x_.text()},
                            {"data-y", y_.text()},
                            {"fill", "none"},
                            {"pointer-events", "all"},
                            {"stroke", "currentColor"},
                            {"x", pixels(x_.first)},
                            {"y", pixels(y_.last)},
                            {"width", pixels(x_.last - x_.first)},
                            {"height", pixels(y_.first - y_.last)}});
  }

  std::string end_labels() const {
    std::string text;
    for (const EndLabel& label : end_labels_) {
      const std::size_t index = colour(label.series);
      const std::string name = curve_class(index);
      const double start = x_.last + 10;
      if (label.has_end) text += line_element(name, x_.last, label.wanted, start, label.y);
      text += sample(chart_.series[label.series], index, start, label.y);
      text += text_element(name, start + sample_width, label.y + 4.5, Anchor::start, label.text, true);
    }
    return text;
  }

  // A piece of the line, or a marker.
  static std::string sample(const Series& series, std::size_t colour, double x, double y) {
    const std::string name = curve_class(colour);
    if (series.kind != Series::Kind::dots) {
      return line_element(name, x, y, x + sample_width - 4, y, 2.2, curve_dashes(colour));
    }
    const std::string path = "M" + pixels(x + 8) + " " + pixels(y) + std::string(marker(colour));
    return element("g", {{"class", name}, {"color", std::string(light_colour(name))}}, markers(path, colour));
  }

  const Chart& chart_;
  Scale x_;
  Scale y_;
  double height_ = 0;
  std::vector<double> y_ticks_;
  std::vector<MarkLabel> mark_labels_;
  std::vector<EndLabel> end_labels_;
};

}  // namespace

Drawing draw(const Chart& chart) { return ChartWriter(chart).drawing(); }

}  // namespace hinge_command
