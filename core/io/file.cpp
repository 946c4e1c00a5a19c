// Files through POSIX, which can say when bytes are on the disk; gzip data through zlib, where the build has it.
#include <hinge/core/io/file.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifndef HINGE_WITHOUT_ZLIB
#include <zlib.h>
#endif

#include <hinge/core/error.h>
#include <hinge/core/matrix.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw FileError(printable(path) + ": " + reason);
}

std::string system_reason(int error) { return std::generic_category().message(error); }

// Only what has an end can be read to it.
void require_file(const std::string& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (failed || !std::filesystem::exists(status)) return;  // opening it gives the reason
  if (std::filesystem::is_directory(status)) fail(path, "is a folder; wanted a file");
  if (!std::filesystem::is_regular_file(status)) fail(path, "is a device or a pipe; wanted a file");
}

constexpr unsigned piece_size = 1U << 18;

// Gzip data, from the current place of an open file on.
class GzipReader {
 public:
#ifndef HINGE_WITHOUT_ZLIB
  static constexpr bool takes_plain = true;  // and hands it on

  GzipReader(int descriptor, const std::string& path) : path_(path), file_(gzdopen(::dup(descriptor), "rb")) {
    if (file_ == nullptr) fail(path, "not enough memory to unpack it");
    gzbuffer(file_, piece_size / 2);  // zlib unpacks straight into a piece of at least twice this size
  }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  ~GzipReader() { gzclose(file_); }

  bool is_plain() const { return gzdirect(file_) != 0; }

  std::size_t read(char* to, std::size_t count) {
    const int got = gzread(file_, to, static_cast<unsigned>(count));
    if (got <= 0) check_state();
    return static_cast<std::size_t>(got);
  }

 private:
  // Throws with zlib's reason in words, unless it has none.
  void check_state() const {
    int error = Z_OK;
    const std::string message = gzerror(file_, &error);
    if (error == Z_OK || error == Z_STREAM_END) return;
    if (error == Z_ERRNO) fail(path_, system_reason(errno));
    if (error == Z_BUF_ERROR) fail(path_, "the gzip data is cut off; get the file again");
    fail(path_, "the gzip data is damaged (" + printable(message) + "); get the file again");
  }

  const std::string& path_;
  gzFile file_;
#else
  static constexpr bool takes_plain = false;

  GzipReader(int, const std::string& path) {
    fail(path, "is packed with gzip, and this Hinge was built without zlib (HINGE_ZLIB=OFF); unpack it with gunzip");
  }
  bool is_plain() const { return true; }
  std::size_t read(char*, std::size_t) { return 0; }
#endif
};

// A file that is read from its beginning. Gzip data, which begins with 1f 8b [RFC 1952], is unpacked; what a pipe holds
// is for zlib to see, since a pipe cannot go back.
class Input {
 public:
  explicit Input(const std::string& path, bool takes_pipes = false) : path_(path) {
    if (path.empty()) throw FileError("the path of a file is empty; wanted its name");
    if (path.find('\0') != std::string::npos) fail(path, "the path holds a zero byte");
    if (!takes_pipes) require_file(path);
    if (is_folder(path)) fail(path, "is a folder; wanted a file");
    const bool is_standard_input = takes_pipes && path == "-";
    file_ = Descriptor(is_standard_input ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file_.get() < 0) fail(path, system_reason(errno));
    std::array<char, 2> first{};
    const ssize_t count = ::pread(file_.get(), first.data(), first.size(), ::lseek(file_.get(), 0, SEEK_CUR));
    const bool is_pipe = count < 0;
    const bool is_packed = count == 2 && first[0] == '\x1f' && first[1] == '\x8b';
    if (is_packed || (is_pipe && GzipReader::takes_plain)) gzip_.emplace(file_.get(), path_);
  }

  bool is_gzip() const { return gzip_.has_value(); }
  // The same of a pipe too, once something was read.
  bool is_packed() const { return gzip_ && !gzip_->is_plain(); }

