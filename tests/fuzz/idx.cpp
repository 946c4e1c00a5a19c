// Images and labels in IDX: the first byte says how long the file of labels is.
#include <algorithm>
#include <optional>
#include <string>

#include <hinge/data/idx.h>

#include "fuzz.h"

void fuzz_idx(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t of_labels = std::min<std::size_t>(static_cast<unsigned char>(bytes[0]), bytes.size() - 1);
  const std::string labels = in_file("labels", bytes.substr(1, of_labels));
  const std::string_view pixels = bytes.substr(1 + of_labels);
  const std::string images = in_file("images", pixels);
  std::optional<hinge::Dataset<double>> read;
  if (!accepts([&] { read = hinge::read_idx<double>(images, labels, 0); })) return;
  const hinge::Dataset<double>& data = *read;
  const std::size_t count = data.size() * data.features();
  require(pixels.starts_with("\x1f\x8b") || count < pixels.size(), "every pixel is there");
  for (std::size_t i = 0; i < count; ++i) {
    const double value = data.inputs()(i % data.features(), i / data.features());
    const bool is_packed = pixels.starts_with("\x1f\x8b");
    require(is_packed || value == static_cast<unsigned char>(pixels[pixels.size() - count + i]), "a pixel is its byte");
  }
}
