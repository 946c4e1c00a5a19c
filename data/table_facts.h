// What the cells of a table are, column by column, before anything is decided about them.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/data/table/column.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

class TableReader;

/// The cells of one column, whatever they are used for.
struct HINGE_API ColumnFacts {
  /// Different texts are counted up to so many.
  static constexpr std::size_t max_distinct = 10000;

  std::string name = {};
  bool is_named = true;  ///< by a header; so is every column of a table without one
  std::size_t gaps = 0;
  std::size_t numbers = 0;                                      ///< cells that hold one
  std::size_t times = 0;                                        ///< cells that hold a date (parse_time)
  std::size_t words = 0;                                        ///< all other cells
  std::size_t distinct = 0;                                     ///< different texts; max_distinct: that many or more
  std::vector<std::pair<std::string, std::size_t>> texts = {};  ///< with their counts, the commonest first
  std::string first_word = {};                                  ///< the first cell of `words`, and its line
  std::size_t first_word_line = 0;
  std::string number_advice = {};           ///< how that word would be a number, in words
  std::vector<std::string> odd_texts = {};  ///< the different ones among numbers that are none, or else among dates

  /// Words that are numbers with a sign of money or of percent: `$12`, `3 %`.
  std::size_t numbers_with_sign = 0;

  // Of the numbers, or of the times in seconds; 0 without any.
  double smallest = 0;
  double median = 0;
  double largest = 0;
  double skewness = 0;    ///< m₃ / m₂^1.5
  double farthest = 0;    ///< the largest distance from the mean, in standard deviations
  bool is_whole = false;  ///< all numbers are whole
  bool is_far_out =
      false;  ///< one value lies ten times the distance of the quartiles outside of them, no other a third of that
  double far_value = 0;  ///< that value, and its line
  std::size_t far_line = 0;

  std::size_t values() const { return numbers + times + words; }
  bool holds_numbers() const { return numbers > 0 && times + words == 0; }
  bool holds_times() const { return times > 0 && numbers + words == 0; }
  /// Numbers and something else.
  bool is_mixed() const { return numbers > 0 && times + words > 0; }
  /// A different value in every row: whole numbers one after the other, or texts.
  bool is_id_like() const;
  bool holds_numbers_with_sign() const { return 2 * numbers_with_sign > values(); }
  /// Has values, and none of them differs.
  bool is_constant() const { return distinct == 1 && gaps == 0; }
};

/// What there is in a table.
struct HINGE_API TableFacts {
  TableFormat format = {};                ///< nothing in it is left to guess
  bool is_arff = false;                   ///< then the format is ARFF's own
  std::vector<std::string> remarks = {};  ///< of the reader
  std::size_t rows = 0;
  std::vector<ColumnFacts> columns = {};

  /// What is odd, in sentences that name columns and say how many they are: an id among the inputs, a value
  /// far out, hundreds of categories, texts that are numbers but for a sign, a line of words above or among numbers. Columns
  /// that `used` does not name are passed over.
  std::vector<std::string> oddities(const std::vector<std::string>& used) const;
};

/// Reads a table to its end. The `tokens` of `columns` are gaps. Uses memory for each number, and for the different texts.
/// Throws DataError for text that is no table, with up to ten kinds of mistakes; a cell alone is never wrong.
HINGE_API TableFacts facts_of(TableReader& cells, const Columns& columns = {});

}  // namespace hinge
