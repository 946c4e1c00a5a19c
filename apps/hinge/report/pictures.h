// Pictures that several sections need.
#pragma once

#include <cstddef>
#include <vector>

#include <hinge/data/dataset.h>

#include "drawing/chart.h"
#include "drawing/image.h"

namespace hinge_command {

/// The side of the square image that so many features are, 8 or 28; 0 for none. Only the sizes of the usual data sets of digits
/// count: a table may have 36 columns.
std::size_t image_side(std::size_t features);

/// Sample `index` as a grey image, dark on light, from the smallest to the largest value of the image.
Image sample_image(const hinge::Dataset<float>& part, std::size_t index, std::size_t side);

/// The corners of a histogram of the finite values, for Series::Kind::steps, of some √n bins, at most 40. The last one closes
/// the last bin.
std::vector<Point> histogram_of(const std::vector<double>& values);
/// The same over given bounds, low < high, values outside being left out.
std::vector<Point> histogram_of(const std::vector<double>& values, Range range, std::size_t bins);

}  // namespace hinge_command
