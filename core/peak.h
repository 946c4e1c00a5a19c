// What the processor can do at most, to see how far a measured speed is from it.
#pragma once

#include <hinge/core/export.h>

namespace hinge {

/// GFLOP/s of one thread in multiply-adds of floats that wait for nothing, not even memory, with the instruction set in
/// use (`instruction_set`); a multiply-add is two operations. Measured anew by each call, for about 3 ms: the best of 20,
/// so that other programs disturb little. Throws as `instruction_set` does.
HINGE_API double peak_gflops();

}  // namespace hinge
