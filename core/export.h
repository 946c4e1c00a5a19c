// What a shared library shows of Hinge.
#pragma once

// The one flag of an application that reaches into the library: linked with it, GCC's programs round all numbers below
// 1e-38 to 0 as they start.
#if defined(__FAST_MATH__)
#error "Hinge does not work with -ffast-math: it changes the arithmetic of the whole program, Hinge's too"
#endif

/// Marks what a shared library shows; everything else is hidden. Stands on classes, free functions and `extern template`.
#if defined(__GNUC__)
#define HINGE_API __attribute__((visibility("default")))
#else
#define HINGE_API
#endif
