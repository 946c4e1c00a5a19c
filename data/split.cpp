// Choosing the samples of the test part: how many of each class, and which ones.
#include <hinge/data/split.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

using Indices = std::vector<std::size_t>;

// The samples of each class; in regression one group of all samples.
template <typename Scalar>
std::vector<Indices> group_by_class(const Dataset<Scalar>& data) {
  const bool has_classes = data.task() == Task::classification;
  std::vector<Indices> groups(has_classes ? data.class_count() : 1);
  for (std::size_t i = 0; i < data.size(); ++i) {
    groups[has_classes ? static_cast<std::size_t>(data.classes()[i]) : 0].push_back(i);
  }
  return groups;
}

// The number of test samples of each group: ⌊fraction·size⌋, at least 1 and at most all but one. Then one more for the
// groups with the largest remainders, until the total is reached (Hamilton's method).
std::vector<std::size_t> apportion(const std::vector<Indices>& groups, std::size_t total, double fraction) {
  std::vector<std::size_t> counts;
  std::vector<double> remainders;
  for (const Indices& group : groups) {
    const double exact = fraction * static_cast<double>(group.size());
    const std::size_t max_count = group.empty() ? 0 : group.size() - 1;
    counts.push_back(std::clamp(static_cast<std::size_t>(exact), std::min<std::size_t>(1, max_count), max_count));
    remainders.push_back(exact - static_cast<double>(counts.back()));
  }
  Indices by_remainder(groups.size());
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  std::size_t sum = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  for (const std::size_t group : by_remainder) {
    const bool has_room = counts[group] + 1 < groups[group].size();
    if (sum >= total || remainders[group] <= 0 || !has_room) continue;
    ++counts[group];
    ++sum;
  }
  return counts;
}

template <typename Scalar>
Split<Scalar> split_by(const Dataset<Scalar>& data, const std::vector<bool>& is_test, const std::string& what,
                       const std::string& test_name = "test") {
  Indices train;
  Indices test;
  for (std::size_t i = 0; i < data.size(); ++i) (is_test[i] ? test : train).push_back(i);
  if (train.empty() || test.empty()) {
    throw DataError(what + ": the " + (test.empty() ? test_name : "training") + " part of " +
                    std::to_string(data.size()) + (data.size() == 1 ? " sample" : " samples") +
                    " would be empty; wanted at least one sample in each part");
  }
  return {data.subset(train), data.subset(test)};
}

void check_fraction(std::string_view name, double fraction) {
  if (fraction > 0 && fraction < 1) return;
  throw ConfigError("split: " + std::string(name) + " = " + to_text(fraction) + ", must be in (0, 1)");
}

// Draws with different `step` are independent.
template <typename Scalar>
Split<Scalar> draw(const Dataset<Scalar>& data, double fraction, std::uint64_t seed, std::uint64_t step,
                   const std::string& what, const std::string& test_name) {
  std::vector<Indices> groups = group_by_class(data);
  const auto total = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(data.size())));
  const std::vector<std::size_t> counts = apportion(groups, total, fraction);
  std::vector<bool> is_test(data.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    // Each class has its own stream, so its draw does not depend on the sizes of the other classes.
    shuffle(groups[g], RandomStream(seed, Purpose::split, static_cast<std::uint32_t>(g), step));
    for (std::size_t i = 0; i < counts[g]; ++i) is_test[groups[g][i]] = true;
  }
  return split_by(data, is_test, what, test_name);
}

}  // namespace

template <typename Scalar>
Split<Scalar> split_stratified(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed) {
  check_fraction("test_fraction", test_fraction);
  return draw(data, test_fraction, seed, 0, "split with test_fraction = " + to_text(test_fraction), "test");
}

template <typename Scalar>
Parts<Scalar> split_in_three(const Dataset<Scalar>& data, double validation_fraction, double test_fraction,
                             std::uint64_t seed) {
  check_fraction("validation_fraction", validation_fraction);
  check_fraction("test_fraction", test_fraction);
  if (validation_fraction + test_fraction >= 1) {
    throw ConfigError("split: validation_fraction + test_fraction = " + to_text(validation_fraction + test_fraction) +
                      ", must be below 1: the rest is for training");
  }
  Split<Scalar> outer = split_stratified(data, test_fraction, seed);
  const double wanted = validation_fraction * static_cast<double>(data.size());
  const double of_rest = std::min(1.0, wanted / static_cast<double>(outer.train.size()));
  Split<Scalar> inner = draw(outer.train, of_rest, seed, 1,
                             "split with validation_fraction = " + to_text(validation_fraction), "validation");
  return {std::move(inner.train), std::move(inner.test), std::move(outer.test)};
}

template <typename Scalar>
Split<Scalar> split_every(const Dataset<Scalar>& data, std::size_t every, std::size_t offset) {
  if (every < 2) {
    throw ConfigError("split: every = " + std::to_string(every) + ", must be >= 2 (5 makes a fifth the test part)");
  }
  if (offset >= every) {
    throw ConfigError("split: offset = " + std::to_string(offset) + ", must be below every = " + std::to_string(every));
  }
  std::vector<bool> is_test(data.size());
  for (std::size_t i = offset; i < data.size(); i += every) is_test[i] = true;
  return split_by(data, is_test,
                  "split with every = " + std::to_string(every) + ", offset = " + std::to_string(offset));
}

template Split<float> split_stratified<float>(const Dataset<float>&, double, std::uint64_t);
template Split<double> split_stratified<double>(const Dataset<double>&, double, std::uint64_t);
template Parts<float> split_in_three<float>(const Dataset<float>&, double, double, std::uint64_t);
template Parts<double> split_in_three<double>(const Dataset<double>&, double, double, std::uint64_t);
template Split<float> split_every<float>(const Dataset<float>&, std::size_t, std::size_t);
template Split<double> split_every<double>(const Dataset<double>&, std::size_t, std::size_t);

}  // namespace hinge
