// The right answers of an exercise, from the code that trains.
#pragma once

#include <map>

#include <hinge/core/equation.h>

#include "exercise/sheet.h"

namespace hinge_command {

/// How solutions write numbers: with six digits, and every term of a sum.
hinge::EquationFormat solution_format();

/// Trains the network of the exercise, and takes each value and its equation from there.
std::map<Link, Solution> solutions_of(const Exercise& exercise, const Givens& givens);

}  // namespace hinge_command
