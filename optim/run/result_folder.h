// The folder that a run or a study leaves, and how a newer one takes the place of an older one.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/io/file.h>

namespace hinge {

/// The files of a run, by name. A study has a summary, and a folder `seed-3`, `fold-1` or `seed-3/fold-1` for each run.
namespace run_files {
inline constexpr const char* alarm = "alarm.safetensors";  // checkpoints: checkpoint_name (optim/run/checkpoint.h)
inline constexpr const char* config = "config.json";
inline constexpr const char* diagnosis = "diagnosis.json";
inline constexpr const char* health = "health.jsonl";
inline constexpr const char* metrics = "metrics.jsonl";
inline constexpr const char* model = "model.safetensors";
inline constexpr const char* report = "report.html";
inline constexpr const char* study = "study.json";  // of a study: what it repeats, to go on with it
inline constexpr const char* summary = "summary.json";
inline constexpr const char* weights = "weights.jsonl";
}  // namespace run_files

/// Makes the folder `runs/moons-1`, or that of the first number that is not taken yet, and returns its path. Two processes
/// never get the same. Throws as create_folders does.
HINGE_API std::string next_run_folder(const std::string& parent, const std::string& name);

/// Where the results in `folder` will be once they are whole: around a folder `unfinished`, whose run holds the lock there.
HINGE_API std::string final_folder(const std::string& folder);

/// What must be said where the run in `folder` did not finish, or is an older one while a newer one that did not finish
/// stands in `unfinished` inside; "" else, and where the run is at work.
HINGE_API std::string unfinished_warning(const std::string& folder);

/// For people: how to go on with the run or study in `folder`.
HINGE_API std::string resume_hint(const std::string& folder);

/// The folder of the run or study that `hinge train --resume` goes on with: `path`, or `unfinished` inside where a newer one
/// is.
HINGE_API std::string resumable_folder(const std::string& path);

/// Puts results into their place that have finished in `unfinished`, where the process ended before it had done so, and
/// removes what processes that were killed left half-written. Throws as ResultFolder does.
HINGE_API void finish_publishing(const std::string& path);

/// The status of the run or study in `folder`: `finished`, `interrupted`; "" where its summary is missing or cannot be read.
HINGE_API std::string run_status(const std::string& folder);

/// Removes what a run left in `folder`, but for its config.
HINGE_API void remove_all_but_config(const std::string& folder);

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

  /// To go on with what stands in `path` already, a folder that `resumable_folder` gave. Throws as above.
  explicit ResultFolder(const std::string& path);

  /// Where the results are: the folder, or `unfinished` inside.
  const std::string& path() const { return path_; }
  bool is_published() const { return path_ == folder_; }
  /// For people: what is replaced, and what was removed.
  const std::vector<std::string>& notes() const { return notes_; }

  /// Takes the place of the older results. What needs room on the disk comes first: where that fails, the older results are
  /// whole. No model ever stands beside another run's config. A process that ends meanwhile leaves the new results whole, in
  /// two folders perhaps; `finish_publishing` and the next ResultFolder here bring them together.
  void publish();

 private:
  std::string folder_;
  std::string path_;
  FolderLock lock_;
  std::vector<std::string> notes_;
};

}  // namespace hinge
