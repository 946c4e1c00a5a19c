// Philox4x32-10 and the distributions on top of it.
#include <hinge/core/random.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/math.h>

namespace hinge {

namespace {

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

std::uint64_t join_words(std::uint32_t low_word, std::uint32_t high_word) {
  return (std::uint64_t{high_word} << 32) | low_word;
}

constexpr int philox_rounds = 10;
constexpr std::array<std::uint32_t, 2> philox_factors = {0xD2511F53, 0xCD9E8D57};

std::array<std::uint32_t, 2> next_key(std::array<std::uint32_t, 2> key) {
  return {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
}

// draw mod bound is uniform once the lowest 2⁶⁴ mod bound draws are rejected, because the number of draws left is a
// multiple of `bound`. These are fewer than `bound`, so the first test nearly always saves the division.
bool is_fair(std::uint64_t draw, std::uint64_t bound) {
  return draw >= bound || draw >= (std::uint64_t{0} - bound) % bound;
}

double unit_interval(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < philox_rounds; ++round, key = next_key(key)) {
    const std::uint64_t p0 = std::uint64_t{philox_factors[0]} * counter[0];
    const std::uint64_t p1 = std::uint64_t{philox_factors[1]} * counter[2];
    counter = {high(p1) ^ counter[1] ^ key[0], low(p1), high(p0) ^ counter[3] ^ key[1], low(p0)};
  }
  return counter;
}

// The key of a stream is itself a block of the generator, which leaves its whole 128-bit counter for index and attempt.
RandomStream::RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t layer, std::uint64_t step) {
  const auto block =
      philox({static_cast<std::uint32_t>(purpose), layer, low(step), high(step)}, {low(seed), high(seed)});
  key_ = {block[0], block[1]};
}

std::array<std::uint64_t, 2> RandomStream::attempt(std::uint64_t index, std::uint32_t number) const {
  const auto block = philox({low(index), high(index), number, 0}, key_);
  return {join_words(block[0], block[1]), join_words(block[2], block[3])};
}

double RandomStream::uniform(std::uint64_t index) const { return unit_interval(bits(index)); }

std::uint64_t RandomStream::integer(std::uint64_t index, std::uint64_t bound) const {
  for (std::uint32_t number = 0;; ++number) {
    const std::uint64_t draw = attempt(index, number)[0];
    if (is_fair(draw, bound)) return draw % bound;
  }
}

double RandomStream::normal(std::uint64_t index) const {
  return truncated_normal(index, std::numeric_limits<double>::infinity());
}

double RandomStream::truncated_normal(std::uint64_t index, double cut) const {
  for (std::uint32_t number = 0;; ++number) {
    const auto words = attempt(index, number);
    const double u = 2 * unit_interval(words[0]) - 1;
    const double v = 2 * unit_interval(words[1]) - 1;
    const double s = u * u + v * v;
    if (!(s > 0 && s < 1)) continue;
    const double x = u * std::sqrt(-2 * math::log(s) / s);
    if (std::abs(x) <= cut) return x;
  }
}

void RandomStream::bits(std::uint64_t first, std::span<std::uint64_t> to) const {
  kernels::active().random_bits(key_.data(), first, to.data(), to.size());
}

void shuffle(std::span<std::size_t> values, const RandomStream& stream) {
  // Draws and remainders come in blocks, from index `first` on: vectors compute a block in a fraction of the time. A
  // draw that is not fair, very seldom, is repeated by `integer`, so the result is that of drawing one by one.
  std::array<std::uint64_t, 64> draws{};
  std::array<std::uint64_t, 64> remainders{};
  std::size_t first = values.size();
  for (std::size_t i = values.size(); i > 1; --i) {
    const std::size_t index = i - 1;
    if (index < first) {
      first = i - std::min(i, draws.size());
      stream.bits(first, std::span(draws).first(i - first));
      kernels::active().remainders(draws.data(), first + 1, remainders.data(), i - first);
    }
    const std::size_t place = index - first;
    std::swap(values[index], values[is_fair(draws[place], i) ? remainders[place] : stream.integer(index, i)]);
  }
}

std::vector<std::size_t> permutation(std::size_t size, const RandomStream& stream) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, stream);
  return order;
}

}  // namespace hinge
