// Choosing the kernels for the processor.
#include <cstdlib>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/text.h>

namespace hinge::kernels {

namespace {

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

const KernelSet& best() {
#if defined(__x86_64__)
  if (has_avx2()) return avx2;
#endif
  return baseline;
}

const KernelSet& choose() {
  const char* wanted = std::getenv("HINGE_ISA");
  if (wanted == nullptr || *wanted == '\0') return best();
  const std::string name = wanted;
  if (name == baseline.name) return baseline;
#if defined(__x86_64__)
  if (name == avx2.name) {
    if (has_avx2()) return avx2;
    throw ConfigError("HINGE_ISA=avx2: this processor has no AVX2 and FMA; unset HINGE_ISA");
  }
  throw ConfigError("HINGE_ISA=" + printable(name) + ": wanted baseline or avx2");
#else
  throw ConfigError("HINGE_ISA=" + printable(name) + ": wanted baseline");
#endif
}

}  // namespace

const KernelSet& active() {
  static const KernelSet& chosen = choose();
  return chosen;
}

template <>
const Kernels<float>& of<float>() {
  return active().of_float;
}
template <>
const Kernels<double>& of<double>() {
  return active().of_double;
}

}  // namespace hinge::kernels
