// Moves labels apart.
#include "drawing/labels.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace hinge_command {

std::vector<double> spread(const std::vector<double>& wanted, double distance, Range range) {
  std::vector<std::size_t> order(wanted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::vector<double> places = wanted;
  // Down, where they overlap; then up, where that moved labels below the range; then down, where it moved them above.
  double limit = -std::numeric_limits<double>::infinity();
  for (const std::size_t i : order) limit = (places[i] = std::max(places[i], limit)) + distance;
  limit = range.high;
  for (auto i = order.rbegin(); i != order.rend(); ++i) limit = (places[*i] = std::min(places[*i], limit)) - distance;
  limit = range.low;
  for (const std::size_t i : order) limit = (places[i] = std::max(places[i], limit)) + distance;
  return places;
}

std::vector<std::size_t> rows_without_overlap(const std::vector<Range>& boxes, double gap) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto is_taken = [&](std::size_t row) {
      for (std::size_t j = 0; j < i; ++j) {
        if (rows[j] == row && boxes[j].low < boxes[i].high + gap && boxes[i].low < boxes[j].high + gap) return true;
      }
      return false;
    };
    std::size_t row = 0;
    while (is_taken(row)) ++row;
    rows.push_back(row);
  }
  return rows;
}

}  // namespace hinge_command
