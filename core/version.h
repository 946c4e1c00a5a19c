// Which Hinge this is.
#pragma once

#include <string>

#include <hinge/core/abi.h>

namespace hinge::inline HINGE_ABI {

/// `0.1.0`
HINGE_API std::string version();

/// The instruction set that the library's arithmetic was compiled for: `x86-64`, `aarch64`, `other`.
HINGE_API std::string instruction_set();

/// One line for people: version, compiler, Eigen, instruction set.
HINGE_API std::string version_text();

}  // namespace hinge::inline HINGE_ABI
