// The function of one or two inputs that the network is, at several epochs: a curve, or a surface with hinge lines.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <hinge/layers/layer.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/trainer.h>

#include "drawing/chart.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

constexpr std::size_t grid_side = 60;
constexpr std::size_t max_frames = 20;
constexpr std::size_t max_samples = 500;

// The range of a feature with a margin, as the network sees it.
Range range_of_feature(const hinge::Dataset<float>& train, std::size_t feature) {
  std::vector<double> values;
  for (std::size_t i = 0; i < train.size(); ++i) values.push_back(static_cast<double>(train.inputs()(feature, i)));
  return range_of(ScaleKind::linear, values, 0.12);
}

// One picture for each network; the script shows one at a time, and paper the last.
std::string frames(const ReportSource& source, Chart (*chart_of)(const ReportSource&, const NetworkAt&),
                   const char* label) {
  const std::vector<NetworkAt>& history = source.history;
  const std::size_t stride = (history.size() + max_frames - 1) / max_frames;
  std::string text;
  for (std::size_t i = (history.size() - 1) % stride; i < history.size(); i += stride) {
    const std::string epoch =
        history[i].epoch == 0 ? "before training" : "after epoch " + std::to_string(history[i].epoch);
    std::string svg = svg_of(draw(chart_of(source, history[i])));
    text.append("<div class=\"frame\" data-label=\"").append(epoch).append("\"");
    text.append(i + 1 == history.size() ? "" : " hidden").append(">\n").append(svg).append("</div>\n");
  }
  return element("figure", {{"class", "frames"}, {"data-label", label}}, "\n" + text);
}

// ---- One input: a curve through the samples ----

Chart curve_chart(const ReportSource& source, const NetworkAt& at) {
  constexpr std::size_t steps = 300;
  const hinge::DataParts& data = source.run->data();
  const Range range = range_of_feature(data.train, 0);
  hinge::Matrix<float> x(1, steps);
  for (std::size_t i = 0; i < steps; ++i) {
    x(0, i) = static_cast<float>(range.low + (range.high - range.low) * static_cast<double>(i) / (steps - 1));
  }
  const hinge::Matrix<float> y = at.network.predict(x.view());
  const auto raw = [](const hinge::Preprocessing& scaling, double value) {
    return scaling.is_identity() ? value : scaling.column(0).invert(value);
  };
  Series curve{.label = "network"};
  Series samples{.label = "samples", .kind = Series::Kind::dots};
  for (std::size_t i = 0; i < steps; ++i) {
    curve.points.push_back(
        {raw(data.inputs, static_cast<double>(x(0, i))), raw(data.targets, static_cast<double>(y(0, i)))});
  }
  for (std::size_t i = 0; i < std::min(max_samples, data.train.size()); ++i) {
    samples.points.push_back({raw(data.inputs, static_cast<double>(data.train.inputs()(0, i))),
                              raw(data.targets, static_cast<double>(data.train.values()(0, i)))});
  }
  const std::string epoch = at.epoch == 0 ? "before training" : "after epoch " + std::to_string(at.epoch);
  return {.title = "The network as a function, " + epoch,
          .description = "The output over the input, with training samples.",
          .x = {.label = data.train.feature_names().empty() ? "input" : data.train.feature_names()[0]},
          .series = {std::move(curve), std::move(samples)},
          .width = figure_width,
          .height = 320};
}

// ---- Two inputs: what the network says everywhere ----

hinge::Matrix<float> grid_points(Range x, Range y) {
  hinge::Matrix<float> points(2, grid_side * grid_side);
  const auto at = [](Range range, std::size_t i) {
    return static_cast<float>(range.low + (range.high - range.low) * (static_cast<double>(i) + 0.5) / grid_side);
  };
  for (std::size_t i = 0; i < points.cols(); ++i) {
    points(0, i) = at(x, i % grid_side);
    points(1, i) = at(y, grid_side - 1 - i / grid_side);  // the first row of an image is at the top
  }
  return points;
}

