// The build sets HINGE_VERSION.
#include <hinge/core/version.h>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

std::string version() { return HINGE_VERSION; }

std::string instruction_set() { return kernels::active().name; }

std::string version_text() {
#if defined(__clang__)
  const std::string compiler = "clang " + std::to_string(__clang_major__);
#else
  const std::string compiler = "g++ " + std::to_string(__GNUC__);
#endif
  return "hinge " + version() + " (" + compiler + ", kernels " + instruction_set() + ")";
}

}  // namespace hinge
