// Gradient norms and sizes of steps over epochs.
#include <limits>
#include <string>

#include "drawing/chart.h"
#include "report/page.h"
#include "report/run_charts.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

// A curve for each layer.
std::string layer_figure(const ReportSource& source, const char* key, const char* title, const char* description) {
  Chart chart{.title = title,
              .description = description,
              .x = {.label = "epoch", .kind = ScaleKind::whole},
              .y = {.label = "logarithmic", .kind = ScaleKind::log},
              .width = figure_width,
              .height = 280};
  const auto positive = [&](const hinge::JsonValue& layer) {
    const double value = number_at(layer, key);
    return value > 0 ? value : std::numeric_limits<double>::quiet_NaN();  // a logarithmic axis has no place for 0
  };
  add_layers(source.files, positive, chart);
  return chart.series.empty() ? "" : figure(draw(chart), numbers_of(chart), "curve");
}

}  // namespace

std::string steps_section(const ReportSource& source) {
  const std::string figures =
      layer_figure(source, "gradient_norm", "Gradient norm",
                   "The largest norm of the gradient of each hidden layer in an epoch.") +
      layer_figure(source, "update_ratio", "Step / weights",
                   "The largest step of each hidden layer in an epoch, in units of its weights.");
  if (figures.empty()) return "";
  return paragraph(
             "The largest gradient norm ‖∂L/∂θ‖ and relative step ‖Δθ‖ / ‖θ‖ of each hidden layer among the steps that "
             "were looked at. Steps of about a thousandth of the weights are usual; layers whose gradients lie factors "
             "of "
             "ten below those of the others hardly learn.") +
         row_of(figures);
}

}  // namespace hinge_command
