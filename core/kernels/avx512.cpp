// The kernels for processors with AVX-512. Compiled with -mavx512f -mavx2 -mfma, and nothing else is.
#define HINGE_INSTRUCTION_SET hinge_avx512
#include <hinge/core/kernels/set.h>

const hinge::kernels::KernelSet hinge::kernels::avx512 = hinge_avx512::kernel_set("avx512");
