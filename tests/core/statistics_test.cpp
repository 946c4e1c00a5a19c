// Means and quartiles.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <hinge/core/random.h>
#include <hinge/core/statistics.h>

using namespace hinge;

TEST_CASE("quartiles are linear between two values of the sorted ones") {
  struct Row {
    std::vector<double> values;
    double lower;
    double median;
    double upper;
  };
  const Row rows[] = {
      {{7}, 7, 7, 7},
      {{3, 1}, 1.5, 2, 2.5},
      {{4, 1, 2}, 1.5, 2, 3},
      {{8, 1, 4, 2}, 1.75, 3, 5},
      {{5, 1, 4, 2, 3}, 2, 3, 4},
      {{2, 2, 2, 2, 9}, 2, 2, 2},
      {{-3, 5, -1, 0, 7, 1, 6}, -0.5, 1, 5.5},
  };
  for (Row row : rows) {
    CAPTURE(row.values.size());
    const Quartiles found = quartiles(row.values);
    CHECK(found.lower == row.lower);
    CHECK(found.median == row.median);
    CHECK(found.upper == row.upper);
    CHECK(median(row.values) == row.median);
  }
}

TEST_CASE("quartiles of any number of values are those of a sorted copy") {
  const RandomStream random(1, Purpose::user);
  for (std::size_t size = 1; size < 70; ++size) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) values.push_back(std::floor(40 * random.uniform(100 * size + i)));
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double share) {
      const double rank = share * static_cast<double>(size - 1);
      const auto low = static_cast<std::size_t>(rank);
      return sorted[low] + (rank - std::floor(rank)) * (sorted[std::min(low + 1, size - 1)] - sorted[low]);
    };
    const Quartiles found = quartiles(values);
    CAPTURE(size);
    CHECK(found.lower == at(0.25));
    CHECK(found.median == at(0.5));
    CHECK(found.upper == at(0.75));
  }
}

TEST_CASE("a running mean does not overflow where a sum would") {
  RunningMean mean;
  CHECK(mean.mean() == 0);
  for (const double x : {1.0, 2.0, 6.0}) mean.add(x);
  CHECK(mean.mean() == doctest::Approx(3));
  CHECK(mean.count() == 3);
  constexpr double largest = std::numeric_limits<double>::max();
  RunningMean large;
  for (int i = 0; i < 3; ++i) large.add(largest);
  CHECK(large.mean() == doctest::Approx(largest));
}
