// Files that are compiled into the command.
#pragma once

#include <string_view>

namespace hinge_command {

/// explain_page.html, in which `/*DATA*/` is to be replaced by the explanation as JSON, and `/*STYLE*/` by drawing_style().
std::string_view explain_page_template();

/// report_page.html, with places such as `<!--BODY-->`.
std::string_view report_page_template();

}  // namespace hinge_command
