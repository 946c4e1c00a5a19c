// The kernels for every processor of the kind.
#define HINGE_INSTRUCTION_SET hinge_baseline
#include <hinge/core/kernels/product.h>
#include <hinge/core/kernels/transpose.h>

using namespace hinge_baseline;

const hinge::kernels::KernelSet hinge::kernels::baseline = {
    "baseline", {product<float>, transpose<float>}, {product<double>, transpose<double>}};
