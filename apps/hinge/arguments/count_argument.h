// Options of the command line that are whole numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hinge_command {

/// The number that `text` is, `otherwise` without one. Throws ConfigError, which names the option, for what is no whole
/// number from `least` to `most`, and what else may stand there.
std::size_t parse_count(const char* option, const std::optional<std::string>& text, std::size_t otherwise,
                        std::size_t least, std::size_t most = 1'000'000, const char* or_else = "");

}  // namespace hinge_command
