// Tables for people.
#pragma once

#include <string>
#include <vector>

namespace hinge_command {

/// Rows of cells, each column as wide as its widest cell: the first to the left, the others, which are numbers as a rule,
/// to the right.
class Table {
 public:
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// To stdout.
  void print() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hinge_command
