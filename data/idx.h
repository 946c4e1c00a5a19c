// The IDX format of MNIST and its relatives.
#pragma once

#include <cstddef>
#include <string>

#include <hinge/data/dataset.h>

namespace hinge {

/// Reads images and labels in the IDX format, plain or gzip: MNIST, Fashion-MNIST, KMNIST, EMNIST.
///
/// An IDX file holds a magic number (0, 0, type, number of dimensions), the dimensions (32 bits each, big-endian; the
/// first is the number of samples), then the elements with the last dimension running fastest. Only unsigned bytes are
/// read: images of two or more dimensions (samples × any shape), and labels of one dimension.
///
/// Each image becomes one sample: its bytes in the order of the file, as numbers 0 … 255 (let the preprocessing divide
/// by 255). Features are named `pixel_` and all indices, counted from 0: `pixel_row_column` for flat images. Images of
/// more than 65536 pixels get no names. Classes are named "0", "1", … up to the largest label, or up to `class_count`
/// names. Validation and test files must have the classes of the training files: pass their number.
///
/// Every size is checked against the bytes of the file before memory is allocated for it. Throws FileError if a file
/// cannot be read, DataError with the file, what was found and what was wanted for anything else.
template <typename Scalar>
HINGE_API Dataset<Scalar> read_idx(const std::string& images_path, const std::string& labels_path,
                                   std::size_t class_count = 0);

}  // namespace hinge
