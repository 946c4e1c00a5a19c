// Reading files: plain, gzip, and everything that can be wrong with them.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

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

std::string read_raw(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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

// Whether the error is one of the path, which its user can change, rather than of the disk.
template <typename Call>
bool is_of_path(const Call& call) {
  try {
    call();
  } catch (const WriteError&) {
    return false;
  } catch (const FileError&) {
    return true;
  }
  return false;
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
  check_contains(error_of<FileError>([&] { read_file(folder.path()); }), {folder.path() + ": ", "is a folder"});
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

TEST_CASE("a stream of gzip data has a limit when unpacked, a plain one has none") {
  const TemporaryFolder folder;
  const std::string bytes = some_bytes(1000);
  std::vector<char> piece(4000);
  for (const std::uint64_t limit : {1000U, 999U}) {
    ByteReader plain(folder.write("plain", bytes), limit);
    CHECK(plain.read(piece.data(), piece.size()) == bytes.size());
    ByteReader packed(write_gzip(folder, "packed", bytes), limit);
    if (limit == bytes.size()) {
      CHECK(packed.read(piece.data(), piece.size()) == bytes.size());
    } else {
      check_contains(error_of<FileError>([&] { packed.read(piece.data(), piece.size()); }),
                     {"packed: holds more than 999 bytes when unpacked"});
    }
  }
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

TEST_CASE("what is no file is refused, and does not hang") {
  const TemporaryFolder folder;
  CHECK(error_of<FileError>([&] { read_file(folder.path("")); }).find("is a folder; wanted a file") !=
        std::string::npos);
  CHECK(error_of<FileError>([] { read_file("/dev/zero"); }) == "/dev/zero: is a device or a pipe; wanted a file");
}

TEST_CASE("bytes are read once from a file or a pipe, plain or packed, in pieces of any size") {
  const TemporaryFolder folder;
  const std::string bytes = some_bytes(20000);
  const std::string packed_path = write_gzip(folder, "packed", bytes);
  const std::string plain_path = folder.write("plain", bytes);
  const std::string pipe = folder.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const auto all = [](const std::string& path, std::size_t piece) {
    ByteReader reader(path);
    std::string read;
    std::string buffer(piece, '\0');
    while (const std::size_t count = reader.read(buffer.data(), piece)) read.append(buffer, 0, count);
    return read;
  };
  for (const std::size_t piece : {1U, 7U, 4096U, 100000U}) {
    for (const std::string& path : {plain_path, packed_path}) {
      CHECK(all(path, piece) == bytes);
      std::thread writer([&] { folder.write("pipe", read_raw(path)); });
      CHECK(all(pipe, piece) == bytes);
      writer.join();
    }
  }
  CHECK(all("/dev/null", 10).empty());
  check_contains(error_of<FileError>([&] { ByteReader(folder.path()); }), {"is a folder; wanted a file"});
  check_contains(error_of<FileError>([&] { ByteReader(folder.path("none")); }), {"none: No such file"});
}

TEST_CASE("a file is written as a whole, also over an older one, and leaves nothing else behind") {
  const TemporaryFolder folder;
  const std::string path = folder.path("model");
  for (const std::size_t size : {0U, 5U, 1'000'000U, 3U}) {
    const std::string bytes = some_bytes(size);
    write_file(path, bytes);
    CHECK(read_file(path) == bytes);
  }
  std::filesystem::remove(path);
  CHECK(is_empty_folder(folder.path("")));
}

TEST_CASE("where a file cannot be written, the older one stays and the reason is given") {
  const TemporaryFolder folder;
  CHECK(error_of<FileError>([&] {
          write_file(folder.path("none/model"), "x");
        }).ends_with("none/model: No such file or directory"));
  std::filesystem::create_directories(folder.path("taken"));
  CHECK(error_of<FileError>([&] { write_file(folder.path("taken"), "x"); }).ends_with("taken: Is a directory"));
  CHECK(error_of<FileError>([] { write_file("", "x"); }) == "the path of a file to write is empty");
  REQUIRE(::mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK(error_of<FileError>([&] {
          write_file(folder.path("pipe"), "x");
        }).ends_with("pipe: a device or pipe, not a file; give the name of a file"));
  CHECK(std::filesystem::is_fifo(folder.path("pipe")));
  folder.write("file", "x");
  std::filesystem::create_symlink(folder.path("nowhere"), folder.path("dangling"));
  std::filesystem::create_symlink(folder.path("loop"), folder.path("loop"));
  const std::string long_name(300, 'x');
  for (const std::string& path : {std::string("/proc/hinge"), folder.path("file"), folder.path("file/inside"),
                                  folder.path("dangling"), folder.path("loop"), folder.path(long_name)}) {
    CAPTURE(path);
    CHECK(is_of_path([&] { create_folders(path); }));
  }
  std::filesystem::create_symlink(folder.path("file"), folder.path("to_file"));
  for (const char* link : {"to_file", "dangling", "loop"}) {
    CAPTURE(link);
    CHECK(error_of<FileError>([&] {
            write_file(folder.path(link), "y");
          }).ends_with(": a link, which is not followed; give the name of the file itself"));
    CHECK(std::filesystem::is_symlink(folder.path(link)));
  }
  CHECK(read_file(folder.path("file")) == "x");
  CHECK(is_of_path([&] { write_file("/proc/hinge", "x"); }));
  CHECK(is_of_path([&] { write_file(folder.path(long_name), "x"); }));
  CHECK(is_of_path([&] { LineFile lines(folder.path("none/lines")); }));
}

TEST_CASE("lines go into a file, never through a link or into a pipe") {
  const TemporaryFolder folder;
  const std::string other = folder.write("other", "untouched");
  std::filesystem::create_symlink(other, folder.path("link"));
  REQUIRE(mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  for (const std::string& path : {folder.path("link"), folder.path("pipe"), std::string("/dev/full")}) {
    CAPTURE(path);
    CHECK(is_of_path([&] { LineFile lines(path); }));
  }
  CHECK(read_file(other) == "untouched");
}

TEST_CASE("the start of a file is read without the rest") {
  const TemporaryFolder folder;
  const std::string bytes(3'000'000, 'x');
  for (const std::string& path : {folder.write("plain", bytes), write_gzip(folder, "packed", bytes)}) {
    CHECK(read_file_start(path, 8) == "xxxxxxxx");
    CHECK(read_file_start(path, 1'000'000).size() == 1'000'000);
    CHECK(read_file_start(path, 4'000'000) == bytes);
  }
}

TEST_CASE("of two that make a folder one succeeds, and one at a time holds its lock") {
  const TemporaryFolder folder;
  CHECK(create_folder(folder.path("a")));
  CHECK_FALSE(create_folder(folder.path("a")));
  CHECK(is_of_path([&] { create_folder(folder.path("none/a")); }));
  {
    const FolderLock lock(folder.path("a"));
    const std::string message = error_of<ConfigError>([&] { FolderLock second(folder.path("a")); });
    CHECK(message.find("another run is writing here") != std::string::npos);
    if (std::ifstream("/proc/locks")) {  // Linux says who holds it
      CHECK(message.find("here: process " + std::to_string(getpid()) + " on ") != std::string::npos);
    }
  }
  const FolderLock again(folder.path("a"));
}

TEST_CASE("what a killed process left half-written is removed, and nothing else") {
  const TemporaryFolder folder;
  for (const char* name : {"model.new-12", "model.new-", "model.new-1a", "other.new-12", "model"}) {
    folder.write(name, "x");
  }
  remove_unfinished(folder.path("model"));
  CHECK_FALSE(file_exists(folder.path("model.new-12")));
  for (const char* name : {"model.new-", "model.new-1a", "other.new-12", "model"}) {
    CHECK(file_exists(folder.path(name)));
  }
}

TEST_CASE("lines are in the file as soon as they are appended") {
  const TemporaryFolder folder;
  const std::string path = folder.write("lines", "older text");
  LineFile lines(path);
  CHECK(read_file(path).empty());
  lines.append("one");
  CHECK(read_file(path) == "one\n");
  LineFile moved = std::move(lines);
  moved.append("two");
  CHECK(read_file(path) == "one\ntwo\n");
}

TEST_CASE("paths are joined, taken apart and seen from elsewhere") {
  CHECK(join_path("configs", "data/a.csv") == "configs/data/a.csv");
  CHECK(join_path("configs", "../a.csv") == "configs/../a.csv");
  CHECK(join_path(".", "a.csv") == "a.csv");
  CHECK(join_path("configs", "/data/a.csv") == "/data/a.csv");
  CHECK(folder_of("configs/a.json") == "configs");
  CHECK(folder_of("a.json") == ".");
  CHECK(stem_of("configs/a.b.json") == "a.b");
  CHECK(relative_path("configs/data/a.csv", "runs/x-1") == "../../configs/data/a.csv");
  CHECK(relative_path("configs/data/a.csv", "runs/x-1/") == "../../configs/data/a.csv");
  CHECK(relative_path("/a/b.csv", "/a") == "b.csv");
  CHECK(relative_path("/a/b.csv", "/a/c/d") == "../../b.csv");
  CHECK(relative_path("/a/mnist/", "/a/c") == "../mnist/");
  CHECK(relative_path("/a/b/..", "/a/c") == "../");
}

TEST_CASE("a path from within a linked folder leads out of where the link points to") {
  const TemporaryFolder folder;
  folder.write("a.csv", "x");
  std::filesystem::create_directories(folder.path("deep/real"));
  std::filesystem::create_directory_symlink(folder.path("deep/real"), folder.path("link"));
  const std::string path = relative_path(folder.path("a.csv"), folder.path("link"));
  CHECK(path == "../../a.csv");
  CHECK(read_file(join_path(folder.path("link"), path)) == "x");
}

// Calls `write` where no file may be larger than 100 bytes, which stands in for a full disk.
template <typename Function>
std::string error_on_full_disk(const Function& write) {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string message = error_of<WriteError>(write);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  return message;
}

TEST_CASE("a line that does not fit leaves no half of itself, and later ones follow when there is room") {
  const TemporaryFolder folder;
  const std::string path = folder.path("lines");
  LineFile lines(path);
  lines.append("one");
  CHECK(error_on_full_disk([&] { lines.append(std::string(1000, 'x')); }) == path + ": File too large");
  CHECK(read_file(path) == "one\n");
  lines.append("two");
  CHECK(read_file(path) == "one\ntwo\n");
  CHECK(lines.synced_size() == 8);
}

TEST_CASE("a file that does not fit leaves the older one, and nothing of itself") {
  const TemporaryFolder folder;
  const std::string path = folder.write("model", "older");
  const std::string message = error_on_full_disk([&] { write_file(path, std::string(1000, 'x')); });
  CHECK(message == path + ": File too large");
  CHECK(read_file(path) == "older");
  std::filesystem::remove(path);
  CHECK(is_empty_folder(folder.path("")));
}
