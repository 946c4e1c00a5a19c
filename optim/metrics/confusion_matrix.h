// The confusion matrix: which classes a network takes for which, and the scores that follow from the counts.
#pragma once

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// How well one class is recognised. A quotient by 0 is 0, as scikit-learn's with zero_division=0: the precision of a
/// class that is never predicted, the recall of one without samples, and F1 where both hold.
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

/// Samples of the class `target` that were taken for the class `prediction`.
struct Confusion {
  std::size_t target = 0;
  std::size_t prediction = 0;
  std::size_t count = 0;
};

/// Counts of samples by class and prediction. Holds only what is not 0, so thousands of classes need no square of
/// memory. One thread at a time; const members are safe from any number of threads.
class HINGE_API ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes) : samples_(classes), predictions_(classes) {}

  /// Counts a sample. Throws ShapeError when there is no such class.
  void add(std::size_t target, std::size_t prediction);
  /// Counts a sample that was taken for no class, as its outputs are not numbers: it is never right.
  void add_undecided(std::size_t target);

  std::size_t classes() const { return samples_.size(); }
  /// All samples that were counted.
  std::size_t samples() const { return total_; }
  /// Samples of the class `target` that were taken for the class `prediction`.
  std::size_t operator()(std::size_t target, std::size_t prediction) const;

  /// The share of samples that are right, in [0, 1]; 0 without samples.
  double accuracy() const;
  /// The mean recall of the classes that have samples, in [0, 1]; 0 without samples.
  double balanced_accuracy() const;
  /// The scores of one class. Throws ShapeError when there is no such class.
  ClassScores scores(std::size_t of_class) const;
  MacroScores macro() const;
  /// What was taken for something else, the most frequent first, of equals in the order of classes.
  std::vector<Confusion> confusions() const;

 private:
  void require_class(std::size_t index) const;

  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts_;
  std::vector<std::size_t> samples_;      // by target
  std::vector<std::size_t> predictions_;  // by prediction
  std::size_t total_ = 0;
};

}  // namespace hinge
