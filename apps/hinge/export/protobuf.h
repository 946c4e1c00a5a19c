// The few kinds of fields that a model in ONNX has, as Protocol Buffers encode them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hinge_command {

/// The bytes of one message. A field has a number and, in three bits beside it, its kind: a varint (0), bytes with their length
/// (2), four bytes (5). [https://protobuf.dev/programming-guides/encoding/]
class Message {
 public:
  Message& number(unsigned field, std::uint64_t value);
  Message& real(unsigned field, float value);
  Message& text(unsigned field, std::string_view bytes);
  Message& message(unsigned field, const Message& inner) { return text(field, inner.bytes()); }

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value);

  std::string bytes_;
};

}  // namespace hinge_command
