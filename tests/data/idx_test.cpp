// IDX files: small ones made here, the four of MNIST where they are, and every way to be wrong.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <zlib.h>

#include <hinge/core/error.h>
#include <hinge/data/idx.h>
#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Dimensions = std::vector<std::uint32_t>;

// An IDX file whose elements are 0, 1, 2, … unless given.
std::string idx(const Dimensions& dimensions, const std::string& elements, char type = 8) {
  std::string bytes{0, 0, type, static_cast<char>(dimensions.size())};
  for (const std::uint32_t d : dimensions) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(d >> shift);
  }
  return bytes + elements;
}

std::string counting(std::size_t size) {
  std::string elements;
  for (std::size_t i = 0; i < size; ++i) elements += static_cast<char>(i);
  return elements;
}

// The message for a pair of files of these bytes, with "images" and "labels" in their names.
std::string message_for(const std::string& images, const std::string& labels) {
  const TemporaryFolder folder;
  const std::string images_path = folder.write("images", images);
  const std::string labels_path = folder.write("labels", labels);
  return error_of<DataError>([&] { read_idx<float>(images_path, labels_path); });
}

}  // namespace

TEST_CASE_TEMPLATE("images become samples of bytes with a name for each pixel", Scalar, float, double) {
  const TemporaryFolder folder;
  const std::string images = folder.write("images", idx({3, 2, 2}, "\x01\x02\x03\x04\xff\xfe\xfd\xfc\x05\x06\x07\x08"));
  const std::string labels = folder.write("labels", idx({3}, std::string("\x00\x02\x01", 3)));
  const auto data = read_idx<Scalar>(images, labels);
  CHECK(data.size() == 3);
  CHECK(data.features() == 4);
  CHECK(data.feature_names() == std::vector<std::string>{"pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1"});
  CHECK(data.class_names() == std::vector<std::string>{"0", "1", "2"});
  CHECK(data.inputs()(1, 0) == 2);
  CHECK(data.inputs()(0, 1) == 255);
  CHECK(data.inputs()(3, 1) == 252);
  CHECK(data.classes()[1] == 2);
}

TEST_CASE("test images have the classes of the training images") {
  const TemporaryFolder folder;
  const std::string images = folder.write("images", idx({2, 1, 1}, counting(2)));
  const std::string labels = folder.write("labels", idx({2}, "\x03\x03"));
  CHECK(read_idx<float>(images, labels, 10).class_count() == 10);
  CHECK(read_idx<float>(images, labels, 4).class_names() == std::vector<std::string>{"0", "1", "2", "3"});
  const std::string beyond = folder.write("labels", idx({2}, "\x02\xfa"));
  check_contains(error_of<DataError>([&] { read_idx<float>(images, beyond, 10); }),
                 {"labels: label 1: found 250", "10 classes, 0 to 9"});
}

TEST_CASE("images of any number of dimensions are flattened") {
  const TemporaryFolder folder;
  const std::string labels = folder.write("labels", idx({2}, std::string("\x00\x01", 2)));
  const auto vectors = read_idx<float>(folder.write("images", idx({2, 3}, counting(6))), labels);
  CHECK(vectors.feature_names() == std::vector<std::string>{"pixel_0", "pixel_1", "pixel_2"});
  const auto colours = read_idx<float>(folder.write("images", idx({2, 1, 2, 3}, counting(12))), labels);
  CHECK(colours.features() == 6);
  CHECK(colours.feature_names()[5] == "pixel_0_1_2");
  CHECK(colours.inputs()(5, 1) == 11);
}

