// Reading through zlib, which hands plain files through.
#include <hinge/core/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include <zlib.h>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzipFile = std::unique_ptr<gzFile_s, CloseGzip>;

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw FileError(printable(path) + ": " + reason);
}

std::string system_reason(int error) { return std::generic_category().message(error); }

GzipFile open_for_reading(const std::string& path) {
  if (path.empty()) throw FileError("the path of a file is empty; wanted its name");
  if (path.find('\0') != std::string::npos) fail(path, "the path holds a zero byte");
  errno = 0;
  GzipFile file(gzopen(path.c_str(), "rb"));
  if (!file) fail(path, errno != 0 ? system_reason(errno) : "not enough memory to open it");
  return file;
}

// zlib's reason in words; Z_OK is none.
void check_state(gzFile file, const std::string& path) {
  int error = Z_OK;
  const std::string message = gzerror(file, &error);
  if (error == Z_OK || error == Z_STREAM_END) return;
  if (error == Z_ERRNO) fail(path, system_reason(errno));
  if (error == Z_BUF_ERROR) fail(path, "the gzip data is cut off; get the file again");
  fail(path, "the gzip data is damaged (" + printable(message) + "); get the file again");
}

// The size on disk: what a plain file will need. 0 where it has none, as a pipe.
std::uint64_t size_hint(const std::string& path, std::uint64_t limit) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  return failed ? 0 : std::min<std::uint64_t>(size, limit);
}

}  // namespace

std::string read_file(const std::string& path, std::uint64_t limit) {
  constexpr unsigned piece_size = 1U << 18;
  const GzipFile file = open_for_reading(path);
  gzbuffer(file.get(), piece_size);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(size_hint(path, limit)));
  std::vector<char> piece(piece_size);
  for (;;) {
    const int count = gzread(file.get(), piece.data(), piece_size);
    if (count <= 0) break;
    if (static_cast<std::uint64_t>(count) > limit - bytes.size()) {
      fail(path, "holds more than " + std::to_string(limit) + " bytes" +
                     (gzdirect(file.get()) ? "" : " when unpacked") + "; wanted at most that");
    }
    bytes.append(piece.data(), static_cast<std::size_t>(count));
  }
  check_state(file.get(), path);
  return bytes;
}

}  // namespace hinge::inline HINGE_ABI
