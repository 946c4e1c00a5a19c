// What hinge explain shows of the steps, and how.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/run/run.h>

namespace hinge_command {

/// The layer and the unit to look at, counted from 0; without one, all.
struct Selection {
  std::optional<std::size_t> layer = {};
  std::optional<std::size_t> unit = {};

  bool shows(std::size_t index) const { return !layer || *layer == index; }
};

/// Of an overview, without a unit to look at: so many units of a layer, and terms of a sum.
inline constexpr std::size_t overview_units = 8;
inline constexpr std::size_t overview_terms = 4;
/// Of a layer, the page draws so many units.
inline constexpr std::size_t drawn_units = 12;

/// What stands beside a gradient: its difference, none where a kink lies near or nobody looks, and whether it proves it.
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

/// What all steps have in common.
struct ShownExplanation {
  std::string title = {};  ///< `configs/mazur.json, sample 1 of the training part`
  std::string loss = {};   ///< with its options
  std::string optimizer = {};
  hinge::OutputTransform output_transform = hinge::OutputTransform::identity;  ///< of the loss
  const hinge::RunConfig* config = nullptr;
  std::vector<std::string> memory_names = {};
  hinge::Matrix<double> inputs = {};
  hinge::Matrix<double> targets = {};
  std::size_t steps = 1;
};

/// All numbers of a step, for programs and for the page.
hinge::JsonValue step_json(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection);
hinge::JsonValue explanation_json(const ShownExplanation& explanation, const Selection& selection,
                                  std::vector<hinge::JsonValue> steps);

enum class Notation { text, colour, markdown };

/// The equations of a step, with so many significant digits; before the first one, a title. Long sums are elided, unless one
/// unit is looked at.
std::string explanation_text(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection,
                             Notation notation, int digits);

/// A step as JSON, with the equations of losses and updates of what the page draws.
hinge::JsonValue page_step_json(const ShownExplanation& explanation, const ShownStep& shown,
                                const Selection& selection);
/// A page of its own that draws the network and steps through it; it needs nothing from anywhere.
std::string explanation_page(hinge::JsonValue data);

}  // namespace hinge_command
