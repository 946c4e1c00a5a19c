// Formulas of the generated data sets.
#include <hinge/data/generators.h>

#include <cmath>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

void check_size(std::string_view generator, std::string_view name, std::size_t size, std::size_t least,
                std::size_t most) {
  if (size >= least && size <= most) return;
  throw ConfigError(std::string(generator) + ": " + std::string(name) + " = " + std::to_string(size) +
                    ", must be in [" + std::to_string(least) + ", " + std::to_string(most) + "]");
}

void check_arguments(std::string_view generator, std::string_view count_name, std::size_t count, double noise) {
  check_size(generator, count_name, count, 1, std::size_t{1} << 30);  // so that 2·count points of 2 numbers fit size_t
  if (noise >= 0 && std::isfinite(noise)) return;
  throw ConfigError(std::string(generator) + ": noise = " + to_text(noise) + ", must be a finite number >= 0");
}

// Point `index` of `count` points spread evenly over [0, length], both ends included.
double along(double length, std::size_t index, std::size_t count) {
  return count > 1 ? length * static_cast<double>(index) / static_cast<double>(count - 1) : 0;
}

// Collects points of the plane with their classes, and adds noise to them.
template <typename Scalar>
class Points {
 public:
  Points(std::size_t size, double noise, std::uint64_t seed)
      : inputs_(2 * size), classes_(size), noise_(noise), stream_(seed, Purpose::generator) {}

  void set(std::size_t i, double x, double y, std::int32_t class_index) {
    inputs_.data()[2 * i] = static_cast<Scalar>(noisy(x, 2 * i));
    inputs_.data()[2 * i + 1] = static_cast<Scalar>(noisy(y, 2 * i + 1));
    classes_[i] = class_index;
  }

  Dataset<Scalar> dataset(std::size_t class_count = 2) && {
    return Dataset<Scalar>::classification(
        std::move(inputs_), 2, std::move(classes_),
        {.features = {"x", "y"}, .classes = numbered_names("", class_count), .targets = {"class"}});
  }

 private:
  // Each coordinate has its own index in the stream, so a point does not change with the number of points after it.
  double noisy(double value, std::size_t index) const {
    return noise_ == 0 ? value : value + noise_ * stream_.normal(index);
  }

  Buffer<Scalar> inputs_;
  std::vector<std::int32_t> classes_;
  double noise_;
  RandomStream stream_;
};

}  // namespace

template <typename Scalar>
Dataset<Scalar> xor_points(std::size_t samples, double noise, std::uint64_t seed) {
  check_arguments("xor_points", "samples", samples, noise);
  Points<Scalar> points(samples, noise, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    const bool x = (i & 2) != 0;
    const bool y = (i & 1) != 0;
    points.set(i, x ? 1 : 0, y ? 1 : 0, x != y ? 1 : 0);
  }
  return std::move(points).dataset();
}

template <typename Scalar>
Dataset<Scalar> two_spirals(std::size_t samples_per_arm, double noise, std::uint64_t seed) {
  check_arguments("two_spirals", "samples_per_arm", samples_per_arm, noise);
  constexpr double last = 96;  // t of the last point: six half turns
  Points<Scalar> points(2 * samples_per_arm, noise, seed);
  for (std::size_t i = 0; i < samples_per_arm; ++i) {
    const double t = along(last, i, samples_per_arm);
    const double r = 6.5 * (104 - t) / 104;
    const double phi = t * std::numbers::pi / 16;
    const double x = r * std::sin(phi);
    const double y = r * std::cos(phi);
    points.set(2 * i, x, y, 1);
    points.set(2 * i + 1, -x, -y, 0);
  }
  return std::move(points).dataset();
}

template <typename Scalar>
Dataset<Scalar> two_moons(std::size_t samples, double noise, std::uint64_t seed) {
  check_arguments("two_moons", "samples", samples, noise);
  Points<Scalar> points(samples, noise, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    const bool second = i % 2 == 1;
    const double t = along(std::numbers::pi, i / 2, (samples + (second ? 0 : 1)) / 2);
    const double x = std::cos(t);
    const double y = std::sin(t);
    points.set(i, second ? 1 - x : x, second ? 0.5 - y : y, second ? 1 : 0);
  }
  return std::move(points).dataset();
}

