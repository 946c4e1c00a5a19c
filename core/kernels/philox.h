// The generator Philox4x32-10 for many indices at a time [Salmon, Moraes, Dror & Shaw, SC 2011].
//
// Each of the four words of a block has 64 bits here, of which the upper half is never looked at until the end.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

constexpr int philox_vectors = 4;  // side by side, as a round of one waits for its products

HINGE_SIMD void philox_group(const std::uint32_t key[2], std::uint64_t first, std::uint64_t* to) {
  using Vector = Words::Vector;
  constexpr std::size_t lanes = sizeof(Vector) / sizeof(first);
  constexpr int rounds = 10;
  const Vector factor[2] = {0xD2511F53 - Vector{}, 0xCD9E8D57 - Vector{}};
  Vector place{};
  HINGE_UNROLL
  for (std::size_t i = 0; i < lanes; ++i) place[i] = i;
  Vector word[4][philox_vectors] = {};
  HINGE_UNROLL
  for (int v = 0; v < philox_vectors; ++v) {
    word[0][v] = first + static_cast<std::size_t>(v) * lanes + place;
    word[1][v] = word[0][v] >> 32;
  }
  std::uint32_t key0 = key[0];
  std::uint32_t key1 = key[1];
  for (int round = 0; round < rounds; ++round) {
    HINGE_UNROLL
    for (int v = 0; v < philox_vectors; ++v) {
      const Vector left = Words::multiply(word[0][v], factor[0]);
      const Vector right = Words::multiply(word[2][v], factor[1]);
      word[0][v] = (right >> 32) ^ word[1][v] ^ (key0 - Vector{});
      word[1][v] = right;
      word[2][v] = (left >> 32) ^ word[3][v] ^ (key1 - Vector{});
      word[3][v] = left;
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  HINGE_UNROLL
  for (int v = 0; v < philox_vectors; ++v) {
    const Vector bits = (word[0][v] & 0xFFFFFFFF) | (word[1][v] << 32);
    __builtin_memcpy(to + static_cast<std::size_t>(v) * lanes, &bits, sizeof(bits));
  }
}

void random_bits(const std::uint32_t key[2], std::uint64_t first, std::uint64_t* to, std::size_t count) {
  constexpr std::size_t group = philox_vectors * sizeof(Words::Vector) / sizeof(first);
  for (; count >= group; count -= group, first += group, to += group) philox_group(key, first, to);
  if (count == 0) return;
  std::uint64_t rest[group];
  philox_group(key, first, rest);
  for (std::size_t i = 0; i < count; ++i) to[i] = rest[i];
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
