// Which of several runs or studies is best, and whether the difference is more than chance.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>

#include "compare/contender.h"
#include "drawing/scale.h"

namespace hinge_command {

/// A figure of a contender.
struct Estimate {
  std::string figure = {};
  double value = 0;                    ///< of a study the mean over its runs
  std::size_t count = 0;               ///< of runs
  std::optional<Range> interval = {};  ///< 95 %: of a study over its runs, of a run over the samples that judge it
};

/// How far the best is ahead of another contender.
struct Lead {
  std::size_t other = 0;               ///< its place among the contenders
  double value = 0;                    ///< ≥ 0, of the main figure
  std::optional<Range> interval = {};  ///< see Comparison::confidence; none where there is nothing to tell chance by
  std::string method = {};             ///< `paired over 5 runs of the same seed`; why there is no interval

  bool is_more_than_chance() const { return interval && interval->low > 0; }
};

/// What a comparison found.
struct Comparison {
  std::vector<Contender> contenders = {};
  std::vector<ConfigDifference> differences = {};
  std::vector<std::vector<Estimate>> estimates = {};  ///< of each contender
  std::string figure = {};  ///< the main one, such as `test/accuracy`; "" where they share none
  bool larger_is_better = true;
  std::optional<std::size_t> best = {};
  std::vector<Lead> leads = {};  ///< of the best over each other one that has the figure
  /// Of the intervals of the leads: 95 % for all pairs together, so each of m pairs has 1 − 0.05/m. [Bonferroni]
  double confidence = 0.95;
  std::vector<std::string> notes = {};  ///< what cannot be compared, and why

  const Estimate* find(std::size_t contender, const std::string& name) const;
};

/// Compares at least one study or two contenders. The main figure is one that all have that did not fail: of the test part,
/// or else of validation, or else of training; accuracy, r2, d2, or else the loss if they all have the same.
Comparison compare(std::vector<Contender> contenders);

/// `test accuracy` of `test/accuracy`.
std::string spoken_figure(const std::string& figure);
/// `0.94 to 0.97`
std::string range_text(const Range& range);

/// The result in a few words, and in sentences with its evidence.
struct Headline {
  const char* kind = "good";  ///< of the page's verdict: `good`, `odd`
  std::string word = {};
  std::string text = {};
};
Headline headline_of(const Comparison& comparison);

/// For `--json`.
hinge::JsonValue json_of(const Comparison& comparison);

}  // namespace hinge_command