template <typename Scalar>
Dataset<Scalar> two_circles(std::size_t samples, double noise, std::uint64_t seed, double inner_radius) {
  check_arguments("two_circles", "samples", samples, noise);
  if (!(inner_radius > 0 && inner_radius < 1)) {
    throw ConfigError("two_circles: inner_radius = " + to_text(inner_radius) + ", must be in (0, 1)");
  }
  Points<Scalar> points(samples, noise, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    const bool inner = i % 2 == 1;
    const std::size_t count = (samples + (inner ? 0 : 1)) / 2;
    const std::size_t place = i / 2;  // on its own circle
    const double phi = 2 * std::numbers::pi * static_cast<double>(place) / static_cast<double>(count);
    const double radius = inner ? inner_radius : 1;
    points.set(i, radius * std::cos(phi), radius * std::sin(phi), inner ? 1 : 0);
  }
  return std::move(points).dataset();
}

template <typename Scalar>
Dataset<Scalar> blobs(std::size_t samples, std::size_t classes, double noise, std::uint64_t seed) {
  check_arguments("blobs", "samples", samples, noise);
  check_size("blobs", "classes", classes, 2, 1000);
  Points<Scalar> points(samples, noise, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t k = i % classes;
    const double phi = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(classes);
    points.set(i, std::cos(phi), std::sin(phi), static_cast<std::int32_t>(k));
  }
  return std::move(points).dataset(classes);
}

template <typename Scalar>
Dataset<Scalar> parity(std::size_t bits) {
  check_size("parity", "bits", bits, 1, 20);
  const std::size_t size = std::size_t{1} << bits;
  Buffer<Scalar> inputs(size * bits);
  std::vector<std::int32_t> classes(size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t bit = 0; bit < bits; ++bit) {
      const std::size_t digit = i >> (bits - 1 - bit) & 1;
      inputs.data()[i * bits + bit] = static_cast<Scalar>(digit);
      classes[i] ^= static_cast<std::int32_t>(digit);
    }
  }
  return Dataset<Scalar>::classification(
      std::move(inputs), bits, std::move(classes),
      {.features = numbered_names("bit_", bits), .classes = {"0", "1"}, .targets = {"class"}});
}

template <typename Scalar>
Dataset<Scalar> sine_wave(std::size_t samples, double noise, std::uint64_t seed) {
  check_arguments("sine_wave", "samples", samples, noise);
  const RandomStream stream(seed, Purpose::generator);
  Buffer<Scalar> inputs(samples);
  Buffer<Scalar> values(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double x = along(2 * std::numbers::pi, i, samples) - std::numbers::pi;
    inputs.data()[i] = static_cast<Scalar>(x);
    values.data()[i] = static_cast<Scalar>(std::sin(x) + noise * stream.normal(i));
  }
  return Dataset<Scalar>::regression(std::move(inputs), 1, std::move(values), 1, {.features = {"x"}, .targets = {"y"}});
}

template Dataset<float> xor_points<float>(std::size_t, double, std::uint64_t);
template Dataset<double> xor_points<double>(std::size_t, double, std::uint64_t);
template Dataset<float> two_spirals<float>(std::size_t, double, std::uint64_t);
template Dataset<double> two_spirals<double>(std::size_t, double, std::uint64_t);
template Dataset<float> two_moons<float>(std::size_t, double, std::uint64_t);
template Dataset<double> two_moons<double>(std::size_t, double, std::uint64_t);
template Dataset<float> two_circles<float>(std::size_t, double, std::uint64_t, double);
template Dataset<double> two_circles<double>(std::size_t, double, std::uint64_t, double);
template Dataset<float> blobs<float>(std::size_t, std::size_t, double, std::uint64_t);
template Dataset<double> blobs<double>(std::size_t, std::size_t, double, std::uint64_t);
template Dataset<float> parity<float>(std::size_t);
template Dataset<double> parity<double>(std::size_t);
template Dataset<float> sine_wave<float>(std::size_t, double, std::uint64_t);
template Dataset<double> sine_wave<double>(std::size_t, double, std::uint64_t);

}  // namespace hinge
