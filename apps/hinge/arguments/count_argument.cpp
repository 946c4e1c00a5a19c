#include "arguments/count_argument.h"

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge_command {

std::size_t parse_count(const char* option, const std::optional<std::string>& text, std::size_t otherwise,
                        std::size_t least, std::size_t most, const char* or_else) {
  if (!text) return otherwise;
  const auto count = hinge::parse_size(*text);
  if (count && *count >= least && *count <= most) return *count;
  throw hinge::ConfigError(std::string(option) + " " + hinge::printable(*text) + ": wanted a whole number from " +
                           std::to_string(least) + " to " + std::to_string(most) + or_else);
}

}  // namespace hinge_command