  [[noreturn]] void fail_too_large(std::uint64_t limit) const {
    fail(path_, "holds more than " + std::to_string(limit) + " bytes" + (is_packed() ? " when unpacked" : "") +
                    "; wanted at most that");
  }

  // Writes at most `count` bytes, 0 at the end. Throws FileError.
  std::size_t read(char* to, std::size_t count) {
    if (gzip_) return gzip_->read(to, count);
    ssize_t got = -1;
    do {
      got = ::read(file_.get(), to, count);
    } while (got < 0 && errno == EINTR);
    if (got < 0) fail(path_, system_reason(errno));
    return static_cast<std::size_t>(got);
  }

 private:
  std::string path_;
  Descriptor file_;
  std::optional<GzipReader> gzip_;
};

// How many bytes a file will give, as far as it says so itself: a plain file by its size, gzip data by its last four
// bytes, little-endian [RFC 1952]. These may be wrong: they are believed up to a ratio of 16.
std::uint64_t size_hint(const std::string& path, bool is_plain) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed || is_plain) return failed ? 0 : size;
  std::array<char, 4> last{};
  std::ifstream file(path, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(last.size()), std::ios::end);
  file.read(last.data(), last.size());
  std::uint64_t unpacked = 0;
  for (std::size_t i = last.size(); i-- > 0;) unpacked = unpacked << 8 | static_cast<unsigned char>(last[i]);
  return std::min<std::uint64_t>(unpacked, 16 * size);
}

// Whether another path would help.
bool is_of_path(int error) {
  constexpr std::array<int, 10> errors = {ENOENT,       ENOTDIR, EEXIST, EISDIR, ELOOP,
                                          ENAMETOOLONG, EACCES,  EPERM,  EROFS,  ENXIO};
  return std::find(errors.begin(), errors.end(), error) != errors.end();
}

[[noreturn]] void fail_writing(const std::string& path, int error) {
  const std::string message = printable(path) + ": " + system_reason(error);
  if (is_of_path(error)) throw FileError(message);
  throw WriteError(message);
}

void write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail_writing(path, count < 0 ? errno : EIO);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

// A new name is on the disk only when its folder is. Some file systems cannot do that, and need not.
void sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool failed = folder.get() >= 0 && ::fsync(folder.get()) != 0;
  if (failed && (errno == EIO || errno == ENOSPC || errno == EDQUOT)) fail_writing(path, errno);
}

constexpr std::string_view temporary_ending = ".new-";  // and the number of the process

// A file under a name of its own until it takes its final one; whatever fails in between, it is removed.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), temporary_(path + std::string(temporary_ending) + std::to_string(::getpid())) {
    ::unlink(temporary_.c_str());  // left by a process of the same number that was killed
    file_ = Descriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (file_.get() < 0) fail_writing(path, errno);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!finished_) ::unlink(temporary_.c_str());
  }

  void write(std::string_view bytes) const { write_all(file_.get(), bytes, path_); }

  void finish() {
    if (::fsync(file_.get()) != 0) fail_writing(path_, errno);
    if (::close(file_.release()) != 0) fail_writing(path_, errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_writing(path_, errno);
    finished_ = true;
    sync_folder(folder_of(path_));
  }

 private:
  std::string path_;
  std::string temporary_;
  Descriptor file_;
  bool finished_ = false;
};

void require_name(const std::string& path) {
  if (path.empty()) throw FileError("the path of a file to write is empty");
  if (path.find('\0') != std::string::npos) fail(path, "the path holds a zero byte");
}

// Appends at most `most` unpacked bytes.
void append_bytes(Input& input, std::uint64_t most, std::string& bytes) {
  std::vector<char> piece(piece_size);
  while (most > 0) {
    const std::size_t count = input.read(piece.data(), std::min<std::uint64_t>(most, piece_size));
    if (count == 0) break;
    bytes.append(piece.data(), count);
    most -= count;
  }
}

}  // namespace

