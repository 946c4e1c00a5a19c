#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/text.h>

using namespace hinge;

TEST_CASE("numbers are written as the shortest text that reads back") {
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(1e-5) == "1e-05");
  CHECK(to_text(-0.0) == "-0");
  CHECK(to_text(std::numeric_limits<double>::infinity()) == "inf");
  for (const double sign : {1.0, -1.0}) {
    CHECK(to_text(std::copysign(std::numeric_limits<double>::quiet_NaN(), sign)) == "nan");
  }
  CHECK(to_text(2.0 / 3, 3) == "0.667");
  CHECK(to_text(123456.0, 3) == "1.23e+05");
}

TEST_CASE("the nearest name is found through typing mistakes, and only through those") {
  const std::vector<std::string> known = {"relu", "leaky_relu", "sigmoid", "tanh"};
  struct Row {
    const char* written;
    const char* meant;
  };
  for (const Row& row :
       {Row{"rleu", "relu"}, Row{"Relu", "relu"}, Row{"leaky-relu", "leaky_relu"}, Row{"leakyrelu", "leaky_relu"},
        Row{"sigmod", "sigmoid"}, Row{"tahn", "tanh"}, Row{"softmax", ""}, Row{"x", ""}, Row{"", ""}}) {
    CHECK(nearest(row.written, known) == row.meant);
  }
  CHECK(nearest(std::string(1000, 'r'), known) == "");
}

TEST_CASE("text from outside cannot steer a terminal or flood a message") {
  CHECK(printable("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
  std::string cut(200, 'x');
  cut += "…";
  CHECK(printable(std::string(300, 'x')) == cut);
  CHECK(printable("größe € 𝄞") == "größe € 𝄞");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // U+009B starts an escape sequence, too
  CHECK(printable("\u200e \u202e \u2029 \u2066 \u061c") ==
        R"(\xe2\x80\x8e \xe2\x80\xae \xe2\x80\xa9 \xe2\x81\xa6 \xd8\x9c)");  // these turn the text around them
  CHECK(printable("\u200d \u202f \u2065 \u206a \u061b") == "\u200d \u202f \u2065 \u206a \u061b");
  cut.erase(0, 1);
  CHECK(printable(std::string(199, 'x').append("ö")) == cut);  // not half a character
}

TEST_CASE("one word of a shell stays one, whatever is in it") {
  CHECK(shell_word("a b;$(c)") == "'a b;$(c)'");
  CHECK(shell_word("it's") == R"('it'\''s')");
  CHECK(shell_word("") == "''");
}

TEST_CASE("bytes that are no UTF-8 are shown as bytes") {
  struct Row {
    std::string_view what;
    std::string text;
    std::string shown;
  };
  const std::vector<Row> rows = {
      {"a continuation byte alone", "\x80", "\\x80"},
      {"a character cut off", "a\xe2\x82", "a\\xe2\\x82"},
      {"a character cut off by another", "\xe2\x82z", "\\xe2\\x82z"},
      {"/ in two bytes", "\xc0\xaf", "\\xc0\\xaf"},
      {"/ in three bytes", "\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"/ in four bytes", "\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
      {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
      {"beyond U+10FFFF", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"no byte of UTF-8", "\xff", "\\xff"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(printable(row.text) == row.shown);
    CHECK(utf8_prefix("12345678" + row.text + "12345678") == (row.text[0] == 'a' ? 9 : 8));
  }
  for (const std::string text : {"", "a", "größe € 𝄞", "12345678größe € 𝄞 \x1b\xc2\x9b 12345678"}) {
    CHECK(utf8_prefix(text) == text.size());
  }
}

TEST_CASE("lists are joined, the empty one to nothing") {
  CHECK(join(std::vector<std::string>{"a", "b", "c"}) == "a, b, c");
  CHECK(join(std::vector<std::string>{}) == "");
  CHECK(join(std::vector<std::string>{"a", "b"}, "/") == "a/b");
  CHECK(join(std::vector<std::string>{"", "a"}) == ", a");
}

TEST_CASE("one thing is singular, and letters are made small whatever the locale") {
  CHECK(quantity(0, "row") == "0 rows");
  CHECK(quantity(1, "row") == "1 row");
  CHECK(quantity(2, "row") == "2 rows");
  CHECK(lowered("AZaz-09Ä@[") == "azaz-09Ä@[");
}

TEST_CASE("UTF-8 is told from other bytes, and where it ends") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("größe € 𝄞\n\x7f\xc2\x80"));
  CHECK(is_utf8(std::string(1, '\0')));
  for (const std::string_view wrong : {"\x80", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    CHECK(utf8_prefix("aä" + std::string(wrong) + "z") == 3);
  }
}
