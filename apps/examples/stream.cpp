// Online learning: samples arrive one after the other, each is predicted, then learned from. Half-way the world changes.
#include <cmath>
#include <cstdio>

#include <hinge/hinge.h>

using namespace hinge;

int main() {
  const RandomStream draw(/*seed=*/1, Purpose::user);
  Network<float> net(2, {Dense{32, Tanh{}}, Dense{1}}, /*seed=*/1);
  Trainer<float> trainer(net, MeanSquaredError{}, Adam{.learning_rate = 0.003}, {.clip_norm = 1});
  Workspace<float> workspace(net, 1);
  Matrix<float> x(2, 1), y(1, 1);
  double squares = 0, last = 0;
  bool is_right = true;
  for (std::uint64_t i = 0; i < 40000; ++i) {
    for (std::size_t k = 0; k < 2; ++k) x(k, 0) = static_cast<float>(2 * draw.uniform(2 * i + k) - 1);
    y(0, 0) = std::sin(3 * x(i < 20000 ? 0 : 1, 0));  // of the first feature, later of the second
    const float error = net.predict(x, workspace)(0, 0) - y(0, 0);
    squares += static_cast<double>(error * error);
    trainer.step(x, {{}, y});
    if ((i + 1) % 5000 > 0) continue;
    last = std::sqrt(squares / 5000);
    std::printf("samples %5.0f to %5.0f: root of the mean squared error %.3f\n", static_cast<double>(i) - 4999,
                static_cast<double>(i), last);
    if (i + 1 == 20000 || i + 1 == 40000) is_right = is_right && last < 0.1;
    squares = 0;
  }
  return is_right ? 0 : 1;
}
