// Regression in a control loop: a network learns how a tank with a worn valve answers, and a controller asks it at each tick which
// opening of the valve brings the level nearest to where it should be.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <hinge/hinge.h>

using namespace hinge;

// The level a second later: water comes in through the valve, of which the first fifth does nothing, and runs out below.
float tank(float level, float valve) {
  const float inflow = valve < 0.2F ? 0 : 0.12F * std::pow(valve - 0.2F, 1.5F);
  return std::clamp(level + inflow - 0.03F * std::sqrt(level), 0.0F, 1.0F);
}

int main() {
  const RandomStream draw(/*seed=*/1, Purpose::user);
  constexpr std::size_t samples = 4000;
  Buffer<float> x(2 * samples), y(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto level = static_cast<float>(draw.uniform(2 * i));
    const auto valve = static_cast<float>(draw.uniform(2 * i + 1));
    x.data()[2 * i] = level;
    x.data()[2 * i + 1] = valve;
    y.data()[i] = 100 * (tank(level, valve) - level);  // the change, in hundredths
  }
  Network<float> net(2, {Dense{24, Tanh{}}, Dense{24, Tanh{}}, Dense{1}}, /*seed=*/1);
  Trainer<float> trainer(net, MeanSquaredError{}, Adam{.learning_rate = 0.005});
  trainer.fit(Dataset<float>::regression(std::move(x), 2, std::move(y), 1), {.epochs = 40, .batch_size = 32});

  // All openings at once: a batch of 101 questions in each tick.
  constexpr std::size_t openings = 101;
  Matrix<float> questions(2, openings);
  Workspace<float> workspace(net, openings);
  float level = 0.1F;
  double worst = 0;
  for (int second = 0; second < 240; ++second) {
    const float wanted = second < 120 ? 0.6F : 0.3F;
    for (std::size_t i = 0; i < openings; ++i) {
      questions(0, i) = level;
      questions(1, i) = static_cast<float>(i) / 100;
    }
    const MatrixView<const float> changes = net.predict(questions, workspace);
    std::size_t best = 0;
    const auto miss = [&](std::size_t i) { return std::abs(level + changes(0, i) / 100 - wanted); };
    for (std::size_t i = 1; i < openings; ++i) best = miss(i) < miss(best) ? i : best;
    level = tank(level, static_cast<float>(best) / 100);
    const bool has_settled = second % 120 >= 60;
    if (has_settled) worst = std::max(worst, static_cast<double>(std::abs(level - wanted)));
    if (second % 30 == 29)
      std::printf("second %3d: level %.3f, wanted %.1f\n", second + 1, static_cast<double>(level),
                  static_cast<double>(wanted));
  }
  std::printf("once settled the level is within %.4f\n", worst);
  return worst < 0.01 ? 0 : 1;
}
