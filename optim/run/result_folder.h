// The folder that a run or a study leaves, and how a newer one takes the place of an older one.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/io/file.h>

namespace hinge {

/// The files of a run, by name. A study has a summary, and a folder `seed-3`, `fold-1` or `seed-3/fold-1` for each run.
namespace run_files {
inline constexpr const char* alarm = "alarm.safetensors";
inline constexpr const char* config = "config.json";
inline constexpr const char* diagnosis = "diagnosis.json";
inline constexpr const char* health = "health.jsonl";
inline constexpr const char* metrics = "metrics.jsonl";
inline constexpr const char* model = "model.safetensors";
inline constexpr const char* report = "report.html";
inline constexpr const char* summary = "summary.json";
inline constexpr const char* weights = "weights.jsonl";
}  // namespace run_files

/// Makes the folder `runs/moons-1`, or that of the first number that is not taken yet, and returns its path. Two processes
/// never get the same. Throws as create_folders does.
HINGE_API std::string next_run_folder(const std::string& parent, const std::string& name);

/// What must be said where an older run or study is read from `folder` while a newer one that did not finish stands in
/// `unfinished` inside; "" where there is none.
HINGE_API std::string unfinished_warning(const std::string& folder);

/// A folder to write a run or a study into, locked against others for as long as this object lives.
///
/// Where something is in it already, the new results go into the folder `unfinished` inside, and take the older ones'
/// place by `publish`: the older ones are whole until then. What an earlier `unfinished` holds is removed at once.
/// Files that are no results stay. For one thread.
class HINGE_API ResultFolder {
 public:
  /// Makes the folder. Throws ConfigError when there is something in it already, unless `replace` is set, or another run
  /// is writing there; FileError and WriteError.
  ResultFolder(const std::string& path, bool replace);

  /// Where the results are: the folder, or `unfinished` inside.
  const std::string& path() const { return path_; }
  bool is_published() const { return path_ == folder_; }
  /// For people: what is replaced, and what was removed.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Takes the place of the older results. `runs` are the folders of the runs seen from here, "" for this one. The older
  /// models go first and each new model comes last: no model ever stands beside another run's config, and until the last
  /// moment a new run is whole in its own folder.
  void publish(const std::vector<std::string>& runs);

 private:
  std::string folder_;
  std::string path_;
  FolderLock lock_;
  std::vector<std::string> notes_;
};

}  // namespace hinge
