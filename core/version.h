// Which Hinge this is.
#pragma once

#include <string>

#include <hinge/core/export.h>

namespace hinge {

/// `0.2.0`
HINGE_API std::string version();

/// The instruction set of the kernels that are in use: the first of `avx512`, `avx2` (with FMA) and `baseline` that the
/// processor has, or what the environment variable HINGE_ISA asks for. Chosen once for the process. Throws ConfigError when
/// HINGE_ISA is none of them, or the processor cannot run it; so does the first product of a layer.
HINGE_API std::string instruction_set();

/// One line for people: version, compiler, instruction set. Throws as `instruction_set` does.
HINGE_API std::string version_text();

}  // namespace hinge
