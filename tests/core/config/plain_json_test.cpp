#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>

#include <hinge/core/config/plain_json.h>
#include <hinge/core/error.h>

#include "support/throws.h"

using namespace hinge;

namespace {

constexpr std::string_view document =
    R"( {"layers": [64, {"units" : 10, "none": null}, [ ], {}],
 "rate": -1.5e-3, "bias":true, "no": false, "big": 18446744073709551615,
 "text": "aä\u00e4\u20aC\ud83d\ude00\n\"\\\/\b\f\r\t\u0000", "text": "twice"}
)";

// The tree as text, or nothing for what is refused.
template <typename Parse>
std::optional<std::string> read_by(const Parse& parse, std::string_view text) {
  try {
    return to_json(parse(text, "header"));
  } catch (const ConfigError&) {
    return std::nullopt;
  }
}

void check_as_the_other(std::string_view text) {
  const auto plain = read_by(parse_plain_json, text);
  if (plain == read_by(parse_json, text)) return;
  FAIL(std::string(text) << "\nis read by " << (plain ? "the plain reader" : "the other reader"));
}

}  // namespace

TEST_CASE("the plain reader reads what the reader of configs reads, and the same tree") {
  check_as_the_other(document);
  CHECK(read_by(parse_plain_json, document));
  for (std::size_t length = 0; length < document.size(); ++length) check_as_the_other(document.substr(0, length));
}

TEST_CASE("with any byte replaced or left out, both readers agree") {
  for (std::size_t i = 0; i < document.size(); ++i) {
    std::string text(document);
    for (int byte = 0; byte < 256; ++byte) {
      text[i] = static_cast<char>(byte);
      check_as_the_other(text);
    }
    check_as_the_other(std::string(document).erase(i, 1));
  }
}

TEST_CASE("numbers, escapes and depths that JSON does not have are refused by both readers") {
  for (const std::string_view text : {"+1",
                                      "01",
                                      ".5",
                                      "1.",
                                      "1e",
                                      "-",
                                      "1e400",
                                      "1e-999",
                                      "0x10",
                                      "NaN",
                                      "1 2",
                                      "[1,]",
                                      R"({"a":1,})",
                                      R"({"a"})",
                                      R"({a:1})",
                                      R"("\x")",
                                      R"("\ud800")",
                                      R"("\udc00")",
                                      R"("\ud800\u0041")",
                                      R"("\u12g4")",
                                      "\"\t\"",
                                      "\"\xff\"",
                                      "\xff",
                                      "",
                                      " "}) {
    CAPTURE(text);
    check_as_the_other(text);
    CHECK_FALSE(read_by(parse_plain_json, text));
  }
  for (const std::size_t depth : {64U, 65U}) {
    const std::string nested = std::string(depth, '[') + "1" + std::string(depth, ']');
    check_as_the_other(nested);
    CHECK(read_by(parse_plain_json, nested).has_value() == (depth == 64));
  }
}

TEST_CASE("the plain reader has no comments, and counts bytes for its messages") {
  const auto error_for = [](std::string_view text) {
    return error_of<ConfigError>([&] { parse_plain_json(text, "header"); });
  };
  CHECK(error_for("[1, // one\n2]") == "header: byte 4: expected a value");
  CHECK(error_for("[1, 2} ") == "header: byte 5: expected ]");
  CHECK(error_for(R"({"a": "b)") == "header: byte 8: a control character in a text, or its end is missing");
  CHECK(error_for(R"(["\q"])") == "header: byte 2: an unknown escape");
  CHECK(error_for("[1] []") == "header: byte 4: there is text after the end of the document");
}
