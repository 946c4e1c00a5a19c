// Equality of numbers to the bit.
#pragma once

#include <cstring>

/// Do two ranges of numbers in contiguous memory hold the same bits? Unlike ==, tells 0 from −0 and finds NaN equal.
template <typename A, typename B>
bool same_bits(const A& a, const B& b) {
  static_assert(sizeof(*a.data()) == sizeof(*b.data()));
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(*a.data())) == 0;
}
