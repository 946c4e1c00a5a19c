// What an explanation is made of: samples in decimals, and steps with the proofs of their gradients.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <hinge/core/number.h>
#include <hinge/core/text.h>

#include "explain/explain_view.h"

namespace hinge_command {

namespace {

std::vector<Proof> proofs_of(hinge::Explanation& explanation, const hinge::ExplainedStep& step, std::size_t index,
                             const Extent& extent) {
  const hinge::ExplainedParameter& parameter = step.parameters[index];
  std::vector<Proof> proofs(parameter.before.rows() * parameter.before.cols());
  double largest = 0;
  for (const double g : parameter.gradient.elements()) largest = std::max(largest, std::abs(g));
  for (std::size_t r = extent.first_row; r < extent.first_row + extent.rows; ++r) {
    for (std::size_t c = 0; c < extent.cols; ++c) {
      const auto difference = explanation.difference(index, r, c);
      if (!difference) continue;
      const bool agrees = hinge::gradient_agrees(parameter.gradient(r, c), *difference, largest);
      proofs[r * parameter.before.cols() + c] = {difference->value, agrees};
    }
  }
  return proofs;
}

}  // namespace

std::vector<std::string> activation_summaries(const hinge::Network<double>& network,
                                              const std::function<std::string(const hinge::ActivationSpec&)>& summary) {
  std::vector<std::string> summaries(network.size());
  for (std::size_t i = 0; i < network.size(); ++i) {
    const hinge::ActivationSpec* spec = network.layer(i).activation_spec();
    if (network.layer(i).activation() != nullptr && spec != nullptr) summaries[i] = summary(*spec);
  }
  return summaries;
}

hinge::Dataset<double> decimal_samples(const hinge::Dataset<float>& data, std::size_t first, std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  const hinge::Dataset<float> part = data.subset(rows);
  hinge::Dataset<double> samples = part.convert<double>();
  const auto restore = [](hinge::MatrixView<const float> from, hinge::MatrixView<double> to) {
    for (std::size_t r = 0; r < to.rows; ++r) {
      for (std::size_t c = 0; c < to.cols; ++c) {
        to(r, c) = hinge::parse_double(hinge::to_text(from(r, c))).value_or(to(r, c));
      }
    }
  };
  restore(part.inputs(), samples.inputs());
  restore(part.values(), samples.values());
  return samples;
}

// Elements that the overview leaves out get no difference quotient either, which saves most of the time.
Extent shown_extent(hinge::MatrixView<const double> value, std::size_t units, const Selection& selection, bool all) {
  if (selection.unit && value.rows == units) return {*selection.unit, 1, value.cols};
  if (all) return {0, value.rows, value.cols};
  return {0, std::min(value.rows, overview_units), std::min(value.cols, overview_terms)};
}

ShownStep shown_step(hinge::Explanation& explanation, const Selection& selection, bool all) {
  ShownStep shown{.step = explanation.next()};
  shown.proofs.resize(shown.step.parameters.size());
  for (std::size_t i = 0; i < shown.step.layers.size(); ++i) {
    const hinge::ExplainedLayer& layer = shown.step.layers[i];
    for (std::size_t p = layer.first_parameter; p < layer.first_parameter + layer.parameters; ++p) {
      const hinge::ExplainedParameter& parameter = shown.step.parameters[p];
      if (!selection.shows(i) || !parameter.trainable) continue;
      const Extent extent = shown_extent(parameter.before, layer.output.rows(), selection, all);
      shown.proofs[p] = proofs_of(explanation, shown.step, p, extent);
    }
  }
  return shown;
}

}  // namespace hinge_command
