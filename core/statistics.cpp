// Order statistics by selection.
#include <hinge/core/statistics.h>

#include <algorithm>
#include <cmath>

namespace hinge {

namespace {

// The value at a rank from 0 to size − 1. Afterwards it, or its two neighbours, stand at their places in the order, with
// smaller values in front and larger ones behind.
double value_at(std::span<double> values, double rank) {
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(values.begin(), low, values.end());
  if (low + 1 == values.end()) return *low;
  std::iter_swap(low + 1, std::min_element(low + 1, values.end()));
  return *low + (rank - std::floor(rank)) * (*(low + 1) - *low);
}

}  // namespace

double median(std::span<double> values) { return value_at(values, 0.5 * static_cast<double>(values.size() - 1)); }

// Once the median stands at its place, each quartile is searched in its own half.
Quartiles quartiles(std::span<double> values) {
  const double last = static_cast<double>(values.size() - 1);
  const std::size_t middle = (values.size() - 1) / 2;
  Quartiles found{.median = median(values)};
  found.lower = value_at(values.first(std::min(middle + 2, values.size())), 0.25 * last);
  found.upper = value_at(values.subspan(middle), 0.75 * last - static_cast<double>(middle));
  return found;
}

}  // namespace hinge
