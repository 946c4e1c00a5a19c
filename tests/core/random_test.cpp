#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include <hinge/core/random.h>

using namespace hinge;

namespace {

// FNV-1a over the bits of numbers: a digest that two builds can compare.
class Digest {
 public:
  void add(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    add(bits);
  }
  void add(std::uint64_t bits) {
    for (int byte = 0; byte < 8; ++byte) {
      hash_ ^= (bits >> (8 * byte)) & 0xff;
      hash_ *= 0x100000001b3;
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

}  // namespace

// Known answers of Philox4x32-10, as published with the paper (Random123, kat_vectors).
TEST_CASE("philox gives the published words") {
  struct Row {
    std::array<std::uint32_t, 4> counter;
    std::array<std::uint32_t, 2> key;
    std::array<std::uint32_t, 4> words;
  };
  constexpr std::uint32_t ones = 0xffffffff;
  for (const Row& row : {
           Row{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
           Row{{ones, ones, ones, ones}, {ones, ones}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
           Row{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
               {0xa4093822, 0x299f31d0},
               {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
       }) {
    CHECK(philox(row.counter, row.key) == row.words);
  }
}

// The same constant in every preset and compiler: it is what "same seed, same bits" rests on.
TEST_CASE("all builds draw the same random streams") {
  Digest digest;
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    const RandomStream random(seed, Purpose::weights, 3, 1ULL << 40);
    for (std::uint64_t i = 0; i < 1000; ++i) {
      digest.add(random.bits(i));
      digest.add(random.uniform(i));
      digest.add(random.normal(i));
      digest.add(random.integer(i, i + 1));
    }
  }
  for (const std::size_t index : permutation(1000, RandomStream(7, Purpose::shuffle))) digest.add(std::uint64_t{index});
  CHECK(digest.value() == 8612050144775659171ULL);
}

TEST_CASE("streams of another seed, purpose, layer or step are other streams") {
  std::set<std::uint64_t> first_words;
  for (const std::uint64_t seed : {0U, 1U}) {
    for (const Purpose purpose : {Purpose::weights, Purpose::shuffle}) {
      for (const std::uint32_t layer : {0U, 1U}) {
        for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32}) {
          first_words.insert(RandomStream(seed, purpose, layer, step).bits(0));
        }
      }
    }
  }
  CHECK(first_words.size() == 24);
}

// n = 100,000. Mean and variance of U(0,1) have standard errors √(1/12n) = 0.0009 and √(1/180n) = 0.0002; of N(0,1)
// √(1/n) = 0.0032 and √(2/n) = 0.0045; the fourth moment of N(0,1), 3, has √(96/n) = 0.031. Bounds are 5 of these.
TEST_CASE("uniform and normal numbers have the right moments") {
  constexpr std::uint64_t n = 100'000;
  const RandomStream random(42, Purpose::user);
  double uniform_sum = 0;
  double uniform_squares = 0;
  double normal_sum = 0;
  double normal_squares = 0;
  double normal_fourth = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    const double u = random.uniform(i);
    REQUIRE((u >= 0 && u < 1));
    uniform_sum += u;
    uniform_squares += (u - 0.5) * (u - 0.5);
    const double z = random.normal(i);
    normal_sum += z;
    normal_squares += z * z;
    normal_fourth += z * z * z * z;
  }
  CHECK(std::abs(uniform_sum / n - 0.5) < 5 * 0.0009);
  CHECK(std::abs(uniform_squares / n - 1.0 / 12) < 5 * 0.0002);
  CHECK(std::abs(normal_sum / n) < 5 * 0.0032);
  CHECK(std::abs(normal_squares / n - 1) < 5 * 0.0045);
  CHECK(std::abs(normal_fourth / n - 3) < 5 * 0.031);
}

// Each of the 6 orders of 3 has probability 1/6: over 6,000 seeds a count has mean 1,000 and deviation 29.
TEST_CASE("every order of a shuffle is equally likely") {
  std::vector<int> counts(27);
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const auto order = permutation(3, RandomStream(seed, Purpose::shuffle));
    ++counts[9 * order[0] + 3 * order[1] + order[2]];
  }
  for (const std::size_t code : {5U, 7U, 11U, 15U, 19U, 21U}) CHECK(std::abs(counts[code] - 1000) < 5 * 29);
}

TEST_CASE("integers stay below their bound, also where rejection is frequent") {
  const RandomStream random(1, Purpose::user);
  const std::uint64_t bound = (std::uint64_t{1} << 63) + 1;  // almost half of all draws are rejected
  std::uint64_t largest = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    REQUIRE(random.integer(i, bound) < bound);
    largest = std::max(largest, random.integer(i, bound));
    CHECK(random.integer(i, 1) == 0);
  }
  CHECK(largest > bound / 2);
}

// Of 2⁶⁴ draws, 2⁶² are left over above the bound 3·2⁶². Folded back they would make the lowest third of the range come
// up half the time; of 3,000 draws its share has the standard error √(2/9/3000) = 0.0086.
TEST_CASE("integers are unbiased where the bound divides 2^64 badly") {
  const RandomStream random(2, Purpose::user);
  const std::uint64_t third = std::uint64_t{1} << 62;
  int low = 0;
  for (std::uint64_t i = 0; i < 3000; ++i) low += random.integer(i, 3 * third) < third ? 1 : 0;
  CHECK(std::abs(low / 3000.0 - 1.0 / 3) < 5 * 0.0086);
}

TEST_CASE("many random bits at once are those of each index") {
  const RandomStream stream(7, Purpose::user);
  for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 200U}) {
    const std::uint64_t first = (std::uint64_t{1} << 32) - 20;  // the counter's second word changes on the way
    std::vector<std::uint64_t> many(count);
    stream.bits(first, many);
    for (std::size_t i = 0; i < count; ++i) CHECK(many[i] == stream.bits(first + i));
  }
}

// As written down: from the last place on, a draw each.
TEST_CASE("a shuffle takes the integer of each index") {
  for (const std::size_t count : {1U, 2U, 64U, 65U, 300U}) {
    const RandomStream stream(3, Purpose::shuffle);
    std::vector<std::size_t> expected(count);
    for (std::size_t i = 0; i < count; ++i) expected[i] = i;
    for (std::size_t i = count; i > 1; --i) std::swap(expected[i - 1], expected[stream.integer(i - 1, i)]);
    CHECK(permutation(count, stream) == expected);
  }
}

TEST_CASE("a permutation holds every index once, and none is empty") {
  auto order = permutation(257, RandomStream(3, Purpose::shuffle));
  CHECK(!std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
  CHECK(permutation(0, RandomStream(3, Purpose::shuffle)).empty());
}
