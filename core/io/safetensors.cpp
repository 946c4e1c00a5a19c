// Writing and checking safetensors files.
#include <hinge/core/io/safetensors.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <hinge/core/config/plain_json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/file_kind.h>
#include <hinge/core/matrix.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

static_assert(std::endian::native == std::endian::little, "the numbers of the file are used as they are");

namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::size_t longest_header = max_json_bytes;
constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view checksum_key = "crc32";
constexpr std::string_view no_checksum = "00000000";

bool has_zero(const std::vector<std::size_t>& shape) { return std::find(shape.begin(), shape.end(), 0) != shape.end(); }

struct TypeFacts {
  std::string_view name;
  std::size_t bytes;
};
// In the order of TensorType.
constexpr std::array<TypeFacts, 13> type_facts = {{{"F32", 4},
                                                   {"F64", 8},
                                                   {"U64", 8},
                                                   {"F16", 2},
                                                   {"BF16", 2},
                                                   {"I8", 1},
                                                   {"I16", 2},
                                                   {"I32", 4},
                                                   {"I64", 8},
                                                   {"U8", 1},
                                                   {"U16", 2},
                                                   {"U32", 4},
                                                   {"BOOL", 1}}};
constexpr std::size_t own_types = 3;

std::size_t bytes_of(TensorType type) { return type_facts[static_cast<std::size_t>(type)].bytes; }

template <typename Stored>
Stored stored_at(const Tensor& tensor, std::size_t index) {
  Stored stored{};
  std::memcpy(&stored, tensor.bytes.data() + index * sizeof(stored), sizeof(stored));
  return stored;
}

// [IEEE 754, binary16]
double number_of_half(std::uint16_t bits) {
  const int exponent = bits >> 10U & 31U;
  const int fraction = bits & 1023U;
  const double sign = (bits >> 15U) != 0U ? -1 : 1;
  if (exponent == 31) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}

double number_of_bfloat(std::uint16_t upper_half) {
  const std::uint32_t bits = std::uint32_t{upper_half} << 16U;
  float number = 0;
  std::memcpy(&number, &bits, sizeof(number));  // Emscripten's library has no std::bit_cast
  return static_cast<double>(number);
}

// Where in the file the digits of the checksum stand; npos if the header has none.
std::size_t checksum_position(std::string_view header) {
  const std::string member = "\"" + std::string(checksum_key) + "\": \"";
  const std::size_t start = header.find(member);
  return start == std::string_view::npos ? start : length_bytes + start + member.size();
}

// ------------------------------------------------------------------------------------------------------------ writing

std::string header_of(const std::map<std::string, std::string>& metadata, std::span<const Tensor> tensors) {
  JsonValue header = JsonValue::object();
  JsonValue texts = JsonValue::object();
  for (const auto& [key, value] : metadata) texts.set(key, value);
  header.set(std::string(metadata_key), std::move(texts));
  std::size_t offset = 0;
  for (const Tensor& tensor : tensors) {
    const std::size_t end = offset + tensor.bytes.size();
    JsonValue entry = JsonValue::object({{"dtype", name_of(tensor.type)},
                                         {"shape", list_of(tensor.shape)},
                                         {"data_offsets", std::vector<JsonValue>{offset, end}}});
    header.members.push_back({tensor.name, std::move(entry), {}});  // reading finds a name that occurs twice
    offset = end;
  }
  std::string json = to_json_line(header);
  json.append((length_bytes - json.size() % length_bytes) % length_bytes, ' ');
  return json;
}

void check_sizes(std::span<const Tensor> tensors) {
  std::set<std::string_view> names = {metadata_key};
  for (const Tensor& tensor : tensors) {
    if (!names.insert(tensor.name).second) throw ModelError("two tensors are called " + printable(tensor.name));
    if (tensor.bytes.size() == checked_size(tensor.size(), bytes_of(tensor.type))) continue;
    throw ModelError("tensor " + printable(tensor.name) + " has " + std::to_string(tensor.bytes.size()) +
                     " bytes, but its shape has " + std::to_string(tensor.size()) + " elements");
  }
}

// The header, with a checksum of zeros.
std::string checked_header(std::map<std::string, std::string> metadata, std::span<const Tensor> tensors) {
  check_sizes(tensors);
  metadata[std::string(checksum_key)] = no_checksum;
  std::string header = header_of(metadata, tensors);
  if (header.size() <= longest_header) return header;
  throw ModelError("the header of the model would have " + std::to_string(header.size()) + " bytes, and at most " +
                   std::to_string(longest_header) +
                   " can be read; use fewer or shorter names of features and classes, " +
                   "and no long lists of given weights");
}

// ------------------------------------------------------------------------------------------------------------ reading

// The first number of a tensor that is not finite.
std::optional<std::size_t> find_not_finite(const Tensor& tensor) {
  const auto find = [&](auto scalar) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < tensor.bytes.size() / sizeof(scalar); ++i) {
      if (!std::isfinite(stored_at<decltype(scalar)>(tensor, i))) return i;
    }
    return std::nullopt;
  };
  if (tensor.type == TensorType::uint64) return std::nullopt;
  return tensor.type == TensorType::float32 ? find(float{}) : find(double{});
}

