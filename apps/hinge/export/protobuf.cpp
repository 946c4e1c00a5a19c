#include "export/protobuf.h"

#include <bit>

namespace hinge_command {

// Seven bits a byte, the lowest first; the eighth says that more follow.
void Message::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7F) | 0x80);
  bytes_ += static_cast<char>(value);
}

Message& Message::number(unsigned field, std::uint64_t value) {
  varint(field << 3);
  varint(value);
  return *this;
}

Message& Message::real(unsigned field, float value) {
  varint(field << 3 | 5);
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(bits >> shift & 0xFF);
  return *this;
}

Message& Message::text(unsigned field, std::string_view bytes) {
  varint(field << 3 | 2);
  varint(bytes.size());
  bytes_ += bytes;
  return *this;
}

}  // namespace hinge_command
