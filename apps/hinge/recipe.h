// The recipe of hinge init: the size of the network and of the training, by figures of the table.
#pragma once

#include <cstddef>

namespace hinge_command {

/// What the kind of the table decides. n is the number of rows to train from, validation included.
struct RecipeShape {
  std::size_t hidden_layers;
  std::size_t units;  ///< of each
  double dropout;
  double l2;  ///< n times the weight decay: a prior of fixed strength against a mean over n rows
  double learning_rate;
  double validation;  ///< share of n; 0: none
};

/// Chosen by measurement: docs/tables.md has the figures.
struct Recipe {
  double rows;   ///< n
  bool is_wide;  ///< few rows for each input
  bool has_values;
  RecipeShape shape;
  std::size_t batch_size;
  std::size_t steps;  ///< of an epoch
  std::size_t epochs;
  std::size_t patience;  ///< epochs

  /// `classes` is 0 for values, 2 for labels; `test` is the share of the rows that the test part takes.
  Recipe(std::size_t rows_read, std::size_t inputs, std::size_t classes, double test);
  double weight_decay() const { return shape.l2 / rows; }
};

}  // namespace hinge_command
