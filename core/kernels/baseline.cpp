// The kernels for every processor of the kind.
#define HINGE_INSTRUCTION_SET hinge_baseline
#include <hinge/core/kernels/set.h>

const hinge::kernels::KernelSet hinge::kernels::baseline = hinge_baseline::kernel_set("baseline");
