// A training goes on from a state that is read, or refuses it.
#include <optional>
#include <string>

#include <hinge/core/io/state_archive.h>
#include <hinge/data/generators.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/softmax_cross_entropy.h>
#include <hinge/layers/network.h>
#include <hinge/optim/optimizers/adam.h>
#include <hinge/optim/trainer.h>

#include "fuzz.h"

namespace {

constexpr const char* kind = "fuzzed";

// Trains from the state, if there is one, and returns that after two epochs.
std::string state_after(hinge::StateArchive* resume) {
  hinge::Network<float> network(2, {hinge::Dense{2, hinge::Relu{}}, hinge::BatchNorm{}, hinge::Dense{2}}, 1);
  hinge::Trainer<float> trainer(network, hinge::SoftmaxCrossEntropy{}, hinge::Adam{}, {});
  static const auto train = hinge::two_moons<float>(8, 0.3, 1);
  std::string bytes;
  trainer.on_step([&](const hinge::StepReport& report) {
    hinge::StateArchive archive;
    if (report.is_whole && trainer.list_state(archive)) bytes = archive.bytes(kind);
    return hinge::Control::proceed;
  });
  trainer.fit(train, {.epochs = 2, .batch_size = 4, .validation = &train, .resume = resume});
  return bytes;
}

}  // namespace

void fuzz_checkpoint(std::string_view bytes) {
  std::optional<hinge::StateArchive> read;
  const std::string sealed = resealed(bytes);
  if (!accepts([&] { read.emplace(sealed, "state", kind); })) return;
  accepts([&] { state_after(&*read); });
}
