// Numbers of texts.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include <hinge/data/table/text_index.h>

using namespace hinge;

TEST_CASE("texts of any length are found by all of their bytes") {
  TextIndex index;
  std::map<std::string, std::size_t> wanted;
  const auto add = [&](const std::string& text) {
    if (wanted.contains(text)) return;
    REQUIRE(index.find(text) == TextIndex::none);
    wanted[text] = index.size();
    CHECK(index.add(text) == wanted[text]);
  };
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string text(length, 'a');
    add(text);
    for (std::size_t i = 0; i < length; ++i) {  // one byte differs
      add(text.substr(0, i) + 'b' + text.substr(i + 1));
      add(text.substr(0, i) + '\0' + text.substr(i + 1));
    }
  }
  for (const auto& [text, number] : wanted) {
    CHECK(index.find(text) == number);
    CHECK(index.texts()[number] == text);
  }
}

TEST_CASE("many texts keep their numbers while the table grows") {
  TextIndex index;
  const auto text = [](std::size_t i) { return std::to_string(static_cast<double>(i) / 7); };
  constexpr std::size_t count = 20000;
  for (std::size_t i = 0; i < count; ++i) index.add(text(i));
  std::size_t right = 0;
  for (std::size_t i = 0; i < count; ++i) right += index.find(text(i)) == i ? 1 : 0;
  CHECK(right == count);
  for (std::size_t i = count; i < 2 * count; ++i) right += index.find(text(i)) == TextIndex::none ? 1 : 0;
  CHECK(right == 2 * count);
}
