// The bits of a number as another type.
#pragma once

namespace hinge {

/// std::bit_cast, which libc++ has from version 15 on only: Emscripten of Debian 12 brings version 14.
template <typename To, typename From>
constexpr To bit_cast(const From& from) {
  return __builtin_bit_cast(To, from);
}

}  // namespace hinge
