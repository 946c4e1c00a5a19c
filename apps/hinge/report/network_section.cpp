// The layers, drawn with their sizes.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/layers/activation.h>
#include <hinge/layers/layer.h>

#include "drawing/palette.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

struct Row {
  std::string name;
  std::size_t outputs = 0;
  std::size_t parameters = 0;
  std::string activation = {};
};

std::vector<Row> rows_of(const hinge::Network<float>& network) {
  std::vector<Row> rows = {{"inputs", network.inputs()}};
  for (std::size_t i = 0; i < network.size(); ++i) {
    const hinge::Layer<float>& layer = network.layer(i);
    Row row{std::string(network.spec(i).type()), layer.outputs()};
    for (const hinge::Parameter<float>& parameter : layer.parameters()) row.parameters += parameter.size();
    if (layer.activation_spec() != nullptr) row.activation = std::string(layer.activation_spec()->type());
    if (row.activation == "identity") row.activation.clear();
    rows.push_back(std::move(row));
  }
  return rows;
}

// A bar for each layer, the taller the more units, with its size in it and its name below.
Drawing drawing_of(const std::vector<Row>& rows) {
  constexpr double width = 480;  // for nine layers with their names
  constexpr double height = 250;
  constexpr double bar_width = 46;
  constexpr double middle = 110;
  const double step = width / static_cast<double>(rows.size());
  Drawing drawing{.width = width, .height = height, .title = "The network"};
  double before = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double x = (static_cast<double>(i) + 0.5) * step;
    const double half = std::min(100.0, 14 + 8 * std::log2(static_cast<double>(rows[i].outputs)));
    if (i > 0) {
      for (const double side : {-1.0, 1.0}) {
        drawing.body += line_element("d-axis", x - step + bar_width / 2, middle + side * before, x - bar_width / 2,
                                     middle + side * half);
      }
    }
    before = half;
    const std::string colour = i == 0 ? "d-axis" : "d-0";
    drawing.body += element("rect", {{"class", colour},
                                     {"color", std::string(light_colour(colour))},
                                     {"fill", "currentColor"},
                                     {"fill-opacity", "0.18"},
                                     {"stroke", "currentColor"},
                                     {"x", pixels(x - bar_width / 2)},
                                     {"y", pixels(middle - half)},
                                     {"width", pixels(bar_width)},
                                     {"height", pixels(2 * half)},
                                     {"rx", "6"}});
    drawing.body += text_element("d-text", x, middle + 4.5, Anchor::middle, std::to_string(rows[i].outputs), true);
    drawing.body += text_element("d-text", x, height - 22, Anchor::middle, shortened(rows[i].name, step - 4));
    drawing.body += text_element("d-faint", x, height - 5, Anchor::middle, shortened(rows[i].activation, step - 4));
    drawing.description += (i == 0 ? "Units: " : ", then ") + std::to_string(rows[i].outputs) + " " + rows[i].name +
                           (rows[i].activation.empty() ? "" : " ") + rows[i].activation;
  }
  return drawing;
}

}  // namespace

std::string network_section(const ReportSource& source) {
  const hinge::Network<float>* network = source.network != nullptr ? source.network
                                         : source.run != nullptr   ? &source.run->network()
                                                                   : nullptr;
  if (network == nullptr) return "";
  constexpr std::size_t max_bars = 9;
  const std::vector<Row> rows = rows_of(*network);
  Numbers numbers{.caption = "Layers", .header = {"layer", "outputs", "parameters", "activation"}};
  for (const Row& row : rows) {
    numbers.rows.push_back({row.name, std::to_string(row.outputs), std::to_string(row.parameters), row.activation});
  }
  const std::string text = paragraph(counted(static_cast<double>(network->values().size()), "parameter") + ".");
  if (rows.size() > max_bars) return text + table(numbers);
  return text + row_of(figure(drawing_of(rows), numbers));
}

}  // namespace hinge_command
