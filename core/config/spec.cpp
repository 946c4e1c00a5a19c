// Looking up registries by kind.
#include <hinge/core/config/spec.h>

#include <algorithm>

#include <hinge/core/text.h>

namespace hinge {

void RegistryBase::fail_unknown(std::string_view name) const {
  throw ConfigError("unknown " + std::string(kind()) + " \"" + printable(name) + "\"" + suggestion(name, names()));
}

void RegistryBase::fail_taken(std::string_view name) const {
  throw ConfigError(std::string(kind()) + " \"" + std::string(name) + "\" is registered twice");
}

Registries::Registries(const Registries& other) {
  for (const auto& [kind, registry] : other.registries_) registries_.emplace(kind, registry->clone());
}

void Registries::insert(std::unique_ptr<RegistryBase> registry) {
  const std::string kind(registry->kind());
  if (registries_.emplace(kind, std::move(registry)).second) return;
  throw ConfigError("a registry of kind \"" + kind + "\" is added twice");
}

const RegistryBase& Registries::of_kind(std::string_view kind) const { return find(kind); }

std::string_view Registries::kind_of(std::string_view name) const {
  for (const auto& [kind, registry] : registries_) {
    const std::vector<std::string> names = registry->names();
    if (std::find(names.begin(), names.end(), name) != names.end()) return kind;
  }
  return {};
}

RegistryBase& Registries::find(std::string_view kind) const {
  const auto found = registries_.find(kind);
  if (found == registries_.end()) throw ConfigError("there is no registry of kind \"" + printable(kind) + "\"");
  return *found->second;
}

}  // namespace hinge
