// Faults of backpropagation, put into a network on purpose: what `hinge gradcheck --break` shows being caught.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>

namespace hinge_command {

/// One fault. The texts are sentences for people.
struct Fault {
  std::string_view name = {};     ///< on the command line: `sign`
  std::string_view what = {};     ///< what the backward pass does wrong
  std::string_view why = {};      ///< how the gradients show it
  std::string_view missing = {};  ///< why it cannot show, in a config that has no such part
};

/// All of them. The order is that of the help.
std::span<const Fault> faults();
/// Throws ConfigError for an unknown name, and suggests the nearest.
const Fault& fault_named(std::string_view name);

/// A network and its loss, one of them with the fault. Only the backward pass is wrong: outputs and losses are those of
/// the originals.
struct FaultyParts {
  hinge::Network<double> network;
  std::unique_ptr<hinge::Loss<double>> loss;
};

/// Copies of `network` and of the loss with the fault in them. The faulty part wraps the right one: nothing in the library
/// knows of faults. Throws ConfigError `--break gate: …` if they have no part that could have the fault.
FaultyParts with_fault(const Fault& fault, const hinge::Network<double>& network, const hinge::LossSpec& loss);

}  // namespace hinge_command
