// Parses numbers: the whole text is one number, or there is none. No other place in Hinge parses numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// The number in `text`, correctly rounded, or nothing. The whole text must be one decimal number such as `-1.5`, `+2`,
/// `.5` or `1e-3`: no blanks, no hexadecimal, no `nan` or `inf`, no thousands separators, in any locale. A number too
/// large for the type, or a nonzero number that rounds to 0 (1e-999), gives nothing. Safe from any number of threads.
HINGE_API std::optional<double> parse_double(std::string_view text);

/// A whole number ≥ 0 that fits std::size_t: `3`, `+7`, `010` (ten, not octal). No minus sign, not even before 0, no
/// point, no exponent.
HINGE_API std::optional<std::size_t> parse_size(std::string_view text);

}  // namespace hinge
