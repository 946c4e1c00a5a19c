// Files that are compiled into the command.
#pragma once

#include <string_view>

namespace hinge_command {

/// explain_page.html; `/*DATA*/` in it stands for the explanation as JSON.
std::string_view explain_page_template();

}  // namespace hinge_command
