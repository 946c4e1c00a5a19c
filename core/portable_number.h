// Floating-point to_chars and from_chars for a C++ library without them: libc++, which Emscripten brings. Any other library's
// own are faster and stay in use; tests compare the two.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

// All take and give text of the C locale, which the process must be in: WebAssembly knows no other.

/// The shortest decimal that reads back as the same number, the nearest to it of that length; in scientific notation where
/// that is shorter. As std::to_chars(value). Requires a finite value.
HINGE_API std::string portable_text(double value);
HINGE_API std::string portable_text(float value);
/// With `digits` significant digits, as std::to_chars with std::chars_format::general: that of printf's %g.
HINGE_API std::string portable_text(double value, int digits);

/// The number, correctly rounded, if the whole text is a decimal number without plus sign; else nothing, and nothing for one
/// that no double can hold or that rounds to 0. As std::from_chars, without `inf` and `nan`.
HINGE_API std::optional<double> portable_number(std::string_view text);

}  // namespace hinge
