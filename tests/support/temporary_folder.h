// A folder for files that a test writes, removed at its end.
#pragma once

#include <stdlib.h>  // mkdtemp

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(new_folder()) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path() const { return path_.string(); }
  /// The path of a file of this name, which need not exist.
  std::string path(std::string_view name) const { return (path_ / name).string(); }

  /// Writes a file of these bytes and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    std::ofstream file(path(name), std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

 private:
  // Test programs run at the same time, and may start at the same tick of a clock: the system makes a folder that is new.
  static std::string new_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "hinge_test_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder can be made like " + name);
    return name;
  }

  std::filesystem::path path_;
};
