// What an application writes that uses Hinge: built against the installed library and as a part of the same build.
#include <cmath>
#include <iostream>

#include <hinge/hinge.h>

namespace {

// An activation of its own, compiled with the application's flags: z/√(1 + z²).
struct InverseRoot {
  static constexpr std::string_view type = "inverse_root";
  std::vector<hinge::Option> options() { return {}; }
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z / std::sqrt(1 + z * z);
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return 1 / ((1 + z * z) * std::sqrt(1 + z * z));
  }
};

}  // namespace

int main() {
  using namespace hinge;
  const Dataset<float> points = xor_points<float>();
  Network<float> net(2, {Dense{8, InverseRoot{}}, Dense{8, Relu{}}, Dense{1}}, 1);
  Trainer trainer(net, BinaryCrossEntropy{}, Sgd{.learning_rate = 0.2, .momentum = 0.9});
  const FitResult result = trainer.fit(points, {.epochs = 400, .batch_size = 4});
  std::cout << net.summary() << "accuracy on xor: " << *result.epochs.back().train.accuracy << '\n';

  bool refused = false;
  try {
    net.predict(Matrix<float>(3, 1));
  } catch (const ShapeError& error) {  // thrown inside the library, caught here: also from a shared one
    refused = true;
  }
  return *result.epochs.back().train.accuracy == 1 && refused ? 0 : 1;
}
