// Registries by kind.
#include <hinge/core/spec.h>

namespace hinge::inline HINGE_ABI {

const RegistryBase& Registries::of_kind(std::string_view kind) const { return find(kind); }

RegistryBase& Registries::find(std::string_view kind) const {
  const auto found = registries_.find(kind);
  if (found == registries_.end()) throw ConfigError("there is no registry of kind \"" + printable(kind) + "\"");
  return *found->second;
}

}  // namespace hinge::inline HINGE_ABI
