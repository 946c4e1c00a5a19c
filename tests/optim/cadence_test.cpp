#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <vector>

#include <hinge/optim/cadence.h>

using namespace hinge;

namespace {

std::size_t count_due(const Cadence& cadence, std::size_t epochs) {
  std::size_t count = 0;
  for (std::size_t epoch = 1; epoch <= epochs; ++epoch) count += cadence.is_due(epoch) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("every epoch is due up to 1,000, then every second, fourth, and so on by doubling") {
  struct Row {
    std::size_t epoch;
    bool due;
  };
  const std::vector<Row> rows = {{1, true},     {2, true},     {999, true},    {1000, true},
                                 {1001, false}, {1002, true},  {1999, false},  {2000, true},
                                 {2002, false}, {2004, true},  {4000, true},   {4004, false},
                                 {4008, true},  {64000, true}, {64064, false}, {64128, true}};
  for (const Row& row : rows) {
    CAPTURE(row.epoch);
    CHECK(Cadence().is_due(row.epoch) == row.due);
  }
  CHECK(count_due(Cadence(), 1000) == 1000);
  CHECK(count_due(Cadence(), 4000) == 2000);
  CHECK(count_due(Cadence(), 100000) == 4281);
  Cadence().is_due(std::numeric_limits<std::size_t>::max());  // comes to an end
}

TEST_CASE("a given cadence is epoch 1 and the multiples") {
  std::vector<std::size_t> due;
  for (std::size_t epoch = 1; epoch <= 10; ++epoch) {
    if (Cadence(4).is_due(epoch)) due.push_back(epoch);
  }
  CHECK(due == std::vector<std::size_t>{1, 4, 8});
  CHECK(count_due(Cadence(1), 5000) == 5000);
}
