// Splitting a data set: nothing lost, proportions kept, same seed same parts.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/split.h>
#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Numbers = std::vector<std::size_t>;

// Sample i has the input i; `sizes` says how many samples each class has. The classes take turns.
Dataset<float> classes_of(const Numbers& sizes) {
  std::vector<float> x;
  std::vector<std::int32_t> classes;
  for (std::size_t turn = 0; turn < *std::max_element(sizes.begin(), sizes.end()); ++turn) {
    for (std::size_t c = 0; c < sizes.size(); ++c) {
      if (turn >= sizes[c]) continue;
      x.push_back(static_cast<float>(x.size()));
      classes.push_back(static_cast<std::int32_t>(c));
    }
  }
  return Dataset<float>::classification(MatrixView<const float>::samples(x.data(), 1, x.size()), classes);
}

Dataset<float> values_of(std::size_t size) {
  std::vector<float> x;
  for (std::size_t i = 0; i < size; ++i) x.push_back(static_cast<float>(i));
  const auto view = MatrixView<const float>::samples(x.data(), 1, size);
  return Dataset<float>::regression(view, view);
}

Numbers numbers(const Dataset<float>& part) {
  Numbers result;
  for (std::size_t i = 0; i < part.size(); ++i) result.push_back(static_cast<std::size_t>(part.inputs()(0, i)));
  return result;
}

Numbers class_sizes(const Dataset<float>& part) {
  Numbers sizes(part.class_count());
  for (const std::int32_t c : part.classes()) ++sizes[static_cast<std::size_t>(c)];
  return sizes;
}

void check_is_partition(const Dataset<float>& data, const Split<float>& split) {
  const Numbers train = numbers(split.train);
  const Numbers test = numbers(split.test);
  CHECK(std::is_sorted(train.begin(), train.end()));
  CHECK(std::is_sorted(test.begin(), test.end()));
  Numbers both;
  std::merge(train.begin(), train.end(), test.begin(), test.end(), std::back_inserter(both));
  CHECK(both == numbers(data));
}

std::vector<std::int32_t> classes_in_turn(std::size_t count, std::int32_t classes) {
  std::vector<std::int32_t> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(static_cast<std::int32_t>(i) % classes);
  return result;
}

// Of a list of parts: every index below `count` is in one of them.
void check_are_all(std::size_t count, const std::vector<Numbers>& parts) {
  Numbers all;
  for (const Numbers& part : parts) {
    CHECK(std::is_sorted(part.begin(), part.end()));
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all == rows_except(count, {}));
}

template <typename Key>
std::map<Key, std::size_t> counts_of(const Numbers& rows, const std::vector<Key>& keys) {
  std::map<Key, std::size_t> counts;
  for (const std::size_t row : rows) ++counts[keys[row]];
  return counts;
}

}  // namespace

TEST_CASE("a stratified split shares the test part out among the classes by largest remainder") {
  struct Row {
    Numbers sizes;
    double fraction;
    Numbers test_sizes;
  };
  const std::vector<Row> rows{
      {{50, 50, 50}, 0.2, {10, 10, 10}}, {{100, 10}, 0.3, {30, 3}},
      {{7, 7, 7}, 0.5, {4, 4, 3}},     // shares 3.5 each, 10.5 in all, rounded to 11
      {{10, 13, 4}, 0.25, {3, 3, 1}},  // shares 2.5, 3.25, 1 make 6.75, so 7: the largest remainder takes the seventh
      {{100, 2, 3}, 0.1, {10, 1, 1}},  // shares 10, 0.2, 0.3: each class is in both parts all the same
      {{100, 2, 3}, 0.9, {90, 1, 2}},    {{4, 1}, 0.5, {2, 0}},  // a single sample is for training
      {{3, 0, 3}, 0.34, {1, 0, 1}},      {{100}, 0.29, {29}},    // 0.29 · 100 is a little below 29 in binary
  };
  for (const Row& row : rows) {
    CAPTURE(row.fraction);
    CAPTURE(row.sizes.size());
    // A class without samples has no index to count it by, so the names say how many there are.
    const auto data = classes_of(row.sizes);
    const auto split = split_stratified(data, row.fraction, 1);
    CHECK(class_sizes(split.test) == row.test_sizes);
    check_is_partition(data, split);
  }
}

TEST_CASE("the same seed splits alike and another one otherwise") {
  const auto data = classes_of({40, 60});
  CHECK(numbers(split_stratified(data, 0.25, 7).test) == numbers(split_stratified(data, 0.25, 7).test));
  CHECK(numbers(split_stratified(data, 0.25, 7).test) != numbers(split_stratified(data, 0.25, 8).test));
}

