// The options of a table's format, and numbers in the spelling of other countries.
#include <hinge/data/table/table_format.h>

#include <algorithm>
#include <utility>

#include <hinge/core/config/config.h>
#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// Whether a text is one character of UTF-8 that may stand for something in a table.
bool is_one_mark(std::string_view text) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; };
  const bool letter = text.find_first_of("\"+-\n\r0123456789eE") != std::string_view::npos;
  return !text.empty() && is_utf8(text) && !letter && std::all_of(text.begin() + 1, text.end(), continues);
}

class FormatSection final : public Description {
 public:
  TableFormat format = {};

  std::string_view type() const override { return TableFormat::type; }
  std::vector<Option> options() override { return format.options(); }
};

}  // namespace

std::vector<Option> TableFormat::options() {
  std::vector<Option> options;
  append_options(options);
  return options;
}

void TableFormat::append_options(std::vector<Option>& options) {
  options.push_back({.name = "delimiter",
                     .place = &delimiter,
                     .meaning = "what separates cells; blanks: runs of spaces and tabs; auto: guessed",
                     .choices = {"auto", ",", ";", "|", "tab", "blanks"}});
  options.push_back({.name = "header",
                     .place = &header,
                     .meaning = "whether the first line holds the names of the columns; without a header they are "
                                "`column 1`, `column 2`, …; auto: guessed",
                     .choices = {"auto", "true", "false"}});
  options.push_back({"names", &names, {}, "the names of all columns, in place of the header's; empty: those"});
  options.push_back({.name = "decimal",
                     .place = &decimal,
                     .meaning = "what separates the fraction of a number; auto: guessed",
                     .choices = {"auto", ".", ","}});
  options.push_back(
      {"thousands", &thousands, {}, "the character between groups of three digits, as in 1,234; empty: none"});
  options.push_back({"comment", &comment, {}, "lines that begin with this character are skipped; empty: none"});
  options.push_back({"skip_rows", &skip_rows, {}, "how many lines above the table are skipped"});
}

std::vector<OptionError> TableFormat::errors() const {
  std::vector<OptionError> found;
  const std::string one = "must be one character that is no part of a number, or empty";
  if (!thousands.empty() && !is_one_mark(thousands)) found.push_back({"thousands", one});
  if (!thousands.empty() && thousands == decimal) found.push_back({"thousands", "must differ from decimal"});
  if (!comment.empty() && !is_one_mark(comment)) found.push_back({"comment", one});
  if (comment.size() > 1) found.push_back({"comment", "must be an ASCII character, such as #"});
  return found;
}

std::string format_text(const TableFormat& format) {
  FormatSection section;
  section.format = format;
  return to_json_line(config_of(section));
}

TableFormat parse_format(std::string_view text, std::string_view name) {
  FormatSection section;
  ConfigErrors errors;
  read_config(parse_json(text, name), section, Registries(), errors);
  errors.throw_if_any();
  return section.format;
}

std::optional<double> parse_number(std::string_view text, char decimal, std::string_view thousands) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string plain;
  std::size_t i = 0;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) plain += text[i++];
  std::size_t group = 0;  // digits since the last separator
  bool grouped = false;
  for (; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      plain += text[i];
      ++group;
    } else if (!thousands.empty() && text.substr(i).starts_with(thousands)) {
      if (grouped ? group != 3 : group == 0 || group > 3) return std::nullopt;
      grouped = true;
      group = 0;
      i += thousands.size() - 1;
    } else {
      break;
    }
  }
  if (grouped && group != 3) return std::nullopt;
  if (i < text.size() && text[i] == decimal) {
    plain += '.';
    ++i;
  }
  const std::string_view rest = text.substr(i);
  if (rest.find('.') != std::string_view::npos) return std::nullopt;
  return parse_double(plain += rest);
}

}  // namespace hinge
