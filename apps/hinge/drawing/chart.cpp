// Draws a chart, its parts from the back to the front.
#include "drawing/chart.h"

#include <algorithm>

#include "drawing/chart_layout.h"
#include "drawing/chart_series.h"
#include "drawing/palette.h"

namespace hinge_command {

namespace {

constexpr double bleed = 4;  // by which markers may lie across the frame

std::size_t colour_of(const Chart& chart, std::size_t series) { return chart.series[series].colour.value_or(series); }

// Title, labels of axes, ticks and marks.
std::string words(const Chart& chart, const ChartLayout& layout) {
  std::string text;
  if (!chart.title.empty()) {
    text += text_element("d-text", 8, title_baseline, Anchor::start, shortened(chart.title, chart.width - 16), true);
  }
  if (!chart.y.label.empty()) {
    const double y = title_baseline + (chart.title.empty() ? -4 : 18);
    text += text_element("d-faint", 8, y, Anchor::start, shortened(chart.y.label, chart.width - 16));
  }
  if (!chart.x.label.empty()) {
    text += text_element("d-faint", (layout.x.first + layout.x.last) / 2, layout.height - 7, Anchor::middle,
                         shortened(chart.x.label, chart.width - 16));
  }
  for (const double tick : layout.x_ticks) {
    text += text_element("d-faint", layout.x(tick), layout.y.first + 17, Anchor::middle, tick_text(tick));
  }
  for (const double tick : layout.y_ticks) {
    text += text_element("d-faint", layout.x.first - tick_gap, layout.y(tick) + 4.5, Anchor::end, tick_text(tick));
  }
  for (const MarkLabel& label : layout.mark_labels) {
    const double y = layout.y.last - 7 - static_cast<double>(label.row) * line_distance;
    text += text_element("d-text", label.x, y, Anchor::middle, label.text);
  }
  return text;
}

std::string_view grid_class(const Scale& scale, double tick) {
  return tick == 0 && scale.kind != ScaleKind::log ? "d-axis" : "d-grid";
}

// The surface, paled so that markers are seen on it, or else the grid.
std::string background(const Chart& chart, const ChartLayout& layout) {
  if (chart.surface) {
    return element("g", {{"opacity", "0.45"}},
                   image_element(*chart.surface, layout.x.first, layout.y.last, layout.x.last - layout.x.first,
                                 layout.y.first - layout.y.last));
  }
  std::string lines;
  for (const double tick : layout.x_ticks) {
    lines += line_element(grid_class(layout.x, tick), layout.x(tick), layout.y.first, layout.x(tick), layout.y.last);
  }
  for (const double tick : layout.y_ticks) {
    lines += line_element(grid_class(layout.y, tick), layout.x.first, layout.y(tick), layout.x.last, layout.y(tick));
  }
  return lines;
}

std::string diagonal(const Chart& chart, const ChartLayout& layout) {
  if (!chart.has_diagonal) return "";
  const double low = std::max(layout.x.range.low, layout.y.range.low);
  const double high = std::min(layout.x.range.high, layout.y.range.high);
  return line_element("d-axis", layout.x(low), layout.y(low), layout.x(high), layout.y(high), 1.5, "6 4");
}

std::string marks(const Chart& chart, const ChartLayout& layout) {
  std::string lines;
  for (const Mark& mark : chart.marks) {
    if (layout.is_inside(mark.x))
      lines += line_element("d-faint", layout.x(mark.x), layout.y.first, layout.x(mark.x), 0, 1.5, "3 3");
  }
  return lines;
}

std::string all_series(const Chart& chart, const ChartLayout& layout) {
  const SeriesWriter writer(layout.x, layout.y, chart.surface.has_value());
  std::string behind;
  std::string front;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    (chart.series[i].is_thin ? behind : front) += writer.drawn(chart.series[i], colour_of(chart, i));
  }
  return behind + front;
}

// An inner <svg> cuts off what lies outside; a clip path would need an id, which must be unique in a page.
std::string inside(const Chart& chart, const ChartLayout& layout) {
  const std::string x = pixels(layout.x.first - bleed);
  const std::string y = pixels(layout.y.last - bleed);
  const std::string width = pixels(layout.x.last - layout.x.first + 2 * bleed);
  const std::string height = pixels(layout.y.first - layout.y.last + 2 * bleed);
  const Attributes box = {
      {"x", x}, {"y", y}, {"width", width}, {"height", height}, {"viewBox", x + " " + y + " " + width + " " + height}};
  return element(
      "svg", box,
      "\n" + background(chart, layout) + diagonal(chart, layout) + marks(chart, layout) + all_series(chart, layout));
}

// Above all, so that a pointer finds it; with what a script needs to go back from pixels to numbers.
std::string frame(const ChartLayout& layout) {
  return rect_element("d-axis", Paint::stroke, layout.x.first, layout.y.last, layout.x.last - layout.x.first,
                      layout.y.first - layout.y.last,
                      {{"pointer-events", "all"}, {"data-x", layout.x.text()}, {"data-y", layout.y.text()}});
}

std::string end_labels(const Chart& chart, const ChartLayout& layout) {
  std::string text;
  for (const EndLabel& label : layout.end_labels) {
    const std::size_t index = colour_of(chart, label.series);
    const std::string name = curve_class(index);
    const double start = layout.x.last + 10;
    if (label.has_end) text += line_element(name, layout.x.last, label.wanted, start, label.y);
    text += SeriesWriter::sample(chart.series[label.series], index, start, label.y);
    text += text_element(name, start + sample_width, label.y + 4.5, Anchor::start, label.text, true);
  }
  return text;
}

}  // namespace

Drawing draw(const Chart& chart) {
  const ChartLayout layout = lay_out(chart);
  return {.width = chart.width,
          .height = layout.height,
          .title = chart.title,
          .description = chart.description,
          .body = words(chart, layout) + inside(chart, layout) + frame(layout) + end_labels(chart, layout)};
}

}  // namespace hinge_command
