// What hinge explain shows of the steps, and how.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/json.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/run.h>

namespace hinge_command {

/// The layer and the unit to look at, counted from 0; without one, all.
struct Selection {
  std::optional<std::size_t> layer = {};
  std::optional<std::size_t> unit = {};

  bool shows(std::size_t index) const { return !layer || *layer == index; }
};

/// A step with the differences beside its gradients: null where there is none, as a kink lies near or nobody looks there.
struct ShownStep {
  hinge::ExplainedStep step = {};
  std::vector<std::vector<std::optional<double>>> differences = {};  ///< of each parameter, row by row
};

/// All that is shown.
struct ShownExplanation {
  std::string title = {};  ///< `configs/mazur.json, sample 1 of the training part`
  std::string loss = {};   ///< with its options
  std::string optimizer = {};
  hinge::OutputLink link = hinge::OutputLink::identity;  ///< of the loss
  const hinge::RunConfig* config = nullptr;
  std::vector<std::string> memory_names = {};
  hinge::Matrix<double> inputs = {};
  hinge::Matrix<double> targets = {};
  std::vector<ShownStep> steps = {};
};

/// Whether the difference proves the gradient (layers/gradient_check.h).
bool agrees(const hinge::ExplainedStep& step, const hinge::ExplainedParameter& parameter, double gradient,
            double difference);

/// All numbers, for programs and for the page.
hinge::JsonValue explanation_json(const ShownExplanation& explanation, const Selection& selection);

enum class Notation { text, colour, markdown };

/// The numbers inside the equations, with so many significant digits. Long sums are elided, unless one unit is looked at.
std::string explanation_text(const ShownExplanation& explanation, const Selection& selection, Notation notation,
                             int digits);

/// A page of its own that draws the network and steps through it; it needs nothing from anywhere.
std::string explanation_page(const ShownExplanation& explanation, const Selection& selection);

}  // namespace hinge_command
