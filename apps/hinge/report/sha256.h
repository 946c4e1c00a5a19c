// SHA-256 [FIPS 180-4], as a content security policy names scripts and style sheets.
#pragma once

#include <string>
#include <string_view>

namespace hinge_command {

/// `sha256-` and the digest of the bytes in base64: a source of a content security policy.
std::string policy_hash(std::string_view bytes);

}  // namespace hinge_command
