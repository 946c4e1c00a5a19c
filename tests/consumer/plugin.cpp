// A plugin: it links Hinge, and shows only a function of its own.
#include <memory>

#include <hinge/hinge.h>

extern "C" __attribute__((visibility("default"))) int train_a_little() try {
  hinge::Network<float> net(2, {hinge::Dense{4, hinge::Relu{}}, hinge::Dense{2}}, 1);
  hinge::Trainer<float> trainer(net, hinge::SoftmaxCrossEntropy{}, hinge::Sgd{.learning_rate = 0.1}, {});
  trainer.fit(hinge::two_moons<float>(100, 0.1, 1), {.epochs = 5});
  hinge::load_model<float>("no such file");
  return 1;
} catch (const hinge::FileError&) {  // caught where it was thrown
  return 0;
}
