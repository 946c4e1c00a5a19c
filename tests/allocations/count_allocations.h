// Counts the memory allocations of this program, and lets them fail.
#pragma once

#include <cstddef>

/// Allocations of any kind so far: malloc and its relatives, and through them operator new and Eigen.
std::size_t allocation_count();

/// Allocations that were not freed yet.
std::size_t live_allocations();

/// From here on the allocation of that number (1: the next one) fails, and all after it if `all_after`; 0: none fails.
void fail_allocation(std::size_t number, bool all_after = false);

/// How many allocations a call makes.
template <typename Call>
std::size_t allocations_of(const Call& call) {
  const std::size_t before = allocation_count();
  call();
  return allocation_count() - before;
}
