// What state each of many things was in over time: the units of a layer over epochs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "drawing/chart.h"

namespace hinge_command {

/// A row for each unit, a column for each look. Columns that share a pixel show the worst state of each unit; of more than
/// `max_rows` units every n-th is drawn, so sort units for a picture that keeps their shares.
struct StateMap {
  static constexpr std::size_t max_rows = 300;

  std::string title = {};
  std::string description = {};
  std::string row_label = "unit";
  Axis x{.label = "epoch", .kind = ScaleKind::whole};
  std::vector<double> looks = {};      ///< the x of each column, rising: the column lasts until the next one
  std::vector<std::string> rows = {};  ///< the names of the units
  std::vector<std::string> states =
      {};  ///< their names, at most six, from healthy to broken: ever darker; those that occur get a legend
  std::vector<std::uint8_t> values = {};  ///< row by row, indices into `states`
  double width = 640;
};

Drawing draw(const StateMap& map);

/// A row for each unit and look at which its state changed.
Numbers numbers_of(const StateMap& map);

}  // namespace hinge_command
