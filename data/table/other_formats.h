// Files that are no text tables: what they are, and the command that makes a table of them.
#pragma once

#include <string>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// What is wrong with a file that begins with `start` (a few thousand bytes), if it is of a format that Hinge does not
/// read: `found an Excel workbook; wanted a table as text (convert it: libreoffice …)`. Else "". `name` is its path.
/// `may_be_pairs` tells whether cells such as `1:0.5`, which blanks separate, may be libsvm. Any number of threads.
HINGE_API std::string format_refusal(std::string_view start, std::string_view name, bool may_be_pairs);

/// The message for text that holds `byte`, which is not UTF-8, in the file of that name.
HINGE_API std::string encoding_refusal(std::string_view byte, std::string_view name);

}  // namespace hinge
