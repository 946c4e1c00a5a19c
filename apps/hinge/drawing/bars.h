// Horizontal bars, one for each name, and intervals around values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drawing/chart.h"

namespace hinge_command {

/// A name with a value ≥ 0 (NaN: none), and an interval around it.
struct Bar {
  std::string name = {};
  double value = 0;
  std::optional<Range> interval = {};
};

struct Bars {
  std::string title = {};
  std::string description = {};
  Axis axis = {};  ///< of the values; linear from 0, unless it says otherwise
  std::vector<Bar> bars = {};
  bool as_dots = false;  ///< dots instead of bars, for values without a natural 0
  double width = 640;
};

Drawing draw(const Bars& bars);
Numbers numbers_of(const Bars& bars);

}  // namespace hinge_command