std::string read_file(const std::string& path, std::uint64_t limit) {
  Input input(path);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(std::min(limit, size_hint(path, !input.is_gzip()))));
  prefer_large_pages(bytes.data(), bytes.capacity());
  append_bytes(input, limit, bytes);
  if (char more = 0; bytes.size() == limit && input.read(&more, 1) == 1) {
    input.fail_too_large(limit);
  }
  return bytes;
}

struct ByteReader::Source {
  Input input;
  std::uint64_t limit;
  std::uint64_t unpacked = 0;  // bytes of gzip data
};

ByteReader::ByteReader(const std::string& path, std::uint64_t limit) : source_(new Source{Input(path, true), limit}) {}
ByteReader::ByteReader(ByteReader&&) noexcept = default;
ByteReader& ByteReader::operator=(ByteReader&&) noexcept = default;
ByteReader::~ByteReader() = default;
std::size_t ByteReader::read(char* to, std::size_t count) {
  const std::size_t got = source_->input.read(to, count);
  if (!source_->input.is_packed()) return got;
  source_->unpacked += got;
  if (source_->unpacked > source_->limit) source_->input.fail_too_large(source_->limit);
  return got;
}

std::string read_file_start(const std::string& path, std::uint64_t count) {
  Input input(path);
  std::string bytes;
  append_bytes(input, count, bytes);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  require_name(path);
  if (is_folder(path)) fail_writing(path, EISDIR);
  // Taking the name of anything but a file would remove that.
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    fail(path, S_ISLNK(status.st_mode) ? "a link, which is not followed; give the name of the file itself"
                                       : "a device or pipe, not a file; give the name of a file");
  }
  NewFile file(path);
  file.write(bytes);
  file.finish();
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

LineFile::LineFile(const std::string& path) : LineFile(path, 0) {}

LineFile::LineFile(const std::string& path, std::uint64_t size) : path_(path), size_(size) {
  require_name(path);
  // Without O_NONBLOCK a pipe would wait for its reader.
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  descriptor_ = Descriptor(::open(path.c_str(), flags, 0666));
  if (descriptor_.get() < 0) fail_writing(path, errno);
  struct stat status {};
  const bool is_file = ::fstat(descriptor_.get(), &status) == 0 && S_ISREG(status.st_mode);
  if (!is_file) fail_writing(path, ENXIO);
  const auto length = static_cast<std::uint64_t>(status.st_size);
  if (length < size) {
    fail(path,
         "has " + std::to_string(length) + " bytes, wanted at least " + std::to_string(size) + " to go on behind");
  }
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(size)) != 0) fail_writing(path, errno);
}

std::uint64_t LineFile::synced_size() {
  if (::fsync(descriptor_.get()) != 0) fail_writing(path_, errno);
  return size_;
}

void LineFile::append(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  try {
    write_all(descriptor_.get(), text, path_);
  } catch (const FileError&) {  // nobody shall read half a line
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(size_)) != 0) fail_writing(path_, errno);
    throw;
  }
  size_ += text.size();
}

void remove_file(const std::string& path) {
  std::error_code failed;
  std::filesystem::remove(path, failed);
  if (failed) fail_writing(path, failed.value());
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail_writing(to, errno);
  sync_folder(folder_of(to));
  if (folder_of(from) != folder_of(to)) sync_folder(folder_of(from));
}

void remove_unfinished(const std::string& path) {
  const std::string start = std::filesystem::path(path).filename().string() + std::string(temporary_ending);
  std::error_code failed;
  std::vector<std::filesystem::path> found;
  for (std::filesystem::directory_iterator entry(folder_of(path), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    const bool is_ours = name.starts_with(start) && name.size() > start.size() &&
                         name.find_first_not_of("0123456789", start.size()) == std::string::npos;
    if (is_ours) found.push_back(entry->path());
  }
  for (const std::filesystem::path& file : found) remove_file(file.string());
}

bool create_folder(const std::string& path) {
  require_name(path);
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno != EEXIST) fail_writing(path, errno);
    return false;
  }
  sync_folder(folder_of(path));
  return true;
}

