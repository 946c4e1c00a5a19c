// The kernels for every processor of the kind.
#define HINGE_INSTRUCTION_SET hinge_baseline
#include <hinge/core/kernels/set.h>

const hinge::kernels::KernelSet hinge::kernels::baseline = {"baseline", hinge_baseline::kernels<float>,
                                                            hinge_baseline::kernels<double>,
                                                            hinge_baseline::random_bits, hinge_baseline::remainders};
