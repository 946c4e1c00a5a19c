// CRC-32, which finds every flipped bit and every burst of up to 32 of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// The CRC-32 of gzip and PNG, over bytes that come piece by piece. Damage, not malice: it is no signature.
class HINGE_API Checksum {
 public:
  void add(std::string_view bytes);
  /// Eight hexadecimal digits in small letters: `cbf43926` for `123456789`.
  std::string text() const;

 private:
  std::uint32_t value_ = 0;
};

}  // namespace hinge
