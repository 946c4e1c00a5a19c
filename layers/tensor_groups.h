// The tensors of a file, layer by layer, whichever program wrote it.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
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
  /// By Hinge's word for them: `weight`, `bias`, `running_mean`, `running_var`.
  std::map<std::string, const Tensor*> parts = {};
};

/// Layers of a file in the order of a network.
using GroupOrder = std::vector<const TensorGroup*>;

/// The groups of a file in the order of their names, in which numbers count as numbers: `net.2` before `net.10`. γ of a
/// normalisation is its `weight` and β its `bias`, whatever the file calls them. Tensors of whole numbers, and those whose last
/// word says nothing (`num_batches_tracked`), belong to no group.
HINGE_API std::vector<TensorGroup> tensor_groups(const TensorFile& file);

/// Hinge's word for the last word of a name in a file, "" for one that says nothing: `weight` for `kernel`.
HINGE_API std::string word_for(std::string_view theirs);
/// A name without its last word, and that: `fc1.weight` is `fc1` and `weight`, Keras' dense/kernel `dense` and `kernel`.
HINGE_API std::pair<std::string, std::string> parts_of(const std::string& name);

/// A name without the number at its end, and that: `net.10` is `net.` and 10. Nothing for a name that ends in none.
HINGE_API std::pair<std::string, std::optional<std::size_t>> split_number(const std::string& name);

/// Whether a weight is inputs × outputs, as a kernel of Keras is.
HINGE_API bool is_transposed(const Tensor& tensor);

/// `fc1,bn1,fc2`
HINGE_API std::string names_of(const GroupOrder& order);

/// `64 x 10`; outputs come first.
HINGE_API std::string shape_text(const std::vector<std::size_t>& shape);

/// The only order in which `misfit` finds nothing wrong ("") with the groups. Numbers at the ends of names order what has them,
/// matrices first: fc1, bn1, fc2. Where a number is that of two matrices (encoder.0, decoder.0), it does so within each name. What
/// has no number may stand before or behind (head, fc1, fc2). The order of all the names is tried, too.
/// Throws ModelError with what does not fit, and where several orders fit.
HINGE_API GroupOrder fitting_order(const std::vector<TensorGroup>& groups,
                                   const std::function<std::string(const GroupOrder&)>& misfit);

}  // namespace hinge
