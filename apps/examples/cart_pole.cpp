// A deep Q-network learns to balance a pole on a cart [Mnih et al., Nature 518, 2015; Barto, Sutton & Anderson 1983].
#include <array>
#include <cmath>
#include <cstdio>
#include <tuple>

#include <hinge/hinge.h>
using namespace hinge;
using Observation = std::array<float, 4>;  // position and speed of the cart, angle and angular speed of the pole
using Memory = std::tuple<Observation, std::size_t, Observation, bool>;  // before, action, after, does it stand?

// 20 ms of a pole of 1 m and 0.1 kg on a cart of 1 kg that is pushed with 10 N. Returns whether the pole still stands.
bool push(Observation& o, bool right) {
  auto& [x, v, angle, w] = o;
  const float pull = ((right ? 10 : -10) + 0.05f * w * w * std::sin(angle)) / 1.1f;
  const float c = std::cos(angle), dw = (9.8f * std::sin(angle) - c * pull) / (0.5f * (4 / 3.0f - 0.1f * c * c / 1.1f));
  x += 0.02f * v, v += 0.02f * (pull - 0.05f * dw * c / 1.1f), angle += 0.02f * w, w += 0.02f * dw;
  return std::abs(x) < 2.4f && std::abs(angle) < 0.21f;
}

int main() {
  const RandomStream draw(/*seed=*/3, Purpose::user);
  std::uint64_t drawn = 0;
  Network<float> net(4, {Dense{64, Relu{}}, Dense{64, Relu{}}, Dense{2}}, /*seed=*/3);  // Q(state, action)
  Network<float> target = net;                                                          // follows slowly
  Trainer<float> trainer(net, MeanSquaredError{}, Adam{.learning_rate = 1e-3});
  std::vector<Memory> memory, chosen(64);
  Matrix<float> x(4, 64), next(4, 64);
  int episode = 0, successes = 0;  // in a row
  for (; episode < 1000 && successes < 5; ++episode) {
    Observation now = {0, 0, 0.1f * static_cast<float>(draw.uniform(drawn++) - 0.5), 0};
    int length = 0;
    for (bool stands = true; stands && length < 500; ++length) {
      const auto q = net.predict(MatrixView<const float>::samples(now.data(), 4, 1));
      const bool explores = draw.uniform(drawn++) < std::max(0.02, 1 - static_cast<double>(memory.size()) / 4000);
      const std::size_t action = explores ? draw.integer(drawn++, 2) : q(1, 0) > q(0, 0);
      const Observation before = now;
      stands = push(now, action == 1);
      memory.emplace_back(before, action, now, stands);
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        chosen[i] = memory[draw.integer(drawn++, memory.size())];
        for (std::size_t k = 0; k < 4; ++k) x(k, i) = get<0>(chosen[i])[k], next(k, i) = get<2>(chosen[i])[k];
      }
      const auto future = target.predict(next);
      // Q(state, action) should be 1 + 0.99·max Q(next state, ·). The error is clipped, as by a Huber loss.
      trainer.step(x, [&](const auto& output, const auto& dz) {
        for (std::size_t i = 0; i < chosen.size(); ++i) {
          const std::size_t taken = get<1>(chosen[i]);
          const float wanted = 1 + (get<3>(chosen[i]) ? 0.99f * std::max(future(0, i), future(1, i)) : 0);
          dz(taken, i) = std::clamp(output(taken, i) - wanted, -1.0f, 1.0f) / 64;
        }
      });
      for (std::size_t p = 0; p < net.values().size(); ++p)
        target.values()[p] += 0.005f * (net.values()[p] - target.values()[p]);
    }
    successes = length == 500 ? successes + 1 : 0;
  }
  std::printf("after %d episodes the pole %s\n", episode, successes == 5 ? "stands" : "still falls");
  return successes == 5 ? 0 : 1;
}
