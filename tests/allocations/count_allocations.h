// Counts the memory allocations of this program.
#pragma once

#include <cstddef>

/// Allocations of any kind so far: malloc and its relatives, and through them operator new and Eigen.
std::size_t allocation_count();

/// How many allocations a call makes.
template <typename Call>
std::size_t allocations_of(const Call& call) {
  const std::size_t before = allocation_count();
  call();
  return allocation_count() - before;
}
