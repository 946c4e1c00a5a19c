// The function of one or two inputs that a network is: a curve, or a surface with hinge lines.
#include "report/function_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/layers/layer.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/trainer.h>

#include "report/page.h"

namespace hinge_command {

namespace {

constexpr std::size_t grid_side = 60;
constexpr std::size_t max_samples = 500;

// The range of a feature with a margin, as the network sees it.
Range range_of_feature(const hinge::Dataset<float>& train, std::size_t feature) {
  std::vector<double> values;
  for (std::size_t i = 0; i < train.size(); ++i) values.push_back(static_cast<double>(train.inputs()(feature, i)));
  return range_of(ScaleKind::linear, values, 0.12);
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
  return {.title = "The network as a function, " + epoch_text(at),
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

// The two points where the line w·x + b = 0 enters and leaves the plot; none if it lies outside.
std::vector<Point> line_through(double w0, double w1, double b, Range x, Range y) {
  std::vector<Point> points;
  for (const double end : {x.low, x.high}) {
    const double crossing = -(b + w0 * end) / w1;
    if (crossing >= y.low && crossing <= y.high) points.push_back({end, crossing});
  }
  for (const double end : {y.low, y.high}) {
    const double crossing = -(b + w1 * end) / w0;
    if (crossing >= x.low && crossing <= x.high) points.push_back({crossing, end});
  }
  if (points.size() < 2) return {};
  const auto is_left = [](const Point& p, const Point& q) { return std::pair(p.x, p.y) < std::pair(q.x, q.y); };
  const auto [first, last] = std::minmax_element(points.begin(), points.end(), is_left);
  return {*first, *last};
}

// A unit of the first layer of a network with two inputs.
struct Hinge {
  double w0 = 0;
  double w1 = 0;
  double b = 0;
  bool fires = false;  // z > 0 on some training sample
};

std::vector<Hinge> hinges_of(const hinge::Network<float>& network, const hinge::Dataset<float>& train) {
  const auto weight = network.layer(0).weight();
  const auto parameters = network.layer(0).parameters();
  if (weight.cols != 2 || network.layer(0).activation() == nullptr || parameters.size() < 2) return {};
  std::vector<Hinge> hinges;
  for (std::size_t unit = 0; unit < weight.rows; ++unit) {
    Hinge& each = hinges.emplace_back(Hinge{static_cast<double>(weight(unit, 0)), static_cast<double>(weight(unit, 1)),
                                            static_cast<double>(parameters[1].value()(unit, 0))});
    for (std::size_t i = 0; i < train.size() && !each.fires; ++i) {
      const auto x0 = static_cast<double>(train.inputs()(0, i));
      const auto x1 = static_cast<double>(train.inputs()(1, i));
      each.fires = each.w0 * x0 + each.w1 * x1 + each.b > 0;
    }
  }
  return hinges;
}

// Thin where the unit fires on some sample, thick and in a colour of its own where it fires on none.
std::vector<Series> hinge_lines(const std::vector<Hinge>& hinges, Range x, Range y) {
  constexpr std::size_t max_lines = 64;
  std::vector<Series> lines;
  for (std::size_t unit = 0; unit < std::min(max_lines, hinges.size()); ++unit) {
    const Hinge& each = hinges[unit];
    Series line{.points = line_through(each.w0, each.w1, each.b, x, y),
                .colour = each.fires ? std::size_t{5} : std::size_t{3},
                .is_thin = each.fires};
    const std::string label = each.fires ? "z = 0" : "z = 0, never > 0";
    if (line.points.empty()) continue;
    if (std::none_of(lines.begin(), lines.end(), [&](const Series& other) { return other.label == label; }))
      line.label = label;
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

// `Output`, or what it is of several.
std::string output_name(const hinge::Dataset<float>& train) {
  return train.target_names().size() > 1 ? "Output " + train.target_names().front() : "Output";
}

Chart surface_chart(const ReportSource& source, const NetworkAt& at) {
  const hinge::Dataset<float>& train = source.run->data().train;
  const Range x = range_of_feature(train, 0);
  const Range y = range_of_feature(train, 1);
  const auto name = [&](std::size_t k) {
    return k < train.feature_names().size() ? train.feature_names()[k] : "input " + std::to_string(k + 1);
  };
  Chart chart{.title = (train.class_count() > 0 ? "Decision regions, " : output_name(train) + ", ") + epoch_text(at),
              .description =
                  "What the network says at each point, with training samples and the hinge lines of the first layer.",
              .x = {.label = name(0), .low = x.low, .high = x.high},
              .y = {.label = name(1), .low = y.low, .high = y.high},
              .series = hinge_lines(hinges_of(at.network, train), x, y),
              .surface = surface_of(source, at.network.predict(grid_points(x, y).view())),
              .width = figure_width,
              .height = 400};
  for (Series& series : sample_series(train)) chart.series.push_back(std::move(series));
  return chart;
}

bool is_curve(const ReportSource& source) {
  const hinge::Dataset<float>& train = source.run->data().train;
  return train.features() == 1 && train.target_rows() == 1 &&
         source.run->trainer().loss().output_transform() == hinge::OutputTransform::identity;
}

// The first layer's w and b, as far as hinge lines are drawn of them.
Numbers hinge_numbers(const ReportSource& source, const NetworkAt& at) {
  Numbers numbers{.caption = "Units of the first layer: z = w·x + b",
                  .header = {"unit", "w1", "w2", "b", "z > 0 on some sample"}};
  for (const Hinge& each : hinges_of(at.network, source.run->data().train)) {
    numbers.rows.push_back({std::to_string(numbers.rows.size() + 1), hinge::to_text(each.w0), hinge::to_text(each.w1),
                            hinge::to_text(each.b), each.fires ? "yes" : "no"});
  }
  return numbers;
}

}  // namespace

bool has_function_chart(const ReportSource& source) {
  constexpr std::size_t max_classes = 6;  // as many as there are colours
  if (source.run == nullptr || source.history.empty()) return false;
  const hinge::Dataset<float>& train = source.run->data().train;
  return is_curve(source) || (train.features() == 2 && train.class_count() <= max_classes);
}

Chart function_chart(const ReportSource& source, const NetworkAt& at) {
  return is_curve(source) ? curve_chart(source, at) : surface_chart(source, at);
}

Numbers function_numbers(const ReportSource& source, const NetworkAt& at) {
  return is_curve(source) ? numbers_of(curve_chart(source, at)) : hinge_numbers(source, at);
}

std::string epoch_text(const NetworkAt& at) {
  return at.epoch == 0 ? "before training" : "after epoch " + std::to_string(at.epoch);
}

}  // namespace hinge_command
