// Anomalies: an autoencoder learns to draw zeros through a narrow layer. What it cannot draw again is no zero.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

int main(int argc, char** argv) try {
  const Dataset<float> digits = read_csv<float>(argc > 1 ? argv[1] : "configs/data/digits.csv");
  auto [train, test] = split_every(digits, /*every=*/5, /*offset=*/4);
  for (Dataset<float>* part : {&train, &test}) Preprocessing::divide(64, 16).apply(part->inputs());
  std::vector<std::size_t> zeros;
  for (std::size_t i = 0; i < train.size(); ++i) {
    if (train.targets().classes[i] == 0) zeros.push_back(i);
  }
  const Dataset<float> normal = train.subset(zeros);

  // Its targets are its inputs.
  Network<float> net(64, {Dense{32, Relu{}}, Dense{6}, Dense{32, Relu{}}, Dense{64, Sigmoid{}}}, /*seed=*/1);
  Trainer<float> trainer(net, MeanSquaredError{}, Adam{.learning_rate = 0.003});
  trainer.fit(Dataset<float>::regression(normal.inputs(), normal.inputs()), {.epochs = 150, .batch_size = 16});

  const Matrix<float> drawn = net.predict(test.inputs());
  std::vector<double> of_zeros, of_others;
  for (std::size_t i = 0; i < test.size(); ++i) {
    double error = 0;
    for (std::size_t k = 0; k < 64; ++k) {
      const double d = static_cast<double>(drawn(k, i) - test.inputs()(k, i));
      error += d * d / 64;
    }
    (test.targets().classes[i] == 0 ? of_zeros : of_others).push_back(error);
  }
  // The threshold that 95 % of the zeros stay below.
  std::sort(of_zeros.begin(), of_zeros.end());
  const double threshold = of_zeros[of_zeros.size() * 95 / 100];
  const auto found = std::count_if(of_others.begin(), of_others.end(), [&](double e) { return e > threshold; });
  const double share = static_cast<double>(found) / static_cast<double>(of_others.size());
  std::printf("threshold %.4f: %.1f %% of %zu other digits are found, and 5 %% of the zeros\n", threshold, 100 * share,
              of_others.size());
  return share > 0.9 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
