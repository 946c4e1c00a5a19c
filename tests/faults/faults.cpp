// A library to preload: one call that touches a file fails, is cut short, or ends the process.
//
//   HINGE_FAULT_FOLDER   only files below this folder count; an absolute path without links
//   HINGE_FAULT          CALL:N:WHAT or CALL:N+:WHAT, the N-th such call or all from there on. CALL: open (for writing),
//                        write, fsync, rename, truncate, remove, mkdir, or any. WHAT: ENOSPC, EIO, short (half of a write is
//                        done), kill (a write is done by half before)
//   HINGE_FAULT_LOSE     with kill: what has not reached the disk by fsync is cut off the files, as in a power cut
//   HINGE_FAULT_COUNT    a file that gets a line when the process ends or is killed: `any 40 open 3 … unsynced 0`, where
//                        `unsynced` counts renames of files, and of folders after renames, that fsync had not seen
//
// fsync is noted and not done: no test cuts the power, and it would take most of the time.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

enum Call { open_call, write_call, fsync_call, rename_call, truncate_call, remove_call, mkdir_call, call_count };
constexpr const char* call_names[] = {"open", "write", "fsync", "rename", "truncate", "remove", "mkdir"};
enum class What { nothing, error, cut, kill };

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::string text_in(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

off_t size_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

// Held by each call from before it is counted until it is noted: no other thread may end the process in between.
using Guard = std::lock_guard<std::recursive_mutex>;
std::recursive_mutex& calls() {
  static std::recursive_mutex* const all = new std::recursive_mutex();
  return *all;
}

class Faults {
 public:
  Faults() {
    const std::string fault = text_in("HINGE_FAULT");
    const std::size_t first = fault.find(':');
    const std::size_t second = fault.rfind(':');
    if (first == second) return;
    wanted_ = fault.substr(0, first);
    number_ = std::strtol(fault.c_str() + first + 1, nullptr, 10);
    goes_on_ = fault[second - 1] == '+';
    const std::string what = fault.substr(second + 1);
    error_ = what == "ENOSPC" ? ENOSPC : EIO;
    what_ = what == "kill" ? What::kill : what == "short" ? What::cut : What::error;
  }

  // Counts a call that is about to be made, and says what becomes of it.
  What next_of(Call call, const std::string& path) {
    if (!is_ours(path)) return What::nothing;
    ++total_;
    ++counts_[call];
    const bool is_wanted = wanted_ == "any" || wanted_ == call_names[call];
    const long number = wanted_ == "any" ? total_ : counts_[call];
    if (!is_wanted || !(number == number_ || (goes_on_ && number > number_))) return What::nothing;
    errno = error_;
    return what_;
  }

  void opened(const std::string& path, bool is_new) {
    if (is_ours(path)) synced_[path] = is_new ? 0 : size_of(path);
  }
  void synced(const std::string& path) {
    unsynced_folders_.erase(path);
    if (synced_.count(path) > 0) synced_[path] = size_of(path);
  }
  void truncated(const std::string& path) {
    const auto found = synced_.find(path);
    if (found != synced_.end()) found->second = std::min(found->second, size_of(path));
  }
  void renamed(const std::string& from, const std::string& to) {
    if (!is_ours(from)) return;
    std::map<std::string, off_t> after;
    for (const auto& [path, size] : synced_) {
      const bool moves = path == from || path.rfind(from + "/", 0) == 0;
      if (!moves && path != to) after[path] = size;
      if (moves) after[to + path.substr(from.size())] = size;
      if (moves && size < size_of(to + path.substr(from.size()))) ++unsynced_;
    }
    synced_ = after;
    unsynced_folders_.insert(folder_of(to));
  }
  void removed(const std::string& path) {
    synced_.erase(path);
    unsynced_folders_.erase(path);
  }

  [[noreturn]] void kill_process() {
    if (!text_in("HINGE_FAULT_LOSE").empty()) {
      for (const auto& [path, size] : synced_) {
        if (size < size_of(path) && truncate(path.c_str(), size) != 0) _exit(1);  // which a test takes for no kill
      }
    }
    report(false);
    kill(getpid(), SIGKILL);
    while (true) pause();
  }

  // `has_ended`: what waits for an fsync never gets one.
  void report(bool has_ended) const {
    const std::string path = text_in("HINGE_FAULT_COUNT");
    if (path.empty()) return;
    std::FILE* file = std::fopen(path.c_str(), "a");
    if (file == nullptr) return;
    std::fprintf(file, "any %ld", total_);
    for (int call = 0; call < call_count; ++call) std::fprintf(file, " %s %ld", call_names[call], counts_[call]);
    std::fprintf(file, " unsynced %ld\n", unsynced_ + (has_ended ? static_cast<long>(unsynced_folders_.size()) : 0));
    std::fclose(file);
  }

 private:
  bool is_ours(const std::string& path) const { return path == folder_ || path.rfind(folder_ + "/", 0) == 0; }

  const std::string folder_ = text_in("HINGE_FAULT_FOLDER");
  std::string wanted_;
  long number_ = 0;
  bool goes_on_ = false;
  int error_ = 0;
  What what_ = What::nothing;
  long total_ = 0;
  long counts_[call_count] = {};
  std::map<std::string, off_t> synced_;  // bytes of each file that have reached the disk
  std::set<std::string> unsynced_folders_;
  long unsynced_ = 0;
};

Faults& faults() {
  static Faults* const all = new Faults();  // never destroyed: files are closed until the very end
  return *all;
}

[[gnu::destructor]] void report_end() { faults().report(true); }

std::string path_of(int descriptor) {
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = readlink(link.c_str(), path, sizeof(path));
  return length < 0 ? "" : std::string(path, static_cast<std::size_t>(length));
}

// Whether a call is to be made; ends the process where that is the fault.
bool goes_on(Call call, const std::string& path) {
  const What what = faults().next_of(call, path);
  if (what == What::kill) faults().kill_process();
  return what != What::error;
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  const Guard guard(calls());
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
  if (writes && !goes_on(open_call, path)) return -1;
  const bool is_new = access(path, F_OK) != 0;
  const int descriptor = next<int(const char*, int, ...)>(name)(path, flags, mode);
  if (writes && descriptor >= 0) faults().opened(path, is_new);
  return descriptor;
}

int truncate_file(const char* name, int descriptor, off_t size) {
  const Guard guard(calls());
  const std::string path = path_of(descriptor);
  if (!goes_on(truncate_call, path)) return -1;
  const int result = next<int(int, off_t)>(name)(descriptor, size);
  faults().truncated(path);
  return result;
}

int remove_file(const char* name, const char* path) {
  const Guard guard(calls());
  const bool is_there = access(path, F_OK) == 0;
  if (is_there && !goes_on(remove_call, path)) return -1;
  faults().removed(path);
  return next<int(const char*)>(name)(path);
}

mode_t mode_in(int flags, std::va_list arguments) {
  return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_file("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_in(flags, arguments);
  va_end(arguments);
  return open_file("open64", path, flags, mode);
}

ssize_t write(int descriptor, const void* bytes, size_t count) {
  const Guard guard(calls());
  const auto write_next = next<ssize_t(int, const void*, size_t)>("write");
  const What what = faults().next_of(write_call, path_of(descriptor));
  if (what == What::error) return -1;
  if (what == What::nothing) return write_next(descriptor, bytes, count);
  const ssize_t written = write_next(descriptor, bytes, std::max<std::size_t>(1, count / 2));
  if (what == What::kill) faults().kill_process();
  return written;
}

int fsync(int descriptor) {
  const Guard guard(calls());
  const std::string path = path_of(descriptor);
  if (!goes_on(fsync_call, path)) return -1;
  faults().synced(path);
  return 0;
}

int rename(const char* from, const char* to) noexcept {
  const Guard guard(calls());
  if (!goes_on(rename_call, from)) return -1;
  const int result = next<int(const char*, const char*)>("rename")(from, to);
  if (result == 0) faults().renamed(from, to);
  return result;
}

int mkdir(const char* path, mode_t mode) noexcept {
  const Guard guard(calls());
  if (access(path, F_OK) != 0 && !goes_on(mkdir_call, path)) return -1;
  return next<int(const char*, mode_t)>("mkdir")(path, mode);
}

int ftruncate(int descriptor, off_t size) noexcept { return truncate_file("ftruncate", descriptor, size); }
int ftruncate64(int descriptor, off_t size) noexcept { return truncate_file("ftruncate64", descriptor, size); }
int unlink(const char* path) noexcept { return remove_file("unlink", path); }
int remove(const char* path) noexcept { return remove_file("remove", path); }

}  // extern "C"
