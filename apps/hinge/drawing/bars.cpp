// Draws bars and intervals.
#include "drawing/bars.h"

#include <algorithm>
#include <cmath>

#include <hinge/core/text.h>

#include "drawing/palette.h"

namespace hinge_command {

namespace {

constexpr double bar_step = 24;
constexpr double widest_name = 220;

Scale scale_of(const Bars& bars, double left) {
  std::vector<double> values;
  double right = 16;
  for (const Bar& bar : bars.bars) {
    values.push_back(bar.value);
    if (bar.interval) values.insert(values.end(), {bar.interval->low, bar.interval->high});
    right = std::max(right, text_width(hinge::typeset(bar.value, 4)) + 12);
  }
  const bool from_zero = !bars.as_dots && bars.axis.kind != ScaleKind::log;
  if (from_zero) values.push_back(0);
  Range range = range_of(bars.axis.kind, values, from_zero ? 0 : 0.05);
  range = {bars.axis.low.value_or(range.low), bars.axis.high.value_or(range.high)};
  return {bars.axis.kind, range, left, std::max(left + 100, bars.width - right)};
}

std::string drawn_bar(const Bars& bars, const Bar& bar, const Scale& scale, double y) {
  if (!scale.shows(bar.value)) return "";
  const double end = scale(bar.value);
  std::string svg;
  if (bars.as_dots) {
    svg += coloured_element("circle", "d-0", Paint::fill, {{"cx", pixels(end)}, {"cy", pixels(y)}, {"r", "4.5"}});
  } else {
    const double start = std::clamp(scale(std::max(scale.range.low, 0.0)), scale.first, scale.last);
    svg += rect_element("d-0", Paint::fill, std::min(start, end), y - 7, std::abs(end - start), 14);
  }
  double last = end;
  if (bar.interval && scale.shows(bar.interval->low) && scale.shows(bar.interval->high)) {
    const double low = scale(bar.interval->low);
    last = std::max(end, scale(bar.interval->high));
    const std::string_view kind = bars.as_dots ? "d-0" : "d-text";
    svg += line_element(kind, low, y, last, y, 2);
    for (const double x : {low, last}) svg += line_element(kind, x, y - 5, x, y + 5, 2);
  }
  return svg + text_element("d-text", last + 8, y + 4.5, Anchor::start, hinge::typeset(bar.value, 4));
}

}  // namespace

Drawing draw(const Bars& bars) {
  const double top = bars.title.empty() ? 8 : 34;
  double left = 40;
  for (const Bar& bar : bars.bars) left = std::max(left, std::min(widest_name, text_width(bar.name)) + 12);
  const Scale scale = scale_of(bars, left);
  const double bottom = top + bar_step * static_cast<double>(bars.bars.size());
  Drawing drawing{.width = bars.width,
                  .height = bottom + 24 + (bars.axis.label.empty() ? 0 : line_distance),
                  .title = bars.title,
                  .description = bars.description};
  drawing.body = text_element("d-text", 8, 20, Anchor::start, shortened(bars.title, bars.width - 16), true);
  for (const double tick : ticks(scale.kind, scale.range, static_cast<int>((scale.last - left) / 80))) {
    drawing.body += line_element(tick == 0 ? "d-axis" : "d-grid", scale(tick), top, scale(tick), bottom);
    drawing.body += text_element("d-faint", scale(tick), bottom + 17, Anchor::middle, hinge::typeset(tick, 6));
  }
  if (!bars.axis.label.empty()) {
    drawing.body +=
        text_element("d-faint", (left + scale.last) / 2, drawing.height - 7, Anchor::middle, bars.axis.label);
  }
  for (std::size_t i = 0; i < bars.bars.size(); ++i) {
    const double y = top + bar_step * (static_cast<double>(i) + 0.5);
    drawing.body += text_element("d-text", left - 8, y + 4.5, Anchor::end, shortened(bars.bars[i].name, widest_name));
    drawing.body += drawn_bar(bars, bars.bars[i], scale, y);
  }
  return drawing;
}

Numbers numbers_of(const Bars& bars) {
  Numbers numbers{
      .caption = bars.title, .header = {"name", bars.axis.label.empty() ? "value" : bars.axis.label}, .rows = {}};
  const bool has_intervals =
      std::any_of(bars.bars.begin(), bars.bars.end(), [](const Bar& bar) { return bar.interval.has_value(); });
  if (has_intervals) numbers.header.insert(numbers.header.end(), {"low", "high"});
  for (const Bar& bar : bars.bars) {
    std::vector<std::string>& row =
        numbers.rows.emplace_back(std::vector<std::string>{bar.name, hinge::to_text(bar.value)});
    if (!has_intervals) continue;
    row.push_back(bar.interval ? hinge::to_text(bar.interval->low) : "");
    row.push_back(bar.interval ? hinge::to_text(bar.interval->high) : "");
  }
  return numbers;
}

}  // namespace hinge_command
