// Real time: a network learned a guitar amplifier and plays it, block by block as an audio driver asks for them. After the first
// block nothing is allocated or locked, and a block takes a small part of its 1.3 ms.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

constexpr std::size_t window = 8;  // the samples that the amplifier hears at once
constexpr std::size_t block = 64;  // at 48 kHz a block lasts 1.33 ms

// The amplifier to learn: it remembers a little, and clips.
float amplifier(const float* newest) { return std::tanh(3 * newest[0] - newest[-1] + newest[-2] / 2); }

int main() {
  const RandomStream draw(/*seed=*/1, Purpose::user);
  std::vector<float> sound(6000);
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const auto t = static_cast<float>(i);
    sound[i] = std::sin(t * 0.05F) * std::sin(t * 0.0011F) + 0.2F * static_cast<float>(draw.uniform(i) - 0.5);
  }
  // A column of x is the window that ends at a sample, as the sound lies in memory.
  const std::size_t count = sound.size() - window + 1;
  Buffer<float> x(window * count), y(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < window; ++k) x.data()[i * window + k] = sound[i + k];
    y.data()[i] = amplifier(&sound[i + window - 1]);
  }
  Network<float> net(window, {Dense{16, Tanh{}}, Dense{1}}, /*seed=*/1);
  Trainer<float> trainer(net, MeanSquaredError{}, Adam{.learning_rate = 0.005});
  trainer.fit(Dataset<float>::regression(std::move(x), window, std::move(y), 1), {.epochs = 30, .batch_size = 32});

  // What the driver calls: `in` has `block` samples, and before them the last window - 1 of the block before.
  Workspace<float> workspace(net, block);
  const auto play = [&](const float* in, float* out) {
    const MatrixView<const float> windows{in, window, block, 1, 1};  // row k, column i is sample i + k: they overlap
    const MatrixView<const float> played = net.predict(windows, workspace);
    for (std::size_t i = 0; i < block; ++i) out[i] = played(0, i);
  };
  double squares = 0, slowest = 0;
  std::size_t blocks = 0;
  for (std::size_t start = 0; start + block + window <= sound.size(); start += block, ++blocks) {
    float out[block];
    const auto before = std::chrono::steady_clock::now();
    play(&sound[start], out);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - before;
    if (blocks > 0) slowest = std::max(slowest, took.count());
    for (std::size_t i = 0; i < block; ++i) squares += std::pow(out[i] - amplifier(&sound[start + i + window - 1]), 2);
  }
  const double error = std::sqrt(squares / static_cast<double>(blocks * block));
  std::printf("%zu blocks: root of the mean squared error %.4f, the slowest block %.1f µs of 1333\n", blocks, error,
              slowest);
  return error < 0.05 ? 0 : 1;
}
