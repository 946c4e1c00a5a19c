// Lays out a chart.
#include "drawing/chart_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/text.h>

#include "drawing/labels.h"

namespace hinge_command {

namespace {

constexpr double widest_label = 200;

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

void set_ranges(const Chart& chart, ChartLayout& layout) {
  const bool has_dots = std::any_of(chart.series.begin(), chart.series.end(),
                                    [](const Series& s) { return !is_long(s) && !s.label.empty(); });
  const bool has_steps = std::any_of(chart.series.begin(), chart.series.end(),
                                     [](const Series& s) { return s.kind == Series::Kind::steps; });
  layout.x.kind = chart.x.kind;
  layout.y.kind = chart.y.kind;
  std::vector<double> xs = values_of(chart, true);
  std::vector<double> ys = values_of(chart, false);
  if (chart.x.has_zero) xs.push_back(0);
  if (chart.y.has_zero) ys.push_back(0);
  if (chart.has_diagonal) {
    xs.insert(xs.end(), ys.begin(), ys.end());
    ys = xs;
  }
  layout.x.range = with_bounds(range_of(layout.x.kind, xs, has_dots ? 0.04 : 0), chart.x);
  layout.y.range = range_of(layout.y.kind, ys, chart.has_diagonal ? 0.04 : 0.06);
  if (has_steps && layout.y.kind != ScaleKind::log) layout.y.range.low = std::min(0.0, layout.y.range.low);
  layout.y.range = with_bounds(layout.y.range, chart.y);
}

// Places the labels of marks above the plot, in as many rows as they need; returns the height of the rows.
double place_marks(const Chart& chart, ChartLayout& layout) {
  std::vector<Range> boxes;
  for (const Mark& mark : chart.marks) {
    if (!layout.is_inside(mark.x)) continue;
    const std::string text = shortened(mark.label, layout.x.last - layout.x.first);
    const double half = text_width(text) / 2;
    const double middle = std::min(std::max(layout.x(mark.x), half), std::max(half, chart.width - half));
    boxes.push_back({middle - half, middle + half});
    layout.mark_labels.push_back({middle, text});
  }
  const std::vector<std::size_t> rows = rows_without_overlap(boxes, tick_gap);
  for (std::size_t i = 0; i < rows.size(); ++i) layout.mark_labels[i].row = rows[i];
  return rows.empty() ? 0 : static_cast<double>(*std::max_element(rows.begin(), rows.end()) + 1) * line_distance;
}

// Labels stand where their line ends, the others at the top.
void place_labels(const Chart& chart, ChartLayout& layout) {
  std::vector<double> wanted;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const Series& series = chart.series[i];
    if (series.label.empty()) continue;
    EndLabel label{.series = i, .text = shortened(series.label, widest_label), .wanted = layout.y.last};
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(), [&](const Point& point) {
      return layout.is_inside(point.x) && layout.y.shows(point.y);
    });
    if (series.kind == Series::Kind::line && last != series.points.rend()) {
      label.has_end = layout.x(last->x) > layout.x.last - 1;
      label.wanted = std::clamp(layout.y(last->y), layout.y.last, layout.y.first);
    }
    wanted.push_back(label.wanted);
    layout.end_labels.push_back(std::move(label));
  }
  const std::vector<double> places = spread(wanted, line_distance, {layout.y.last + 4, layout.y.first - 2});
  for (std::size_t i = 0; i < places.size(); ++i) layout.end_labels[i].y = places[i];
}

}  // namespace

std::string tick_text(double value) { return hinge::typeset(value, 6); }

ChartLayout lay_out(const Chart& chart) {
  ChartLayout layout;
  set_ranges(chart, layout);
  const double bottom = 24 + (chart.x.label.empty() ? 0 : line_distance);
  double right = 14;
  std::size_t labels = 0;
  for (const Series& series : chart.series) {
    if (series.label.empty()) continue;
    ++labels;
    right = std::max(right, 14 + sample_width + std::min(widest_label, text_width(series.label)));
  }
  layout.y_ticks = ticks(layout.y.kind, layout.y.range, std::max(2, static_cast<int>((chart.height - 70) / 42)));
  double left = std::max(12.0, chart.left);
  for (const double tick : layout.y_ticks) left = std::max(left, text_width(tick_text(tick)) + tick_gap + 4);
  layout.x.first = left;
  layout.x.last = std::max(left + 100, chart.width - right);
  const double top =
      (chart.title.empty() ? 12 : 32) + (chart.y.label.empty() ? 0 : line_distance) + place_marks(chart, layout);
  layout.height =
      std::max({chart.height, top + bottom + 60, top + bottom + static_cast<double>(labels) * line_distance});
  layout.y.first = layout.height - bottom;
  layout.y.last = top;
  place_labels(chart, layout);
  layout.x_ticks = ticks_with_room(layout.x);
  return layout;
}

}  // namespace hinge_command
