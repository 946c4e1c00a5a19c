// Images: PNG, and their places in a grid.
#include "drawing/image.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <hinge/core/base64.h>
#include <hinge/core/io/checksum.h>
#include <hinge/core/text.h>

#include "drawing/palette.h"

namespace hinge_command {

namespace {

constexpr std::size_t shades = 33;  // odd: the middle of a diverging scale is white

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xffU);
  return bytes;
}

// Length, type, data, and the CRC-32 of type and data [PNG specification, 5.3].
std::string png_chunk(const std::string& type, const std::string& data) {
  hinge::Checksum checksum;
  checksum.add(type + data);
  return big_endian(data.size()) + type + data + big_endian(std::stoul(checksum.text(), nullptr, 16));
}

std::string adler32(std::string_view bytes) {
  constexpr std::size_t modulus = 65521;
  std::size_t a = 1;
  std::size_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % modulus;
    b = (b + a) % modulus;
  }
  return big_endian(b << 16 | a);
}

// A zlib stream of stored blocks [RFC 1950, RFC 1951].
std::string stored(std::string_view bytes) {
  constexpr std::size_t largest_block = 65535;
  std::string stream = "\x78\x01";
  for (std::size_t start = 0; start < bytes.size(); start += largest_block) {
    const std::string_view block = bytes.substr(start, largest_block);
    const auto size = block.size();
    stream += start + size == bytes.size() ? '\x01' : '\x00';
    for (const std::size_t number : {size, ~size}) {
      stream += static_cast<char>(number & 0xffU);
      stream += static_cast<char>((number >> 8) & 0xffU);
    }
    stream += block;
  }
  return stream + adler32(bytes);
}

Rgb parse_colour(std::string_view text) {
  const std::size_t value = std::stoul(std::string(text.substr(1)), nullptr, 16);
  return {static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8 & 0xffU),
          static_cast<std::uint8_t>(value & 0xffU)};
}

// A colour between two.
Rgb mixed(Rgb from, Rgb to, double part) {
  const auto mix = [part](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + part * (b - a)));
  };
  return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue)};
}

constexpr Rgb white{255, 255, 255};

std::vector<Rgb> colours_of(Shades kind) {
  std::vector<Rgb> colours;
  if (kind == Shades::classes) {
    for (std::size_t i = 0; i < curve_colours; ++i) {
      colours.push_back(mixed(parse_colour(light_colour(curve_class(i))), white, 0.65));
    }
    return colours;
  }
  const Rgb low = parse_colour(light_colour("d-1"));
  const Rgb high = kind == Shades::grey ? Rgb{} : parse_colour(light_colour("d-0"));
  for (std::size_t i = 0; i < shades; ++i) {
    const double part = static_cast<double>(i) / (shades - 1);
    colours.push_back(kind == Shades::grey ? mixed(white, high, part)
                      : part < 0.5         ? mixed(low, white, 2 * part)
                                           : mixed(white, high, 2 * part - 1));
  }
  return colours;
}

std::uint8_t colour_index(const Image& image, double value) {
  if (image.shades == Shades::classes) {
    return value > 0 ? static_cast<std::uint8_t>(std::fmod(value, static_cast<double>(curve_colours)))
                     : std::uint8_t{0};
  }
  const double part = (value - image.low) / (image.high - image.low);
  if (!(part > 0)) return 0;  // NaN, too
  return static_cast<std::uint8_t>(std::lround(std::min(part, 1.0) * (shades - 1)));
}

}  // namespace

std::string png_of(std::size_t rows, std::size_t columns, const std::vector<std::uint8_t>& pixels,
                   const std::vector<Rgb>& colours) {
  std::string palette;
  for (const Rgb& colour : colours) {
    for (const std::uint8_t part : {colour.red, colour.green, colour.blue}) palette += static_cast<char>(part);
  }
  std::string lines;
  for (std::size_t row = 0; row < rows; ++row) {
    lines += '\0';  // not filtered
    for (std::size_t column = 0; column < columns; ++column) {
      lines += static_cast<char>(pixels[row * columns + column]);
    }
  }
  constexpr std::string_view one_byte_each("\x08\x03\x00\x00\x00", 5);  // 8 bits, indexed, no interlace
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", big_endian(columns) + big_endian(rows) + std::string(one_byte_each)) +
         png_chunk("PLTE", palette) + png_chunk("IDAT", stored(lines)) + png_chunk("IEND", "");
}

std::string image_element(const Image& image, double x, double y, double width, double height) {
  std::vector<std::uint8_t> indices;
  for (const double value : image.values) indices.push_back(colour_index(image, value));
  const std::string png = png_of(image.rows, image.columns, indices, colours_of(image.shades));
  return element("image", {{"x", pixels(x)},
                           {"y", pixels(y)},
                           {"width", pixels(width)},
                           {"height", pixels(height)},
                           {"preserveAspectRatio", "none"},
                           {"image-rendering", "pixelated"},
                           {"href", "data:image/png;base64," + hinge::to_base64(png)}});
}

Drawing draw(const ImageGrid& grid) {
  constexpr double gap = 12;
  constexpr double top = 34;
  constexpr double margin = 8;
  const double step = grid.size + gap;
  const auto per_row = static_cast<std::size_t>(std::max(1.0, std::floor((grid.width - 2 * margin + gap) / step)));
  double height = 0;
  for (const Image& image : grid.images) {
    height = std::max(height, grid.size * static_cast<double>(image.rows) / static_cast<double>(image.columns));
  }
  const double row_height = height + line_distance + gap;
  const std::size_t rows = (grid.images.size() + per_row - 1) / per_row;
  Drawing drawing{.width = grid.width,
                  .height = top + static_cast<double>(rows) * row_height,
                  .title = grid.title,
                  .description = grid.description};
  drawing.body =
      text_element("d-text", margin, 20, Anchor::start, shortened(grid.title, grid.width - 2 * margin), true);
  for (std::size_t i = 0; i < grid.images.size(); ++i) {
    const std::size_t row = i / per_row;
    const double x = margin + static_cast<double>(i % per_row) * step;
    const double y = top + static_cast<double>(row) * row_height;
    drawing.body += image_element(grid.images[i], x, y, grid.size, height);
    drawing.body += rect_element("d-grid", Paint::stroke, x, y, grid.size, height);
    drawing.body += text_element("d-faint", x + grid.size / 2, y + height + 14, Anchor::middle,
                                 shortened(grid.images[i].label, grid.size + gap / 2));
  }
  return drawing;
}

Numbers numbers_of(const ImageGrid& grid) {
  Numbers numbers{.caption = grid.title, .header = {"image"}, .rows = {}};
  std::size_t size = 0;
  for (const Image& image : grid.images) size = std::max(size, image.values.size());
  for (std::size_t i = 0; i < size; ++i) numbers.header.push_back("value " + std::to_string(i + 1));
  for (const Image& image : grid.images) {
    std::vector<std::string>& row = numbers.rows.emplace_back(size + 1);
    row.front() = image.label;
    for (std::size_t i = 0; i < image.values.size(); ++i) row[i + 1] = hinge::to_text(image.values[i], 6);
  }
  return numbers;
}

}  // namespace hinge_command
