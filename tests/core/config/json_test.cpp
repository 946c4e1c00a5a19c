#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>

#include "support/throws.h"

using namespace hinge;

namespace {

// Every key and value of a document as `line:column what`, in the order of the text.
void list_places(const JsonValue& value, std::vector<std::string>& places) {
  const auto where = [](const JsonPlace& place) {
    return std::to_string(place.line) + ":" + std::to_string(place.column) + " ";
  };
  places.push_back(where(value.place) + value.described());
  for (const JsonValue& element : value.elements) list_places(element, places);
  for (const JsonMember& member : value.members) {
    places.push_back(where(member.key_place) + "key " + member.key);
    list_places(member.value, places);
  }
}

std::string error_for(std::string_view text) {
  return error_of<ConfigError>([&] { parse_json(text, "c.json"); });
}

constexpr std::string_view commented = R"({ // the run
  "layers": [64, {"units" : 10}], /* two
  of them */ "rate": -1.5e-3, "bias":true,
  "name": "a\u00e4\n", "none": null, "empty": [], "nothing": {}
})";

}  // namespace

TEST_CASE("every key and value knows its line and column") {
  std::vector<std::string> places;
  list_places(parse_json(commented, "c.json"), places);
  CHECK(places == std::vector<std::string>{"1:1 an object", "2:3 key layers", "2:13 a list", "2:14 the number 64",
                                           "2:18 an object", "2:19 key units", "2:29 the number 10", "3:14 key rate",
                                           "3:22 the number -1.5e-3", "3:31 key bias", "3:38 true", "4:3 key name",
                                           "4:11 the text \"aä\\x0a\"", "4:24 key none", "4:32 null", "4:38 key empty",
                                           "4:47 a list", "4:51 key nothing", "4:62 an object"});
  CHECK(parse_json("[1]", "c.json").elements[0].place.text() == "c.json:1:2");
  CHECK(parse_json("\xef\xbb\xbf[1]", "c.json").elements[0].place.text() == "c.json:1:2");
}

TEST_CASE("numbers keep their text, whatever their size") {
  for (const char* number : {"0", "-0", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "3.50",
                             "1E+2", "4.9e-324", "1.7976931348623157e308"}) {
    CAPTURE(number);
    CHECK(parse_json(number, "c.json").text == number);
    CHECK(parse_json("[" + std::string(number) + "]", "c.json").elements[0].text == number);
  }
}

TEST_CASE("a comment may end with any line end, and what it holds is not read") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    CAPTURE(end);
    const std::string text =
        "{\"rate\": // first try was" + end + " 0.1, // 0.2, \"x\": 0.3" + end + "\"momentum\":\n 0.9}";
    const JsonValue value = parse_json(text, "c.json");
    CHECK(value.find("rate")->text == "0.1");
    CHECK(value.find("momentum")->text == "0.9");
  }
}

TEST_CASE("values are made from texts, numbers and lists as they are") {
  const std::vector<double> rates = {0.5, 2};
  const std::vector<std::string> names = {"a", "bc"};
  const JsonValue value = JsonValue::object({{"truth", true},
                                             {"text", "x"},
                                             {"view", std::string_view("y")},
                                             {"count", std::size_t{18446744073709551615U}},
                                             {"rates", list_of(rates)},
                                             {"sizes", list_of(names, &std::string::size)},
                                             {"known", number_or_null(0.25)},
                                             {"infinite", number_or_null(INFINITY)},
                                             {"missing", number_or_null(std::nullopt)},
                                             {"null", {}}});
  CHECK(
      to_json_line(value) ==
      R"({"truth": true, "text": "x", "view": "y", "count": 18446744073709551615, "rates": [0.5, 2], "sizes": [1, 2], )"
      R"("known": 0.25, "infinite": null, "missing": null, "null": null})");
  CHECK(to_json_line(JsonValue::object()) == "{}");
  CHECK(to_json_line(list_of(std::vector<double>{})) == "[]");
}

TEST_CASE("a key that occurs twice is kept twice") {
  const JsonValue value = parse_json(R"({"a": 1, "a": 2})", "c.json");
  REQUIRE(value.members.size() == 2);
  CHECK(value.find("a")->text == "1");
  CHECK(value.find("b") == nullptr);
}

