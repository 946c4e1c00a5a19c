// Small helpers for messages: numbers as text, lists, and the nearest known name.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// The shortest decimal that reads back as the same number: `0.1`, `1e-05`, `inf`, `nan`. No locale.
HINGE_API std::string to_text(double value);
/// The shortest that reads back as the same float: `0.1`, where the double nearest to it would be `0.10000000149011612`.
HINGE_API std::string to_text(float value);
/// The number with `digits` significant digits, for tables and progress lines: `0.0382`.
HINGE_API std::string to_text(double value, int digits);
/// The same as a book prints it, with a true minus: `−0.25`, `∞`, `NaN`.
HINGE_API std::string typeset(double value, int digits);

/// `a, b, c`
HINGE_API std::string join(std::span<const std::string> words, std::string_view separator = ", ");

/// `1 row`, `2 rows`: the plural of `noun` is formed with s.
HINGE_API std::string quantity(std::size_t count, std::string_view noun);

/// `12.5 %` for 0.125: three significant digits.
HINGE_API std::string percent_text(double fraction);

/// The text with the letters A to Z made small. No locale.
HINGE_API std::string lowered(std::string_view text);

/// `"a name"`, made safe for a terminal as by printable.
HINGE_API std::string in_quotes(std::string_view text);

/// The text as one word of a shell, in single quotes, whatever is in it.
HINGE_API std::string shell_word(std::string_view text);

/// Text from outside made safe for a terminal: characters that steer it (see steers_terminal) and bytes that are no UTF-8
/// as \xNN, cut after `max_bytes` at the border of a character.
HINGE_API std::string printable(std::string_view text, std::size_t max_bytes = 200);

/// How many bytes the UTF-8 character takes that the text begins with; 0 when it begins with none.
HINGE_API std::size_t character_length(std::string_view text);
/// Whether a character of UTF-8, when printed, moves the cursor, changes colours or turns the direction of the text around it:
/// control characters (C0, C1, U+007F), line and paragraph separators, and marks, embeddings, overrides and isolates of the
/// bidirectional algorithm [Unicode 15, annex 9].
HINGE_API bool steers_terminal(std::string_view character);

/// How many bytes at the start are whole characters of UTF-8: all of them, or the place of the first that is not.
HINGE_API std::size_t utf8_prefix(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }

/// The known name closest to `name`, or "" when none is near: at most a third of its letters inserted, deleted,
/// replaced or swapped with a neighbour (ignoring case, and - for _).
HINGE_API std::string nearest(std::string_view name, std::span<const std::string> known);

/// `; did you mean "relu"? (known: relu, sigmoid)`: the tail of every message about an unknown name.
HINGE_API std::string suggestion(std::string_view name, std::span<const std::string> known);

}  // namespace hinge
