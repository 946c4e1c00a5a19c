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
constexpr const char* leaving = ".unfinished";  // which `unfinished` becomes when only its files are left to move
constexpr const char* moved_ending = ".moved";  // of a config that is right in its later place

bool is_numbered(std::string_view name, std::string_view word) {
  return name.starts_with(word) && name.size() > word.size() &&
         name.find_first_not_of("0123456789", word.size()) == std::string_view::npos;
}

void remove_if_empty(const std::string& folder) {
  if (is_empty_folder(folder)) remove_file(folder);
}

// The files of a run without its config and model, in the order in which they are removed and moved.
std::vector<std::string> side_files() {
  std::vector<std::string> names = {run_files::report, run_files::summary, run_files::health,    run_files::weights,
                                    run_files::alarm,  run_files::metrics, run_files::diagnosis, next_checkpoint_name};
  for (std::size_t age = 0; age < max_checkpoints; ++age) names.push_back(checkpoint_name(age));
  return names;
}

// Those with paths in them, of a run and of a study.
constexpr const char* configs[] = {run_files::config, run_files::study};

// The folders of the runs of a study, one level down.
std::vector<std::string> members(const std::string& folder) {
  std::vector<std::string> paths;
  for (const std::string& name : subfolders(folder)) {
    if (is_numbered(name, "seed-") || is_numbered(name, "fold-")) paths.push_back(join_path(folder, name));
  }
  return paths;
}

// What processes that were killed left half-written.
void remove_all_unfinished(const std::string& folder) {
  std::vector<std::string> names = side_files();
  names.emplace_back(run_files::model);
  for (const std::string name : configs) {
    names.push_back(name);
    names.push_back(name + moved_ending);
  }
  for (const std::string& name : names) remove_unfinished(join_path(folder, name));
}

// The results of a run or a study, whose runs may have an `unfinished` each. Everything else stays.
void remove_results(const std::string& folder) {
  remove_all_but_config(folder);
  for (const std::string name : configs) {
    remove_file(join_path(folder, name));
    remove_file(join_path(folder, name + moved_ending));
  }
  for (const std::string& member : members(folder)) {
    remove_results(member);
    const std::string inside = join_path(member, unfinished);
    if (is_folder(inside)) {
      remove_results(inside);
      remove_if_empty(inside);
    }
    remove_if_empty(member);
  }
}

// The configs of all runs in `from` as they are to stand in `to`.
void write_moved_configs(const std::string& from, const std::string& to) {
  for (const std::string name : configs) {
    const std::string path = join_path(from, name);
    if (!file_exists(path)) continue;
    JsonValue config = parse_json(read_file(path, max_json_bytes), path);
    JsonValue* of_study = config.find("config");
    JsonValue& described = of_study == nullptr ? config : *of_study;
    described = moved_config(described, from, to);
    write_file(path + moved_ending, to_json(config) + "\n");
  }
  for (const std::string& member : members(from)) {
    write_moved_configs(member, join_path(to, relative_path(member, from)));
  }
}

// May be called again and again until all is done.
void move_results(const std::string& from, const std::string& to) {
  create_folders(to);
  remove_all_unfinished(from);
  for (const std::string& member : members(from)) move_results(member, join_path(to, relative_path(member, from)));
  const auto move = [&](const std::string& name, const std::string& new_name) {
    if (file_exists(join_path(from, name))) rename_file(join_path(from, name), join_path(to, new_name));
  };
  for (const std::string name : configs) move(name + moved_ending, name);
  for (const std::string& name : side_files()) move(name, name);
  move(run_files::model, run_files::model);
  remove_results(from);
  remove_if_empty(from);
}

// Requires the lock of the folder.
void put_in_place(const std::string& folder) {
  const std::string inside = join_path(folder, unfinished);
  const std::string status = run_status(inside);
  if (status == "finished" || status == "stopped") {
    write_moved_configs(inside, folder);
    remove_results(folder);
    rename_file(inside, join_path(folder, leaving));
  }
  const std::string moving = join_path(folder, leaving);
  if (!is_folder(moving)) return;
  move_results(moving, folder);
  if (is_folder(moving)) rename_file(moving, inside);  // somebody's own files are in it
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// Whether a run began here that neither ended by itself, nor failed, nor is at work.
bool is_unfinished(const std::string& folder) {
  const auto is_there = [&](const char* name) { return file_exists(join_path(folder, name)); };
  if (!is_there(run_files::study) && !(is_there(run_files::config) && is_there(run_files::metrics))) return false;
  if (file_exists(join_path(folder, run_files::summary))) return run_status(folder) == "interrupted";
  return !FolderLock::is_held(final_folder(folder));
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
  const std::string folder = without_slash(path);
  const std::string inside = join_path(folder, unfinished);
  const bool has_newer = std::any_of(std::begin(configs), std::end(configs),
                                     [&](const char* name) { return file_exists(join_path(inside, name)); });
  return has_newer ? inside : folder;
}

void remove_all_but_config(const std::string& folder) {
  remove_file(join_path(folder, run_files::model));
  for (const std::string& name : side_files()) remove_file(join_path(folder, name));
}

std::string resume_hint(const std::string& folder) {
  return "hinge train --resume " + printable(folder) + " goes on with it";
}

std::string final_folder(const std::string& folder) {
  return folder.ends_with(std::string("/") + unfinished) ? folder_of(folder) : folder;
}

std::string unfinished_warning(const std::string& folder) {
  const std::string inside = join_path(folder, unfinished);
  if (is_folder(inside)) {
    return printable(folder) + " holds an older run; a newer one that did not finish is in " + printable(inside) +
           ": name that folder to read it, or train again with --force, which removes it" +
           (is_unfinished(inside) ? "; " + resume_hint(folder) : "");
  }
  return is_unfinished(folder) ? printable(folder) + " holds a run that did not finish; " + resume_hint(folder) : "";
}

void finish_publishing(const std::string& path) {
  const std::string folder = final_folder(without_slash(path));
  const FolderLock lock(folder);
  put_in_place(folder);
  remove_all_unfinished(folder);
}

ResultFolder::ResultFolder(const std::string& path, bool replace) : folder_(created(path)), path_(path), lock_(path) {
  put_in_place(path);
  remove_all_unfinished(path);
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
  remove_all_unfinished(path_);
  remove_results(path_);
}

ResultFolder::ResultFolder(const std::string& path) : folder_(final_folder(path)), path_(path), lock_(folder_) {
  remove_all_unfinished(path_);
  remove_file(join_path(path_, next_checkpoint_name));
}

void ResultFolder::publish() {
  if (is_published()) return;
  put_in_place(folder_);
  path_ = folder_;
}

}  // namespace hinge
