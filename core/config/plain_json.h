// JSON without comments, as programs write it: the header of a model file and the texts in it.
#pragma once

#include <cstddef>
#include <string_view>

#include <hinge/core/config/json.h>

namespace hinge {

/// What a document may hold, whoever reads it. Each value takes about 120 bytes, and its parents' lists grow by doubling.
inline constexpr std::size_t max_json_levels = 64;
inline constexpr std::size_t max_json_values = std::size_t{1} << 21;

/// Whether the text is a number as RFC 8259 writes it: `-1.5e-3`, but neither `+1` nor `01` nor `.5`.
HINGE_API bool is_json_number(std::string_view text);

/// Reads a document of RFC 8259. Values and keys have no places, numbers keep their text, and a key that occurs twice is kept
/// twice. Needs no library, unlike parse_json: prediction alone is built from it.
/// Throws ConfigError `name: byte 17: …`, counted from 0, for what parse_json refuses.
HINGE_API JsonValue parse_plain_json(std::string_view text, std::string_view name);

}  // namespace hinge
