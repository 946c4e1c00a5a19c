// The kernels for processors with AVX2 and FMA. Compiled with -mavx2 -mfma, and nothing else is.
#define HINGE_INSTRUCTION_SET hinge_avx2
#include <hinge/core/kernels/product.h>
#include <hinge/core/kernels/transpose.h>

using namespace hinge_avx2;

const hinge::kernels::KernelSet hinge::kernels::avx2 = {
    "avx2", {product<float>, transpose<float>}, {product<double>, transpose<double>}};
