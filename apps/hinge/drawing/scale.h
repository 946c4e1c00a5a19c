// From numbers to pixels, and the round numbers that an axis shows.
#pragma once

#include <string>
#include <vector>

namespace hinge_command {

/// Whole is linear, with ticks at whole numbers only: epochs, units.
enum class ScaleKind { linear, log, whole };

struct Range {
  double low = 0;
  double high = 1;
};

/// A map from [low, high] onto pixels. `log` needs low > 0.
struct Scale {
  ScaleKind kind = ScaleKind::linear;
  Range range = {};
  double first = 0;  ///< the pixel of `range.low`
  double last = 1;   ///< the pixel of `range.high`

  /// The pixel of a value for which shows() is true.
  double operator()(double value) const;
  /// Whether the value has a place: finite, and above 0 on a logarithmic scale. It may lie outside of the range.
  bool shows(double value) const;
  /// `log 0.001 10 56 570`: the kind, the range and its pixels, for scripts that go back from pixels to numbers.
  std::string text() const;
};

/// About `count` numbers from `low` to `high`, spaced by 1, 2 or 5 times a power of ten. `low` < `high`.
std::vector<double> round_ticks(double low, double high, int count);

/// At most some `count` ticks in the range: round_ticks(), whole numbers, or powers of ten (with 2 and 5 times them, if the
/// range has few).
std::vector<double> ticks(ScaleKind kind, Range range, int count);

/// A range in which everything is seen: the values that the kind of scale can show, with a margin of that fraction on
/// both sides. Without such values [0, 1], or [0.1, 1] if logarithmic; one value gets room around it.
Range range_of(ScaleKind kind, const std::vector<double>& values, double margin);

}  // namespace hinge_command
