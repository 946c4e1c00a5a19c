// The confusion matrix: how often a network predicts each class for each target, and scores from these counts.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/export.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>

namespace hinge {

/// How well one class is recognised. A quotient by 0 is 0, as in scikit-learn with zero_division=0: the precision of a
/// class that is never predicted, the recall of a class without samples, and F1 if both hold.
struct ClassScores {
  std::size_t samples = 0;      ///< of the class
  std::size_t predictions = 0;  ///< of the class, right or wrong
  std::size_t hits = 0;         ///< the right ones
  double precision = 0;         ///< hits / predictions
  double recall = 0;            ///< hits / samples
  double f1 = 0;                ///< 2·hits / (samples + predictions), the harmonic mean of the two
};

/// The means of scores over the classes that have a sample or a prediction, each class counting the same.
struct MacroScores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

/// How many samples of class `target` were predicted as class `prediction`.
struct Confusion {
  std::size_t target = 0;
  std::size_t prediction = 0;
  std::size_t count = 0;
};

/// Counts of samples by target and prediction. Stores only counts above 0, so memory does not grow with the square of the
/// classes. One thread at a time; const members are safe from any number of threads.
class HINGE_API ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes) : samples_(classes), predictions_(classes) {}

  /// Counts a sample. Throws ShapeError when there is no such class.
  void add(std::size_t target, std::size_t prediction);
  /// Counts a sample without a prediction, because its outputs are not numbers: it is never right.
  void add_undecided(std::size_t target);
  /// Counts sample i by its raw outputs: the largest is the prediction; a single output that tells two classes apart says
  /// class 1 above 0, else 0. A sample with a NaN is undecided.
  template <typename Scalar>
  void add(std::size_t target, MatrixView<const Scalar> output, std::size_t i) {
    if (has_nan(output, i)) return add_undecided(target);
    add(target, class_of(output, i, Scalar(0)));
  }
  /// The class of sample i: its index, or the row of its largest value; of a single value for two classes 1 above one half,
  /// else 0. It may be none of the classes of the matrix.
  template <typename Scalar>
  std::size_t target_class(const Targets<Scalar>& targets, std::size_t i) const {
    return targets.are_classes() ? static_cast<std::size_t>(targets.classes[i])
                                 : class_of(targets.values, i, Scalar(0.5));
  }

  std::size_t classes() const { return samples_.size(); }
  /// The number of samples counted.
  std::size_t samples() const { return total_; }
  /// How many samples of class `target` were predicted as class `prediction`.
  std::size_t operator()(std::size_t target, std::size_t prediction) const;

  /// The share of samples that are right, in [0, 1]; 0 without samples.
  double accuracy() const;
  /// The mean recall of the classes that have samples, in [0, 1]; 0 without samples.
  double balanced_accuracy() const;
  /// The scores of one class. Throws ShapeError when there is no such class.
  ClassScores scores(std::size_t of_class) const;
  MacroScores macro() const;
  /// For a training that is interrupted: all counts.
  void list_state(StateArchive& state);
  /// The wrong predictions, the most frequent first, equals in the order of classes.
  std::vector<Confusion> confusions() const;

 private:
  template <typename Scalar>
  std::size_t class_of(MatrixView<const Scalar> values, std::size_t i, Scalar limit) const {
    if (values.rows > 1 || classes() != 2) return largest_row(values, i);
    return values(0, i) > limit ? 1 : 0;
  }
  void require_class(std::size_t index) const;

  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts_;
  std::vector<std::size_t> samples_;      // by target
  std::vector<std::size_t> predictions_;  // by prediction
  std::size_t total_ = 0;
};

}  // namespace hinge
