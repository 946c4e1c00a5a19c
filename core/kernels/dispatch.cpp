// Choosing the kernels for the processor.
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/text.h>

namespace hinge::kernels {

namespace {

// The sets that the processor can run, the best one first.
std::span<const KernelSet* const> usable() {
#if defined(__x86_64__)
  static constexpr std::array<const KernelSet*, 3> all = {&avx512, &avx2, &baseline};
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f");
  return std::span(all).subspan(has_avx512 ? 0 : has_avx2 ? 1 : 2);
#elif defined(__aarch64__)
  static constexpr std::array<const KernelSet*, 2> all = {&neon, &baseline};
  return all;
#else
  static constexpr std::array<const KernelSet*, 1> all = {&baseline};
  return all;
#endif
}

const KernelSet& choose() {
  const char* wanted = std::getenv("HINGE_ISA");
  if (wanted == nullptr || *wanted == '\0') return *usable().front();
  std::string names;
  for (const KernelSet* set : usable()) {
    if (set->name == std::string_view(wanted)) return *set;
    names += (names.empty() ? "" : ", ") + std::string(set->name);
  }
  throw ConfigError("HINGE_ISA=" + printable(wanted) + ": this processor runs " + names);
}

}  // namespace

const KernelSet& active() {
  static const KernelSet& chosen = choose();
  return chosen;
}

}  // namespace hinge::kernels