// The class of each point, or the first output.
Image surface_of(const ReportSource& source, const hinge::Matrix<float>& output) {
  Image image{.rows = grid_side, .columns = grid_side};
  const bool has_classes = source.run->data().train.class_count() > 0;
  for (std::size_t i = 0; i < output.cols(); ++i) {
    const double first = static_cast<double>(output(0, i));
    const double of_class = output.rows() > 1 ? static_cast<double>(hinge::largest_row(output.view(), i))
                            : first > 0       ? 1
                                              : 0;
    image.values.push_back(has_classes ? of_class : first);
  }
  if (has_classes) {
    image.shades = Shades::classes;
    return image;
  }
  const auto [low, high] = std::minmax_element(image.values.begin(), image.values.end());
  image.shades = Shades::diverging;
  image.low = *low;
  image.high = *high > *low ? *high : *low + 1;
  return image;
}

// Where w·x + b = 0 crosses the plot, for each unit of the first layer: the hinges of ReLUs.
std::vector<Series> hinge_lines(const hinge::Network<float>& network, Range x, Range y) {
  constexpr std::size_t max_lines = 64;
  std::vector<Series> lines;
  const auto weight = network.layer(0).weight();
  const auto parameters = network.layer(0).parameters();
  if (weight.cols != 2 || network.layer(0).activation() == nullptr || parameters.size() < 2) return {};
  for (std::size_t unit = 0; unit < std::min(max_lines, weight.rows); ++unit) {
    const auto w0 = static_cast<double>(weight(unit, 0));
    const auto w1 = static_cast<double>(weight(unit, 1));
    const auto b = static_cast<double>(parameters[1].value()(unit, 0));
    Series line{.colour = 5, .is_thin = true};
    if (std::abs(w1) > std::abs(w0)) {
      for (const double end : {x.low, x.high}) line.points.push_back({end, -(b + w0 * end) / w1});
    } else if (w0 != 0) {
      for (const double end : {y.low, y.high}) line.points.push_back({-(b + w1 * end) / w0, end});
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Series> sample_series(const hinge::Dataset<float>& train) {
  const std::size_t stride = (train.size() + max_samples - 1) / max_samples;
  std::vector<Series> series;
  for (const std::string& name : train.class_names())
    series.push_back({.label = name, .kind = Series::Kind::dots, .colour = series.size()});
  if (series.empty()) series.push_back({.label = "samples", .kind = Series::Kind::dots, .colour = 0});
  for (std::size_t i = 0; i < train.size(); i += stride) {
    const std::size_t of = train.class_count() > 0 ? static_cast<std::size_t>(train.classes()[i]) : 0;
    series[of].points.push_back({static_cast<double>(train.inputs()(0, i)), static_cast<double>(train.inputs()(1, i))});
  }
  return series;
}

Chart surface_chart(const ReportSource& source, const NetworkAt& at) {
  const hinge::Dataset<float>& train = source.run->data().train;
  const Range x = range_of_feature(train, 0);
  const Range y = range_of_feature(train, 1);
  const std::string epoch = at.epoch == 0 ? "before training" : "after epoch " + std::to_string(at.epoch);
  const auto name = [&](std::size_t k) {
    return k < train.feature_names().size() ? train.feature_names()[k] : "input " + std::to_string(k + 1);
  };
  Chart chart{.title = (train.class_count() > 0 ? "Decision regions, " : "Output, ") + epoch,
              .description =
                  "What the network says at each point, with training samples and the hinge lines of the first layer.",
              .x = {.label = name(0), .low = x.low, .high = x.high},
              .y = {.label = name(1), .low = y.low, .high = y.high},
              .series = hinge_lines(at.network, x, y),
              .surface = surface_of(source, at.network.predict(grid_points(x, y).view())),
              .width = figure_width,
              .height = 400};
  for (Series& series : sample_series(train)) chart.series.push_back(std::move(series));
  return chart;
}

}  // namespace

std::string function_section(const ReportSource& source) {
  if (source.run == nullptr || source.history.empty()) return "";
  const hinge::Dataset<float>& train = source.run->data().train;
  const hinge::Loss<float>& loss = source.run->trainer().loss();
  if (train.features() == 1 && train.target_rows() == 1 &&
      loss.output_transform() == hinge::OutputTransform::identity) {
    return row_of(frames(source, curve_chart, "Epoch of the function"));
  }
  if (train.features() != 2 || train.class_count() > 6) return "";
  return paragraph(
             "As the network sees the inputs: scaled. A thin line is where a unit of the first layer has z = 0: the "
             "hinge of a "
             "ReLU. A hinge that has left the data belongs to a unit that is dead or always on.") +
         row_of(frames(source, surface_chart, "Epoch of the decision regions"));
}

}  // namespace hinge_command
