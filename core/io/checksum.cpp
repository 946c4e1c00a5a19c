// CRC-32 by eight bytes at a time.
#include <hinge/core/io/checksum.h>

#include <array>
#include <cstddef>

namespace hinge {

namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][byte] is the remainder of a byte with k zero bytes behind it, by the polynomial 0xEDB88320 (bits reversed).
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1U) != 0 ? 0xEDB88320U : 0U);
    tables[0][byte] = rest;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

void Checksum::add(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::uint32_t rest = ~value_;
  while (bytes.size() >= 8) {
    std::uint32_t next = 0;
    for (std::size_t k = 0; k < 4; ++k) next ^= tables[7 - k][byte(k) ^ ((rest >> (8 * k)) & 0xFFU)];
    for (std::size_t k = 4; k < 8; ++k) next ^= tables[7 - k][byte(k)];
    rest = next;
    bytes.remove_prefix(8);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) rest = (rest >> 8) ^ tables[0][(rest ^ byte(i)) & 0xFFU];
  value_ = ~rest;
}

std::string Checksum::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 28; shift >= 0; shift -= 4) text += digits[(value_ >> shift) & 15U];
  return text;
}

}  // namespace hinge
