// Scales and ticks.
#include "drawing/scale.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <hinge/core/text.h>

namespace hinge_command {

namespace {

// Numbers beyond it are not drawn: their differences would overflow.
constexpr double largest_shown = 1e300;

// Powers of ten, all or every n-th.
std::vector<double> powers_of_ten(Range range, int count) {
  const double first = std::ceil(std::log10(range.low) - 1e-9);
  const double last = std::floor(std::log10(range.high) + 1e-9);
  const double step = std::ceil((last - first + 1) / count);
  std::vector<double> powers;
  for (double power = first; power <= last; power += step) powers.push_back(std::pow(10, power));
  return powers;
}

std::vector<double> log_ticks(Range range, int count) {
  const double decades = std::log10(range.high / range.low);
  if (decades < 0.7) return round_ticks(range.low, range.high, count);
  if (3 * decades > count) return powers_of_ten(range, count);
  std::vector<double> ticks;
  for (double power = std::floor(std::log10(range.low)); power <= std::log10(range.high); ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, power);
      if (tick >= range.low * (1 - 1e-9) && tick <= range.high * (1 + 1e-9)) ticks.push_back(tick);
    }
  }
  return ticks;
}

}  // namespace

double Scale::operator()(double value) const {
  const double part = kind == ScaleKind::log ? std::log(value / range.low) / std::log(range.high / range.low)
                                             : (value - range.low) / (range.high - range.low);
  return first + part * (last - first);
}

bool Scale::shows(double value) const {
  return std::abs(value) <= largest_shown && (kind != ScaleKind::log || value > 0);
}

std::string Scale::text() const {
  std::string text = kind == ScaleKind::log ? "log" : kind == ScaleKind::whole ? "whole" : "linear";
  for (const double value : {range.low, range.high, first, last}) text += " " + hinge::to_text(value);
  return text;
}

std::vector<double> round_ticks(double low, double high, int count) {
  const double wanted = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= wanted) step = factor * power;
  }
  std::vector<double> ticks;
  // Multiples of the step, not repeated sums: so 0 is exactly 0, and 0.3 is not 0.30000000000000004. Counted, as beyond 2⁵³
  // the next multiple may be the same number.
  const double first = std::ceil(low / step - 1e-9);
  for (int k = 0; k <= count && (first + k) * step <= high + 1e-9 * step; ++k) {
    const double i = first + k;
    const double exact = step < 1 ? i / std::round(1 / step) : i * step;
    if (ticks.empty() || exact != ticks.back()) ticks.push_back(exact + 0.0);  // + 0.0 turns −0 into 0
  }
  return ticks;
}

std::vector<double> ticks(ScaleKind kind, Range range, int count) {
  if (kind == ScaleKind::log) return log_ticks(range, count);
  std::vector<double> found = round_ticks(range.low, range.high, count);
  if (kind == ScaleKind::whole) std::erase_if(found, [](double tick) { return tick != std::floor(tick); });
  return found;
}

Range range_of(ScaleKind kind, const std::vector<double>& values, double margin) {
  const Scale scale{.kind = kind};
  Range range{largest_shown, -largest_shown};
  for (const double value : values) {
    if (!scale.shows(value)) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  if (kind == ScaleKind::log) {
    if (range.low > range.high) return {0.1, 1};
    if (range.low == range.high) return {range.low / 2, range.high * 2};
    const double factor = std::pow(range.high / range.low, margin);
    using Limits = std::numeric_limits<double>;
    return {std::max(range.low / factor, Limits::min()), std::min(range.high * factor, Limits::max())};
  }
  if (range.low > range.high) return {0, 1};
  if (range.low == range.high) {
    const double room = range.low == 0 ? 1 : std::abs(range.low) / 2;
    return {range.low - room, range.high + room};
  }
  const double room = margin * (range.high - range.low);
  return {range.low - room, range.high + room};
}

}  // namespace hinge_command
