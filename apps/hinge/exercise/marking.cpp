#include "exercise/marking.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hinge_command {

namespace {

// Marks the links in turn, and knows the answers so far.
class Marker {
 public:
  explicit Marker(const FilledSheet& filled)
      : filled_(filled), exercise_(*filled.sheet.exercise), right_(filled.sheet.values()), values_(right_) {}

  AnswerMark mark(const Link& link) {
    const auto found = filled_.answers.find(link);
    if (found == filled_.answers.end()) return {.link = link};  // the links behind it get the right value
    const Answer& answer = found->second;
    AnswerMark mark = judged(link, answer);
    mark.link = link;
    if (mark.verdict == Verdict::follows) mark.source = source_of(link);
    if (mark.verdict == Verdict::follows) sources_.emplace_back(link, mark.source);
    if (mark.verdict == Verdict::wrong) sources_.emplace_back(link, link);
    values_[link] = answer.value;
    return mark;
  }

 private:
  AnswerMark judged(const Link& link, const Answer& answer) const {
    const double right = right_.at(link);
    const bool is_exact = std::abs(answer.value - right) <= 1e-9 * std::abs(right);
    if (is_exact) return {.verdict = Verdict::right};
    const bool follows = agrees(answer, values_, link, Slip::none);
    if (agrees(answer, right_, link, Slip::none) || (follows && sources_.empty())) {
      if (answer.digits == 1 || (answer.digits == 0 && answer.half_unit > 0)) {
        return {.verdict = Verdict::wrong, .has_too_few_digits = true};
      }
      return {.verdict = Verdict::right, .rounded_to = answer.digits};
    }
    if (follows) return {.verdict = Verdict::follows};
    return {.verdict = Verdict::wrong, .slip = slip_of(link, answer)};
  }

  Slip slip_of(const Link& link, const Answer& answer) const {
    for (const LinkValues* values : {&values_, &right_}) {
      for (const Slip slip : slips_of(link.quantity)) {
        if (agrees(answer, *values, link, slip)) return slip;
      }
    }
    return Slip::none;
  }

  // The wrong answer behind the first input of the link that is not right.
  Link source_of(const Link& link) const {
    const std::optional<double> at = value(values_, link, Slip::none);
    for (const auto& [input, source] : sources_) {
      LinkValues moved = values_;
      moved[input] += 0.1;
      if (value(moved, link, Slip::none) != at) return source;
    }
    return sources_.front().second;
  }

  std::optional<double> value(const LinkValues& values, const Link& link, Slip slip) const {
    return computed(exercise_, filled_.sheet.givens, values, link, slip);
  }

  // Whether it is what the slip makes of `values`, but for rounding.
  bool agrees(const Answer& answer, const LinkValues& values, const Link& link, Slip slip) const {
    constexpr double six_digits = 5e-7;
    constexpr double ties = 1 + 1e-9;  // 0.125 as 0.12 or 0.13, although binary numbers are not exactly 0.125
    const std::optional<double> wanted = value(values, link, slip);
    if (!wanted) return false;
    const double own = std::max(answer.half_unit, six_digits * std::abs(*wanted));
    return std::abs(answer.value - *wanted) <= own * ties + carried_rounding(values, link, slip, *wanted);
  }

  // How much the result may change through rounding of the answers: the sum over each of them by itself. The tenth more is for
  // products of two roundings. Two digits are off by at most a twentieth; no wild answer gives more room.
  double carried_rounding(const LinkValues& values, const Link& link, Slip slip, double result) const {
    double sum = 0;
    LinkValues moved = values;
    for (const auto& [other, answer] : filled_.answers) {
      if (other == link) continue;
      const double at = values.at(other);
      const double half = std::min(answer.half_unit, std::abs(at) / 20);
      double largest = 0;
      for (const double shift : {-half, half}) {
        moved[other] = at + shift;
        if (const auto shifted = value(moved, link, slip)) largest = std::max(largest, std::abs(*shifted - result));
      }
      moved[other] = at;
      sum += largest;
    }
    return 1.1 * sum;
  }

  const FilledSheet& filled_;
  const Exercise& exercise_;
  LinkValues right_;
  LinkValues values_;                           // the answers so far; else the right values
  std::vector<std::pair<Link, Link>> sources_;  // of what is not right so far: the link, and the wrong one behind it
};

}  // namespace

const AnswerMark* Marking::first_wrong() const {
  const auto found =
      std::find_if(marks.begin(), marks.end(), [](const AnswerMark& mark) { return mark.verdict == Verdict::wrong; });
  return found == marks.end() ? nullptr : &*found;
}

std::size_t Marking::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(marks.begin(), marks.end(), [&](const AnswerMark& mark) { return mark.verdict == verdict; }));
}

Marking marked(const FilledSheet& filled) {
  Marker marker(filled);
  Marking marking;
  for (const Link& link : links_of(*filled.sheet.exercise)) marking.marks.push_back(marker.mark(link));
  return marking;
}

std::string explained(const AnswerMark& mark) {
  return mark.has_too_few_digits ? "too few digits: write at least two" : std::string(meaning_of(mark.slip));
}

}  // namespace hinge_command
