// Checking and unpacking IDX files.
#include <hinge/data/idx.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr std::size_t magic_size = 4;
constexpr std::size_t dimension_size = 4;
constexpr std::uint8_t unsigned_bytes = 0x08;
constexpr std::size_t max_named_pixels = 65536;

// A checked file: the product of the dimensions is the number of elements.
struct Idx {
  std::string path;
  std::string bytes;
  std::vector<std::size_t> dimensions;

  std::size_t samples() const { return dimensions.front(); }
  std::string_view elements() const {
    return std::string_view(bytes).substr(magic_size + dimension_size * dimensions.size());
  }
};

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw DataError(printable(path) + ": " + reason);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }

std::size_t big_endian(std::string_view bytes, std::size_t first) {
  std::uint32_t number = 0;
  for (std::size_t i = first; i < first + dimension_size; ++i) number = number << 8 | byte_at(bytes, i);
  return number;
}

std::string magic_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  for (std::size_t i = 0; i < magic_size; ++i) text += {digits[byte_at(bytes, i) >> 4], digits[byte_at(bytes, i) & 15]};
  return text;
}

// What the elements are, by the third byte of the file; "" for a code that IDX does not have.
std::string type_name(std::uint8_t code) {
  constexpr std::array<const char*, 7> names = {
      "unsigned bytes", "signed bytes", "", "16-bit integers", "32-bit integers", "32-bit floats", "64-bit floats"};
  const std::size_t index = std::size_t{code} - unsigned_bytes;
  return index < names.size() ? names[index] : "";
}

// "60000 x 28 x 28"
std::string shape_text(const std::vector<std::size_t>& dimensions) {
  std::vector<std::string> words;
  for (const std::size_t dimension : dimensions) words.push_back(std::to_string(dimension));
  return join(words, " x ");
}

std::string bytes_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

// The product, or nothing on overflow: then the file cannot hold so many elements.
std::optional<std::size_t> product(const std::vector<std::size_t>& factors) {
  std::size_t result = 1;
  for (const std::size_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result)) return std::nullopt;
  }
  return result;
}

// The number of dimensions, from the magic number.
std::size_t read_magic(const std::string& path, std::string_view bytes) {
  if (bytes.size() < magic_size) {
    fail(path, "found " + bytes_text(bytes.size()) + "; wanted an IDX file, which starts with 4 magic bytes");
  }
  const std::uint8_t type = byte_at(bytes, 2);
  const auto is_type = [](std::uint8_t code) { return !type_name(code).empty(); };
  if (bytes[0] != 0 || bytes[1] != 0 || !is_type(type)) {
    const bool is_reversed = bytes[2] == 0 && bytes[3] == 0 && is_type(byte_at(bytes, 1));
    fail(path,
         "found the magic number " + magic_text(bytes) +
             "; wanted an IDX file of unsigned bytes: 0x00000801 for labels, 0x00000803 for images" +
             (is_reversed ? " (here the byte order is reversed: the most significant byte must come first)" : ""));
  }
  if (type != unsigned_bytes) {
    fail(path, "found " + type_name(type) + " (magic number " + magic_text(bytes) + "); wanted unsigned bytes (0x08)");
  }
  return byte_at(bytes, 3);
}

std::vector<std::size_t> read_dimensions(const std::string& path, std::string_view bytes, std::size_t count) {
  const std::size_t header_size = magic_size + dimension_size * count;
  if (bytes.size() < header_size) {
    fail(path, "found " + bytes_text(bytes.size()) + "; wanted a header of " + std::to_string(header_size) + " for " +
                   std::to_string(count) + " dimensions (is the file cut off?)");
  }
  std::vector<std::size_t> dimensions;
  for (std::size_t i = 0; i < count; ++i) dimensions.push_back(big_endian(bytes, magic_size + dimension_size * i));
  return dimensions;
}

void check_elements(const Idx& file) {
  const std::string shape = shape_text(file.dimensions);
  if (std::count(file.dimensions.begin(), file.dimensions.end(), std::size_t{0}) > 0) {
    fail(file.path, "found the size " + shape + "; wanted every dimension to be at least 1");
  }
  const std::size_t found = file.elements().size();
  const std::optional<std::size_t> wanted = product(file.dimensions);
  if (wanted == found) return;
  const bool show_product = wanted && file.dimensions.size() > 1;
  const bool cut_off = !wanted || found < *wanted;
  fail(file.path, "found " + bytes_text(found) + " after the header; wanted " + shape +
                      (show_product ? " = " + std::to_string(*wanted) : "") +
                      (cut_off ? " (is the file cut off?)" : " (what is the rest?)"));
}

