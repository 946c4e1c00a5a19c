// Metrics: figures of a network over samples, for people, for early stopping, never for gradients.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <hinge/core/batch.h>
#include <hinge/core/config/spec.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>

namespace hinge {

/// A number with a name: `test/accuracy`.
struct Figure {
  std::string name = {};
  double value = 0;
};

/// A metric, gathered batch by batch. One thread at a time.
template <typename Scalar>
class HINGE_API Metric {
 public:
  static constexpr std::string_view kind = "metric";

  Metric() = default;
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;
  virtual ~Metric() = default;

  /// The metric of a description: `Metric<float>::from(MacroF1{})`.
  template <typename T>
    requires requires(const T& description) { description.template build<Scalar>(); }
  static std::unique_ptr<Metric> from(const T& description) { return description.template build<Scalar>(); }

  /// Adds a batch: raw outputs (outputs × batch, batch-contiguous), its targets, and the weights of its samples, which
  /// are empty or one a sample. Throws DataError for targets that it cannot use.
  virtual void add(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                   std::span<const Scalar> weights) = 0;
  /// Of what was added since the last `reset`: at least one sample.
  virtual double value() const = 0;
  virtual void reset() = 0;

  /// Lists what it keeps since the last `reset`, and returns true. By default it does not, and returns false: then a
  /// training that is interrupted goes on from the end of an epoch, where nothing is kept.
  virtual bool list_state(StateArchive& /*state*/) { return false; }

  /// What early stopping takes for an improvement.
  virtual bool larger_is_better() const { return true; }
};

/// Any metric description, by value: `MetricSpec metric = MacroF1{};`. An application's metric is a class derived from
/// Metric<Scalar> and a struct with `template <typename Scalar> std::unique_ptr<Metric<Scalar>> build() const`. Its
/// `type` is the name of its figure.
using MetricSpec = Spec<Builder<Metric>>;

}  // namespace hinge
