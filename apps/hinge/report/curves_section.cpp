// Loss, metrics and learning rate over epochs.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "drawing/chart.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

std::vector<Point> points_of(const std::vector<JsonValue>& epochs, const std::string& key) {
  std::vector<Point> points;
  for (const JsonValue& line : epochs) points.push_back({number_at(line, "epoch"), number_at(line, key)});
  return points;
}

bool has_values(const std::vector<Point>& points) {
  return std::any_of(points.begin(), points.end(), [](const Point& p) { return std::isfinite(p.y); });
}

// Logarithmic where values lie more than a factor of 20 apart: else the end of a good training is a flat line.
bool is_better_logarithmic(const std::vector<Series>& series) {
  constexpr double wide = 20;
  double smallest = std::numeric_limits<double>::infinity();
  double largest = 0;
  for (const Series& each : series) {
    for (const Point& point : each.points) {
      if (!std::isfinite(point.y)) continue;
      if (point.y <= 0) return false;
      smallest = std::min(smallest, point.y);
      largest = std::max(largest, point.y);
    }
  }
  return largest > wide * smallest;
}

std::vector<Mark> marks_of(const ReportSource& source) {
  std::vector<Mark> marks;
  const double best = number_at(source.files.summary, "best_epoch");
  if (std::isfinite(best)) marks.push_back({best, "best epoch " + shown(best)});
  const std::string status = text_at(source.files.summary, "status");
  const double last = source.files.epochs.empty() ? 0 : number_at(source.files.epochs.back(), "epoch");
  const bool ended_early = last < static_cast<double>(source.config.config.train.epochs);
  if (status == "failed") {
    marks.push_back({last, "failed"});
  } else if (ended_early && !source.is_live && !status.empty() && last != best) {
    marks.push_back({last, status == "finished" ? "stopped early" : status});
  }
  return marks;
}

// The curves of a figure in training and validation; "" where there are none.
std::string metric_figure(const ReportSource& source, const std::string& name, bool may_be_logarithmic) {
  Chart chart{.title = name, .x = {.label = "epoch", .kind = ScaleKind::whole}, .width = figure_width, .height = 280};
  for (const auto& [prefix, label] : {std::pair{"train/", "training"}, {"val/", "validation"}}) {
    std::vector<Point> points = points_of(source.files.epochs, prefix + name);
    if (has_values(points)) chart.series.push_back({.label = label, .points = std::move(points)});
  }
  if (chart.series.empty()) return "";
  chart.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(chart.title[0])));
  if (may_be_logarithmic && is_better_logarithmic(chart.series)) {
    chart.y.kind = ScaleKind::log;
    chart.y.label = "logarithmic";
  }
  chart.marks = marks_of(source);
  chart.description = name + " after each epoch.";
  return figure(draw(chart), numbers_of(chart), "curve");
}

// `accuracy` of `train/accuracy`, as the lines have them.
std::vector<std::string> metric_names(const std::vector<JsonValue>& epochs) {
  std::vector<std::string> names;
  for (const JsonValue* line : {&epochs.front(), &epochs.back()}) {
    for (const hinge::JsonMember& member : line->members) {
      const std::string prefix = member.key.substr(0, member.key.find('/') + 1);
      const std::string name = member.key.substr(prefix.size());
      if ((prefix != "train/" && prefix != "val/") || name == "loss" || name == "samples" || name.empty()) continue;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

std::string learning_rate_figure(const ReportSource& source) {
  const std::vector<Point> points = points_of(source.files.epochs, "learning_rate");
  if (!has_values(points)) return "";
  const bool is_constant =
      std::all_of(points.begin(), points.end(), [&](const Point& p) { return p.y == points.front().y; });
  if (is_constant) return paragraph("The learning rate was " + shown(points.front().y) + " in every epoch.");
  Chart chart{.title = "Learning rate",
              .description = "The learning rate at the end of each epoch.",
              .x = {.label = "epoch", .kind = ScaleKind::whole},
              .y = {.has_zero = true},
              .series = {{.label = "learning rate", .points = points}},
              .width = figure_width,
              .height = 280};
  if (is_better_logarithmic(chart.series)) chart.y = {.label = "logarithmic", .kind = ScaleKind::log};
  return figure(draw(chart), numbers_of(chart), "curve");
}

}  // namespace

std::string curves_section(const ReportSource& source) {
  if (source.files.epochs.empty()) return "";
  std::string figures = metric_figure(source, "loss", true);
  constexpr std::size_t max_metrics = 6;
  const std::vector<std::string> names = metric_names(source.files.epochs);
  for (std::size_t i = 0; i < std::min(max_metrics, names.size()); ++i) {
    figures += metric_figure(source, names[i], names[i] == "mae" || names[i] == "rmse");
  }
  const std::string rate = learning_rate_figure(source);
  return rate.starts_with("<p") ? row_of(figures) + rate : row_of(figures + rate);
}

}  // namespace hinge_command
