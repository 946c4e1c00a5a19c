// The safetensors format: named tensors and some text, in a file that holds no code.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// What a tensor's numbers are. Hinge writes the first three; those of uint64 are whole numbers, or the bits of others.
enum class TensorType {
  float32,
  float64,
  uint64,
  float16,   ///< 5 bits of exponent, 10 of fraction [IEEE 754, binary16]
  bfloat16,  ///< the upper half of a float32
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  boolean
};

/// Its name in a file: `F32`.
HINGE_API std::string_view name_of(TensorType type);

/// The type of a tensor of floating point.
template <typename Scalar>
inline constexpr TensorType tensor_type = sizeof(Scalar) == sizeof(float) ? TensorType::float32 : TensorType::float64;

/// A tensor whose bytes are somebody else's: little-endian numbers, the last dimension running fastest.
struct HINGE_API Tensor {
  std::string name = {};
  TensorType type = TensorType::float32;
  std::vector<std::size_t> shape = {};
  std::string_view bytes = {};

  /// The product of the shape.
  std::size_t size() const;
};

/// What a file holds. The tensors are views of its bytes.
struct TensorFile {
  std::map<std::string, std::string> metadata = {};
  std::vector<Tensor> tensors = {};
};

/// The bytes of a safetensors file [https://huggingface.co/docs/safetensors]: the length of the header (8 bytes, little-
/// endian), the header (JSON, filled up with blanks to a multiple of 8), the tensors in their order without gaps.
///
/// The metadata gets a member `crc32`: eight hexadecimal digits, the CRC-32 of all bytes of the file with these digits
/// read as 0. The same arguments give the same bytes. Throws ModelError for two tensors of one name, a size that is not
/// the shape's, a number that is not finite, and a header larger than 16 MiB: what could not be read again.
HINGE_API std::string write_tensors(std::map<std::string, std::string> metadata, std::span<const Tensor> tensors);

/// Throws as write_tensors does for the names, the sizes and the header; what the tensors hold is not looked at.
HINGE_API void check_tensors(std::map<std::string, std::string> metadata, std::span<const Tensor> tensors);

/// Reads such a file, as write_tensors made it. `file` must outlive the result; `name` stands in messages.
///
/// Nothing in the file is believed before it is checked against the bytes that are there: lengths, shapes, offsets that
/// leave no gap and do not overlap, names, the checksum, and that every number is finite.
/// Throws ModelError `name: …` with the tensor, what was found and what was wanted; for a file of another kind it says
/// which.
HINGE_API TensorFile read_tensors(std::string_view file, std::string_view name);

/// The same for a file of any program: the header may list the tensors in any order, there need not be a crc32, and numbers may
/// be infinite or NaN.
HINGE_API TensorFile read_any_tensors(std::string_view file, std::string_view name);

/// The number at `index` of a tensor of float16, bfloat16, float32 or float64, which double holds exactly.
/// Throws ModelError with the tensor's name for another type.
HINGE_API double number_at(const Tensor& tensor, std::size_t index);

/// The bytes of such a file, and at most one more than its header says there are: a file of another kind is refused by its
/// first bytes, however large it is. Throws ModelError as read_tensors does, FileError when the file cannot be read.
HINGE_API std::string read_tensor_file(const std::string& path);

}  // namespace hinge
