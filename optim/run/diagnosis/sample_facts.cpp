// What of the samples decides about changes.
#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/changes.h>

namespace hinge {

namespace {

// The input that lies farthest from the middle half of its column. Of long columns every k-th value is looked at.
void find_farthest(const DataParts& parts, SampleFacts& facts) {
  const MatrixView<const float> inputs = parts.train.inputs();
  constexpr std::size_t looked_at = 4096;
  const std::size_t stride = std::max<std::size_t>(1, inputs.cols / looked_at);
  for (std::size_t row = 0; row < inputs.rows; ++row) {
    std::vector<float> sorted;
    for (std::size_t i = 0; i < inputs.cols; i += stride) sorted.push_back(inputs(row, i));
    std::sort(sorted.begin(), sorted.end());
    const std::size_t n = sorted.size();
    const double median = static_cast<double>(sorted[n / 2]);
    const double distance = static_cast<double>(sorted[3 * n / 4]) - static_cast<double>(sorted[n / 4]);
    if (!(distance > 0)) continue;
    const bool is_high = static_cast<double>(sorted.back()) - median > median - static_cast<double>(sorted.front());
    const float value = is_high ? sorted.back() : sorted.front();
    const double far = std::abs(static_cast<double>(value) - median) / distance;
    if (far <= facts.farthest) continue;
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
    facts.farthest = far;
    facts.farthest_count = static_cast<std::size_t>(last - first);
    const auto raw = parts.inputs.is_identity() ? static_cast<double>(value)
                                                : parts.inputs.column(row).invert(static_cast<double>(value));
    const std::vector<std::string>& names = parts.train.feature_names();
    facts.farthest_text =
        to_text(raw, 6) + (row < names.size() ? " in the column \"" + printable(names[row]) + "\"" : "");
  }
}

}  // namespace

SampleFacts facts_of(const DataParts& parts, const Judge& judge) {
  SampleFacts facts{.rows = parts.train.size(),
                    .is_regression = parts.train.target_rows() > 0,
                    .outlying_targets = judge.outlying_targets(),
                    .whole_numbers = judge.whole_numbers(),
                    .rarity = judge.rarity(),
                    .judges_by_training = judge.judges_by_training()};
  const auto moments = [](const MatrixView<const float>& values, std::size_t row) {
    double mean = 0;
    double squares = 0;
    const auto n = static_cast<double>(values.cols);
    for (std::size_t i = 0; i < values.cols; ++i) mean += static_cast<double>(values(row, i)) / n;
    for (std::size_t i = 0; i < values.cols; ++i) {
      const double deviation = static_cast<double>(values(row, i)) - mean;
      squares += deviation * deviation / n;
    }
    return std::pair(mean, std::sqrt(squares));
  };
  facts.smallest_deviation = 1e300;
  facts.largest_deviation = 0;
  const MatrixView<const float> inputs = parts.train.inputs();
  for (std::size_t row = 0; row < inputs.rows; ++row) {
    const auto [mean, deviation] = moments(inputs, row);
    if (!(deviation > 0)) continue;
    facts.smallest_deviation = std::min(facts.smallest_deviation, deviation);
    facts.largest_deviation = std::max(facts.largest_deviation, deviation);
    facts.largest_mean = std::max(facts.largest_mean, std::abs(mean));
  }
  find_farthest(parts, facts);
  for (std::size_t row = 0; row < parts.train.target_rows(); ++row) {
    const auto [mean, deviation] = moments(parts.train.values(), row);
    facts.target_deviation = row == 0 ? deviation : std::max(facts.target_deviation, deviation);
    facts.target_offset = std::max(facts.target_offset, std::abs(mean));
  }
  return facts;
}

}  // namespace hinge
