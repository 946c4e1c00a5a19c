// Generated data sets: small problems with a known difficulty.
#pragma once

#include <cstddef>
#include <cstdint>

#include <hinge/data/dataset.h>

namespace hinge {

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

/// Two half circles that reach into each other. Sample i is of class c = i mod 2 and the j-th of the m samples of its
/// class, counted from 0. With t = π·j / (m − 1) it is
///     (cos t, sin t) for class 0,  (1 − cos t, 1/2 − sin t) for class 1,
/// plus normal noise of standard deviation `noise` on x and y. These are the points of scikit-learn's make_moons.
/// Features "x", "y". Throws ConfigError for no samples or a noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_moons(std::size_t samples = 200, double noise = 0, std::uint64_t seed = 0);

/// A circle in a circle. Sample i is of class c = i mod 2 and the j-th of the m samples of its class: the point at the
/// angle 2π·j / m of the circle around 0 with radius 1 for class 0, `inner_radius` for class 1, plus noise as above.
/// Features "x", "y". Throws ConfigError as above, and unless 0 < inner_radius < 1.
template <typename Scalar>
HINGE_API Dataset<Scalar> two_circles(std::size_t samples = 200, double noise = 0, std::uint64_t seed = 0,
                                      double inner_radius = 0.5);

/// Round clouds, one for each class. Sample i is of class k = i mod classes: the point
///     (cos φ, sin φ) with φ = 2π·k / classes
/// plus normal noise of standard deviation `noise` on x and y. Neighbouring centres are 2·sin(π/classes) apart, so
/// straight lines separate the classes as well as anything can. Features "x", "y".
/// Throws ConfigError as above, and unless classes is in [2, 1000].
template <typename Scalar>
HINGE_API Dataset<Scalar> blobs(std::size_t samples = 200, std::size_t classes = 3, double noise = 0.2,
                                std::uint64_t seed = 0);

/// All 2ᴺ points of N = `bits` bits, whose class is 1 where the number of ones is odd: exclusive or, for any number of
/// inputs. Each point differs in class from all its neighbours. Sample i holds the digits of i in base 2, the most
/// significant first. Features "bit_0", "bit_1", …. Throws ConfigError unless bits is in [1, 20].
template <typename Scalar>
HINGE_API Dataset<Scalar> parity(std::size_t bits);

/// Regression on one turn of the sine: x = −π + 2π·i / (samples − 1), y = sin x plus normal noise of standard deviation
/// `noise`. Feature "x", target "y". Throws ConfigError for no samples or a noise that is negative or not finite.
template <typename Scalar>
HINGE_API Dataset<Scalar> sine_wave(std::size_t samples = 100, double noise = 0, std::uint64_t seed = 0);

}  // namespace hinge
