// The build sets HINGE_VERSION.
#include <hinge/core/version.h>

#include <Eigen/Core>

#include <hinge/core/kernels/kernels.h>

namespace hinge::inline HINGE_ABI {

std::string version() { return HINGE_VERSION; }

std::string instruction_set() { return kernels::active().name; }

std::string version_text() {
  const std::string eigen = std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                            std::to_string(EIGEN_MINOR_VERSION);
#if defined(__clang__)
  const std::string compiler = "clang " + std::to_string(__clang_major__);
#else
  const std::string compiler = "g++ " + std::to_string(__GNUC__);
#endif
  return "hinge " + version() + " (" + compiler + ", Eigen " + eigen + ", kernels " + instruction_set() + ")";
}

}  // namespace hinge::inline HINGE_ABI
