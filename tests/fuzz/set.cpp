// Lines of `--set` change a config, or are refused; a value that was set is there.
#include <algorithm>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "fuzz.h"

void fuzz_set(std::string_view bytes) {
  static const hinge::Registries registries = hinge::standard_registries();
  constexpr std::string_view config = R"({"data": {"type": "moons", "samples": 20}, "loss": "bce_with_logits",
    "model": {"layers": [{"type": "dense", "units": 2, "activation": "relu"}, {"type": "dense", "units": 1}]}})";
  std::vector<std::string> lines;
  while (!bytes.empty() && lines.size() < 8) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  hinge::JsonValue tree;
  if (!accepts([&] { tree = hinge::parse_config(config, "config", ".", lines, registries).tree; })) return;
  const std::string text = hinge::to_json(tree);
  require(accepts([&] { hinge::parse_config(text, "changed", ".", {}, registries); }),
          "a changed config is read again");
}
