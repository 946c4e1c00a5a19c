// An activation of one's own: the squared ReLU, proved by differences and used to train.
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

// φ(z) = max(z, 0)², φ′(z) = 2·max(z, 0). NaN stays NaN.
struct SquaredRelu {
  static constexpr std::string_view type = "squared_relu";
  std::vector<Option> options() { return {}; }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z <= 0 ? Scalar(0) : z * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return z <= 0 ? Scalar(0) : 2 * z;
  }
};

int main() try {
  const auto moons = two_moons<double>(/*samples=*/400, /*noise=*/0.2, /*seed=*/1);
  Network<double> net(2, {Dense{16, SquaredRelu{}}, Dense{2}}, /*seed=*/1);
  const auto loss = Loss<double>::from(SoftmaxCrossEntropy{});

  const auto inputs = moons.inputs().columns(0, 20);
  const GradientCheck proof = check_gradients(net, *loss, inputs, moons.targets().samples(0, 20));
  std::printf("largest error of a gradient: %s\n", proof.largest_error() < 1e-8 ? "below 1e-8" : "too large");

  Trainer trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.1, .momentum = 0.9});
  const FitResult result = trainer.fit(moons, {.epochs = 30});
  std::printf("accuracy after 30 epochs: %.3f\n", *result.epochs.back().train.accuracy);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
