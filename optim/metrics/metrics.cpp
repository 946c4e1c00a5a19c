// The list of metrics.
#include <hinge/optim/metrics/metrics.h>

namespace hinge {

Registry<Builder<Metric>> standard_metrics() {
  Registry<Builder<Metric>> metrics;
  metrics.add(BalancedAccuracy{}, MacroF1{});
  return metrics;
}

}  // namespace hinge
