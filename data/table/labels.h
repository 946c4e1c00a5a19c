// Texts with numbers: the categories of a column, the classes of a target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/data/table/text_index.h>

namespace hinge {

/// Texts, numbered in the order in which they are added.
class HINGE_API Labels {
 public:
  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string>& texts() const { return texts_; }
  bool is_number(std::int32_t label) const { return is_number_[static_cast<std::size_t>(label)]; }

  std::int32_t add(std::string_view text);
  /// With `by_value` a number is also found in another spelling: `+1`, `1.0`.
  std::optional<std::int32_t> find(std::string_view text, bool by_value);
  /// Puts the texts into this order. Element i of the result is the new number of what had the number i.
  std::vector<std::int32_t> reorder(std::vector<std::string> texts);

 private:
  std::vector<std::string> texts_;
  std::vector<bool> is_number_;
  TextIndex spellings_;
  std::vector<std::int32_t> labels_;  // of each spelling
};

/// By value if all are numbers, else by their bytes.
HINGE_API std::vector<std::string> sorted_labels(std::vector<std::string> labels);

/// `; did you mean "width"? (known: width, height)`, or less where the names are many.
HINGE_API std::string names_hint(std::string_view wanted, std::span<const std::string> names);

}  // namespace hinge