TEST_CASE("every sample of a class is as likely to be for testing as any other") {
  // 400 draws of 1 of 4: the count of each sample is binomial, mean 100, standard deviation 8.7; 5 of those are 43.
  const auto data = classes_of({4, 4});
  std::vector<int> counts(data.size());
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    for (const std::size_t i : numbers(split_stratified(data, 0.25, seed).test)) ++counts[i];
  }
  for (const int count : counts) CHECK(std::abs(count - 100) < 43);
}

TEST_CASE("a regression data set is split at random into parts of the right size") {
  const auto data = values_of(11);
  const auto split = split_stratified(data, 0.3, 5);
  CHECK(split.test.size() == 3);
  CHECK(split.train.size() == 8);
  check_is_partition(data, split);
  CHECK(split_stratified(values_of(2), 0.01, 5).test.size() == 1);
  CHECK(split_stratified(values_of(2), 0.99, 5).train.size() == 1);
}

TEST_CASE("a split in three has parts of the right size and the test part of a split in two") {
  const auto data = classes_of({50, 30, 20});
  const auto parts = split_in_three(data, 0.1, 0.2, 7);
  CHECK(class_sizes(parts.test) == Numbers{10, 6, 4});
  CHECK(class_sizes(parts.validation) == Numbers{5, 3, 2});
  CHECK(class_sizes(parts.train) == Numbers{35, 21, 14});
  const auto split = split_stratified(data, 0.2, 7);
  CHECK(numbers(parts.test) == numbers(split.test));
  check_is_partition(split.train, {parts.train, parts.validation});
}

TEST_CASE("in a split in three any two samples are as likely for validation and testing as any others") {
  // 1200 draws of 6 ordered pairs: the count of each is binomial, mean 200, standard deviation 12.9; 5 of those are 65.
  const auto data = values_of(3);
  std::vector<int> counts(9);
  for (std::uint64_t seed = 0; seed < 1200; ++seed) {
    const auto parts = split_in_three(data, 1.0 / 3, 1.0 / 3, seed);
    ++counts[3 * numbers(parts.validation)[0] + numbers(parts.test)[0]];
  }
  for (std::size_t pair = 0; pair < 9; ++pair) {
    CAPTURE(pair);
    CHECK(std::abs(counts[pair] - (pair % 4 == 0 ? 0 : 200)) < 65);
  }
}

TEST_CASE("split every takes the samples of one remainder for testing") {
  const auto data = classes_of({5, 5});
  CHECK(numbers(split_every(data, 5).test) == Numbers{0, 5});
  CHECK(numbers(split_every(data, 3, 2).test) == Numbers{2, 5, 8});
  CHECK(numbers(split_every(data, 3, 2).train) == Numbers{0, 1, 3, 4, 6, 7, 9});
  check_is_partition(data, split_every(data, 4, 1));
}

