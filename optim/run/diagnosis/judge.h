// How the trainings of a diagnosis are compared: on which samples, and by which figure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>

namespace hinge {

/// The difference of two trainings over the same samples.
struct Difference {
  double mean = 0;
  double error = 0;  ///< standard error of the mean: the larger of that over samples and that over repetitions
};

/// Judges trainings by samples that they did not learn from.
///
/// The training part is divided into four folds, at random, and classes keep their proportions: repetition r trains on
/// the others and is judged by fold r. The user's own test part stays apart, for what a cure brings. Where a fold would
/// have fewer than ten samples all trainings are judged by the training samples themselves, and repetitions differ by their
/// seeds alone. Of large training parts a seeded sample of rows is used.
///
/// A figure is a mean over samples of what each is worth, its gain, so that the spread of a difference is that of a mean:
///   accuracy            1 for a right answer, else 0. Targets that are few whole numbers count as right when rounded
///   balanced accuracy   n/(C·n_c) for a right answer about class c; where the rarest class has less than 25 % of an equal
///                       share, and the config hardly does more than name the most frequent one
///   r2                  1 − (o − y)²/σ², in the units of the raw targets, with their variance σ² over the training part.
///                       Samples whose target lies far out (above ten distances of the quartiles) do not judge
/// Figures below that of the best constant answer are raised to it. Const members are safe from any number of threads.
class HINGE_API Judge {
 public:
  static constexpr std::size_t repetitions = 4;

  /// `seed` chooses folds and rows; at most `max_rows` rows are used.
  Judge(const DataParts& parts, const Loss<float>& loss, std::size_t outputs, std::size_t max_rows, std::size_t seed);

  const std::string& metric() const { return metric_; }
  /// Whether the trainings are judged by what they learned from.
  bool judges_by_training() const { return folds_.empty(); }
  /// From here on, judges by the training samples: for data that are a table to be learned by heart.
  void judge_by_training() { folds_.clear(); }
  /// Whether answers in balanced accuracy are right more often than the most frequent class is, by a tenth of the rest.
  bool is_accurate(std::span<const std::vector<double>> gains) const;
  /// From here on, judges by plain accuracy. `plain` turns gains of balanced accuracy into those.
  void judge_by_accuracy();
  static void make_plain(std::vector<double>& gains);
  std::size_t rows() const { return rows_.size(); }
  /// Targets far out that do not judge.
  std::size_t outlying_targets() const { return outlying_targets_; }
  /// Whole numbers that stand for classes in a regression; 0: none.
  std::size_t whole_numbers() const { return whole_numbers_; }
  /// The share of the rarest class, times the number of classes; 1 in regression.
  double rarity() const { return rarity_; }
  /// The figure of the best constant answer.
  double constant() const { return constant_; }

  /// The rows of the training part that repetition r learns from, and is judged by.
  std::vector<std::size_t> training_rows(std::size_t repetition) const;
  std::vector<std::size_t> judging_rows(std::size_t repetition) const;

  /// What a network is worth on each of some samples, scaled as `targets` says.
  /// Empty where an output is not a finite number.
  std::vector<double> gains(const Network<float>& network, const Loss<float>& loss, const Preprocessing& targets,
                            const Dataset<float>& samples) const;
  /// Of a network that did not train to its end.
  std::vector<double> gains_of_failure(std::size_t samples) const { return std::vector<double>(samples, constant_); }

  /// The figure of gains.
  double score(std::span<const std::vector<double>> gains) const;
  /// b − a, repetition by repetition.
  Difference difference(std::span<const std::vector<double>> a, std::span<const std::vector<double>> b) const;

 private:
  void weigh_classes(const Dataset<float>& train, std::size_t outputs);
  void weigh_values(const DataParts& parts);
  void find_whole_numbers(const DataParts& parts);
  void make_folds(const Dataset<float>& train, std::size_t seed);

  std::string metric_ = "r2";
  double constant_ = 0;
  double rarity_ = 1;
  double most_frequent_ = 0;  // share of the largest class
  std::vector<std::size_t> rows_;
  std::vector<std::size_t> folds_;     // of each of rows_; empty: judges by training
  std::vector<char> judges_;           // of each row of the training part
  std::vector<double> class_weights_;  // what a right answer about each class is worth
  std::vector<double> variances_;      // of each target value
  std::size_t outlying_targets_ = 0;
  std::size_t whole_numbers_ = 0;
};

}  // namespace hinge
