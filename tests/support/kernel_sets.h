// The kernels of every instruction set that this processor runs.
#pragma once

#include <vector>

#include <hinge/core/kernels/kernels.h>

inline std::vector<const hinge::kernels::KernelSet*> kernel_sets() {
  namespace kernels = hinge::kernels;
  std::vector<const kernels::KernelSet*> sets = {&kernels::baseline};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&kernels::avx2);
  if (__builtin_cpu_supports("avx512f")) sets.push_back(&kernels::avx512);
#elif defined(__aarch64__)
  sets.push_back(&kernels::neon);
#endif
  return sets;
}

template <typename Scalar>
const hinge::kernels::Kernels<Scalar>& kernels_of(const hinge::kernels::KernelSet& set) {
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    return set.of_float;
  } else {
    return set.of_double;
  }
}
