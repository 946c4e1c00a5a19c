// The tensors of a file, layer by layer, whichever program wrote it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/io/safetensors.h>

namespace hinge {

/// The tensors that belong to one layer: their names are the same but for the last word, `fc1.weight` and `fc1.bias`.
struct TensorGroup {
  std::string name = {};  ///< `fc1`
  std::map<std::string, const Tensor*> parts =
      {};                      ///< by Hinge's word for them: `weight`, `bias`, `running_mean`, `running_var`
  bool is_transposed = false;  ///< the weight is inputs × outputs, as that of Keras is
};

/// The groups of a file in the order of their names, in which numbers count as numbers: `net.2` before `net.10`. γ of a
/// normalisation is its `weight` and β its `bias`, whatever the file calls them. Tensors of whole numbers, and those whose last
/// word says nothing (`num_batches_tracked`), belong to no group.
HINGE_API std::vector<TensorGroup> tensor_groups(const TensorFile& file);

/// Hinge's word for the last word of a name in a file, "" for one that says nothing: `weight` for `kernel`.
HINGE_API std::string word_for(std::string_view theirs);
/// A name without its last word, and that: `fc1.weight` is `fc1` and `weight`, Keras' dense/kernel `dense` and `kernel`.
HINGE_API std::pair<std::string, std::string> parts_of(const std::string& name);

/// `64 x 10`; outputs come first.
HINGE_API std::string shape_text(const std::vector<std::size_t>& shape);

/// Orders groups by the number at the end of their names, matrices first: fc1, bn1, fc2.
HINGE_API void sort_by_number(std::vector<const TensorGroup*>& groups);

}  // namespace hinge
