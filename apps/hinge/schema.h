// The JSON Schema of configs as text.
#pragma once

#include <string>

namespace hinge_command {

std::string schema_text();

}  // namespace hinge_command
