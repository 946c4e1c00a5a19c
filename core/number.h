// Numbers from text, whole or not at all. The only place that parses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// The number that `text` is, or nothing. All of the text must be one decimal number, `-1.5`, `+2`, `.5`, `1e-3`:
/// no blanks, no hexadecimal, no `nan` or `inf`, no thousands separators, whatever the locale. A number too large for
/// the type, or one that is not 0 but rounds to it (1e-999), is nothing too: it would not be what was written.
/// Correctly rounded. Any number of threads.
HINGE_API std::optional<double> parse_double(std::string_view text);

/// A whole number in [−2⁶³, 2⁶³): `-3`, `+7`, `010` (which is ten). No point, no exponent.
HINGE_API std::optional<std::int64_t> parse_integer(std::string_view text);

/// A whole number ≥ 0 that fits std::size_t. No minus sign, not even before 0.
HINGE_API std::optional<std::size_t> parse_size(std::string_view text);

}  // namespace hinge
