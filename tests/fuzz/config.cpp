// A config that is read gives a config of every option, which is read again to the same.
#include <string>

#include <hinge/core/config/config.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "fuzz.h"

namespace {

std::string resolved(std::string_view text) {
  static const hinge::Registries registries = hinge::standard_registries();
  hinge::LoadedConfig loaded = hinge::parse_config(text, "config", ".", {}, registries);
  return hinge::to_json(hinge::config_of(loaded.config));
}

}  // namespace

void fuzz_config(std::string_view bytes) {
  std::string first;
  if (!accepts([&] { first = resolved(bytes); })) return;
  std::string second;
  require(accepts([&] { second = resolved(first); }), "a resolved config is read again");
  require(first == second, "a resolved config stays as it is");
}
