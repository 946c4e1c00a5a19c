// The inline namespace that every public name of Hinge stands in.
//
// Hinge and the program that uses it both instantiate functions of Eigen. If the two are compiled with different
// instruction sets (or with and without AddressSanitizer), Eigen aligns its memory differently in each, and one program
// that holds both frees memory in a way that the other half did not allocate it: the heap is corrupted at run time.
// So the names of Hinge carry what Eigen was configured with, `hinge::eigen_3_4_0_align16::Network`, and a mismatch is
// an "undefined reference" at link time. The way out is to compile both with the same -m and -fsanitize flags.
#pragma once

#if __has_include(<Eigen/Version>)  // Eigen 5 and later
#include <Eigen/Core>
#else
// Eigen 3.4: only its macros, which costs a user's file half a second instead of two. The second file needs the first.
// clang-format off
#include <Eigen/src/Core/util/Macros.h>
#include <Eigen/src/Core/util/ConfigureVectorization.h>
// clang-format on
#endif

#if defined(__FAST_MATH__)
#error "Hinge does not work with -ffast-math: NaN must stay NaN, and sums must keep their order"
#endif

#if EIGEN_DEFAULT_ALIGN_BYTES == 16
#define HINGE_ABI_ALIGNMENT align16
#elif EIGEN_DEFAULT_ALIGN_BYTES == 32
#define HINGE_ABI_ALIGNMENT align32
#elif EIGEN_DEFAULT_ALIGN_BYTES == 64
#define HINGE_ABI_ALIGNMENT align64
#elif EIGEN_DEFAULT_ALIGN_BYTES == 0
#define HINGE_ABI_ALIGNMENT align0
#else
#error "unknown EIGEN_DEFAULT_ALIGN_BYTES: add a line to hinge/core/abi.h"
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HINGE_ABI_SANITIZER _asan
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HINGE_ABI_SANITIZER _asan
#endif
#if !defined(HINGE_ABI_SANITIZER)
#define HINGE_ABI_SANITIZER
#endif

#define HINGE_ABI_JOIN_(world, major, minor, alignment, sanitizer) \
  eigen_##world##_##major##_##minor##_##alignment##sanitizer
#define HINGE_ABI_JOIN(world, major, minor, alignment, sanitizer) \
  HINGE_ABI_JOIN_(world, major, minor, alignment, sanitizer)

/// The name of the inline namespace, for example `eigen_3_4_0_align16`.
#define HINGE_ABI                                                                                    \
  HINGE_ABI_JOIN(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION, HINGE_ABI_ALIGNMENT, \
                 HINGE_ABI_SANITIZER)

/// Marks what a shared library shows; everything else is hidden. Stands on classes, free functions and `extern template`.
#if defined(__GNUC__)
#define HINGE_API __attribute__((visibility("default")))
#else
#define HINGE_API
#endif