namespace {

// "process 4711 on host7 (hinge train moons.json)", as far as Linux tells who holds a lock; else "".
std::string holder_of_lock(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return "";
  std::ifstream locks("/proc/locks");  // 1: FLOCK  ADVISORY  WRITE 4711 fe:00:11018328 0 EOF
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process, file;
    words >> number >> kind >> mode >> access >> process >> file;
    if (kind != "FLOCK" || !file.ends_with(":" + std::to_string(status.st_ino))) continue;
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::ifstream arguments("/proc/" + process + "/cmdline", std::ios::binary);
    std::string command(std::istreambuf_iterator<char>(arguments), {});
    while (command.ends_with('\0')) command.pop_back();
    std::replace(command.begin(), command.end(), '\0', ' ');
    return "process " + process + " on " + printable(host.data()) +
           (command.empty() ? "" : " (" + printable(command) + ")");
  }
  return "";
}

}  // namespace

FolderLock::FolderLock(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_.get() < 0) fail_writing(path, errno);
  const auto is_free = [&] { return ::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; };
  if (is_free()) return;
  const std::string holder = holder_of_lock(descriptor_.get());
  if (holder.empty() && is_free()) return;  // it has just ended
  throw ConfigError(printable(path) + ": another run is writing here" + (holder.empty() ? "" : ": " + holder) +
                    "; choose another folder, or wait for its end");
}

bool FolderLock::is_held(const std::string& path) {
  try {
    const FolderLock lock(path);
    return false;
  } catch (const ConfigError&) {
    return true;
  }
}

void create_folders(const std::string& path) {
  require_name(path);
  std::error_code failed;
  const bool is_new = std::filesystem::create_directories(path, failed);
  if (failed) fail_writing(path, failed.value());
  if (!is_folder(path)) fail_writing(path, ENOTDIR);
  if (is_new) sync_folder(folder_of(path));
}

bool file_exists(const std::string& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return std::filesystem::equivalent(a, b, failed);
}

bool is_folder(const std::string& path) {
  std::error_code failed;
  return std::filesystem::is_directory(path, failed);
}

bool is_empty_folder(const std::string& path) {
  std::error_code failed;
  const bool empty = std::filesystem::is_empty(path, failed);
  if (failed) fail(path, failed.message());
  return empty;
}

std::vector<std::string> subfolders(const std::string& path) {
  std::error_code failed;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code ignored;
    const bool is_link = entry->is_symlink(ignored);
    if (!is_link && entry->is_directory(ignored)) names.push_back(entry->path().filename().string());
  }
  if (failed) fail(path, failed.message());
  return names;
}

std::string join_path(const std::string& folder, const std::string& path) {
  if (folder == ".") return path;
  return (std::filesystem::path(folder) / path).string();  // a `..` stays: behind a link it leads elsewhere than back
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string stem_of(const std::string& path) { return std::filesystem::path(path).stem().string(); }

std::string relative_path(const std::string& path, const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  // Links are followed, since `..` leads out of where a link points to; but the file keeps its name.
  const auto resolved = [&](const fs::path& p) {
    fs::path real = failed ? fs::path() : fs::weakly_canonical(fs::absolute(p, failed), failed).lexically_normal();
    return real.has_filename() ? real : real.parent_path();  // "runs/": the last part is empty
  };
  const fs::path file(path);
  const fs::path real_file = resolved(file.has_parent_path() ? file.parent_path() : ".") / file.filename();
  const fs::path base = resolved(folder);
  if (failed) fail(path, failed.message());
  return real_file.lexically_normal().lexically_relative(base).string();
}

}  // namespace hinge
