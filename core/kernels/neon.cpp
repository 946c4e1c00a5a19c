// The kernels for 64-bit ARM, with the fused multiply-adds that each such processor has. The same bits as AVX2.
#define HINGE_INSTRUCTION_SET hinge_neon
#define HINGE_NEON
#include <hinge/core/kernels/set.h>

const hinge::kernels::KernelSet hinge::kernels::neon = hinge_neon::kernel_set("neon");
