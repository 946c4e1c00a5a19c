// The peak speed of the processor, to compare measured speeds with.
#pragma once

#include <hinge/core/export.h>

namespace hinge {

/// GFLOP/s of one thread in independent multiply-adds of floats in registers, with the instruction set in use
/// (`instruction_set`). A multiply-add counts as two operations. Each call measures anew, for about 3 ms, and takes the
/// best of 20 runs, which other programs disturb least. Throws as `instruction_set` does.
HINGE_API double peak_gflops();

}  // namespace hinge
