// Matrices as small images: digits, weights, decision surfaces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "drawing/numbers.h"
#include "drawing/svg.h"

namespace hinge_command {

enum class Shades {
  grey,       ///< from white to black
  diverging,  ///< from orange through white to blue
  classes,    ///< the value is the index of a curve's colour (palette.h), paled
};

/// Values row by row, shown as pixels. Values outside [low, high] look like its ends, NaN like `low`.
struct Image {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values = {};
  double low = 0;
  double high = 1;
  Shades shades = Shades::grey;
  std::string label = {};  ///< below the image, in a grid
};

/// Images of one size side by side, as many in a row as fit, each with its label below.
struct ImageGrid {
  std::string title = {};
  std::string description = {};
  std::vector<Image> images = {};
  double size = 56;  ///< the width of an image, in pixels
  double width = 640;
};

Drawing draw(const ImageGrid& grid);

/// A row for each image: its label and its values.
Numbers numbers_of(const ImageGrid& grid);

/// An `<image>` at that place and of that size. It holds its PNG, so a content security policy must allow `img-src data:`.
std::string image_element(const Image& image, double x, double y, double width, double height);

struct Rgb {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

/// A PNG file whose pixels, row by row, are indices into at most 256 colours. It is not compressed, which small images do not need.
std::string png_of(std::size_t rows, std::size_t columns, const std::vector<std::uint8_t>& pixels,
                   const std::vector<Rgb>& colours);

}  // namespace hinge_command
