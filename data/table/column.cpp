// Options of a column, its inputs, and dates.
#include <hinge/data/table/column.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include <hinge/core/config/config.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

Option word_option(std::string_view name, std::string* place, std::vector<std::string_view> choices,
                   std::string_view meaning) {
  return {.name = name, .place = place, .meaning = meaning, .choices = std::move(choices)};
}

class ColumnsHolder final : public Description {
 public:
  Columns columns = {};

  std::string_view type() const override { return "columns"; }
  std::vector<Option> options() override { return {{.name = "columns", .place = &columns}}; }
};

constexpr double seconds_a_day = 86400;

// A number of four digits in another year than these is hardly one.
bool is_recent(int year) { return year >= 1800 && year < 2200; }

// Reads a text from its start.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  std::size_t leading_digits() const { return std::min(rest_.find_first_not_of("0123456789"), rest_.size()); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // The character, which must be one of these; else 0.
  char take_one_of(std::string_view marks) {
    if (rest_.empty() || marks.find(rest_[0]) == std::string_view::npos) return 0;
    const char mark = rest_[0];
    rest_.remove_prefix(1);
    return mark;
  }
  // A word in small or large letters, with a blank in front of it or without.
  bool take_word(std::string_view word) {
    const std::string_view text = rest_.substr(rest_.starts_with(' ') ? 1 : 0);
    if (lowered(text.substr(0, word.size())) != word) return false;
    rest_ = text.substr(word.size());
    return true;
  }
  // The number of a month, Jan or January.
  std::optional<int> month_name() {
    constexpr std::array<std::string_view, 12> names = {"january",   "february", "march",    "april",
                                                        "may",       "june",     "july",     "august",
                                                        "september", "october",  "november", "december"};
    const std::string start = lowered(rest_.substr(0, 3));
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (start != names[i].substr(0, 3)) continue;
      if (!take_word(names[i])) rest_.remove_prefix(start.size());
      return static_cast<int>(i + 1);
    }
    return std::nullopt;
  }
  // One or two digits, but not fewer than `fewest`.
  std::optional<int> number(std::size_t fewest, int highest, int lowest = 1) {
    return digits(std::clamp<std::size_t>(leading_digits(), fewest, 2), lowest, highest);
  }
  // So many digits, a number from lowest to highest.
  std::optional<int> digits(std::size_t count, int lowest, int highest) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      number = 10 * number + (c - '0');
    }
    rest_.remove_prefix(count);
    return number >= lowest && number <= highest ? std::optional(number) : std::nullopt;
  }
  // The digits behind a point, below 1.
  std::optional<double> fraction() {
    const std::size_t count = leading_digits();
    const auto number = parse_double("0." + std::string(rest_.substr(0, count)));
    rest_.remove_prefix(count);
    return count == 0 ? std::nullopt : number;
  }

 private:
  std::string_view rest_;
};

std::optional<double> seconds_of(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return seconds_a_day * static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
}

// 2024-12-31, where month and day have two digits, 2024/12/31 or 2024.12.31
std::optional<double> day_behind_year(TimeText& text) {
  const auto year = text.digits(4, 0, 9999);
  const char mark = text.take_one_of("-/.");
  const std::size_t fewest = mark == '-' ? 2 : 1;
  const auto month = mark == 0 ? std::nullopt : text.number(fewest, 12);
  if (!year || !month || !text.take(mark)) return std::nullopt;
  const auto day = text.number(fewest, 31);
  if (!day || (mark != '-' && !is_recent(*year))) return std::nullopt;
  return seconds_of(*year, *month, *day);
}

// Dec 31, 2024
std::optional<double> day_behind_month(TimeText& text, int month) {
  if (!text.take(' ')) return std::nullopt;
  const auto day = text.number(1, 31);
  if (!day || !text.take(',') || !text.take(' ')) return std::nullopt;
  const auto year = text.digits(4, 0, 9999);
  return year && is_recent(*year) ? seconds_of(*year, month, *day) : std::nullopt;
}

// 31.12.2024, 31/12/2024, 12/31/2024, 31-Dec-2024
std::optional<double> day_before_year(TimeText& text, bool month_first) {
  if (const auto month = text.month_name()) return day_behind_month(text, *month);
  auto day = text.number(1, 31);
  const char mark = text.take_one_of("./- ");
  if (!day || mark == 0) return std::nullopt;
  auto month = text.month_name();
  if (!month && mark != ' ') {
    month = text.number(1, 31);
    if (month && month_first) std::swap(day, month);
  }
  if (!month || !text.take(mark)) return std::nullopt;
  const auto year = text.digits(4, 0, 9999);
  return year && is_recent(*year) ? seconds_of(*year, *month, *day) : std::nullopt;
}

// 12:30, 12:30:15 or 12:30:15.5, in front of AM or PM an hour from 1 to 12
std::optional<double> clock_of(TimeText& text) {
  const auto hour = text.number(1, 23, 0);
  if (!hour || !text.take(':')) return std::nullopt;
  const auto minute = text.digits(2, 0, 59);
  if (!minute) return std::nullopt;
  double seconds = 3600.0 * *hour + 60.0 * *minute;
  if (text.take(':')) {
    const auto second = text.digits(2, 0, 60);  // with a leap second
    const auto fraction = text.take('.') ? text.fraction() : std::optional(0.0);
    if (!second || !fraction) return std::nullopt;
    seconds += *second + *fraction;
  }
  const bool is_afternoon = text.take_word("pm");
  if (!is_afternoon && !text.take_word("am")) return seconds;
  if (*hour < 1 || *hour > 12) return std::nullopt;
  return seconds + 3600 * ((*hour == 12 ? -12 : 0) + (is_afternoon ? 12 : 0));
}

