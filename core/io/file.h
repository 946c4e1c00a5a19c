// Files and folders: reading, also compressed, and writing so that nothing is left half-written. Only its source opens
// files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// The most bytes that read_file takes unless told otherwise: 4 GiB.
inline constexpr std::uint64_t default_read_limit = std::uint64_t{4} << 30;

/// All bytes of a file. A gzip file is unpacked while it is read, whatever its name; anything else comes as it is.
/// `limit` counts unpacked bytes, so that a small file which unpacks to a huge one ends in an error, not in the
/// machine's last memory. Bytes behind gzip data that are no gzip data themselves are left out, as gzip does. Any number
/// of threads.
/// Throws FileError `path: reason`: the system's reason, gzip data that is cut off or damaged (or any, in a build without
/// zlib), more than `limit` bytes, or what is no file (a folder; a device or pipe, which might never end).
HINGE_API std::string read_file(const std::string& path, std::uint64_t limit = default_read_limit);

/// Bytes that are read once, from the first to the last: of a file, a pipe, a device, or the standard input, which is the
/// path `-`. Gzip data is unpacked. Moves; for one thread.
class HINGE_API ByteReader {
 public:
  /// Throws FileError `path: reason`: the system's reason, or a folder; for gzip data in a build without zlib too.
  /// `limit` counts what gzip data is unpacked to, as in read_file.
  explicit ByteReader(const std::string& path, std::uint64_t limit = default_read_limit);
  ByteReader(ByteReader&&) noexcept;
  ByteReader& operator=(ByteReader&&) noexcept;
  ~ByteReader();

  /// Writes the next bytes to `to`, at most `count` (> 0), and gives their number: 0 only at the end. Throws FileError.
  std::size_t read(char* to, std::size_t count);

 private:
  struct Source;
  std::unique_ptr<Source> source_;
};

/// The first `count` unpacked bytes of a file, or all where there are fewer. Throws as read_file does.
HINGE_API std::string read_file_start(const std::string& path, std::uint64_t count);

/// Writes a file as a whole or not at all: the bytes go to a new file beside it, reach the disk, and take the name of an
/// older file at once. Throws `path: reason`, also for the name of a link, a device or a pipe; the older file is then as it
/// was, and nothing new is left. (Where all but the folder has reached the disk, the new file is there.)
/// What is thrown, here and below: FileError for a path that must be another one (it does not exist, is too long, may not
/// be written to), WriteError for everything else, such as a full disk.
HINGE_API void write_file(const std::string& path, std::string_view bytes);

/// An open file or folder of the system, closed at the end; −1 is none. Moves.
class HINGE_API Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return number_; }
  /// Gives up the number, which the caller closes.
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// A text file that grows line by line, so that what it holds is of use even when the program is killed.
/// Moves; for one thread.
class HINGE_API LineFile {
 public:
  /// Makes the file, or empties it. A link is not followed. Throws as write_file does, and FileError for what is no file.
  explicit LineFile(const std::string& path);
  /// Goes on with a file behind its first `size` bytes, and cuts off what follows them. Throws as above, and FileError for a
  /// file that is shorter.
  LineFile(const std::string& path, std::uint64_t size);

  /// Appends a line: after this call another program sees all of it. Throws WriteError; the file then ends as it did.
  void append(std::string_view line);
  /// Its bytes so far, once they have reached the disk. Throws WriteError.
  std::uint64_t synced_size();

 private:
  std::string path_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
};

/// Removes a file or an empty folder, if there is one. Throws as write_file does.
HINGE_API void remove_file(const std::string& path);
/// Gives a file or folder another name in the same file system, at once, and in the place of an older file; the new name
/// is on the disk when this returns. Throws as write_file does.
HINGE_API void rename_file(const std::string& from, const std::string& to);
/// Removes what processes that were killed in write_file left of this path. Nobody may be writing it meanwhile.
HINGE_API void remove_unfinished(const std::string& path);

/// Makes a folder, and those around it. Throws as write_file does.
HINGE_API void create_folders(const std::string& path);
/// Makes a folder in one that is there; false when something has its name already. Of several processes that try, one
/// gets true. Throws as write_file does.
HINGE_API bool create_folder(const std::string& path);

/// Keeps other processes out of a folder, as long as they ask for the lock too. It ends with the process, however that
/// ends. Where the file system knows no locks nothing is kept out.
class HINGE_API FolderLock {
 public:
  /// Throws ConfigError when another lock on the folder is held, in this process or in another, with the process, host and
  /// command that hold it where the system tells; FileError when the folder cannot be opened.
  explicit FolderLock(const std::string& path);

  /// Whether another lock on the folder is held.
  static bool is_held(const std::string& path);

 private:
  Descriptor descriptor_;
};

HINGE_API bool file_exists(const std::string& path);
/// Whether both paths lead to one file or folder that is there.
HINGE_API bool same_file(const std::string& a, const std::string& b);
HINGE_API bool is_folder(const std::string& path);
/// Whether a folder holds nothing. Throws FileError when it cannot be looked into.
HINGE_API bool is_empty_folder(const std::string& path);
/// The names of the folders in a folder, in no order; links are left out. Throws as is_empty_folder does.
HINGE_API std::vector<std::string> subfolders(const std::string& path);

// Paths as text.

/// `path` as seen from `folder`: `data/a.csv` in `configs` is `configs/data/a.csv`. An absolute path stays.
HINGE_API std::string join_path(const std::string& folder, const std::string& path);
/// The folder that a file is in: "." for a bare name.
HINGE_API std::string folder_of(const std::string& path);
/// The name without folder and without the last ending: `moons` of `configs/moons.json`.
HINGE_API std::string stem_of(const std::string& path);
/// A path to the same file that is right from within `folder`: `../../configs/data/a.csv`. Both are taken from the current
/// folder where they are not absolute. Links on the way are followed, where they exist.
HINGE_API std::string relative_path(const std::string& path, const std::string& folder);

}  // namespace hinge
