// What a column of a table is to a network: the one description of it, in configs and in model files.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/options.h>
#include <hinge/core/preprocessing.h>

namespace hinge {

/// A column of a table. In a config, under `data.columns`, what is not given is inferred from the cells; a model file
/// has all of it, so that a further table is read without options.
///
///   number    an input
///   category  an input `colour=red` for each category, which is 1 where the cell holds it, else 0
///   time      dates (parse_time), with a time of day or without, an input `when month` for each of `parts`
///   id        not for the network; `hinge predict` repeats it
///   weight    how much the sample counts in the loss, >= 0
///   target    what to learn
///   ignored   left out
class HINGE_API Column final : public Description {
 public:
  std::string kind = "auto";
  std::vector<std::string> parts = {};  ///< of a time; empty: seconds
  std::string format = "auto";          ///< of dates such as 31/12/2024: "day first" or "month first"
  std::string preprocess = "auto";      ///< of a number, a time or target values; auto: as the source says
  std::string missing = "auto";         ///< auto: as the source says
  std::vector<std::string> tokens = {};
  bool indicator = false;
  std::string unknown = "error";
  std::vector<std::string> categories = {};  ///< in their order; of a target: the classes

  std::string_view type() const override { return "column"; }
  std::vector<Option> options() override;
  std::vector<OptionError> errors() const override;

  /// Whether there is an input `age is missing`.
  bool has_indicator() const { return indicator || missing == "category"; }
  /// Whether a gap is kept, to be filled.
  bool keeps_gaps() const { return missing == "mean" || missing == "median" || missing == "category"; }
};

/// The descriptions of a table's columns by name. A column may also be called by its place: `column 3`.
using Columns = SectionMap<Column>;

/// Columns as JSON, as a model file holds them, and back; `name` stands in messages. Throws ConfigError.
HINGE_API std::string columns_text(Columns columns);
HINGE_API Columns parse_columns(std::string_view text, std::string_view name);

/// The names of the inputs that a column of this name gives: `age`, `colour=red`, `when month`, `age is missing`.
HINGE_API std::vector<std::string> input_names(const std::string& name, const Column& column);

/// The fit that `preprocess` names; divide and none are Scaling::none.
HINGE_API Scaling scaling_named(std::string_view name);

/// What comes first in dates such as 05/06/2024.
enum class DateOrder {
  open,         ///< the day, unless only a date with the month first exists
  day_first,    ///< 31/12/2024, 31-12-2024, 31.12.2024
  month_first,  ///< 12/31/2024, 12-31-2024, 12.31.2024
};

/// Seconds since 1970-01-01 00:00 UTC of `2024-02-29`, `2024-02-29T12:30`, `2024-02-29 12:30:15.5+01:00` (without an
/// offset UTC, or `Z`) [ISO 8601], and of what people write for a date: `2024/2/29`, `29-Feb-2024`, `29 February 2024`,
/// `Feb 29, 2024`, and in the given order `29/2/2024`, `29.2.2024` or `2/29/2024`, with a time such as `9:30 PM` or without;
/// nothing for any other text. The years of these are 1800 to 2199.
HINGE_API std::optional<double> parse_time(std::string_view text, DateOrder order = DateOrder::open);

/// year, month (1 to 12), day (1 to 31), weekday (Monday 0 to Sunday 6), hour, minute, or seconds: the time itself.
/// `part` must be one of these.
HINGE_API double time_part(std::string_view part, double seconds);

}  // namespace hinge
