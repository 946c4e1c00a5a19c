// Bytes as text: base64 [RFC 4648, section 4], with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// `AACAPw==` for the four bytes of 1 as a little-endian float.
HINGE_API std::string to_base64(std::string_view bytes);

/// Nothing for what is no base64 with its padding. Bits behind the last byte are not looked at.
HINGE_API std::optional<std::string> from_base64(std::string_view text);

}  // namespace hinge
