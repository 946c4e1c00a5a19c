// Making, removing and replacing the files of runs.
#include <hinge/optim/run/result_folder.h>

#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/checkpoint.h>
#include <hinge/optim/run/config.h>

namespace hinge {

namespace {

constexpr const char* unfinished = "unfinished";

bool is_numbered(std::string_view name, std::string_view word) {
  return name.starts_with(word) && name.size() > word.size() &&
         name.find_first_not_of("0123456789", word.size()) == std::string_view::npos;
}

void remove_if_empty(const std::string& folder) {
  if (is_empty_folder(folder)) remove_file(folder);
}

// The files of a run without its config and model, in the order in which they are removed and moved.
std::vector<std::string> side_files() {
  std::vector<std::string> names = {run_files::report, run_files::summary, run_files::health,   run_files::weights,
                                    run_files::alarm,  run_files::metrics, run_files::diagnosis};
  for (std::size_t age = 0; age < max_checkpoints; ++age) names.push_back(checkpoint_name(age));
  return names;
}

// The results of a run or a study, whose runs may have an `unfinished` each. Everything else stays.
void remove_results(const std::string& folder) {
  remove_all_but_config(folder);
  remove_file(join_path(folder, run_files::config));
  for (const std::string& name : subfolders(folder)) {
    if (!is_numbered(name, "seed-") && !is_numbered(name, "fold-")) continue;
    const std::string member = join_path(folder, name);
    remove_results(member);
    const std::string inside = join_path(member, unfinished);
    if (is_folder(inside)) {
      remove_results(inside);
      remove_if_empty(inside);
    }
    remove_if_empty(member);
  }
}

// A run in `unfinished` holds the lock of the folder around it.
std::string folder_with_lock(const std::string& folder) {
  return folder.ends_with(std::string("/") + unfinished) ? folder_of(folder) : folder;
}

// Whether a run began here that neither ended by itself, nor failed, nor is at work.
bool is_unfinished(const std::string& folder) {
  for (const char* name : {run_files::config, run_files::metrics}) {
    if (!file_exists(join_path(folder, name))) return false;
  }
  if (file_exists(join_path(folder, run_files::summary))) return run_status(folder) == "interrupted";
  return !FolderLock::is_held(folder_with_lock(folder));
}

std::string created(const std::string& path) {
  if (file_exists(path) && !is_folder(path)) {
    throw ConfigError(printable(path) + " is a file; wanted a folder for the run");
  }
  create_folders(path);
  return path;
}

}  // namespace

std::string next_run_folder(const std::string& parent, const std::string& name) {
  create_folders(parent);
  for (std::size_t number = 1;; ++number) {
    std::string path = join_path(parent, name + "-" + std::to_string(number));
    if (create_folder(path)) return path;
  }
}

std::string run_status(const std::string& folder) {
  try {
    const std::string path = join_path(folder, run_files::summary);
    const JsonValue summary = parse_json(read_file(path), printable(path));
    const JsonValue* status = summary.find("status");
    return status == nullptr ? "" : status->text;
  } catch (const Error&) {  // whoever needs the summary says what is wrong
    return "";
  }
}

std::string resumable_folder(const std::string& path) {
  if (path.size() > 1 && path.ends_with('/')) return resumable_folder(path.substr(0, path.size() - 1));
  const std::string inside = join_path(path, unfinished);
  return file_exists(join_path(inside, run_files::config)) ? inside : path;
}

void remove_all_but_config(const std::string& folder) {
  remove_file(join_path(folder, run_files::model));
  for (const std::string& name : side_files()) remove_file(join_path(folder, name));
}

std::string unfinished_warning(const std::string& folder) {
  const std::string inside = join_path(folder, unfinished);
  const std::string resume = "hinge train --resume " + printable(folder) + " goes on with it";
  if (is_folder(inside)) {
    return printable(folder) + " holds an older run; a newer one that did not finish is in " + printable(inside) +
           ": name that folder to read it, or train again with --force, which removes it" +
           (is_unfinished(inside) ? "; " + resume : "");
  }
  return is_unfinished(folder) ? printable(folder) + " holds a run that did not finish; " + resume : "";
}

ResultFolder::ResultFolder(const std::string& path, bool replace) : folder_(created(path)), path_(path), lock_(path) {
  for (const char* name : {run_files::config, run_files::model, run_files::summary}) {
    remove_unfinished(join_path(path, name));
  }
  if (is_empty_folder(path)) return;
  if (!replace) {
    throw ConfigError(printable(path) +
                      " is not empty, and a run never overwrites another; choose another --out, or --force");
  }
  path_ = join_path(path, unfinished);
  notes_.push_back(printable(path_) + " gets the new results; when they are finished they replace those in " +
                   printable(path));
  if (is_folder(path_) && !is_empty_folder(path_)) {
    notes_.push_back("what an earlier run left in " + printable(path_) + " is removed");
  }
  create_folders(path_);
  remove_results(path_);
}

ResultFolder::ResultFolder(const std::string& path) : folder_(folder_with_lock(path)), path_(path), lock_(folder_) {
  for (const char* name : {run_files::config, run_files::model, run_files::summary}) {
    remove_unfinished(join_path(path_, name));
  }
  remove_unfinished(join_path(path_, checkpoint_name(0)));
}

void ResultFolder::publish(const std::vector<std::string>& runs) {
  if (is_published()) return;
  remove_results(folder_);
  for (const std::string& run : runs) {
    const std::string from = run.empty() ? path_ : join_path(path_, run);
    const std::string to = run.empty() ? folder_ : join_path(folder_, run);
    create_folders(to);
    const std::string config = join_path(from, run_files::config);
    const JsonValue moved = moved_config(parse_json(read_file(config, max_json_bytes), config), from, to);
    write_file(join_path(to, run_files::config), to_json(moved) + "\n");
    std::vector<std::string> names = side_files();
    names.emplace_back(run_files::model);
    for (const std::string& name : names) {
      if (file_exists(join_path(from, name))) rename_file(join_path(from, name), join_path(to, name));
    }
  }
  const std::string summary = join_path(path_, run_files::summary);  // of a study
  if (file_exists(summary)) rename_file(summary, join_path(folder_, run_files::summary));
  remove_results(path_);
  remove_if_empty(path_);
  path_ = folder_;
}

}  // namespace hinge
