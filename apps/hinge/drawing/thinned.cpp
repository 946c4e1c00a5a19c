// Fewer points for the same picture.
#include <algorithm>
#include <cmath>

#include "drawing/chart.h"

namespace hinge_command {

namespace {

// The points of one column of pixels.
class Column {
 public:
  void add(const Point& point) { points_.push_back(point); }

  // The first, the lowest, the highest and the last, in their order, each once.
  void move_to(std::vector<Point>& kept) {
    if (points_.empty()) return;
    const auto [low, high] =
        std::minmax_element(points_.begin(), points_.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
    auto chosen = {points_.begin(), std::min(low, high), std::max(low, high), points_.end() - 1};
    auto previous = points_.end();
    for (const auto point : chosen) {
      if (point != previous) kept.push_back(*point);
      previous = point;
    }
    points_.clear();
  }

 private:
  std::vector<Point> points_;
};

}  // namespace

std::vector<Point> thinned(const std::vector<Point>& points, const Scale& x, const Scale& y) {
  const double width = std::abs(x.last - x.first);
  if (static_cast<double>(points.size()) <= 4 * width) return points;
  std::vector<Point> kept;
  Column column;
  double place = 0;
  const Point* gap = nullptr;
  for (const Point& point : points) {
    if (!x.shows(point.x) || !y.shows(point.y)) {
      gap = &point;
      continue;
    }
    const double here = std::floor(x(point.x));
    if (here != place) {
      column.move_to(kept);
      if (gap != nullptr) kept.push_back(*gap);
    }
    gap = nullptr;
    place = here;
    column.add(point);
  }
  column.move_to(kept);
  return kept;
}

}  // namespace hinge_command
