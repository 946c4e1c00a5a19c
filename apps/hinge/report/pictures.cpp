// Images of samples, and histograms.
#include "report/pictures.h"

#include <algorithm>
#include <cmath>

namespace hinge_command {

std::size_t image_side(std::size_t features) { return features == 64 ? 8 : features == 784 ? 28 : 0; }

Image sample_image(const hinge::Dataset<float>& part, std::size_t index, std::size_t side) {
  Image image{.rows = side, .columns = side};
  for (std::size_t k = 0; k < side * side; ++k) image.values.push_back(static_cast<double>(part.inputs()(k, index)));
  const auto [low, high] = std::minmax_element(image.values.begin(), image.values.end());
  image.low = *low;
  image.high = *high > *low ? *high : *low + 1;
  return image;
}

std::vector<Point> histogram_of(const std::vector<double>& values, Range range, std::size_t bins) {
  std::vector<double> counts(bins);
  const double width = (range.high - range.low) / static_cast<double>(bins);
  for (const double value : values) {
    if (!(value >= range.low && value <= range.high)) continue;
    // Not a number where the range is too wide, or too narrow, for its width: then all are in the last bin.
    const double place = (value - range.low) / width;
    counts[place < static_cast<double>(bins) ? static_cast<std::size_t>(place) : bins - 1] += 1;
  }
  std::vector<Point> points;
  for (std::size_t i = 0; i < bins; ++i) points.push_back({range.low + static_cast<double>(i) * width, counts[i]});
  points.push_back({range.high, counts.back()});
  return points;
}

std::vector<Point> histogram_of(const std::vector<double>& values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  if (finite.empty()) return {};
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  const double half = *high > *low ? 0 : 0.5;  // one value gets a bin around it
  const auto bins =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::sqrt(static_cast<double>(finite.size()))), 5, 40);
  return histogram_of(finite, {*low - half, *high + half}, bins);
}

}  // namespace hinge_command
