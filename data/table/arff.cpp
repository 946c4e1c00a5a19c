// The declarations of ARFF, word by word.
#include <hinge/data/table/arff.h>

#include <algorithm>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

// Takes a line apart from its beginning.
class LineWords {
 public:
  explicit LineWords(std::string_view line) : rest_(line) {}

  // The next word: in quotes, or up to a blank or one of `ends`.
  std::string next(std::string_view ends) {
    skip_spaces();
    if (rest_.starts_with('\'') || rest_.starts_with('"')) return next_quoted();
    std::size_t size = 0;
    while (size < rest_.size() && !is_space(rest_[size]) && ends.find(rest_[size]) == std::string_view::npos) ++size;
    return take(size);
  }

  // The next value of a list. It may hold blanks inside.
  std::string next_value() {
    skip_spaces();
    if (rest_.starts_with('\'') || rest_.starts_with('"')) return next_quoted();
    std::string value = take(std::min(rest_.find_first_of(",}"), rest_.size()));
    while (!value.empty() && is_space(value.back())) value.pop_back();
    return value;
  }

  bool take_char(char c) {
    skip_spaces();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest() const { return rest_; }

 private:
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
  }

  std::string take(std::size_t size) {
    std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }

  std::string next_quoted() {
    const char quote = rest_[0];
    rest_.remove_prefix(1);
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] != quote) size += rest_[size] == '\\' ? 2 : 1;
    if (size >= rest_.size()) throw DataError("found a quote that is never closed; wanted a second one");
    std::string word = without_backslashes(take(size));
    rest_.remove_prefix(1);
    return word;
  }

  std::string_view rest_;
};

std::vector<std::string> nominal_values(LineWords& words) {
  std::vector<std::string> values;
  while (!words.take_char('}')) {
    values.push_back(words.next_value());
    if (words.take_char(',') || words.rest().starts_with('}')) continue;
    throw DataError("found a list of values that goes on with \"" + printable(words.rest().substr(0, 20)) +
                    "\"; wanted a comma or }");
  }
  return values;
}

}  // namespace

bool is_declaration(std::string_view line, std::string_view keyword) {
  while (!line.empty() && is_space(line[0])) line.remove_prefix(1);
  if (lowered(line.substr(0, keyword.size())) != keyword) return false;
  return line.size() == keyword.size() || is_space(line[keyword.size()]);
}

DeclaredColumn parse_attribute(std::string_view line) {
  LineWords words(line);
  words.next("");  // @attribute
  DeclaredColumn column{.name = words.next("{")};
  if (words.take_char('{')) {
    column.kind = DeclaredColumn::Kind::nominal;
    column.values = nominal_values(words);
    return column;
  }
  const std::string type = words.next("");
  const std::string known = lowered(type);
  if (known == "numeric" || known == "real" || known == "integer") return column;
  if (known == "string") {
    column.kind = DeclaredColumn::Kind::text;
  } else if (known == "date") {
    column.kind = DeclaredColumn::Kind::date;
    column.date_format = words.next("");
  } else {
    throw DataError("found the type \"" + printable(type) + "\" of the attribute \"" + printable(column.name) +
                    "\"; wanted numeric, real, integer, string, date or {values}");
  }
  return column;
}

std::string without_backslashes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      c = text[++i];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
    }
    result += c;
  }
  return result;
}

}  // namespace hinge
