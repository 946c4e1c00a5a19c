// Runs the command as its users do: lines of a shell, in a folder of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/temporary_folder.h"

using Json = nlohmann::json;
using Strings = std::vector<std::string>;

/// What a line of the shell did.
struct Result {
  int code = 0;     ///< the exit code, or 128 + the signal that ended it
  std::string out;  ///< what it wrote to stdout
  std::string err;  ///< what it wrote to stderr
};

/// A new folder, in which `hinge` is the command and `configs` are the shipped ones. Paths are relative to the folder.
class Shell {
 public:
  Shell();

  /// Runs lines of sh, with nothing on stdin.
  Result run(const std::string& lines) const;
  /// The same for what must succeed: fails the test where it does not. Returns what stands on stdout.
  std::string out(const std::string& lines) const;
  Json json(const std::string& lines) const { return Json::parse(out(lines)); }
  /// Checks that the lines end with that exit code, with each of the parts on stderr.
  void fails(int code, const std::string& lines, const Strings& parts) const;
  /// Runs the lines on a terminal of that many columns, and returns what it shows. Only where has_terminal().
  std::string on_terminal(const std::string& lines, int columns = 80) const;

  std::string path(std::string_view file) const { return folder_.path(file); }
  void write(std::string_view file, std::string_view text) const { folder_.write(file, text); }
  /// The bytes of a file; fails the test where it cannot be read.
  std::string read(std::string_view file) const;
  Json read_json(std::string_view file) const { return Json::parse(read(file)); }
  bool exists(std::string_view file) const;
  /// The names in a folder, sorted.
  Strings list(std::string_view folder) const;

 private:
  TemporaryFolder folder_;
};

/// A document without its times, which differ from run to run.
Json timeless(Json json);

/// What the command must refuse.
struct Refusal {
  std::string message;  ///< a part of it
  std::string what;     ///< arguments of the command, or what the test makes arguments of
};

/// Checks that `hinge ARGUMENTS` ends within ten seconds with exit code 2, with the message on stderr in at most 4 KiB a line,
/// nothing on stdout, and every file of the folder as it was.
void check_refused(const Shell& shell, const std::string& message, const std::string& arguments);
/// The same for each row, with `before` in front of its arguments.
void check_refused(const Shell& shell, const std::vector<Refusal>& rows, const std::string& before = "");

/// Whether a pseudo-terminal can be had; says "skipped" where not.
bool has_terminal();

/// The lines of a text, without their ends.
Strings lines_of(std::string_view text);
/// How many of the lines hold a match of the pattern (ECMAScript).
int count_matches(std::string_view text, const std::string& pattern);
bool matches(std::string_view text, const std::string& pattern);
/// The widest line, in columns of a terminal.
std::size_t widest_line(std::string_view text);