TEST_CASE("what is not JSON is refused at its place, and says how to write it") {
  struct Row {
    std::string text;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"", "1:1: the document is empty"},
      {" \n // nothing\n", "3:1: the document is empty"},
      {"{", "1:2: the document ends here, in the middle of the object that starts at c.json:1:1"},
      {"[1,\n[2", "2:3: the document ends here, in the middle of the list that starts at c.json:2:1"},
      {"{\"a\": 1,}", "1:9: a comma before } that nothing follows; take it out"},
      {"[1, 2,\n]", "2:1: a comma before ] that nothing follows; take it out"},
      {"{\"a\": 1, // last\n}", "2:1: a comma before } that nothing follows; take it out"},
      {"[1, /* , */ ]", "1:13: a comma before ] that nothing follows; take it out"},
      {"[1 // none, here\n}", "2:1: found } inside the list that starts at c.json:1:1"},
      {"[1 /* a, b: c */ 2]", "1:18: a comma or a colon is missing before this number"},
      {"[ // the first\n 07]", "2:2: a number has no leading zeros"},
      {"[1, // [\n -]", "2:2: - is no number; write it as in -1.5e-3"},
      {"[1}", "1:3: found } inside the list that starts at c.json:1:1"},
      {"{\"a\": 1]", "1:8: found ] inside the object that starts at c.json:1:1"},
      {"{\"a\": 1 \"b\": 2}", "1:9: a comma or a colon is missing before this text"},
      {"{\"a\" 1}", "1:6: a comma or a colon is missing before this number"},
      {"[1 2]", "1:4: a comma or a colon is missing before this number"},
      {"{a: 1}", "1:2: found a; texts and keys stand in double quotes, as in \"a\""},
      {"{'a': 1}", "1:2: texts and keys stand in double quotes"},
      {"{\"a\": relu}", "1:7: found relu; texts and keys stand in double quotes, as in \"relu\""},
      {"[True]", "1:2: write true in small letters"},
      {"[NaN]", "1:2: NaN is no number of JSON; every number must be finite"},
      {"[-Infinity]", "1:2: -Infinity is no number of JSON; every number must be finite"},
      {"[1e400]", "1:2: 1e400 cannot be held: numbers other than 0 are between 4.9e-324 and 1.8e308 in size"},
      {"[1, 1e-999]", "1:5: 1e-999 cannot be held: numbers other than 0 are between 4.9e-324 and 1.8e308 in size"},
      {"[007]", "1:2: a number has no leading zeros"},
      {"[0x10]", "1:2: hexadecimal numbers are not known; write it in decimal"},
      {"[.5]", "1:2: a number starts with a digit or a minus sign, as in 0.5"},
      {"[+5]", "1:2: a number starts with a digit or a minus sign, as in 0.5"},
      {"[1.]", "1:2: 1. is no number; write it as in -1.5e-3"},
      {"[-]", "1:2: - is no number; write it as in -1.5e-3"},
      {"[1e]", "1:2: 1e is no number; write it as in -1.5e-3"},
      {"[1.2.3]", "1:2: 1.2.3 is no number; write it as in -1.5e-3"},
      {"[\"a", "1:2: the closing quote of this text is missing"},
      {"[\"a\nb\"]",
       "1:2: a line end or another control character in this text, or its closing quote is missing; "
       "write \\n for a line end"},
      {"[\"\\q\"]", "1:2: an unknown escape in this text; a backslash is written \\\\"},
      {"[\"\\ud800\"]", "1:2: \\u in this text must be followed by four hexadecimal digits of a whole character"},
      {"[\"\\u12g4\"]", "1:2: \\u in this text must be followed by four hexadecimal digits of a whole character"},
      {"[\"\xff\"]", "1:3: the text is not UTF-8; save the file as UTF-8"},
      {"[\"\xc3(\"]", "1:3: the text is not UTF-8; save the file as UTF-8"},
      {"{\"a\": 1 // \xff\n}", "1:12: the text is not UTF-8; save the file as UTF-8"},
      {"{\"a\": 1 /*\n\xed\xa0\x80 */}", "2:1: the text is not UTF-8; save the file as UTF-8"},
      {std::string("{\"a\":1}\0garbage{{{", 18), "1:8: a zero byte, which no text has; the file is binary or damaged"},
      {std::string("{\"a\": // b\0\n1}", 14), "1:11: a zero byte, which no text has; the file is binary or damaged"},
      {"{} {}", "1:4: there is text after the end of the document"},
      {"{} x", "1:4: there is text after the end of the document"},
      {"1 \"a\"", "1:3: there is text after the end of the document"},
      {"]", "1:1: found ], but nothing is open"},
      {"[1 /* a", "1:4: the comment does not end"},
      {"[#]", "1:2: found #, which does not belong here"},
      {std::string("{\0}", 3), "1:1: the text is UTF-16 or binary; save the file as UTF-8"},
      {"\xff\xfe{", "1:1: the text is UTF-16 or binary; save the file as UTF-8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(error_for(row.text) == "c.json:" + row.message);
  }
}

