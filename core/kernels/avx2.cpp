// The kernels for processors with AVX2 and FMA. Compiled with -mavx2 -mfma, and nothing else is.
#define HINGE_INSTRUCTION_SET hinge_avx2
#include <hinge/core/kernels/set.h>

const hinge::kernels::KernelSet hinge::kernels::avx2 = hinge_avx2::kernel_set("avx2");
