// Trains a network on handwritten digits and watches for dying neurons.
#include <cstdio>
#include <exception>

#include <hinge/hinge.h>

using namespace hinge;

int main(int argc, char** argv) try {
  const Dataset<float> digits = read_csv<float>(argc > 1 ? argv[1] : "configs/data/digits.csv");
  auto [train, test] = split_every(digits, /*every=*/5, /*offset=*/4);
  const auto scaling = Preprocessing::divide(64, 16);  // pixels are 0 … 16
  for (Dataset<float>* part : {&train, &test}) scaling.apply(part->inputs());

  Network<float> net(64, {Dense{64, Relu{}}, Dense{64, LeakyRelu{.alpha = 0.01}}, Dense{10}}, /*seed=*/1);
  Trainer trainer(net, SoftmaxCrossEntropy{}, Sgd{.learning_rate = 0.05, .momentum = 0.9});
  trainer.on_epoch([](const EpochReport& r) {
    std::printf("epoch %2zu  loss %.4f  test accuracy %.4f", r.epoch, r.train.loss, *r.validation->accuracy);
    for (const LayerHealth& layer : r.health->layers) std::printf("  dead %4.1f %%", 100 * layer.dead_fraction());
    std::printf("\n");
    return r.train.loss > 0.001 ? Control::proceed : Control::stop;
  });
  trainer.fit(train, {.epochs = 12, .batch_size = 32, .validation = &test});

  const Model<float> model(
      net, {.inputs = scaling, .output_transform = OutputTransform::softmax, .class_names = digits.class_names()});
  const std::size_t best = model.classify(digits.inputs().columns(4, 1))[0];  // raw pixels of the first test digit
  std::printf("row 4 of the file shows a %s\n", digits.class_names()[best].c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