TEST_CASE("arguments that no split can follow are refused with their range") {
  const auto data = classes_of({5, 5});
  for (const double fraction : {0.0, 1.0, -0.5, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    CAPTURE(fraction);
    check_contains(error_of<ConfigError>([&] { split_stratified(data, fraction, 1); }),
                   {"test_fraction = ", "must be in (0, 1)"});
  }
  check_contains(error_of<ConfigError>([&] { split_in_three(data, 0, 0.5, 1); }), {"validation_fraction = 0"});
  check_contains(error_of<ConfigError>([&] { split_in_three(data, 0.5, 1, 1); }), {"test_fraction = 1"});
  check_contains(error_of<ConfigError>([&] { split_in_three(data, 0.5, 0.5, 1); }),
                 {"validation_fraction + test_fraction = 1", "must be below 1"});
  for (const std::size_t every : {0U, 1U}) {
    check_contains(error_of<ConfigError>([&] { split_every(data, every); }),
                   {"every = " + std::to_string(every), "must be >= 2"});
  }
  check_contains(error_of<ConfigError>([&] { split_every(data, 3, 3); }), {"offset = 3", "below every = 3"});
}

TEST_CASE("a split that would leave a part empty is refused") {
  check_contains(error_of<DataError>([] { split_every(values_of(3), 5, 4); }), {"test part of 3 samples", "empty"});
  check_contains(error_of<DataError>([] { split_every(values_of(1), 5); }), {"training part of 1 sample ", "empty"});
  check_contains(error_of<DataError>([] { split_stratified(values_of(1), 0.5, 1); }), {"test part of 1 sample "});
  check_contains(error_of<DataError>([] { split_in_three(values_of(2), 0.4, 0.4, 1); }),
                 {"validation_fraction = 0.4", "validation part of 1 sample "});
  check_contains(error_of<DataError>([] { split_stratified(classes_of({1, 1}), 0.5, 1); }), {"test part of 2 samples"});
}

TEST_CASE("folds share samples and classes out evenly, and leave every class of two samples in training") {
  struct Row {
    std::vector<std::int32_t> classes;
    std::size_t folds;
  };
  const std::vector<Row> rows = {{classes_in_turn(150, 3), 3},       {classes_in_turn(150, 3), 5},
                                 {classes_in_turn(11, 2), 4},        {classes_in_turn(7, 7), 7},
                                 {classes_in_turn(9, 4), 2},         {classes_in_turn(40, 1), 7},
                                 {{0, 0, 0, 0, 0, 0, 0, 3, 3, 1}, 3}};
  for (const Row& row : rows) {
    CAPTURE(row.classes.size());
    CAPTURE(row.folds);
    const std::size_t count = row.classes.size();
    const auto all = counts_of(rows_except(count, {}), row.classes);
    std::vector<Numbers> parts;
    for (std::size_t fold = 0; fold < row.folds; ++fold) {
      parts.push_back(draw_fold({.count = count, .classes = row.classes}, row.folds, fold, 3));
      CHECK(parts.back().size() - count / row.folds <= 1);
      auto tested = counts_of(parts.back(), row.classes);
      for (const auto& [c, of_all] : all) {
        CHECK(tested[c] - of_all / row.folds <= 1);
        if (of_all > 1) CHECK(tested[c] < of_all);
      }
    }
    check_are_all(count, parts);
  }
  const SampleKeys samples{.count = 20};
  CHECK(draw_fold(samples, 4, 1, 3) == draw_fold(samples, 4, 1, 3));
  CHECK(draw_fold(samples, 4, 1, 3) != draw_fold(samples, 4, 1, 4));
  CHECK(draw_fold(samples, 21, 20, 3).empty());
}

TEST_CASE("a group is never divided, whatever its size") {
  // Group g has g + 1 samples, scattered: sizes 1 to 12, 78 in all.
  std::vector<double> groups;
  for (std::size_t turn = 0; turn < 12; ++turn) {
    for (std::size_t g = turn; g < 12; ++g) groups.push_back(static_cast<double>(g) * -0.5);
  }
  const SampleKeys samples{.count = groups.size(), .groups = groups};
  const auto all = counts_of(rows_except(groups.size(), {}), groups);
  const auto check_whole = [&](const Numbers& part) {
    for (const auto& [group, size] : counts_of(part, groups)) CHECK(size == all.at(group));
  };
  for (const std::uint64_t seed : {0U, 1U, 2U, 3U}) {
    CAPTURE(seed);
    for (const double fraction : {0.05, 0.2, 0.5, 0.9}) {
      CAPTURE(fraction);
      const Numbers part = draw_part(samples, fraction, seed);
      check_whole(part);
      check_are_all(groups.size(), {part, rows_except(groups.size(), part)});
      // The smallest group left out, of at most 12 samples, would not have brought the part nearer: it misses at most 6.
      CHECK(std::abs(static_cast<double>(part.size()) - fraction * 78) <= 6);
    }
    std::vector<Numbers> parts;
    for (std::size_t fold = 0; fold < 4; ++fold) {
      parts.push_back(draw_fold(samples, 4, fold, seed));
      check_whole(parts.back());
      CHECK(std::abs(static_cast<double>(parts.back().size()) - 19.5) < 2);  // the last ones dealt out are small
    }
    check_are_all(groups.size(), parts);
  }
  CHECK(draw_part(samples, 0.2, 1) != draw_part(samples, 0.2, 2));
  CHECK(draw_fold(samples, 13, 12, 0).empty());  // more folds than groups
  const std::vector<double> two = {1, 1, 1, 1, 2, 2, 2, 2};
  CHECK(draw_part({.count = 8, .groups = two}, 0.01, 1).size() ==
        4);  // both are too large; one is the part all the same
  CHECK(draw_part({.count = 8, .groups = two}, 0.99, 1).size() == 4);
  CHECK(draw_part({.count = 4, .groups = std::span(two).first(4)}, 0.5, 1).empty());
}

TEST_CASE("parts by order are the last rows, or blocks of neighbours") {
  CHECK(last_rows(10, 0.2) == Numbers{8, 9});
  CHECK(last_rows(10, 0.25) == Numbers{7, 8, 9});  // 2.5, rounded
  CHECK(last_rows(3, 0.01).empty());
  CHECK(block_of_rows(10, 3, 0) == Numbers{0, 1, 2, 3});
  CHECK(block_of_rows(10, 3, 1) == Numbers{4, 5, 6});
  CHECK(block_of_rows(10, 3, 2) == Numbers{7, 8, 9});
  CHECK(block_of_rows(2, 3, 2).empty());
  CHECK(every_row(10, 4, 1) == Numbers{1, 5, 9});
  CHECK(rows_except(5, Numbers{0, 3}) == Numbers{1, 2, 4});
}