class TensorReader {
 public:
  // `is_own`: whether Hinge wrote the file.
  TensorReader(std::string_view file, std::string_view name, bool is_own = true)
      : file_(file), name_(name), is_own_(is_own) {}

  // How many bytes the header has, which need not be there yet.
  std::size_t header_size() const {
    std::uint64_t length = 0;
    if (file_.size() < length_bytes) fail(kind_text(file_, name_));
    std::memcpy(&length, file_.data(), length_bytes);
    if (length > longest_header) fail(kind_text(file_, name_));
    return static_cast<std::size_t>(length);
  }

  // Where the header says that the data ends. Whether it is right about that is for read() to see.
  std::size_t promised_size() const {
    const std::string_view header = header_text();
    std::size_t end = 0;
    for (const JsonMember& member : parse(header).members) {
      const JsonValue* offsets = member.key == metadata_key ? nullptr : member.value.find("data_offsets");
      if (offsets == nullptr) continue;
      for (const std::size_t offset : sizes("data_offsets", offsets)) end = std::max(end, offset);
    }
    return length_bytes + header.size() + std::min(end, static_cast<std::size_t>(default_read_limit));
  }

  TensorFile read() {
    const std::string_view header = header_text();
    const JsonValue json = parse(header);
    data_ = file_.substr(length_bytes + header.size());
    TensorFile result;
    std::set<std::string_view> names;
    for (const JsonMember& member : json.members) {
      if (!names.insert(member.key).second) fail("the header holds " + in_quotes(member.key) + " twice");
      if (member.key == metadata_key) {
        result.metadata = texts(member.value);
      } else {
        result.tensors.push_back(tensor(member.key, member.value));
      }
    }
    check_places(result.tensors);
    if (used_ != data_.size()) {
      fail("the tensors end at byte " + std::to_string(used_) + " of " + std::to_string(data_.size()) +
           " bytes of data");
    }
    if (!is_own_ && !result.metadata.contains(std::string(checksum_key))) return result;
    check_checksum(result, header);
    if (!is_own_) return result;
    for (const Tensor& tensor : result.tensors) {
      if (const auto found = find_not_finite(tensor)) {
        fail("tensor " + in_quotes(tensor.name) + ": element " + std::to_string(*found) + " is not finite");
      }
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw ModelError(printable(name_) + ": " + what); }

  std::string_view header_text() const {
    const std::size_t length = header_size();
    if (length == 0 || length > file_.size() - length_bytes || file_[length_bytes] != '{')
      fail(kind_text(file_, name_));
    return file_.substr(length_bytes, length);
  }

  JsonValue parse(std::string_view header) const {
    try {
      JsonValue json = parse_plain_json(header, "header");
      if (json.kind != JsonValue::Kind::object) fail("the header is no object");
      return json;
    } catch (const ConfigError& error) {
      fail("the file is damaged: " + std::string(error.what()));
    }
  }

  std::map<std::string, std::string> texts(const JsonValue& json) const {
    if (json.kind != JsonValue::Kind::object) fail("the metadata is " + json.described() + ", wanted an object");
    std::map<std::string, std::string> result;
    for (const JsonMember& member : json.members) {
      if (member.value.kind != JsonValue::Kind::string) fail("the metadata " + in_quotes(member.key) + " is no text");
      if (!result.emplace(member.key, member.value.text).second) {
        fail("the metadata holds " + in_quotes(member.key) + " twice");
      }
    }
    return result;
  }

  Tensor tensor(const std::string& name, const JsonValue& json) {
    const std::string what = "tensor " + in_quotes(name);
    if (json.kind != JsonValue::Kind::object || json.members.size() != 3)
      fail(what + " needs dtype, shape, data_offsets");
    Tensor result{.name = name, .type = type_of(what, json.find("dtype"))};
    result.shape = sizes(what + ": shape", json.find("shape"));
    const std::vector<std::size_t> offsets = sizes(what + ": data_offsets", json.find("data_offsets"));
    if (offsets.size() != 2 || offsets[1] < offsets[0] || offsets[1] > data_.size()) {
      fail(what + ": its data must end by byte " + std::to_string(data_.size()) + ", and not before it starts");
    }
    result.bytes = data_.substr(offsets[0], offsets[1] - offsets[0]);
    if (fits(result)) return result;
    fail(what + ": its " + std::to_string(result.bytes.size()) + " bytes are not those of its shape and dtype");
  }

  // Tensors follow each other in the data without gaps; in files of others the header may list them in another order.
  void check_places(const std::vector<Tensor>& tensors) {
    const auto start = [&](const Tensor* tensor) {
      return static_cast<std::size_t>(tensor->bytes.data() - data_.data());
    };
    const auto is_before = [&](const Tensor* a, const Tensor* b) {
      return std::pair(start(a), a->bytes.size()) < std::pair(start(b), b->bytes.size());
    };
    std::vector<const Tensor*> order;
    for (const Tensor& tensor : tensors) order.push_back(&tensor);
    if (!is_own_) std::stable_sort(order.begin(), order.end(), is_before);
    for (const Tensor* tensor : order) {
      if (start(tensor) != used_) {
        fail("tensor " + in_quotes(tensor->name) + ": its data must start at byte " + std::to_string(used_) +
             ", where the one before it ends");
      }
      used_ += tensor->bytes.size();
    }
  }

  TensorType type_of(const std::string& what, const JsonValue* json) const {
    const std::size_t known = is_own_ ? own_types : type_facts.size();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < known; ++i) {
      if (json != nullptr && json->kind == JsonValue::Kind::string && json->text == type_facts[i].name) {
        return static_cast<TensorType>(i);
      }
      names.push_back(in_quotes(type_facts[i].name));
    }
    fail(what + ": dtype is " + (json == nullptr ? "missing" : json->described()) + ", wanted one of " + join(names));
  }

