// What may be wrong with the parts of a data set, though a network can learn from them.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/data/preparation.h>

namespace hinge {

/// The rarest class whose name is like that of another one with at least twenty times its samples, in words: `"sitosa" has
/// 1 sample and is spelled like "setosa", which has 50`. Empty: none.
HINGE_API std::string misspelt_class(const DataParts& parts);

/// What is wrong with the parts, though they can be used, in sentences: a class that a part lacks, and a misspelt class.
HINGE_API std::vector<std::string> part_warnings(const DataParts& parts);

}  // namespace hinge
