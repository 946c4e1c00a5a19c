// What a diagnosis finds: a cause, with its evidence and its cure.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>

namespace hinge {

/// Something that keeps a training from learning, or that is odd about its data.
struct Finding {
  std::string name = {};      ///< one of a fixed list (docs/diagnosis.md): `inputs_unscaled`
  std::string key = {};       ///< of the config, where the cause stands: `data.preprocess`
  std::string evidence = {};  ///< a sentence with a figure: `column "area" reaches 3212, column "age" 1.2`
  /// Changes of the config that mend it, as `--set` takes them; empty where only other data help.
  std::vector<std::string> set = {};
  /// A fault that spoils any training, worth a warning. If false, an oddity that sound trainings have too: a note, and a
  /// reason to look here first.
  bool is_certain = true;
};

/// Appends a certain finding and returns it.
HINGE_API Finding& add_finding(std::vector<Finding>& findings, std::string name, std::string key, std::string evidence,
                               std::vector<std::string> set = {});

/// `name`, `key`, `evidence` and `set`.
HINGE_API JsonValue json_of(const Finding& finding);

}  // namespace hinge
