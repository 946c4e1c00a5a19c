// Generated data sets: small problems with a known difficulty.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hinge/data/dataset.h>

namespace hinge {

/// Exclusive or: sample i is corner i mod 4 of (0, 0), (0, 1), (1, 0), (1, 1), of class x ≠ y, plus normal noise of
/// standard deviation `noise` on x and y; by default the four corners themselves. No straight line separates the
/// classes, so a network needs a hidden layer. Features "x", "y". [Minsky & Papert, Perceptrons, 1969]
/// Throws ConfigError for 0 samples, or for noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> xor_points(std::size_t samples = 4, double noise = 0, std::uint64_t seed = 0);

/// Two spirals of three turns each, one inside the other [Lang & Witbrock, Learning to tell two spirals apart, 1988].
/// Point i of the arm of class 1, with t = 96·i / (samples_per_arm − 1) running from 0 to 96:
///     r = 6.5·(104 − t)/104,  φ = π·t/16,  x = r·sin φ + noise,  y = r·cos φ + noise,
/// followed by its reflection (−x, −y) of class 0, with noise of its own. The noise is normal with standard deviation
/// `noise`, in the unit of x and y (the arms are about 1 apart). The default of 97 gives the points of the benchmark.
/// sin and cos are those of the C library: another library may differ in the last bit. Features "x", "y".
/// Throws ConfigError for 0 samples, or for noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_spirals(std::size_t samples_per_arm = 97, double noise = 0, std::uint64_t seed = 0);

/// Two interleaving half circles. Sample i has class c = i mod 2 and is number j, from 0, of the m samples of its
/// class. With t = π·j / (m − 1) it is
///     (cos t, sin t) for class 0,  (1 − cos t, 1/2 − sin t) for class 1,
/// plus normal noise of standard deviation `noise` on x and y. These are the points of scikit-learn's make_moons.
/// Features "x", "y". Throws ConfigError for 0 samples, or for noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_moons(std::size_t samples = 200, double noise = 0, std::uint64_t seed = 0);

/// A circle inside a circle. Sample i has class c = i mod 2 and is number j of the m samples of its class: the point at
/// angle 2π·j / m on a circle around 0 of radius 1 (class 0) or `inner_radius` (class 1), plus noise as above.
/// Features "x", "y". Throws ConfigError as above, and unless 0 < inner_radius < 1.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_circles(std::size_t samples = 200, double noise = 0, std::uint64_t seed = 0,
                                      double inner_radius = 0.5);

/// Round clouds, one for each class. Sample i has class k = i mod classes and is the point
///     (cos φ, sin φ) with φ = 2π·k / classes
/// plus normal noise of standard deviation `noise` on x and y. Neighbouring centres are 2·sin(π/classes) apart, and the
/// best boundaries between the classes are straight lines. Features "x", "y".
/// Throws ConfigError as above, and unless classes is in [2, 1000].
template <typename Scalar>
HINGE_API Dataset<Scalar> blobs(std::size_t samples = 200, std::size_t classes = 3, double noise = 0.2,
                                std::uint64_t seed = 0);

/// All 2ᴺ points of N = `bits` bits; the class is 1 if the number of ones is odd. It is exclusive or for any number of
/// inputs: flipping one bit always changes the class. Sample i holds the binary digits of i, the most significant
/// first. Features "bit_0", "bit_1", …. Throws ConfigError unless bits is in [1, 20].
template <typename Scalar>
HINGE_API Dataset<Scalar> parity(std::size_t bits);

/// Regression on one period of the sine: x = −π + 2π·i / (samples − 1), y = sin x plus normal noise of standard
/// deviation `noise`. Feature "x", target "y". Throws ConfigError for 0 samples, or for noise that is negative or not
/// finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> sine_wave(std::size_t samples = 100, double noise = 0, std::uint64_t seed = 0);

}  // namespace hinge
