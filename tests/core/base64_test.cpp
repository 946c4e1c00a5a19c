#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <hinge/core/base64.h>

using namespace hinge;

TEST_CASE("base64 is that of RFC 4648, and reads back") {
  struct Row {
    std::string bytes;
    std::string text;
  };
  const std::vector<Row> rows = {// section 10
                                 {"", ""},
                                 {"f", "Zg=="},
                                 {"fo", "Zm8="},
                                 {"foo", "Zm9v"},
                                 {"foob", "Zm9vYg=="},
                                 {"fooba", "Zm9vYmE="},
                                 {"foobar", "Zm9vYmFy"},
                                 {std::string("\0\xff\xfb", 3), "AP/7"}};
  for (const Row& row : rows) {
    CHECK(to_base64(row.bytes) == row.text);
    CHECK(from_base64(row.text) == row.bytes);
  }
}

TEST_CASE("what is no base64 has no bytes") {
  for (const char* text : {"Zg=", "Zg", "Z===", "Zm9*", "====", "Zg==Zg==", "Zm 9"}) {
    CAPTURE(text);
    CHECK(!from_base64(text).has_value());
  }
}
