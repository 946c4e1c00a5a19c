// Marks a filled sheet: which answers are right, which is the first wrong one, and what slip it shows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exercise/sheet.h"

namespace hinge_command {

enum class Verdict {
  right,
  follows,  ///< right for the learner's own earlier answers, one of which is wrong
  wrong,
  open  ///< still blank
};

struct AnswerMark {
  Link link = {};
  Verdict verdict = Verdict::open;
  Slip slip = Slip::none;           ///< that explains a wrong answer
  Link source = {};                 ///< the wrong answer that this one follows from
  int rounded_to = 0;               ///< the digits of a right answer that is rounded; 0: it is exact
  bool has_too_few_digits = false;  ///< wrong only in that
};

struct Marking {
  std::vector<AnswerMark> marks = {};  ///< in the order of the sheet
  const AnswerMark* first_wrong() const;
  std::size_t count(Verdict verdict) const;
  /// A mistake costs once: right answers, and those that follow.
  std::size_t points() const { return count(Verdict::right) + count(Verdict::follows); }
};

/// Each answer is compared with what its formula gives for the answers before it, and with the right value. It may be off by
/// half a unit of its last digit, and by what half a unit in each of the answers that the formula uses changes in the result: a
/// learner may have gone on with the written numbers or with all digits of a calculator. Two digits or more are asked for;
/// more than six count as six. For a blank that is open the right value is taken.
Marking marked(const FilledSheet& filled);

/// What is wrong, for people; "" if the slip is unknown: `φ′(z) is missing`.
std::string explained(const AnswerMark& mark);

}  // namespace hinge_command
