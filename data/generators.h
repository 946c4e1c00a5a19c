// Generated data sets: small problems with a known difficulty.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hinge/data/dataset.h>

namespace hinge::inline HINGE_ABI {

/// Exclusive or: the four points (0, 0), (0, 1), (1, 0), (1, 1), in this order, of class x ≠ y. No straight line
/// separates the classes, so a network needs a hidden layer [Minsky & Papert, Perceptrons, 1969]. Features "x", "y".
template <typename Scalar>
HINGE_API Dataset<Scalar> xor_points();

/// Exclusive or as four clouds: sample i is corner i mod 4 plus normal noise of standard deviation `noise` on x and y.
/// Throws ConfigError for no samples or a noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> xor_points(std::size_t samples, double noise, std::uint64_t seed);

/// Two spirals [Lang & Witbrock, Learning to tell two spirals apart, 1988]: three turns each, one inside the other.
/// Point i of the arm of class 1, with t = 96·i / (samples_per_arm − 1) running from 0 to 96:
///     r = 6.5·(104 − t)/104,  φ = π·t/16,  x = r·sin φ + noise,  y = r·cos φ + noise,
/// followed by its reflection (−x, −y) of class 0, with noise of its own. The noise is normal with standard deviation
/// `noise`, in the unit of x and y (the arms are about 1 apart). The default 97 are the benchmark's points.
/// sin and cos are the C library's: another one may differ in the last bit. Features "x", "y".
/// Throws ConfigError for no samples or a noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_spirals(std::size_t samples_per_arm = 97, double noise = 0, std::uint64_t seed = 0);

extern template HINGE_API Dataset<float> xor_points<float>();
extern template HINGE_API Dataset<double> xor_points<double>();
extern template HINGE_API Dataset<float> xor_points<float>(std::size_t, double, std::uint64_t);
extern template HINGE_API Dataset<double> xor_points<double>(std::size_t, double, std::uint64_t);
extern template HINGE_API Dataset<float> two_spirals<float>(std::size_t, double, std::uint64_t);
extern template HINGE_API Dataset<double> two_spirals<double>(std::size_t, double, std::uint64_t);

}  // namespace hinge::inline HINGE_ABI
