// What a network learns.
#pragma once

namespace hinge {

/// What the targets of a loss are. A data set knows only whether its targets are classes or values.
enum class Task {
  classes,                   ///< one class of several
  labels,                    ///< independent yes-or-no answers; one of them may be given as class 0 or 1
  values,                    ///< numbers
  counts,                    ///< numbers ≥ 0, as a rule whole ones
  classification = classes,  ///< the same, as data sets call it
  regression = values
};

/// Whether targets are classes or yes-or-no answers. Then accuracy measures the outputs.
constexpr bool is_classification(Task task) { return task == Task::classes || task == Task::labels; }

}  // namespace hinge
