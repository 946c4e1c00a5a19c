// Lays curves on top of each other.
#include "compare/curves.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <hinge/core/statistics.h>

#include "compare/comparison.h"
#include "report/page.h"
#include "report/run_charts.h"

namespace hinge_command {

namespace {

std::vector<Point> median_of(const std::vector<std::vector<Point>>& curves) {
  std::map<double, std::vector<double>> values;
  for (const std::vector<Point>& curve : curves) {
    for (const Point& point : curve) {
      if (std::isfinite(point.y)) values[point.x].push_back(point.y);
    }
  }
  std::vector<Point> median;
  for (auto& [x, ys] : values) {
    if (2 * ys.size() >= curves.size()) median.push_back({x, hinge::median(ys)});
  }
  return median;
}

void add_contender(const Contender& contender, const std::string& key, std::size_t colour, Chart& chart) {
  constexpr std::size_t max_curves = 100;
  std::vector<std::vector<Point>> curves;
  for (const ContenderRun& run : contender.runs) {
    std::vector<Point> points = points_of(run.files, key);
    if (has_values(points)) curves.push_back(std::move(points));
  }
  if (curves.empty()) return;
  for (std::size_t i = 0; contender.is_study && i < std::min(max_curves, curves.size()); ++i) {
    chart.series.push_back({.points = curves[i], .colour = colour, .is_thin = true});
  }
  chart.series.push_back({.label = contender.name,
                          .points = contender.is_study ? median_of(curves) : std::move(curves.front()),
                          .colour = colour});
}

// Gives curves that end early the epochs of the longest, without values: so a reader can walk through all of them at once.
void align_ends(Chart& chart) {
  const auto is_shorter = [](const Series& a, const Series& b) { return a.points.size() < b.points.size(); };
  const std::vector<Point> longest = std::max_element(chart.series.begin(), chart.series.end(), is_shorter)->points;
  for (Series& series : chart.series) {
    const auto same_epoch = [](const Point& a, const Point& b) { return a.x == b.x; };
    if (!std::equal(series.points.begin(), series.points.end(), longest.begin(), same_epoch)) continue;
    for (std::size_t i = series.points.size(); i < longest.size(); ++i) {
      series.points.push_back({longest[i].x, std::nan("")});
    }
  }
}

// Losses first, validation before training.
std::vector<std::string> curve_keys(const std::vector<Contender>& contenders) {
  std::vector<std::string> keys;
  const auto add = [&](const std::string& key) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  };
  for (const bool is_loss : {true, false}) {
    for (const std::string part : {"val/", "train/"}) {
      for (const Contender& contender : contenders) {
        for (const std::string& key : figure_keys(contender.runs.front().files)) {
          if (key.starts_with(part) && key.ends_with("/loss") == is_loss && !key.ends_with("/samples")) add(key);
        }
      }
    }
  }
  return keys;
}

}  // namespace

Chart overlaid_chart(const std::vector<Contender>& contenders, const std::string& key) {
  Chart chart{
      .title = capitalized(spoken_figure(key)),
      .description = spoken_figure(key) + " after each epoch, of each run; of studies the median of their runs.",
      .x = {.label = "epoch", .kind = ScaleKind::whole},
      .width = figure_width,
      .height = 280};
  for (std::size_t i = 0; i < contenders.size(); ++i) add_contender(contenders[i], key, i, chart);
  if (chart.series.empty()) return chart;
  align_ends(chart);
  if (key.ends_with("loss") || key.ends_with("mae") || key.ends_with("rmse")) make_logarithmic_if_wide(chart);
  return chart;
}

std::string curves_section(const std::vector<Contender>& contenders) {
  constexpr std::size_t max_figures = 8;
  std::string figures;
  std::size_t count = 0;
  for (const std::string& key : curve_keys(contenders)) {
    const Chart chart = overlaid_chart(contenders, key);
    if (chart.series.empty() || count == max_figures) continue;
    figures += figure(draw(chart), numbers_of(chart), "curve");
    ++count;
  }
  if (figures.empty()) return "";
  const bool has_study = std::any_of(contenders.begin(), contenders.end(), [](const auto& c) { return c.is_study; });
  return (has_study ? paragraph("Thin lines are the runs of a study, the thick one is their median.") : "") +
         row_of(figures);
}

}  // namespace hinge_command
