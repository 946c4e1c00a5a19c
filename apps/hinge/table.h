// Tables for people.
#pragma once

#include <string>
#include <vector>

namespace hinge_command {

/// Rows of cells, each column as wide as its widest cell. The first is set to the left; so are the others, unless they are
/// numbers.
class Table {
 public:
  enum class Numbers { all_but_first, none };

  explicit Table(Numbers numbers = Numbers::all_but_first) : numbers_(numbers) {}

  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// To stdout.
  void print() const;

 private:
  Numbers numbers_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hinge_command
