// Fine-tuning: a network that knows digits learns from 60 samples to tell odd from even, with its hidden layers frozen.
#include <cstdio>
#include <exception>
#include <vector>

#include <hinge/hinge.h>

using namespace hinge;

// The first samples, with the classes even and odd.
Dataset<float> parities(const Dataset<float>& digits, std::size_t count) {
  std::vector<std::int32_t> classes(digits.classes().begin(), digits.classes().begin() + static_cast<long>(count));
  for (std::int32_t& digit : classes) digit %= 2;
  return Dataset<float>::classification(digits.inputs().columns(0, count), classes);
}

double trained_accuracy(Network<float>& net, const Dataset<float>& train, const Dataset<float>& test) {
  Trainer trainer(net, SoftmaxCrossEntropy{}, Adam{.learning_rate = 0.01});
  trainer.fit(train, {.epochs = 40, .batch_size = 16, .probe_samples = 0});
  return *trainer.evaluate(test).accuracy;
}

int main(int argc, char** argv) try {
  const Dataset<float> digits = read_csv<float>(argc > 1 ? argv[1] : "configs/data/digits.csv");
  auto [train, test] = split_every(digits, /*every=*/5, /*offset=*/4);
  for (Dataset<float>* part : {&train, &test}) Preprocessing::divide(64, 16).apply(part->inputs());
  const Dataset<float> few = parities(train, 60);
  const Dataset<float> unseen = parities(test, test.size());
  const std::vector<LayerSpec> layers = {Dense{64, Relu{}}, Dense{32, Relu{}}, Dense{2}};

  Network<float> fresh(64, layers, /*seed=*/1);
  std::printf("odd or even, from 60 samples alone: %.3f right\n", trained_accuracy(fresh, few, unseen));

  Network<float> teacher(64, {Dense{64, Relu{}}, Dense{32, Relu{}}, Dense{10}}, /*seed=*/1);
  std::printf("ten digits, from %zu samples: %.3f right\n", train.size(), trained_accuracy(teacher, train, test));

  Network<float> net(64, layers, /*seed=*/1);
  for (const char* name : {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"}) {
    copy(std::as_const(teacher).parameter(name).value(), net.parameter(name).value());
    net.set_trainable(name, false);
  }
  const double accuracy = trained_accuracy(net, few, unseen);
  std::printf("odd or even, with the frozen layers of that network: %.3f right\n", accuracy);
  const float was = teacher.parameter("layers.0.weight").value()(0, 0);
  return net.parameter("layers.0.weight").value()(0, 0) == was && accuracy > 0.9 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
