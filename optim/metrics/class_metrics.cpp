// Metrics of classes, from counts of confusions.
#include <hinge/optim/metrics/class_metrics.h>

#include <optional>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/optim/metrics/confusion_matrix.h>

namespace hinge {

namespace {

using Score = double (*)(const ConfusionMatrix&);

template <typename Scalar>
class ClassMetric final : public Metric<Scalar> {
 public:
  explicit ClassMetric(Score score) : score_(score) {}

  void add(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets, std::span<const Scalar>) override {
    if (!confusion_) confusion_.emplace(output.rows == 1 ? 2 : output.rows);
    for (std::size_t i = 0; i < output.cols; ++i) {
      const std::size_t target = confusion_->target_class(targets, i);
      if (target >= confusion_->classes()) {
        throw DataError("a metric of classes: a sample is of class " + std::to_string(target) +
                        ", but the outputs tell " + std::to_string(confusion_->classes()) + " apart");
      }
      confusion_->add(target, output, i);
    }
  }
  double value() const override { return score_(*confusion_); }
  void reset() override { confusion_.reset(); }

  bool list_state(StateArchive& state) override {
    std::size_t classes = confusion_ ? confusion_->classes() : 0;
    state.add("classes", classes);
    if (state.is_reading()) confusion_ = classes > 0 ? std::optional<ConfusionMatrix>(classes) : std::nullopt;
    if (confusion_) confusion_->list_state(state);
    return true;
  }

 private:
  Score score_;
  std::optional<ConfusionMatrix> confusion_;  // once the number of outputs is known
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Metric<Scalar>> BalancedAccuracy::build() const {
  return std::make_unique<ClassMetric<Scalar>>([](const ConfusionMatrix& c) { return c.balanced_accuracy(); });
}
template <typename Scalar>
std::unique_ptr<Metric<Scalar>> MacroF1::build() const {
  return std::make_unique<ClassMetric<Scalar>>([](const ConfusionMatrix& c) { return c.macro().f1; });
}

template HINGE_API std::unique_ptr<Metric<float>> BalancedAccuracy::build<float>() const;
template HINGE_API std::unique_ptr<Metric<double>> BalancedAccuracy::build<double>() const;
template HINGE_API std::unique_ptr<Metric<float>> MacroF1::build<float>() const;
template HINGE_API std::unique_ptr<Metric<double>> MacroF1::build<double>() const;

}  // namespace hinge
