// Gradient norms and sizes of steps over epochs.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "drawing/chart.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

// A curve for each layer; layers without values are left out.
Chart layer_chart(const ReportSource& source, const char* key, const char* title, const char* description) {
  constexpr std::size_t max_layers = 12;
  std::map<double, std::vector<Point>> layers;
  for (const hinge::JsonValue& look : source.files.looks) {
    for (const hinge::JsonValue& layer : list_at(look, "layers")) {
      const double value = number_at(layer, key);
      if (value > 0) layers[number_at(layer, "layer")].push_back({number_at(look, "epoch"), value});
    }
  }
  Chart chart{.title = title,
              .description = description,
              .x = {.label = "epoch", .kind = ScaleKind::whole},
              .y = {.label = "logarithmic", .kind = ScaleKind::log},
              .width = figure_width,
              .height = 280};
  for (auto& [layer, points] : layers) {
    if (chart.series.size() == max_layers) break;
    chart.series.push_back({.label = "layer " + shown(layer), .points = std::move(points)});
  }
  return chart;
}

std::string layer_figure(const Chart& chart) {
  return chart.series.empty() ? "" : figure(draw(chart), numbers_of(chart), "curve");
}

}  // namespace

std::string steps_section(const ReportSource& source) {
  const Chart gradients = layer_chart(source, "gradient_norm", "Gradient norm",
                                      "The largest norm of the gradient of each hidden layer in an epoch.");
  const Chart updates = layer_chart(source, "update_ratio", "Step / weights",
                                    "The largest step of each hidden layer in an epoch, in units of its weights.");
  const std::string figures = layer_figure(gradients) + layer_figure(updates);
  if (figures.empty()) return "";
  return paragraph(
             "The largest gradient norm ‖∂L/∂θ‖ and relative step ‖Δθ‖ / ‖θ‖ of each hidden layer among the steps that "
             "were looked at. Steps of about a thousandth of the weights are usual; layers whose gradients lie factors "
             "of "
             "ten below those of the others hardly learn.") +
         row_of(figures);
}

}  // namespace hinge_command
