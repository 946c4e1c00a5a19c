// The page of a comparison.
#pragma once

#include <string>

#include "compare/comparison.h"

namespace hinge_command {

/// How the title of the page begins, by which the command knows its own pages.
inline constexpr const char* comparison_title = "Comparison of ";

std::string comparison_page(const Comparison& comparison);

}  // namespace hinge_command
