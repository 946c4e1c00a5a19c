// A first config for a table: what its columns are taken for, and a network of a size that suits it.
#pragma once

#include <string>
#include <vector>

#include <hinge/data/table_facts.h>

namespace hinge_command {

/// A config for people to read and change, with a comment for each guess.
struct TableConfig {
  std::string text = {};
  std::string summary = {};                ///< what is learned from what: `3 classes of "species" from 4 inputs`
  std::vector<std::string> warnings = {};  ///< what is odd about the columns that it uses, or leaves out
};

/// Decides what a config for the table says. `path` is where it is, as the config shall name it; `config` is the config's
/// own name, for comments. Without `targets` the column called target, label, class or y is learned, else the last one.
/// Throws DataError for a target that the table has not, or that cannot be learned.
TableConfig table_config(const hinge::TableFacts& facts, const std::string& path, const std::string& config,
                         const std::vector<std::string>& targets);

}  // namespace hinge_command
