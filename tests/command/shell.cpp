#include "shell.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The size of each file, and when it was last written.
using Files = std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>>;

Files files_of(const Shell& shell) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(shell.path(""))) {
    if (entry.is_symlink() || !entry.is_regular_file()) {
      files[entry.path()] = {};
    } else {
      files[entry.path()] = {entry.file_size(), entry.last_write_time()};
    }
  }
  return files;
}

// The command is found before any other `hinge`, and nothing of the tester's own environment changes what it prints.
void prepare_environment() {
  const std::string folder = fs::path(HINGE_COMMAND).parent_path().string();
  const std::string path = std::getenv("PATH");
  if (!path.starts_with(folder + ":")) setenv("PATH", (folder + ":" + path).c_str(), 1);
  unsetenv("NO_COLOR");
}

}  // namespace

Shell::Shell() {
  prepare_environment();
  fs::create_directory_symlink(HINGE_SOURCE_DIR "/configs", path("configs"));
}

Result Shell::run(const std::string& lines) const {
  const TemporaryFolder streams;  // not in the folder of the test, whose files it may want to list
  const std::string script = streams.write("lines", lines + "\n");
  const std::string out = streams.path("out");
  const std::string err = streams.path("err");
  const std::string command =
      "cd '" + folder_.path() + "' && exec sh '" + script + "' >'" + out + "' 2>'" + err + "' </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), bytes_of(out), bytes_of(err)};
}

std::string Shell::out(const std::string& lines) const {
  Result result = run(lines);
  INFO(lines);
  INFO(result.err);
  REQUIRE(result.code == 0);
  return std::move(result.out);
}

void Shell::fails(int code, const std::string& lines, const Strings& parts) const {
  const Result result = run(lines);
  INFO(lines);
  INFO(result.err);
  CHECK(result.code == code);
  for (const std::string& part : parts) {
    INFO("wanted: " << part);
    CHECK(result.err.find(part) != std::string::npos);
  }
}

std::string Shell::on_terminal(const std::string& lines, int columns) const {
  const TemporaryFolder files;
  const std::string script =
      files.write("lines", "stty cols " + std::to_string(columns) + "\nexport TERM=xterm\n" + lines + "\n");
  std::string shown = run("script -qec 'sh " + script + "' /dev/null").out;
  std::erase(shown, '\r');
  return shown;
}

std::string Shell::read(std::string_view file) const {
  INFO(file);
  REQUIRE(fs::is_regular_file(path(file)));
  return bytes_of(path(file));
}

bool Shell::exists(std::string_view file) const { return fs::exists(path(file)); }

Strings Shell::list(std::string_view folder) const {
  Strings names;
  for (const auto& entry : fs::directory_iterator(path(folder))) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Json timeless(Json json) {
  if (json.is_object()) {
    json.erase("seconds");
    json.erase("samples_per_second");
  }
  for (Json& inner : json) {
    if (inner.is_structured()) inner = timeless(inner);
  }
  return json;
}

void check_refused(const Shell& shell, const std::string& message, const std::string& arguments) {
  INFO("hinge " << arguments.substr(0, 1000));
  INFO("wanted: " << message);
  const Files before = files_of(shell);
  const Result result = shell.run("timeout 10 hinge " + arguments);
  INFO(result.err.substr(0, 1000));
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK(matches(result.err, "^error: "));
  CHECK(result.err.find(message) != std::string::npos);
  constexpr std::size_t longest_line = 4200;  // and the sign that it is cut
  for (const std::string& line : lines_of(result.err)) CHECK(line.size() < longest_line);
  CHECK((files_of(shell) == before));
}

void check_refused(const Shell& shell, const std::vector<Refusal>& rows, const std::string& before) {
  for (const Refusal& row : rows) check_refused(shell, row.message, before + row.what);
}

bool has_terminal() {
  if (Shell().run("script -qec 'test -t 1' /dev/null").code == 0) return true;
  MESSAGE("skipped: no pseudo-terminal can be had (script, /dev/pts)");
  return false;
}

Strings lines_of(std::string_view text) {
  Strings lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

int count_matches(std::string_view text, const std::string& pattern) {
  const std::regex regex(pattern);
  const Strings lines = lines_of(text);
  return static_cast<int>(
      std::count_if(lines.begin(), lines.end(), [&](const auto& line) { return std::regex_search(line, regex); }));
}

bool matches(std::string_view text, const std::string& pattern) { return count_matches(text, pattern) > 0; }

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  for (const std::string& line : lines_of(text)) {
    widest = std::max(widest, static_cast<std::size_t>(std::count_if(line.begin(), line.end(), starts_character)));
  }
  return widest;
}
