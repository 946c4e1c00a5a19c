// Reading files: plain, gzip, and everything that can be wrong with them.
#include <doctest/doctest.h>

#include <string>

#include <zlib.h>

#include <hinge/core/error.h>
#include <hinge/core/file.h>
#include "../support/contains.h"
#include "../support/temporary_folder.h"
#include "../support/throws.h"

using namespace hinge;

namespace {

std::string write_gzip(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  std::string path = folder.path(name);
  const gzFile file = gzopen(path.c_str(), "wb9");
  REQUIRE(file != nullptr);
  CHECK(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  CHECK(gzclose(file) == Z_OK);
  return path;
}

// Long enough for several pieces, with every byte value, and hard to compress.
std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  unsigned state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace

TEST_CASE("a plain file and a gzip file give the same bytes whatever their names") {
  const TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 2U, 17U, (1U << 18) - 1, 1U << 18, 1000000U}) {
    CAPTURE(size);
    const std::string bytes = some_bytes(size);
    CHECK(read_file(folder.write("plain", bytes)) == bytes);
    CHECK(read_file(write_gzip(folder, "packed.gz", bytes)) == bytes);
    CHECK(read_file(write_gzip(folder, "packed.csv", bytes)) == bytes);
  }
}

TEST_CASE("two gzip members one after the other are read as one text") {
  const TemporaryFolder folder;
  const std::string first = read_file(write_gzip(folder, "a", "one "));
  CHECK(first == "one ");
  const auto packed = [&](const std::string& bytes) {
    const std::string path = write_gzip(folder, "member", bytes);
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  CHECK(read_file(folder.write("both.gz", packed("one ") + packed("two"))) == "one two");
}

TEST_CASE("a file that cannot be read is an error with its path and the reason") {
  const TemporaryFolder folder;
  check_contains(error_of<FileError>([&] { read_file(folder.path("missing.csv")); }),
                 {folder.path("missing.csv") + ": ", "No such file or directory"});
  check_contains(error_of<FileError>([&] { read_file(folder.path()); }), {folder.path() + ": ", "Is a directory"});
  check_contains(error_of<FileError>([&] { read_file(""); }), {"path", "empty"});
  const std::string zero("a\0b", 3);
  check_contains(error_of<FileError>([&] { read_file(zero); }), {"a\\x00b", "zero byte"});
}

TEST_CASE("gzip data that is cut off anywhere after its magic number is an error") {
  const TemporaryFolder folder;
  const std::string path = write_gzip(folder, "whole.gz", some_bytes(1000));
  std::ifstream file(path, std::ios::binary);
  const std::string packed(std::istreambuf_iterator<char>(file), {});
  for (const std::size_t size : {std::size_t{2}, std::size_t{5}, std::size_t{11}, packed.size() / 2, packed.size() - 9,
                                 packed.size() - 8, packed.size() - 1}) {
    CAPTURE(size);
    const std::string cut = folder.write("cut.gz", packed.substr(0, size));
    check_contains(error_of<FileError>([&] { read_file(cut); }), {cut + ": ", "cut off", "get the file again"});
  }
}

TEST_CASE("gzip data that was damaged is an error") {
  const TemporaryFolder folder;
  const std::string path = write_gzip(folder, "whole.gz", some_bytes(1000));
  std::ifstream file(path, std::ios::binary);
  std::string packed(std::istreambuf_iterator<char>(file), {});
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);  // in the checksum
  const std::string damaged = folder.write("damaged.gz", packed);
  check_contains(error_of<FileError>([&] { read_file(damaged); }), {damaged + ": ", "damaged"});
}

TEST_CASE("a file of more bytes than the limit is an error and one of just as many is not") {
  const TemporaryFolder folder;
  const std::string bytes(100000, 'x');  // packs to a few hundred bytes
  const std::string plain = folder.write("plain", bytes);
  const std::string packed = write_gzip(folder, "packed.gz", bytes);
  CHECK(read_file(plain, bytes.size()).size() == bytes.size());
  CHECK(read_file(packed, bytes.size()).size() == bytes.size());
  check_contains(error_of<FileError>([&] { read_file(plain, bytes.size() - 1); }), {plain, "more than 99999 bytes"});
  check_contains(error_of<FileError>([&] { read_file(packed, bytes.size() - 1); }),
                 {packed, "more than 99999 bytes when unpacked"});
}
