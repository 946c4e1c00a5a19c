// Choosing the samples of a part: how many of each class or group, and which ones.
#include <hinge/data/split.h>

#include <algorithm>
#include <cmath>
#include <map>
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

// The samples of each class; one list of all without classes.
std::vector<Indices> lists_of_classes(const SampleKeys& samples) {
  const auto last = std::max_element(samples.classes.begin(), samples.classes.end());
  std::vector<Indices> lists(samples.classes.empty() ? 1 : static_cast<std::size_t>(*last) + 1);
  for (std::size_t i = 0; i < samples.count; ++i) {
    lists[samples.classes.empty() ? 0 : static_cast<std::size_t>(samples.classes[i])].push_back(i);
  }
  return lists;
}

// The samples of each group, the groups in a random order.
std::vector<Indices> shuffled_groups(const SampleKeys& samples, const RandomStream& stream) {
  std::map<double, Indices> groups;
  for (std::size_t i = 0; i < samples.count; ++i) groups[samples.groups[i]].push_back(i);
  std::vector<Indices> lists;
  for (auto& [group, list] : groups) lists.push_back(std::move(list));
  std::vector<Indices> shuffled;
  for (const std::size_t i : permutation(lists.size(), stream)) shuffled.push_back(std::move(lists[i]));
  return shuffled;
}

template <typename Scalar>
SampleKeys keys_of(const Dataset<Scalar>& data) {
  return {.count = data.size(), .classes = data.classes()};
}

std::size_t rounded_share(double fraction, std::size_t count) {
  return static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
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
Split<Scalar> split_by(const Dataset<Scalar>& data, const Indices& test, const std::string& what,
                       const std::string& test_name = "test") {
  const Indices train = rows_except(data.size(), test);
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

// What a stream is for, beside its seed: draws with other numbers are independent.
enum Draw : std::uint64_t { first_draw, second_draw, fold_draw, group_draw };

// Each class has its own stream, so its draw does not depend on the sizes of the other classes.
void shuffle_each(std::vector<Indices>& classes, std::uint64_t seed, Draw draw) {
  for (std::size_t c = 0; c < classes.size(); ++c) {
    shuffle(classes[c], RandomStream(seed, Purpose::split, static_cast<std::uint32_t>(c), draw));
  }
}

Indices sorted(Indices rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

Indices draw_stratified(const SampleKeys& samples, double fraction, std::uint64_t seed, Draw draw) {
  std::vector<Indices> classes = lists_of_classes(samples);
  const std::vector<std::size_t> counts = apportion(classes, rounded_share(fraction, samples.count), fraction);
  shuffle_each(classes, seed, draw);
  Indices part;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    part.insert(part.end(), classes[c].begin(), classes[c].begin() + static_cast<std::ptrdiff_t>(counts[c]));
  }
  return sorted(std::move(part));
}

// The smallest group where each is too large: a part of a wrong size tells more than none.
Indices draw_groups(const SampleKeys& samples, double fraction, std::uint64_t seed) {
  const std::vector<Indices> groups = shuffled_groups(samples, RandomStream(seed, Purpose::split, 0, group_draw));
  const double total = fraction * static_cast<double>(samples.count);
  Indices part;
  for (const Indices& group : groups) {
    const double missing = total - static_cast<double>(part.size());
    const bool would_leave_none = part.size() + group.size() == samples.count;
    if (would_leave_none || std::abs(missing - static_cast<double>(group.size())) >= missing) continue;
    part.insert(part.end(), group.begin(), group.end());
  }
  const auto is_smaller = [](const Indices& a, const Indices& b) { return a.size() < b.size(); };
  if (part.empty() && groups.size() > 1) part = *std::min_element(groups.begin(), groups.end(), is_smaller);
  return sorted(std::move(part));
}

Indices deal_groups(const SampleKeys& samples, std::size_t folds, std::size_t fold, std::uint64_t seed) {
  std::vector<Indices> groups = shuffled_groups(samples, RandomStream(seed, Purpose::split, 0, group_draw));
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::vector<Indices> parts(std::min(folds, groups.size() + 1));
  for (const Indices& group : groups) {
    const auto has_fewer = [](const Indices& a, const Indices& b) { return a.size() < b.size(); };
    Indices& part = *std::min_element(parts.begin(), parts.end(), has_fewer);
    part.insert(part.end(), group.begin(), group.end());
  }
  return fold < parts.size() ? sorted(std::move(parts[fold])) : Indices();
}

}  // namespace

template <typename Scalar>
Split<Scalar> split_stratified(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed) {
  check_fraction("test_fraction", test_fraction);
  return split_by(data, draw_part(keys_of(data), test_fraction, seed),
                  "split with test_fraction = " + to_text(test_fraction));
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
  Split<Scalar> inner = split_by(outer.train, draw_stratified(keys_of(outer.train), of_rest, seed, second_draw),
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
  return split_by(data, every_row(data.size(), every, offset),
                  "split with every = " + std::to_string(every) + ", offset = " + std::to_string(offset));
}

std::vector<std::size_t> draw_part(const SampleKeys& samples, double fraction, std::uint64_t seed) {
  return samples.groups.empty() ? draw_stratified(samples, fraction, seed, first_draw)
                                : draw_groups(samples, fraction, seed);
}

std::vector<std::size_t> draw_fold(const SampleKeys& samples, std::size_t folds, std::size_t fold, std::uint64_t seed) {
  if (!samples.groups.empty()) return deal_groups(samples, folds, fold, seed);
  std::vector<Indices> classes = lists_of_classes(samples);
  shuffle_each(classes, seed, fold_draw);
  Indices part;
  std::size_t dealt = 0;  // one class after the other, so that no fold gets more than one sample above another
  for (const Indices& rows : classes) {
    for (const std::size_t row : rows) {
      if (dealt++ % folds == fold) part.push_back(row);
    }
  }
  return sorted(std::move(part));
}

std::vector<std::size_t> every_row(std::size_t count, std::size_t every, std::size_t offset) {
  Indices part;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % every == offset) part.push_back(i);
  }
  return part;
}

std::vector<std::size_t> last_rows(std::size_t count, double fraction) {
  Indices part(std::min(count, rounded_share(fraction, count)));
  std::iota(part.begin(), part.end(), count - part.size());
  return part;
}

std::vector<std::size_t> block_of_rows(std::size_t count, std::size_t folds, std::size_t fold) {
  const std::size_t longer = count % folds;  // the first ones have one row more
  Indices part(count / folds + (fold < longer ? 1 : 0));
  std::iota(part.begin(), part.end(), fold * (count / folds) + std::min(fold, longer));
  return part;
}

std::vector<std::size_t> rows_except(std::size_t count, std::span<const std::size_t> rows) {
  Indices rest;
  for (std::size_t i = 0; i < count; ++i) {
    if (rows.empty() || rows.front() != i)
      rest.push_back(i);
    else
      rows = rows.subspan(1);
  }
  return rest;
}

template Split<float> split_stratified<float>(const Dataset<float>&, double, std::uint64_t);
template Split<double> split_stratified<double>(const Dataset<double>&, double, std::uint64_t);
template Parts<float> split_in_three<float>(const Dataset<float>&, double, double, std::uint64_t);
template Parts<double> split_in_three<double>(const Dataset<double>&, double, double, std::uint64_t);
template Split<float> split_every<float>(const Dataset<float>&, std::size_t, std::size_t);
template Split<double> split_every<double>(const Dataset<double>&, std::size_t, std::size_t);

}  // namespace hinge
