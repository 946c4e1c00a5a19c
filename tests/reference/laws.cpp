// Counts over many untrained networks, against chances.
#include "laws.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

namespace {

// A first-layer unit with weights N(0, 2/in) and a fixed bias is dead on the probe samples with this chance.
struct Law {
  double bias;
  double chance;
};

// How far a count is from the expected one, in standard deviations of a binomial count. `error` is that of the chance.
double deviations(double count, double n, double chance, double error = 0) {
  const double variance = chance * (1 - chance) / n + error * error;
  return (count / n - chance) / std::sqrt(variance);
}

bool check_dead_units(const HealthProbe<float>& probe, std::size_t inputs, const std::array<Law, 6>& laws,
                      std::uint64_t networks) {
  constexpr std::size_t units = 500;
  bool all_near = true;
  std::printf("bias   units  dead     law      deviations of a binomial count (at most 4)\n");
  for (const Law& law : laws) {
    std::size_t dead = 0;
    for (std::uint64_t seed = 1; seed <= networks; ++seed) {
      Network<float> net(
          inputs, {Dense{.units = units, .activation = Relu{}, .bias_init = Constant{law.bias}}, Dense{1}}, seed);
      dead += probe.measure(net).layers[0].dead;
    }
    const auto n = static_cast<double>(units * networks);
    const double away = deviations(static_cast<double>(dead), n, law.chance);
    all_near = all_near && std::abs(away) <= 4;
    std::printf("%5.2f  %5.0f  %.4f   %.4f   %+.2f\n", law.bias, n, static_cast<double>(dead) / n, law.chance, away);
  }
  return all_near;
}

// A row of the born-dead law: chances on the whole line are of 400 000 simulated networks.
struct BornDead {
  std::size_t width;
  std::size_t layers;
  double line_chance;
};

struct Counts {
  std::size_t one_input = 0;
  std::size_t line = 0;
};

Counts count_born_dead(const BornDead& row, std::uint64_t networks) {
  std::vector<LayerSpec> layers(row.layers - 1, Dense{row.width, Relu{}});
  layers.emplace_back(Dense{1});
  Matrix<float> x(1, 2);
  x(0, 0) = 1;
  x(0, 1) = -1;
  Counts counts;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const Matrix<float> y = Network<float>(1, layers, seed).predict(std::as_const(x).view());
    if (y(0, 0) == 0) ++counts.one_input;
    if (y(0, 0) == 0 && y(0, 1) == 0) ++counts.line;
  }
  return counts;
}

}  // namespace

bool check_dead_units_on_digits() {
  auto test = split_every(read_csv<float>(HINGE_SOURCE_DIR "/configs/data/digits.csv"), 5, 4).test;
  Preprocessing::divide(64, 16).apply(test.inputs());
  Matrix<float> samples(64, test.size());
  copy(test.inputs(), samples.view());
  return check_dead_units(HealthProbe<float>(std::move(samples)), 64,
                          {{{0, 0.0382}, {-0.25, 0.0956}, {-0.5, 0.1972}, {-1, 0.5098}, {-1.5, 0.8037}, {-2, 0.9507}}},
                          40);
}

bool check_dead_units_on_mnist(const std::string& folder) {
  auto test = read_idx<float>(folder + "/t10k-images-idx3-ubyte.gz", folder + "/t10k-labels-idx1-ubyte.gz");
  Preprocessing::divide(784, 255).apply(test.inputs());
  Matrix<float> samples(784, 1000);
  copy(test.inputs().columns(0, 1000), samples.view());
  return check_dead_units(HealthProbe<float>(std::move(samples)), 784,
                          {{{0, 0.0001}, {-0.25, 0.0024}, {-0.5, 0.0316}, {-1, 0.3806}, {-1.5, 0.8340}, {-2, 0.9789}}},
                          20);
}

bool check_born_dead() {
  constexpr std::array<BornDead, 12> rows = {{{2, 3, 0.1560},
                                              {2, 5, 0.4985},
                                              {2, 10, 0.8803},
                                              {3, 3, 0.0432},
                                              {3, 5, 0.2068},
                                              {3, 10, 0.5800},
                                              {4, 5, 0.0727},
                                              {4, 10, 0.2944},
                                              {4, 20, 0.6259},
                                              {5, 10, 0.1284},
                                              {5, 20, 0.3559},
                                              {8, 30, 0.0703}}};
  constexpr std::uint64_t networks = 2000;
  constexpr double line_error = 0.0008;  // of the simulated chances, at most
  bool all_near = true;
  std::printf("width  layers  one input: dead  law     away   line: dead  law     away (at most 4)\n");
  for (const BornDead& row : rows) {
    const Counts counts = count_born_dead(row, networks);
    const double n = networks;
    const double chance =
        1 - std::pow(1 - std::exp2(-static_cast<double>(row.width)), static_cast<double>(row.layers - 1));
    const double one_away = deviations(static_cast<double>(counts.one_input), n, chance);
    const double line_away = deviations(static_cast<double>(counts.line), n, row.line_chance, line_error);
    all_near = all_near && std::abs(one_away) <= 4 && std::abs(line_away) <= 4;
    std::printf("%5zu  %6zu  %.4f           %.4f  %+5.2f  %.4f      %.4f  %+5.2f\n", row.width, row.layers,
                static_cast<double>(counts.one_input) / n, chance, one_away, static_cast<double>(counts.line) / n,
                row.line_chance, line_away);
  }
  return all_near;
}
