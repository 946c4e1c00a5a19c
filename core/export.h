// What a shared library shows of Hinge.
#pragma once

#if defined(__FAST_MATH__)
#error "Hinge does not work with -ffast-math: NaN must stay NaN, and sums must keep their order"
#endif

/// Marks what a shared library shows; everything else is hidden. Stands on classes, free functions and `extern template`.
#if defined(__GNUC__)
#define HINGE_API __attribute__((visibility("default")))
#else
#define HINGE_API
#endif
