// Changes of a run's config by assignments such as `train.epochs=5`.
#pragma once

#include <string>
#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/core/export.h>

namespace hinge {

/// Sets one value of a run's config, as `apply_override` does. The keys `ignore`, `features`, `target`, `targets` and `encode`
/// of a table speak for many columns, and `columns` comes before them; but an assignment is the later word. So `columns`
/// gives way where it says otherwise: a column that is left out becomes `ignored`, the kind of another one is open again.
/// Returns a note for people, or "": which columns keep a `missing` or `preprocess` of their own. Throws ConfigError.
HINGE_API std::string override_config(JsonValue& config, std::string_view assignment);

}  // namespace hinge
