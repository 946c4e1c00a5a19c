// The way from a page of the command to the playground.
#pragma once

#include <cstddef>
#include <string>

#include <hinge/core/config/json.h>

namespace hinge_command {

/// A link from a page in `folder` to the playground with a config in its fragment. "" if there is no file playground.html in that
/// folder or in the one above, or if the playground could not open the config: it draws one or two features, and reads no files.
std::string playground_link(const std::string& folder, const hinge::JsonValue& config, std::size_t features);

}  // namespace hinge_command