// What the offset from UTC adds: Z, +01:00, -0530, or none.
std::optional<double> offset_of(TimeText& text) {
  if (text.at_end() || text.take('Z')) return 0.0;
  const bool is_east = text.take('+');
  if (!is_east && !text.take('-')) return std::nullopt;
  const auto hours = text.digits(2, 0, 23);
  text.take(':');
  const auto minutes = text.digits(2, 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const double seconds = 3600.0 * *hours + 60.0 * *minutes;
  return is_east ? -seconds : seconds;
}

}  // namespace

std::vector<Option> Column::options() {
  return {
      word_option("kind", &kind, {"auto", "number", "category", "time", "id", "weight", "target", "ignored"},
                  "what the column holds; auto: a number, a category or a time, as its cells say. An id is no input, "
                  "but `hinge predict` repeats it"),
      {.name = "parts",
       .place = &parts,
       .meaning = "the inputs that a time gives; empty: seconds (since 1970)",
       .choices = {"year", "month", "day", "weekday", "hour", "minute", "seconds"}},
      word_option("format", &format, {"auto", "day first", "month first"},
                  "of dates such as 05/06/2024; auto: as a date tells that has a day above 12"),
      word_option("preprocess", &preprocess, {"auto", "none", "standard", "minmax", "robust", "log1p", "divide"},
                  "how numbers are scaled; auto: as `preprocess` of the source says; a category never is"),
      word_option("missing", &missing, {"auto", "error", "drop", "mean", "median", "category"},
                  "what to do with an empty cell: refuse it, leave its row out, fill in the mean or the median of the "
                  "training part (for a category: the shares of its categories), or take it for a category of its "
                  "own; auto: as `missing` of the source says"),
      {"tokens", &tokens, {}, "more spellings of an empty cell, such as \"unknown\" or \"-999\""},
      {"indicator", &indicator, {}, "adds an input that is 1 where the cell was empty, else 0"},
      word_option("unknown", &unknown, {"error", "zeros"},
                  "what to do with a category that the training part had not: refuse it, or make all its inputs 0"),
      {"categories", &categories, {}, "the categories, in this order; empty: those of the training part, sorted"},
  };
}

std::vector<OptionError> Column::errors() const {
  std::vector<OptionError> found;
  if (!parts.empty() && kind != "time") found.push_back({"parts", "needs kind \"time\""});
  if (format != "auto" && kind != "time") found.push_back({"format", "needs kind \"time\""});
  const bool may_have = kind == "category" || kind == "target";
  if (!categories.empty() && !may_have) found.push_back({"categories", "needs kind \"category\""});
  if (kind == "target" && (keeps_gaps() || indicator)) {
    found.push_back({"missing", "cannot fill a target; use \"error\" or \"drop\""});
  }
  return found;
}

std::string columns_text(Columns columns) {
  ColumnsHolder holder;
  holder.columns = std::move(columns);
  return to_json_line(*config_of(holder).find("columns"));
}

Columns parse_columns(std::string_view text, std::string_view name) {
  ColumnsHolder holder;
  ConfigErrors errors;
  read_config(JsonValue::object({{"columns", parse_json(text, name)}}), holder, Registries(), errors);
  errors.throw_if_any();
  return std::move(holder.columns);
}

namespace {

// Not by +: g++ 12 warns of its own copies.
std::string input_name(std::string column, std::string_view between, std::string_view of) {
  column.append(between).append(of);
  return column;
}

}  // namespace

std::vector<std::string> input_names(const std::string& name, const Column& column) {
  std::vector<std::string> names;
  if (column.kind == "category") {
    for (const std::string& category : column.categories) names.push_back(input_name(name, "=", category));
  } else if (column.kind == "time") {
    for (const std::string& part : column.parts) names.push_back(input_name(name, " ", part));
  } else {
    names.push_back(name);
  }
  if (column.has_indicator()) names.push_back(name + " is missing");
  return names;
}

Scaling scaling_named(std::string_view name) {
  if (name == "standard") return Scaling::standard;
  if (name == "minmax") return Scaling::minmax;
  if (name == "robust") return Scaling::robust;
  if (name == "log1p") return Scaling::log1p;
  return Scaling::none;
}

std::optional<double> parse_time(std::string_view text, DateOrder order) {
  TimeText rest(text);
  const bool has_year_first = rest.leading_digits() == 4;
  if (order == DateOrder::open) {
    const auto time = parse_time(text, DateOrder::day_first);
    return time || has_year_first ? time : parse_time(text, DateOrder::month_first);
  }
  const auto day = has_year_first ? day_behind_year(rest) : day_before_year(rest, order == DateOrder::month_first);
  if (!day || rest.at_end()) return day;
  if (!rest.take('T') && !rest.take(' ')) return std::nullopt;
  const auto clock = clock_of(rest);
  const auto offset = clock ? offset_of(rest) : std::nullopt;
  if (!offset || !rest.at_end()) return std::nullopt;
  return *day + *clock + *offset;
}

double time_part(std::string_view part, double seconds) {
  if (part == "seconds") return seconds;
  const double days = std::floor(seconds / seconds_a_day);
  const double clock = seconds - seconds_a_day * days;
  if (part == "hour") return std::floor(clock / 3600);
  if (part == "minute") return std::floor(std::fmod(clock, 3600) / 60);
  const std::chrono::sys_days date{std::chrono::days(static_cast<int>(days))};
  if (part == "weekday") return std::chrono::weekday(date).iso_encoding() - 1.0;
  const std::chrono::year_month_day calendar(date);
  if (part == "year") return static_cast<int>(calendar.year());
  return static_cast<unsigned>(part == "month" ? unsigned(calendar.month()) : unsigned(calendar.day()));
}

}  // namespace hinge
