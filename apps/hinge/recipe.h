// The recipe of hinge init: the size of the network and of the training, by figures of the table.
#pragma once

#include <cstddef>

namespace hinge_command {

/// Chosen by measurement: docs/tables.md has the figures. n is the number of rows to train from, validation included.
struct Recipe {
  double rows;   ///< n
  bool is_wide;  ///< few rows for each input
  bool has_values;
  double validation;  ///< share of n; 0: none
  std::size_t units;  ///< of each hidden layer
  double dropout;
  double learning_rate;
  double weight_decay;
  std::size_t batch_size;
  std::size_t steps;  ///< of an epoch
  std::size_t epochs;
  std::size_t patience;  ///< epochs

  /// `test` is the share of the rows that the test part takes.
  Recipe(std::size_t rows_read, std::size_t inputs, bool learns_values, double test);
};

}  // namespace hinge_command
