// Loss, metrics and learning rate over epochs.
#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "drawing/chart.h"
#include "report/page.h"
#include "report/run_charts.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

// A figure in training and validation, or the learning rate; "" where there is no value.
std::string metric_figure(const ReportSource& source, const std::string& name, const std::string& title,
                          bool may_be_logarithmic) {
  Chart chart = chart_of({source.files}, name);
  std::erase_if(chart.series, [](const Series& series) { return !has_values(series.points); });
  if (chart.series.empty()) return "";
  for (Series& series : chart.series) std::replace(series.label.begin(), series.label.end(), '_', ' ');
  chart.title = title;
  chart.description =
      title + " after each epoch" +
      (source.files.summary.find("best") != nullptr ? "; the model has the weights of the best epoch." : ".");
  chart.width = figure_width;
  chart.height = 280;
  if (may_be_logarithmic) make_logarithmic_if_wide(chart);
  return figure(draw(chart), numbers_of(chart), "curve");
}

// `accuracy` of `train/accuracy`.
std::vector<std::string> metric_names(const RunFiles& files) {
  std::vector<std::string> names;
  for (const std::string& key : figure_keys(files)) {
    const std::string prefix = key.substr(0, key.find('/') + 1);
    const std::string name = key.substr(prefix.size());
    if ((prefix != "train/" && prefix != "val/") || name == "loss" || name == "samples" || name.empty()) continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

// `Accuracy`, `MAE`
std::string metric_title(std::string metric) {
  constexpr std::size_t longest_abbreviation = 4;
  if (metric.size() > longest_abbreviation) return capitalized(std::move(metric));
  for (char& c : metric) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return metric;
}

std::string learning_rate_figure(const ReportSource& source) {
  const std::vector<Point> points = points_of(source.files, "learning_rate");
  if (!has_values(points)) return "";
  const std::string first = shown(points.front().y);
  const bool is_constant =
      std::all_of(points.begin(), points.end(), [&](const Point& p) { return shown(p.y) == first; });
  if (is_constant) return paragraph("The learning rate was " + first + " in every epoch.");
  return metric_figure(source, "learning_rate", "Learning rate", true);
}

}  // namespace

std::string curves_section(const ReportSource& source) {
  if (source.files.epochs.empty()) return "";
  std::string figures = metric_figure(source, "loss", "Loss", true);
  constexpr std::size_t max_metrics = 6;
  const std::vector<std::string> names = metric_names(source.files);
  for (std::size_t i = 0; i < std::min(max_metrics, names.size()); ++i) {
    figures += metric_figure(source, names[i], metric_title(names[i]), names[i] == "mae" || names[i] == "rmse");
  }
  const std::string rate = learning_rate_figure(source);
  return rate.starts_with("<p") ? row_of(figures) + rate : row_of(figures + rate);
}

}  // namespace hinge_command
