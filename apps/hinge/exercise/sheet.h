// A sheet: the text of an exercise with its blanks, and what stands in them when it comes back.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/equation.h>

#include "exercise/chain.h"

namespace hinge_command {

/// A line of a sheet. A line of a link ends with its blank, which is not in the text.
struct SheetLine {
  std::string text = {};
  std::optional<Link> link = {};
};

/// What training computes for a link, and the equation that leads there, with its numbers: without the left side.
struct Solution {
  double value = 0;
  std::vector<std::string> sides = {};
};

struct Sheet {
  const Exercise* exercise = nullptr;
  std::size_t seed = 0;
  Givens givens;
  std::vector<SheetLine> lines = {};
  std::map<Link, Solution> solutions = {};

  /// The right values.
  LinkValues values() const;
};

/// The sheet of an exercise and a seed. Its values and equations are those of the code that trains, in double precision.
/// Throws ConfigError for an unknown name.
Sheet make_sheet(const std::string& exercise, std::size_t seed);

/// Trains the network of an exercise, and takes each value and its equation from there.
std::map<Link, Solution> solutions_of(const Exercise& exercise, const Givens& givens);
/// How they write numbers: with six digits, and every term of a sum.
hinge::EquationFormat solution_format();

/// The sheet with blanks, or with the answers, and under each answer a note with its equation.
std::string blank_sheet(const Sheet& sheet);
std::string solved_sheet(const Sheet& sheet);

/// What a link is called in messages: `layer 2, unit 1: δ`.
std::string link_name(const Exercise& exercise, const Link& link);

/// A number as a learner wrote it.
struct Answer {
  double value = 0;
  double half_unit = 0;  ///< half a unit of its last digit; 0 for a fraction
  int digits = 0;        ///< significant ones; 0 for a fraction
  std::size_t line = 0;  ///< where it stands, from 1
};

/// `0.593`, `.593`, `0,593`, `5.9e-1`, `5.9·10^-1`, `−0.5` with any dash, `3/4`. Nothing for what is no such number.
std::optional<Answer> parse_answer(std::string_view text);

/// A sheet that was filled in.
struct FilledSheet {
  Sheet sheet;
  std::map<Link, Answer> answers = {};  ///< without the blanks that are still open
  std::map<Link, std::size_t> lines = {};
};

/// Reads a sheet from a file. Lines that begin with > and empty ones are the learner's own. Throws DataError `path:line: …` or
/// `path:line:column: …` for what is no sheet, a line that was changed, a blank that is gone, and an answer that is no number;
/// FileError for a file that cannot be read.
FilledSheet read_sheet(const std::string& path);

}  // namespace hinge_command
