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
    const std::optional<double> own = value(values_, link, Slip::none);
    const bool follows = own && agrees(answer, *own, link, Slip::none);
    if (agrees(answer, right, link, Slip::none) || (follows && sources_.empty())) {
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
        const std::optional<double> wrong = value(*values, link, slip);
        if (wrong && agrees(answer, *wrong, link, slip)) return slip;
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

  bool agrees(const Answer& answer, double value, const Link& link, Slip slip) const {
    constexpr double six_digits = 5e-7;
    constexpr double ties = 1 + 1e-9;  // 0.125 as 0.12 or 0.13, although binary numbers are not exactly 0.125
    const double own = std::max(answer.half_unit, six_digits * std::abs(value));
    return std::abs(answer.value - value) <= own * ties + carried_rounding(link, slip);
  }

  // How much the result may change through rounding of the answers: the sum over each of them by itself. The tenth more is for
  // products of two roundings, of at most a twentieth each with two digits.
  double carried_rounding(const Link& link, Slip slip) const {
    const std::optional<double> at = value(values_, link, slip);
    if (!at) return 0;
    double sum = 0;
    LinkValues moved = values_;
    for (const auto& [other, answer] : filled_.answers) {
      if (other == link || answer.half_unit == 0) continue;
      double largest = 0;
      for (const double step : {-answer.half_unit, answer.half_unit}) {
        moved[other] = values_.at(other) + step;
        if (const auto shifted = value(moved, link, slip)) largest = std::max(largest, std::abs(*shifted - *at));
      }
      moved[other] = values_.at(other);
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