Idx read_checked(const std::string& path, bool images) {
  constexpr std::size_t largest_header = magic_size + dimension_size * 255;
  const std::string start = read_file_start(path, largest_header);
  const std::size_t count = read_magic(path, start);
  if (images ? count < 2 : count != 1) {
    const std::string wanted = images ? "images, of 2 dimensions or more" : "labels, of 1 dimension";
    const std::string hint = count == 0 ? "" : "; are images and labels swapped?";
    fail(path,
         "found " + std::to_string(count) + (count == 1 ? " dimension" : " dimensions") + "; wanted " + wanted + hint);
  }
  Idx file{path, {}, read_dimensions(path, start, count)};
  file.bytes = read_file(path);
  check_elements(file);
  return file;
}

void check_pair(const Idx& images, const Idx& labels) {
  if (images.samples() != labels.samples()) {
    fail(images.path, "found " + std::to_string(images.samples()) + " images, but " + printable(labels.path) +
                          " holds " + std::to_string(labels.samples()) + " labels; wanted one for each image");
  }
}

void check_classes(const Idx& labels, std::size_t class_count) {
  const std::string_view elements = labels.elements();
  for (std::size_t i = 0; class_count > 0 && i < elements.size(); ++i) {
    if (byte_at(elements, i) < class_count) continue;
    fail(labels.path, "label " + std::to_string(i) + ": found " + std::to_string(byte_at(elements, i)) +
                          "; wanted one of the " + std::to_string(class_count) + " classes, 0 to " +
                          std::to_string(class_count - 1));
  }
  // Numbered classes follow from the labels, so a file with a single label would give a problem without a choice.
  if (class_count == 0 &&
      std::all_of(elements.begin(), elements.end(), [&](char label) { return label == elements.front(); })) {
    fail(labels.path, "found only the label " + std::to_string(byte_at(elements, 0)) +
                          "; wanted at least two classes, or there is nothing to learn");
  }
}

// Moves `indices` to the next pixel, the last dimension fastest.
void advance(std::vector<std::size_t>& indices, const std::vector<std::size_t>& shape) {
  for (std::size_t d = indices.size(); d-- > 0;) {
    if (++indices[d] < shape[d]) return;
    indices[d] = 0;
  }
}

std::vector<std::string> pixel_names(const std::vector<std::size_t>& dimensions, std::size_t pixels) {
  std::vector<std::string> names;
  if (pixels > max_named_pixels) return names;
  const std::vector<std::size_t> shape(dimensions.begin() + 1, dimensions.end());
  std::vector<std::size_t> indices(shape.size());
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    std::string name = "pixel";
    for (const std::size_t index : indices) name.append("_").append(std::to_string(index));
    names.push_back(std::move(name));
    advance(indices, shape);
  }
  return names;
}

}  // namespace

template <typename Scalar>
Dataset<Scalar> read_idx(const std::string& images_path, const std::string& labels_path, std::size_t class_count) {
  const Idx images = read_checked(images_path, true);
  const Idx labels = read_checked(labels_path, false);
  check_pair(images, labels);
  check_classes(labels, class_count);

  const std::string_view pixels = images.elements();
  Buffer<Scalar> inputs(pixels.size());
  const auto number = [](char byte) { return static_cast<std::uint8_t>(byte); };
  std::transform(pixels.begin(), pixels.end(), inputs.data(), number);
  std::vector<std::int32_t> classes(labels.samples());
  std::transform(labels.elements().begin(), labels.elements().end(), classes.begin(), number);

  const std::size_t features = pixels.size() / images.samples();
  return Dataset<Scalar>::classification(std::move(inputs), features, std::move(classes),
                                         {.features = pixel_names(images.dimensions, features),
                                          .classes = numbered_names("", class_count),
                                          .targets = {"label"}});
}

template Dataset<float> read_idx<float>(const std::string&, const std::string&, std::size_t);
template Dataset<double> read_idx<double>(const std::string&, const std::string&, std::size_t);

}  // namespace hinge
