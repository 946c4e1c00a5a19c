// The functions that a model in C needs: those of core/math.h and of the activations, as C99.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace hinge_command {

/// The texts of these functions and of all that they call, each after those that it calls. Names start with `$`, which stands
/// for the prefix. They compute the same bits as the library where no multiply-add is contracted and nothing reordered.
std::string c_functions(const std::set<std::string_view>& names);

}  // namespace hinge_command
