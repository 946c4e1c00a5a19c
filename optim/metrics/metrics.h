// Every metric that a config may name, and the list of them.
#pragma once

#include <hinge/optim/metrics/class_metrics.h>
#include <hinge/optim/metrics/metric.h>

namespace hinge {

/// Hinge's own metrics, by name. Accuracy, R², MAE and RMSE are part of every Evaluation and need no name here.
HINGE_API Registry<Builder<Metric>> standard_metrics();

}  // namespace hinge
