// Places for labels such that none covers another.
#pragma once

#include <cstddef>
#include <vector>

#include "drawing/scale.h"

namespace hinge_command {

/// Places close to the wanted ones, in their order, at least `distance` apart and within the range. If the range has no room
/// for all, they end below it.
std::vector<double> spread(const std::vector<double>& wanted, double distance, Range range);

/// For boxes on a line, the first row in which each overlaps no earlier one, with a gap between them.
std::vector<std::size_t> rows_without_overlap(const std::vector<Range>& boxes, double gap);

}  // namespace hinge_command
