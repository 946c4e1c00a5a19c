// A matrix of numbers as coloured cells, such as a confusion matrix.
#pragma once

#include <string>
#include <vector>

#include "drawing/numbers.h"
#include "drawing/svg.h"

namespace hinge_command {

/// Values ≥ 0 row by row. A cell is the darker the larger √(value / largest): so that a single mistake can still be seen.
struct HeatMap {
  std::string title = {};
  std::string description = {};
  std::string row_label = {};     ///< what rows are: `true class`
  std::string column_label = {};  ///< what columns are: `predicted`
  std::vector<std::string> rows = {};
  std::vector<std::string> columns = {};
  std::vector<double> values = {};
};

/// Up to 20 columns the cells show their numbers.
Drawing draw(const HeatMap& map);
Numbers numbers_of(const HeatMap& map);

}  // namespace hinge_command
