// The numbers of a chart.
#include <algorithm>
#include <cmath>

#include <hinge/core/text.h>

#include "drawing/chart.h"

namespace hinge_command {

namespace {

std::string text_of(double value) { return std::isnan(value) ? "" : hinge::to_text(value); }

bool have_same_x(const std::vector<const Series*>& series) {
  const auto same = [&](const Series* other) {
    const auto is_equal = [](const Point& a, const Point& b) { return a.x == b.x; };
    return std::equal(other->points.begin(), other->points.end(), series.front()->points.begin(),
                      series.front()->points.end(), is_equal) &&
           (other->band.empty() || other->band.size() == other->points.size());
  };
  return !series.empty() && std::all_of(series.begin(), series.end(), same);
}

std::string name_of(const Axis& axis, const char* otherwise) { return axis.label.empty() ? otherwise : axis.label; }

void add_columns(Numbers& numbers, const Series& series) {
  numbers.header.push_back(series.label);
  if (!series.band.empty())
    numbers.header.insert(numbers.header.end(), {series.label + " low", series.label + " high"});
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    numbers.rows[i].push_back(text_of(series.points[i].y));
    if (series.band.empty()) continue;
    numbers.rows[i].push_back(text_of(series.band[i].low));
    numbers.rows[i].push_back(text_of(series.band[i].high));
  }
}

}  // namespace

Numbers numbers_of(const Chart& chart) {
  std::vector<const Series*> labelled;
  for (const Series& series : chart.series) {
    if (!series.label.empty()) labelled.push_back(&series);
  }
  const std::string x = name_of(chart.x, "x");
  if (have_same_x(labelled)) {
    Numbers numbers{.caption = chart.title, .header = {x}, .rows = {}};
    for (const Point& point : labelled.front()->points) numbers.rows.push_back({text_of(point.x)});
    for (const Series* series : labelled) add_columns(numbers, *series);
    return numbers;
  }
  Numbers numbers{.caption = chart.title, .header = {"series", x, name_of(chart.y, "y")}, .rows = {}};
  for (const Series* series : labelled) {
    for (const Point& point : series->points) {
      numbers.rows.push_back({series->label, text_of(point.x), text_of(point.y)});
    }
  }
  return numbers;
}

}  // namespace hinge_command
