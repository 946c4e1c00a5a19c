// Faults of backpropagation, put into a network on purpose: what `hinge gradcheck --break`, the
// page of hinge explain and the playground show being caught.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/data/dataset.h>
#include <hinge/layers/gradient_check.h>
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
  hinge::LossSpec loss;
};

/// Copies of `network` and of the loss with the fault in them. The faulty part wraps the right one: nothing in the library
/// knows of faults. Nothing if they have no part that could have the fault: `missing` says why.
std::optional<FaultyParts> with_fault(const Fault& fault, const hinge::Network<double>& network,
                                      const hinge::LossSpec& loss);

/// Compares `elements` gradients of each tensor (0: all) with differences, with the fault if there is one. Throws ConfigError
/// `--break gate: it cannot show here: …` for a fault that changes no gradient.
hinge::GradientCheck check_gradients(const Fault* fault, const hinge::Network<double>& network,
                                     const hinge::LossSpec& loss, const hinge::Dataset<double>& batch,
                                     std::size_t elements);
/// What `hinge gradcheck --json` prints.
hinge::JsonValue check_json(const hinge::GradientCheck& result, const Fault* fault);

}  // namespace hinge_command