TEST_CASE("gzip files are read as they are") {
  const TemporaryFolder folder;
  const std::string bytes = idx({2, 1, 1}, counting(2));
  const gzFile file = gzopen(folder.path("images.gz").c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  const auto data = read_idx<float>(folder.path("images.gz"), folder.write("labels", idx({2}, counting(2))));
  CHECK(data.size() == 2);
}

TEST_CASE("a damaged pair of IDX files is refused with file and expected and found") {
  const std::string images = idx({2, 2, 2}, counting(8));
  const std::string labels = idx({2}, counting(2));
  struct Row {
    std::string what;
    std::string images;
    std::string labels;
    std::vector<std::string> parts;
  };
  const std::vector<Row> rows{
      {"empty file", "", labels, {"images: ", "found 0 bytes", "4 magic bytes"}},
      {"text", "1,2,3\n", labels, {"images: ", "magic number 0x312c322c", "0x00000803"}},
      {"gzip cut to its magic number", images.substr(0, 3), labels, {"images: ", "found 3 bytes"}},
      {"reversed bytes", std::string("\x03\x08\0\0", 4), labels, {"0x03080000", "byte order is reversed"}},
      {"unknown type", idx({2, 2, 2}, counting(8), 7), labels, {"images: ", "0x00000703", "unsigned bytes"}},
      {"floats", idx({2, 2, 2}, counting(8), 13), labels, {"32-bit floats", "0x00000d03", "unsigned bytes"}},
      {"swapped", labels, images, {"images: ", "found 1 dimension;", "swapped?"}},
      {"two images", images, images, {"labels: ", "found 3 dimensions", "wanted labels, of 1", "swapped?"}},
      {"no dimensions", idx({}, ""), labels, {"found 0 dimensions", "wanted images"}},
      {"header cut off", images.substr(0, 15), labels, {"images: ", "found 15 bytes", "header of 16", "cut off?"}},
      {"255 dimensions", std::string("\x00\x00\x08\xff", 4), labels, {"found 4 bytes", "header of 1024"}},
      {"one byte short",
       images.substr(0, images.size() - 1),
       labels,
       {"images: ", "found 7 bytes", "2 x 2 x 2 = 8", "cut off?"}},
      {"one byte long", images + "x", labels, {"images: ", "found 9 bytes", "2 x 2 x 2 = 8", "the rest?"}},
      {"labels short", images, idx({2}, counting(1)), {"labels: ", "found 1 byte ", "wanted 2 (", "cut off?"}},
      {"no images", idx({0, 2, 2}, ""), labels, {"images: ", "found the size 0 x 2 x 2", "at least 1"}},
      {"no pixels", idx({2, 2, 0}, ""), labels, {"images: ", "found the size 2 x 2 x 0"}},
      {"huge size",
       idx({4294967295U, 2, 2}, counting(8)),
       labels,
       {"found 8 bytes", "4294967295 x 2 x 2 = 17179869180"}},
      {"size whose product is 8 modulo 2^64",
       idx({1U << 31, 1U << 31, 4, 2}, counting(8)),
       labels,
       {"found 8 bytes", "2147483648 x 2147483648 x 4 x 2", "cut off?"}},
      {"product beyond memory and a zero", idx({1U << 31, 1U << 31, 16, 0}, ""), labels, {"at least 1"}},
      {"count mismatch",
       images,
       idx({3}, counting(3)),
       {"images: ", "found 2 images", "3 labels", "one for each image"}},
      {"one class", images, idx({2}, "\x05\x05"), {"labels: ", "only the label 5", "two classes"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    check_contains(message_for(row.images, row.labels), row.parts);
  }
}

TEST_CASE("bytes are called reversed only where they would be a magic number the other way round") {
  const std::string labels = idx({2}, counting(2));
  for (const std::string& magic :
       {std::string("\x03\x08\x01\0", 4), std::string("\x03\x08\0\x01", 4), std::string("\x03\x07\0\0", 4)}) {
    const std::string message = message_for(magic, labels);
    CAPTURE(message);
    CHECK(message.ends_with("0x00000803 for images"));
  }
}

TEST_CASE("a missing IDX file is an error of files") {
  const TemporaryFolder folder;
  check_contains(error_of<FileError>([&] { read_idx<float>(folder.path("images"), folder.path("labels")); }),
                 {"images: No such file"});
}

TEST_CASE("the MNIST test images are as published") {
  const std::string folder = HINGE_SHARED_DIR "/data/mnist/";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: there is no " << folder);
    return;
  }
  const auto data = read_idx<float>(folder + "t10k-images-idx3-ubyte.gz", folder + "t10k-labels-idx1-ubyte.gz");
  CHECK(data.size() == 10000);
  CHECK(data.features() == 784);
  CHECK(data.class_count() == 10);
  CHECK(data.feature_names().back() == "pixel_27_27");
  CHECK(std::vector<std::int32_t>(data.classes().begin(), data.classes().begin() + 5) ==
        std::vector<std::int32_t>{7, 2, 1, 0, 4});
  std::vector<std::size_t> counts(10);
  for (const std::int32_t label : data.classes()) ++counts[static_cast<std::size_t>(label)];
  CHECK(counts == std::vector<std::size_t>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
}
