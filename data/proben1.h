// Reads files of the PROBEN1 benchmarks, which define their own training, validation and test parts.
#pragma once

#include <string>
#include <string_view>

#include <hinge/data/split.h>

namespace hinge {

/// Reads a PROBEN1 file [Prechelt, PROBEN1: a set of neural network benchmark problems, 1994], plain or gzip.
///
/// The file starts with seven lines `name=number`, in this order: bool_in, real_in, bool_out, real_out,
/// training_examples, validation_examples, test_examples. Then comes one line for each example, with its inputs and
/// outputs as numbers separated by blanks, first all training examples, then validation, then test.
///
/// With Boolean outputs the task is classification: in each example exactly one output is 1, and its index, counted
/// from 0, is the class. (A single Boolean output is the class itself.) With real outputs the task is regression; so it is
/// when a Boolean output is anywhere a degree between 0 and 1 and nowhere beyond, as in the files hearta and heartac.
/// Inputs are called `input_0`, `input_1`, …, classes `0`, `1`, …, the target `class` or `output_0`, `output_1`, ….
/// Boolean inputs are read like real ones. Blank lines are skipped.
///
/// Throws FileError if the file cannot be read, DataError with `file:line:`, what was found and what was wanted for any
/// mistake in the text, including a part without examples.
template <typename Scalar>
HINGE_API Parts<Scalar> read_proben1(const std::string& path);
/// The same for text in memory; messages show `name` in place of a file.
template <typename Scalar>
HINGE_API Parts<Scalar> parse_proben1(std::string_view text, std::string_view name);

}  // namespace hinge
