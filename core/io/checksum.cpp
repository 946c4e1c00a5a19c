// zlib's CRC-32.
#include <hinge/core/io/checksum.h>

#include <zlib.h>

namespace hinge {

void Checksum::add(std::string_view bytes) {
  value_ =
      static_cast<std::uint32_t>(crc32_z(value_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::string Checksum::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[(value_ >> shift) & 15U];
  return text;
}

}  // namespace hinge
