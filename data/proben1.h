// The files of the PROBEN1 benchmarks, which come with their three parts.
#pragma once

#include <string>
#include <string_view>

#include <hinge/data/split.h>

namespace hinge {

/// Reads a PROBEN1 file [Prechelt, PROBEN1: a set of neural network benchmark problems, 1994], plain or gzip.
///
/// It starts with seven lines `name=number`, in this order: bool_in, real_in, bool_out, real_out, training_examples,
/// validation_examples, test_examples. Then comes a line for each example, its inputs and its outputs, as numbers apart
/// by blanks; the examples of the three parts follow one another.
///
/// With Boolean outputs the task is classification: in each example exactly one of them is 1, the others are 0, and its
/// index, counted from 0, is the class (a single one is the class itself). With real outputs the task is regression.
/// Inputs are called `input_0`, `input_1`, …, classes `0`, `1`, …, the target `class` or `output_0`, `output_1`, ….
/// Boolean inputs are taken like real ones. Blank lines are skipped.
///
/// Throws FileError when the file cannot be read, DataError with `file:line:`, what was found and what was wanted for
/// everything that is wrong with the text, a part without examples included.
template <typename Scalar>
HINGE_API Parts<Scalar> read_proben1(const std::string& path);
/// The same for text in memory; `name` stands in messages where a file would.
template <typename Scalar>
HINGE_API Parts<Scalar> parse_proben1(std::string_view text, std::string_view name);

}  // namespace hinge
