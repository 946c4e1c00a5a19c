// The IDX format of MNIST and its relatives.
#pragma once

#include <cstddef>
#include <string>

#include <hinge/data/dataset.h>

namespace hinge {

/// Reads images and labels in the IDX format, plain or gzip: MNIST, Fashion-MNIST, KMNIST, EMNIST.
///
/// An IDX file is a magic number (0, 0, type, number of dimensions), the dimensions (32 bits each, big-endian, the
/// first one the number of samples), then the elements, the last dimension running fastest. Taken are unsigned bytes:
/// images of two or more dimensions, samples × any shape, and labels of one.
///
/// Each image becomes one sample: its bytes in the order of the file, as numbers 0 … 255 (divide by 255 in the
/// preprocessing). Feature names are `pixel_row_column` for flat images, in general `pixel_` and all indices, counted
/// from 0; images of more than 65536 pixels have none. Class names are "0", "1", … up to the largest label, or
/// `class_count` of them: for validation and test files, which must have the classes of the training files, give theirs.
///
/// Every size is checked against the bytes that are there before memory is taken for it. Throws FileError when a file
/// cannot be read, DataError with file, expected and found for everything else that is wrong.
template <typename Scalar>
HINGE_API Dataset<Scalar> read_idx(const std::string& images_path, const std::string& labels_path,
                                   std::size_t class_count = 0);

}  // namespace hinge