TEST_CASE("64 levels are read, more are refused however many") {
  for (const std::string& pair : {std::string("[]"), std::string("{}")}) {
    const auto nested = [&](std::size_t levels) {
      std::string text;
      for (std::size_t i = 0; i < levels; ++i)
        text += pair[0] == '[' || i + 1 == levels ? pair.substr(0, 1) : "{\"a\":";
      return text + std::string(levels, pair[1]);
    };
    CHECK_NOTHROW(parse_json(nested(64), "c.json"));
    for (const std::size_t levels : {65U, 1'000'000U}) {
      CHECK(error_for(nested(levels)).find("nested deeper than 64") != std::string::npos);
    }
  }
}

TEST_CASE("a document beyond 16 MiB is refused") {
  CHECK(error_for(std::string((16U << 20) + 1, ' ')) ==
        "c.json: the document has 16777217 bytes; at most 16 MiB are read");
}

TEST_CASE("a document of more than two million values is refused, for they take more memory than their text") {
  std::string text = "[";
  for (std::size_t i = 0; i + 2 < std::size_t{1} << 21; ++i) text += "1,";  // with the last one and the list 2^21
  CHECK(parse_json(text + "1]", "c.json").elements.size() == (std::size_t{1} << 21) - 1);
  CHECK(error_for(text + "1,1]").ends_with(": the document holds more than 2097152 values"));
}

TEST_CASE("text written from a tree reads back as the same tree") {
  const JsonValue value = parse_json(commented, "c.json");
  const std::string expected = R"({
  "layers": [
    64,
    {
      "units": 10
    }
  ],
  "rate": -1.5e-3,
  "bias": true,
  "name": "aä\n",
  "none": null,
  "empty": [],
  "nothing": {}
})";
  CHECK(to_json(value) == expected);
  CHECK(to_json(parse_json(expected, "d.json")) == expected);
  CHECK(to_json_line(value) ==
        R"({"layers": [64, {"units": 10}], "rate": -1.5e-3, "bias": true, "name": "aä\n", "none": null, "empty": [], )"
        R"("nothing": {}})");
  CHECK(to_json(std::vector<JsonValue>{0.1, "b"}) == R"([0.1, "b"])");
}

TEST_CASE("written text holds no control characters, and reads back as it was") {
  const std::string text =
      "\x1b[2J \x7f \xc2\x80 \xc2\x8f \xc2\x90 \xc2\x9f \xc2\xa0 \xc3\x9f \xe2\x80\x9b \xe2\x80\xae \xd8\x9c \t";
  const std::string json = to_json_line(text);
  CHECK(json == R"("\u001b[2J \u007f \u0080 \u008f \u0090 \u009f )"
                "\xc2\xa0 \xc3\x9f \xe2\x80\x9b \\u202e \\u061c \\t\"");
  CHECK(parse_json(json, "c.json").text == text);
}

TEST_CASE("every beginning of a document is refused with a place") {
  for (std::size_t length = 0; length < commented.size(); ++length) {
    CAPTURE(length);
    CHECK(error_for(commented.substr(0, length)).starts_with("c.json:"));
  }
}

TEST_CASE("a document with any byte replaced is read, or refused with a place") {
  std::size_t read = 0;
  std::string text(commented);
  for (char& c : text) {
    const char original = c;
    for (int byte = 0; byte < 256; ++byte) {
      c = static_cast<char>(byte);
      try {
        parse_json(text, "c.json");
        ++read;
      } catch (const ConfigError& error) {
        if (!std::string(error.what()).starts_with("c.json:")) FAIL(error.what());
      }
    }
    c = original;
  }
  CHECK(read > commented.size());  // at least those that replaced a byte by itself
}
