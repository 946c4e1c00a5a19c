// Distributions of weights and pre-activations over time, and first-layer weights as images.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <hinge/layers/layer.h>

#include "drawing/chart.h"
#include "drawing/image.h"
#include "report/page.h"
#include "report/pictures.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

// Values of one layer at several epochs.
struct Distribution {
  std::size_t epoch = 0;
  std::vector<double> values = {};
};

// The start, the end, and what lies between them in the list of recorded epochs.
std::vector<const NetworkAt*> chosen(const std::vector<NetworkAt>& history) {
  std::vector<const NetworkAt*> networks = {&history.front()};
  if (history.size() > 3) networks.push_back(&history[history.size() / 2]);
  networks.push_back(&history.back());
  return networks;
}

// Histograms over the same bins, as shares, so that a sample of another size looks the same.
std::string histograms(const std::vector<Distribution>& distributions, const std::string& title, const char* axis) {
  constexpr std::size_t bins = 40;
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const Distribution& each : distributions) {
    for (const double value : each.values) {
      if (!std::isfinite(value)) continue;
      range = {std::min(range.low, value), std::max(range.high, value)};
    }
  }
  if (!(range.low < range.high)) return "";
  Chart chart{.title = title,
              .description = "How values are distributed at several epochs.",
              .x = {.label = axis},
              .y = {.label = "% of the values", .low = 0},
              .width = figure_width,
              .height = 240};
  for (const Distribution& each : distributions) {
    std::vector<Point> points = histogram_of(each.values, range, bins);
    for (Point& point : points) point.y *= 100 / static_cast<double>(each.values.size());
    chart.series.push_back({.label = each.epoch == 0 ? "start" : "epoch " + std::to_string(each.epoch),
                            .points = std::move(points),
                            .kind = Series::Kind::steps});
  }
  return figure(draw(chart), numbers_of(chart), "chart");
}

Distribution weights_of(const NetworkAt& at, std::size_t layer) {
  Distribution distribution{.epoch = at.epoch};
  const auto weight = at.network.layer(layer).weight();
  for (std::size_t unit = 0; unit < weight.rows; ++unit) {
    for (std::size_t k = 0; k < weight.cols; ++k) distribution.values.push_back(static_cast<double>(weight(unit, k)));
  }
  return distribution;
}

// z of every layer with weights, for some training samples.
std::vector<Distribution> pre_activations_of(const NetworkAt& at, const hinge::Dataset<float>& train) {
  constexpr std::size_t max_samples = 256;
  std::vector<std::size_t> rows(std::min(max_samples, train.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * train.size() / rows.size();
  const hinge::Dataset<float> samples = train.subset(rows);
  hinge::Network<float> network(at.network);
  const hinge::PassScope<float> scope(network);
  network.forward(samples.inputs(), {.training = false});
  std::vector<Distribution> layers;
  for (std::size_t i = 0; i < network.size(); ++i) {
    layers.push_back({.epoch = at.epoch});
    const auto z = network.layer(i).pre_activation();
    for (std::size_t unit = 0; unit < z.rows; ++unit) {
      for (std::size_t k = 0; k < z.cols; ++k) layers.back().values.push_back(static_cast<double>(z(unit, k)));
    }
  }
  return layers;
}

std::string distribution_figures(const ReportSource& source) {
  constexpr std::size_t max_layers = 6;
  const std::vector<const NetworkAt*> networks = chosen(source.history);
  std::vector<std::vector<Distribution>> z;
  for (const NetworkAt* at : networks) z.push_back(pre_activations_of(*at, source.run->data().train));
  std::string figures;
  std::size_t drawn = 0;
  for (std::size_t i = 0; i < source.network->size() && drawn < max_layers; ++i) {
    if (source.network->layer(i).weight().rows == 0) continue;
    ++drawn;
    std::vector<Distribution> weights;
    std::vector<Distribution> of_layer;
    for (std::size_t k = 0; k < networks.size(); ++k) {
      weights.push_back(weights_of(*networks[k], i));
      of_layer.push_back(std::move(z[k][i]));
    }
    const std::string layer = " of layer " + std::to_string(i + 1);
    figures += histograms(weights, "Weights" + layer, "weight") + histograms(of_layer, "Pre-activations" + layer, "z");
  }
  return figures;
}

// The incoming weights of each unit of the first layer, where inputs are images.
std::string weight_images(const ReportSource& source) {
  constexpr std::size_t max_images = 64;
  const std::size_t side = image_side(source.network->inputs());
  const auto weight = source.network->layer(0).weight();
  if (side == 0 || weight.rows == 0) return "";
  ImageGrid grid{.title = "First-layer weights: orange below 0, blue above",
                 .description = "The incoming weights of each unit of the first layer, as an image.",
                 .size = 40,
                 .width = figure_width};
  if (weight.rows > max_images) {
    grid.description = "The incoming weights of the first " + std::to_string(max_images) + " of " +
                       std::to_string(weight.rows) + " units of the first layer, each as an image.";
  }
  for (std::size_t unit = 0; unit < std::min(max_images, weight.rows); ++unit) {
    Image image{.rows = side, .columns = side, .shades = Shades::diverging, .label = std::to_string(unit + 1)};
    double largest = 1e-12;
    for (std::size_t k = 0; k < weight.cols; ++k) {
      image.values.push_back(static_cast<double>(weight(unit, k)));
      largest = std::max(largest, std::abs(image.values.back()));
    }
    image.low = -largest;
    image.high = largest;
    grid.images.push_back(std::move(image));
  }
  return weight_figure(draw(grid));
}

}  // namespace

std::string weights_section(const ReportSource& source) {
  if (source.run == nullptr || source.history.empty()) return "";
  return row_of(distribution_figures(source) + weight_images(source));
}

}  // namespace hinge_command
