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
#include <hinge/data/table/table_format.h>
#include <hinge/data/table/text_index.h>

namespace hinge {

/// Texts, numbered in the order in which they are added. A text may be a number, in the format of its table.
class HINGE_API Labels {
 public:
  /// Nothing in `format` is left to guess.
  explicit Labels(const TableFormat& format) : decimal_(format.decimal.front()), thousands_(format.thousands) {}

  std::size_t size() const { return texts_.size(); }
  const std::vector<std::string>& texts() const { return texts_; }
  bool is_number(std::int32_t label) const { return values_[static_cast<std::size_t>(label)].has_value(); }

  std::int32_t add(std::string_view text);
  /// With `by_value` a number is also found in another spelling: `+1`, `1.0`.
  std::optional<std::int32_t> find(std::string_view text, bool by_value);
  /// Sorts the texts by value if all are numbers, else by their bytes. Element i of the result is the new number of what had
  /// the number i.
  std::vector<std::int32_t> sort();

 private:
  char decimal_;
  std::string thousands_;
  std::vector<std::string> texts_;
  std::vector<std::optional<double>> values_;  // of the texts that are numbers
  TextIndex spellings_;
  std::vector<std::int32_t> labels_;  // of each spelling
};

/// `; did you mean "width"? (known: width, height)`, or less where the names are many.
HINGE_API std::string names_hint(std::string_view wanted, std::span<const std::string> names);

}  // namespace hinge