  std::vector<std::size_t> sizes(const std::string& what, const JsonValue* json) const {
    if (json == nullptr || json->kind != JsonValue::Kind::array) fail(what + " is no list");
    std::vector<std::size_t> result;
    for (const JsonValue& element : json->elements) {
      const auto size = element.kind == JsonValue::Kind::number ? parse_size(element.text) : std::nullopt;
      if (!size) fail(what + " holds " + element.described() + ", wanted whole numbers");
      result.push_back(*size);
    }
    return result;
  }

  static bool fits(const Tensor& tensor) {
    std::size_t bytes = has_zero(tensor.shape) ? 0 : bytes_of(tensor.type);
    for (const std::size_t dimension : tensor.shape) {
      if (__builtin_mul_overflow(bytes, dimension, &bytes)) return false;  // a damaged shape
    }
    return bytes == tensor.bytes.size();
  }

  void check_checksum(const TensorFile& result, std::string_view header) const {
    const auto found = result.metadata.find(std::string(checksum_key));
    if (found == result.metadata.end()) fail("the metadata has no crc32; Hinge writes one into its models");
    const std::size_t position = checksum_position(header);
    if (position == std::string_view::npos || found->second.size() != no_checksum.size()) fail("the crc32 is damaged");
    Checksum checksum;
    checksum.add(file_.substr(0, position));
    checksum.add(no_checksum);
    checksum.add(file_.substr(position + no_checksum.size()));
    if (checksum.text() == found->second) return;
    fail("the file is damaged: its crc32 is " + checksum.text() + ", but it says " + printable(found->second) +
         "; get it again, or train again");
  }

  std::string_view file_;
  std::string_view name_;
  bool is_own_;
  std::string_view data_;
  std::size_t used_ = 0;  // bytes of data that belong to the tensors so far
};

}  // namespace

std::size_t Tensor::size() const {
  if (has_zero(shape)) return 0;  // before the others' product is too large
  std::size_t size = 1;
  for (const std::size_t dimension : shape) size = checked_size(size, dimension);
  return size;
}

std::string write_tensors(std::map<std::string, std::string> metadata, std::span<const Tensor> tensors) {
  const std::string header = checked_header(std::move(metadata), tensors);
  for (const Tensor& tensor : tensors) {
    if (const auto found = find_not_finite(tensor)) {
      throw ModelError("tensor " + printable(tensor.name) + ": element " + std::to_string(*found) + " is not finite");
    }
  }
  std::string file(length_bytes, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, length_bytes);
  file += header;
  for (const Tensor& tensor : tensors) file += tensor.bytes;

  Checksum checksum;
  checksum.add(file);
  file.replace(checksum_position(header), no_checksum.size(), checksum.text());
  return file;
}

void check_tensors(std::map<std::string, std::string> metadata, std::span<const Tensor> tensors) {
  checked_header(std::move(metadata), tensors);
}

TensorFile read_tensors(std::string_view file, std::string_view name) { return TensorReader(file, name).read(); }

TensorFile read_any_tensors(std::string_view file, std::string_view name) {
  return TensorReader(file, name, false).read();
}

std::string_view name_of(TensorType type) { return type_facts[static_cast<std::size_t>(type)].name; }

double number_at(const Tensor& tensor, std::size_t index) {
  switch (tensor.type) {
    case TensorType::float32:
      return static_cast<double>(stored_at<float>(tensor, index));
    case TensorType::float64:
      return stored_at<double>(tensor, index);
    case TensorType::float16:
      return number_of_half(stored_at<std::uint16_t>(tensor, index));
    case TensorType::bfloat16:
      return number_of_bfloat(stored_at<std::uint16_t>(tensor, index));
    default:
      throw ModelError("the tensor " + printable(tensor.name) + " is of " + std::string(name_of(tensor.type)) +
                       ", which holds no numbers of floating point");
  }
}

std::string read_tensor_file(const std::string& path) {
  const std::string length = read_file_start(path, length_bytes);
  const std::string start = read_file_start(path, length_bytes + TensorReader(length, path).header_size());
  return read_file_start(path, TensorReader(start, path).promised_size() + 1);
}

}  // namespace hinge
