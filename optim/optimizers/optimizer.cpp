// The state of an optimiser and the order of a step.
#include <hinge/optim/optimizers/optimizer.h>

#include <algorithm>
#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>

namespace hinge {

template <typename Scalar>
void Optimizer<Scalar>::attach(std::span<const Parameter<Scalar>> parameters) {
  std::vector<std::size_t> offsets = {0};
  for (const Parameter<Scalar>& p : parameters) offsets.push_back(offsets.back() + p.size());
  if (state_names().size() != state_count()) {
    throw ConfigError("optimizer: " + std::to_string(state_names().size()) + " names for " +
                      std::to_string(state_count()) + " arrays of state");
  }
  std::vector<Buffer<Scalar>> state;
  for (std::size_t i = 0; i < state_count(); ++i) state.emplace_back(offsets.back());
  offsets_ = std::move(offsets);
  state_ = std::move(state);
  steps_ = 0;
}

template <typename Scalar>
void Optimizer<Scalar>::require_attached(std::span<const Parameter<Scalar>> parameters) const {
  if (parameters.size() + 1 != offsets_.size()) {
    throw ShapeError("optimizer: attached to " + std::to_string(offsets_.size() - 1) + " parameters, but got " +
                     std::to_string(parameters.size()));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i].size() != offsets_[i + 1] - offsets_[i]) {
      throw ShapeError("optimizer: parameter " + parameters[i].name() + " has another size than at attach");
    }
  }
}

template <typename Scalar>
void Optimizer<Scalar>::forget(std::size_t parameter, std::size_t element) {
  if (parameter >= offsets_.size() - 1 || element >= offsets_[parameter + 1] - offsets_[parameter]) {
    throw ShapeError("optimizer: there is no element " + std::to_string(element) + " of parameter " +
                     std::to_string(parameter) + " to forget");
  }
  for (Buffer<Scalar>& array : state_) array.data()[offsets_[parameter] + element] = 0;
}

template <typename Scalar>
void Optimizer<Scalar>::step(std::span<Parameter<Scalar>> parameters, ThreadPool* threads) {
  require_attached(parameters);
  threads_ = threads;
  ++steps_;
  begin_step();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Parameter<Scalar>& p = parameters[i];
    if (!p.trainable()) continue;
    update(i, {p.value().data, p.size()}, {p.gradient().data, p.size()}, p.decays());
  }
}

template <typename Scalar>
std::vector<std::vector<Scalar>> Optimizer<Scalar>::state() const {
  std::vector<std::vector<Scalar>> copy;
  for (const Buffer<Scalar>& array : state_) copy.emplace_back(array.span().begin(), array.span().end());
  return copy;
}

template <typename Scalar>
std::vector<std::string> Optimizer<Scalar>::state_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= state_count(); ++i) names.push_back("memory " + std::to_string(i));
  return names;
}

template <typename Scalar>
std::vector<Equation> Optimizer<Scalar>::equations(const ElementUpdate& element, const std::string& name,
                                                   const EquationFormat& format) const {
  std::vector<Equation> list;
  const std::vector<std::string> names = state_names();
  for (std::size_t i = 0; i < names.size(); ++i) list.push_back(equation(names[i], "", element.state[i], format));
  list.push_back(equation(name, "", element.value, format));
  return list;
}

template <typename Scalar>
Equation Optimizer<Scalar>::equation(const std::string& left, const std::string& side,
                                     const ElementUpdate::Change& change, const EquationFormat& format) {
  if (side.empty()) return {left, {format.number(change.after)}, "was " + format.number(change.before)};
  return {left, {side, format.number(change.after)}};
}

template <typename Scalar>
bool Optimizer<Scalar>::is_finite() const {
  return std::all_of(state_.begin(), state_.end(), [](const Buffer<Scalar>& array) {
    return std::all_of(array.span().begin(), array.span().end(), [](Scalar v) { return std::isfinite(v); });
  });
}

template <typename Scalar>
void Optimizer<Scalar>::restore(std::uint64_t steps, const std::vector<std::vector<Scalar>>& state) {
  const bool fits = state.size() == state_.size() && std::all_of(state.begin(), state.end(), [&](const auto& array) {
                      return array.size() == offsets_.back();
                    });
  if (!fits) throw ShapeError("optimizer: the state to restore is that of another optimizer or network");
  for (std::size_t i = 0; i < state.size(); ++i) std::copy(state[i].begin(), state[i].end(), state_[i].data());
  steps_ = steps;
}

template <typename Scalar>
void Optimizer<Scalar>::set_learning_rate(double learning_rate) {
  if (!std::isfinite(learning_rate) || learning_rate < 0) {
    throw ConfigError("learning_rate = " + to_text(learning_rate) + ", must be >= 0");
  }
  learning_rate_ = learning_rate;
}

template <typename Scalar>
void Optimizer<Scalar>::share(std::size_t count, Call call, const void* context) const {
  constexpr std::size_t line = 16;  // of the cache, in floats
  run_ranges(threads_, count, line, [&](std::size_t begin, std::size_t end) { call(context, begin, end); });
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace hinge
