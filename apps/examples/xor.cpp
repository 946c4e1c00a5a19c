// The smallest problem that needs a hidden layer, with the training loop written out.
#include <cstdio>
#include <exception>

#include <hinge/hinge.h>

using namespace hinge;

int main() try {
  const Dataset<double> points = xor_points<double>();
  Network<double> net(2, {Dense{8, Tanh{}}, Dense{1}}, /*seed=*/1);
  Trainer trainer(net, BinaryCrossEntropy{}, Sgd{.learning_rate = 0.5, .momentum = 0.9});

  for (int step = 1; step <= 200; ++step) {
    const LossSums loss = trainer.step(points.inputs(), points.targets());
    if (step % 50 == 0) std::printf("step %3d  loss %.5f\n", step, loss.loss / loss.weight);
  }

  const Model<double> model(net, {.output_transform = OutputTransform::sigmoid});
  const Matrix<double> probability = model.predict(points.inputs());
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::printf("%.0f xor %.0f  ->  %.3f\n", points.inputs()(0, i), points.inputs()(1, i), probability(0, i));
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
