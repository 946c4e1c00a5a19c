// The data that hinge explain shows, and the functions that write it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/run/run.h>

namespace hinge_command {

/// The layer and the unit to show, counted from 0; nothing means all.
struct Selection {
  std::optional<std::size_t> layer = {};
  std::optional<std::size_t> unit = {};

  bool shows(std::size_t index) const { return !layer || *layer == index; }
};

/// The units of a layer and the terms of a sum that an overview shows, if no unit is selected.
inline constexpr std::size_t overview_units = 8;
inline constexpr std::size_t overview_terms = 4;
/// The units of a layer that the page draws at a time.
inline constexpr std::size_t drawn_units = 12;

/// The check of a gradient: its difference quotient, nothing near a kink or if it is not shown, and whether they agree.
struct Proof {
  std::optional<double> difference = {};
  bool agrees = false;
};

struct ShownStep {
  hinge::ExplainedStep step = {};
  std::vector<std::vector<Proof>> proofs = {};  ///< of each parameter, row by row

  const Proof& proof(std::size_t parameter, std::size_t row, std::size_t col) const {
    return proofs[parameter][row * step.parameters[parameter].before.cols() + col];
  }
};

/// Samples [first, first + count) in double, each value the shortest decimal that rounds to its float: so 0.05 in a table
/// is 0.05 in the equations, not 0.05000000074505806.
hinge::Dataset<double> decimal_samples(const hinge::Dataset<float>& data, std::size_t first, std::size_t count);

/// The block of a parameter that is shown.
struct Extent {
  std::size_t first_row;
  std::size_t rows;
  std::size_t cols;
};

/// `all`: every element of the selection, not only those of an overview.
Extent shown_extent(hinge::MatrixView<const double> value, std::size_t units, const Selection& selection, bool all);

/// Takes a step, and a difference quotient for every element that is shown.
ShownStep shown_step(hinge::Explanation& explanation, const Selection& selection, bool all);

/// The data that all steps share.
struct ShownExplanation {
  std::string title = {};  ///< `configs/mazur.json, sample 1 of the training part`
  const hinge::RunConfig* config = nullptr;
  const hinge::Explanation* source = nullptr;  ///< knows samples, loss, network and optimiser
  std::size_t steps = 1;
  std::string loss = {};  ///< its summary, and so on: in --json with all options, else without those at their defaults
  std::string optimizer = {};
  std::vector<std::string> activations = {};  ///< of each layer, "" for none

  std::string activation(std::size_t layer) const { return layer < activations.size() ? activations[layer] : ""; }
};

/// Of each layer, "" for one without an activation.
std::vector<std::string> activation_summaries(const hinge::Network<double>& network,
                                              const std::function<std::string(const hinge::ActivationSpec&)>& summary);

/// All numbers of a step, for --json and for the page.
hinge::JsonValue step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection);
hinge::JsonValue explanation_json(const ShownExplanation& explanation, const Selection& selection,
                                  std::vector<hinge::JsonValue> steps);

/// What ∂L/∂a of a unit of a hidden layer is equal to, but for its value: ∂L/∂x of the layer that reads a. The last layer
/// of a block has ∂L/∂f of the block, whose equations then go on.
std::vector<std::string> upstream_sides(const hinge::Network<double>& network, std::size_t layer, std::size_t unit,
                                        std::size_t sample, const hinge::EquationFormat& format);

/// In `ascii` the numbers and signs are those of Python: `-` for the minus, `*` for the dot.
enum class Notation { text, ascii, colour, markdown };

/// The equations of a step with the given significant digits, and a title before the first step. Long sums are
/// shortened unless one unit is selected.
std::string explanation_text(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
                             Notation notation, int digits);

/// A step as JSON, with the equations for the units that the page draws.
hinge::JsonValue page_step_json(const ShownExplanation& explanation, const ShownStep& shown,
                                const Selection& selection);
/// A self-contained page with the equations of the first `known` units of a layer. It draws the network and steps through it.
std::string explanation_page(hinge::JsonValue data, std::size_t known = drawn_units);
/// The units of each layer, and the inputs of each unit, whose equations a page with `steps` steps has: all of them, or
/// if these would be too many, the first ones.
std::size_t units_on_page(const hinge::Network<double>& network, std::size_t steps);

}  // namespace hinge_command
