// hinge exercise: sheets, and their marking.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <hinge/core/text.h>

#include <doctest/doctest.h>

#include "exercise/marking.h"
#include "shell.h"

namespace {

using hinge_command::Answer, hinge_command::AnswerMark, hinge_command::Exercise, hinge_command::FilledSheet;
using hinge_command::Link, hinge_command::LinkValues, hinge_command::Marking, hinge_command::Quantity;
using hinge_command::Sheet, hinge_command::Slip, hinge_command::Verdict;

constexpr std::size_t seeds[] = {1, 2, 3, 17, 1000000};

// A value with so many significant digits, as a person rounds it: 0.0500, not 0.05.
std::string rounded(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return text;
}

// The sheet as a learner fills it in who goes on with the numbers as written, or with all digits of a calculator, and who
// makes a slip in one link.
struct Learner {
  int digits = 5;
  bool goes_on_with_written = true;
  Link slip_at = {};
  Slip slip = Slip::none;

  FilledSheet fill(const Sheet& sheet) const {
    FilledSheet filled{.sheet = sheet};
    LinkValues known = sheet.values();  // those of later links are used only by who takes new weights too early
    for (const Link& link : links_of(*sheet.exercise)) {
      const auto value = computed(*sheet.exercise, sheet.givens, known, link, link == slip_at ? slip : Slip::none);
      REQUIRE(value.has_value());
      const auto answer = hinge_command::parse_answer(rounded(*value, digits));
      REQUIRE(answer.has_value());
      filled.answers[link] = *answer;
      known[link] = goes_on_with_written ? answer->value : *value;
    }
    return filled;
  }
};

// The text with the first blank of that line behind `after` filled in.
std::string filled_in(std::string text, const std::string& after, const std::string& line, const std::string& answer) {
  const std::string blank = "    " + line + " = ____";
  const std::size_t at = text.find(blank, text.find(after));
  CAPTURE(blank);
  REQUIRE(at != std::string::npos);
  return text.replace(at + blank.size() - 4, 4, answer);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the formulas of an exercise give what training computes") {
  for (const Exercise& exercise : hinge_command::exercises()) {
    for (const std::size_t seed : seeds) {
      CAPTURE(seed);
      const Sheet sheet = hinge_command::make_sheet(std::string(exercise.name), seed);
      const LinkValues values = sheet.values();
      CHECK(values.size() == links_of(exercise).size());
      for (const auto& entry : values) {
        const Link& link = entry.first;  // clang 14 captures no structured binding
        const double value = entry.second;
        CAPTURE(link_name(exercise, link));
        // Sums of a few terms of size 1 to 10, each rounded.
        CHECK(std::abs(computed(exercise, sheet.givens, values, link).value() - value) < 1e-13);
        const bool is_dead = exercise.kills && link.step == 1;
        CHECK((std::abs(value) > 0.009 || (is_dead && value == 0)));
      }
    }
  }
}

TEST_CASE("right answers pass with two digits or more, whatever the learner goes on with") {
  for (const Exercise& exercise : hinge_command::exercises()) {
    for (const std::size_t seed : seeds) {
      const Sheet sheet = hinge_command::make_sheet(std::string(exercise.name), seed);
      for (int digits = 2; digits <= 8; ++digits) {
        for (const bool written : {false, true}) {
          const Marking marking = marked(Learner{.digits = digits, .goes_on_with_written = written}.fill(sheet));
          CAPTURE(exercise.name);
          CAPTURE(seed);
          CAPTURE(digits);
          CAPTURE(written);
          for (const AnswerMark& mark : marking.marks) {
            CAPTURE(link_name(exercise, mark.link));
            CHECK(mark.verdict == Verdict::right);
            CHECK((mark.rounded_to == 0 || mark.rounded_to == digits));
          }
        }
      }
    }
  }
}

TEST_CASE("each slip is named where it happens, and what follows from it is no second mistake") {
  std::size_t slips = 0;
  for (const Exercise& exercise : hinge_command::exercises()) {
    for (const std::size_t seed : seeds) {
      const Sheet sheet = hinge_command::make_sheet(std::string(exercise.name), seed);
      const LinkValues right = sheet.values();
      for (const Link& link : links_of(exercise)) {
        for (const Slip slip : slips_of(link.quantity)) {
          const auto wrong = computed(exercise, sheet.givens, right, link, slip);
          if (!wrong || std::abs(*wrong - right.at(link)) < 1e-12) continue;
          ++slips;
          CAPTURE(exercise.name);
          CAPTURE(seed);
          CAPTURE(link_name(exercise, link));
          CAPTURE(meaning_of(slip));
          const Marking marking = marked(Learner{.digits = 4, .slip_at = link, .slip = slip}.fill(sheet));
          REQUIRE(marking.first_wrong() != nullptr);
          CHECK(marking.first_wrong()->link == link);
          CHECK(meaning_of(marking.first_wrong()->slip) == meaning_of(slip));
          CHECK(marking.count(Verdict::wrong) == 1);
          for (const AnswerMark& mark : marking.marks) {
            if (mark.verdict == Verdict::follows) CHECK(mark.source == link);
          }
        }
      }
    }
  }
  CHECK(slips > 1000);
}

TEST_CASE("answers are numbers as people write them") {
  struct Row {
    std::string text;
    double value;
    double half_unit;
    int digits;
  };
  const std::vector<Row> rows = {
      {"0.593", 0.593, 0.0005, 3},   {".593", 0.593, 0.0005, 3},
      {"0,593", 0.593, 0.0005, 3},   {"5.9e-1", 0.59, 0.005, 2},
      {"5.9E-1", 0.59, 0.005, 2},    {"5.9·10^-1", 0.59, 0.005, 2},
      {"5,9*10^−1", 0.59, 0.005, 2}, {"5.9x10^-1", 0.59, 0.005, 2},
      {"−0.5", -0.5, 0.05, 1},       {"–0.50", -0.5, 0.005, 2},
      {"+12", 12, 0.5, 2},           {"120", 120, 0.5, 3},
      {"0.0500", 0.05, 0.00005, 3},  {"≈ 0.59", 0.59, 0.005, 2},
      {"- 0.59", -0.59, 0.005, 2},   {"0", 0, 0.5, 0},
      {"3/4", 0.75, 0, 0},           {"−3/4", -0.75, 0, 0},
      {"1.5/3", 0.5, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto answer = hinge_command::parse_answer(row.text);
    REQUIRE(answer.has_value());
    CHECK(answer->value == row.value);
    CHECK(answer->half_unit == doctest::Approx(row.half_unit).epsilon(1e-12));
    CHECK(answer->digits == row.digits);
  }
  for (const std::string text :
       {"", "x", "0.5.9", "1,000.5", "0x10", "nan", "inf", "1e999", "1/0", "1/2/3", "0.5 V", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(hinge_command::parse_answer(text).has_value());
  }
}

TEST_CASE("typical wrong answers get their verdict") {
  struct Row {
    std::string exercise;
    std::string after;
    std::string line;
    std::string answer;
    std::string verdict;
  };
  // Computed apart from Hinge, with the formulas of a textbook in Python, from the numbers of seed 7.
  const std::vector<Row> rows = {
      {"neuron", "", "z", "-1.47", "wrong: the bias is missing"},
      {"neuron", "", "a", "-1.07", "wrong: φ is missing: a is φ(z), not z"},
      {"neuron", "", "L", "0.1977", "wrong: the factor ½ is missing"},
      {"neuron", "", "∂L/∂a", "0.4446", "wrong: the sign is wrong"},
      {"neuron", "", "δ", "-0,4446", "wrong: φ′(z) is missing"},
      {"neuron", "", "δ", "−0.1094", "wrong: φ′ is taken at a instead of z"},
      {"neuron", "", "∂L/∂w1", "-8.455e-2", "wrong: the input x is missing: ∂L/∂w = δ·x"},
      {"neuron", "", "∂L/∂w2", "-0.02159", "wrong: δ is multiplied by the unit's output instead of its input"},
      {"neuron", "", "∂L/∂b", "0.08455", "wrong: the sign is wrong"},
      {"neuron", "", "∂L/∂b", "0.5", "wrong"},
      {"neuron", "", "a", "0.3", "wrong: too few digits: write at least two"},
      {"mazur", "", "layer 1, unit 1  z", "3.8", "wrong: the weights are transposed: row and column are exchanged"},
      {"mazur", "", "layer 1, unit 2  ∂L/∂a", "-0.06386",
       "wrong: the weights are transposed: row and column are exchanged"},
      {"mazur", "", "layer 1, unit 1  ∂L/∂a", ".1639",
       "wrong: the weights are those after their update, not those before it"},
      {"mazur", "", "layer 2, unit 1  new w1", "1.105", "wrong: the learning rate is missing"},
      {"mazur", "", "layer 2, unit 1  new w1", "1.389", "wrong: the sign is wrong"},
      {"softmax", "", "unit 1, sample 1  p", "15.33", "wrong: the exponential is not divided by the sum of all"},
      {"softmax", "", "sample 1  l", "1.269", "wrong: the logarithm is the decimal one; log is the natural one"},
      {"softmax", "", "sample 1  l", "-2.922", "wrong: the sign is wrong"},
      {"softmax", "", "L", "5.170", "wrong: 1/batch is missing: L is a mean over the samples"},
      {"softmax", "", "unit 1, sample 1  δ", "0.9125", "wrong: 1/batch is missing: L is a mean over the samples"},
      {"softmax", "", "unit 2, sample 1  δ", "0.02692", "wrong: the target is not subtracted"},
      {"softmax", "", "unit 1  ∂L/∂w1", "0.5142", "wrong: 1/batch is there twice: δ has it already"},
      {"softmax", "", "unit 1  ∂L/∂w1", "0.6844", "wrong: only the first sample is counted"},
      {"update", "", "L", "5.936", "wrong: 1/batch is missing: L is a mean over the samples"},
      {"update", "", "new w1", "-3.309", "wrong: the sign is wrong"},
      {"dying", "## FORWARD, step 2", "a", "-0.9912", "wrong: φ is missing: a is φ(z), not z"},
      {"dying", "## BACKWARD, δ = ∂L/∂z, step 2", "δ", "-0.60", "wrong: φ′(z) is missing"},
  };
  const Shell shell;
  for (const Row& row : rows) {
    CAPTURE(row.exercise);
    CAPTURE(row.line);
    CAPTURE(row.answer);
    const std::string sheet = shell.out("hinge exercise " + row.exercise + " --seed 7");
    shell.write("sheet.md", filled_in(sheet, row.after, row.line, row.answer));
    const Result result = shell.run("hinge exercise --check sheet.md");
    CHECK(result.code == 1);
    CHECK(result.err.empty());
    std::string said;  // the line of the list, in one piece
    for (const std::string& line : lines_of(result.out)) {
      if (line.starts_with("    "))
        said += " " + line.substr(4);
      else if (line.find("  wrong") != std::string::npos)
        said = line;
      else if (!said.empty())
        break;
    }
    CHECK(said.ends_with(row.verdict));
    CHECK(result.out.find(" 1 wrong,") != std::string::npos);
    CHECK(widest_line(result.out) <= 80);
  }
}

TEST_CASE("a sheet is written, filled in and marked") {
  const Shell shell;
  const std::string list = shell.out("hinge exercise --list");
  for (const Exercise& exercise : hinge_command::exercises()) {
    CHECK(list.find(exercise.name) != std::string::npos);
    const std::string name(exercise.name);
    shell.out("hinge exercise " + name + " -o " + name + ".md");
    CHECK(shell.read(name + ".md") == shell.out("hinge exercise " + name + " --seed 1"));
    const auto numbers = [&](const std::string& seed) {
      const std::string text = shell.out("hinge exercise " + name + " --seed " + seed);
      return text.substr(text.find("## GIVEN"));
    };
    CHECK(numbers("1") != numbers("2"));
    shell.out("hinge exercise " + name + " --solution -o " + name + "_solved.md");
    CHECK(shell.out("hinge exercise --check " + name + "_solved.md").find("0 wrong, 0 open") != std::string::npos);
    const Result open = shell.run("hinge exercise --check " + name + ".md");
    CHECK(open.code == 1);
    CHECK(open.out.find("\n0 of ") != std::string::npos);
  }
  // Its equations are those of hinge explain.
  CHECK(shell.out("hinge exercise neuron --seed 7 --solution").find("    >  = −1.4·1.8 + 1.5·0.7 + 0.4 = −1.07\n") !=
        std::string::npos);
}

TEST_CASE("what follows from a mistake is no second one, and notes, blanks and line ends do not matter") {
  const Shell shell;
  std::string sheet = shell.out("hinge exercise neuron --seed 7");
  for (const auto& [line, answer] : std::vector<std::pair<std::string, std::string>>{{"z", "−1.07"},
                                                                                     {"a", "0.255  "},
                                                                                     {"L", "__0.0989__"},
                                                                                     {"∂L/∂a", "-.445"},
                                                                                     {"δ", "-0.445"},
                                                                                     {"∂L/∂w1", "-0.801"},
                                                                                     {"∂L/∂w2", "-0.312"},
                                                                                     {"∂L/∂b", "____"}}) {
    sheet = filled_in(sheet, "", line, answer + "\r\n> δ is ∂L/∂a, isn't it?\n\n");
  }
  shell.write("sheet.md", "\xEF\xBB\xBF" + replaced(sheet, "    a = 0.255", "a=0.255"));
  const Result result = shell.run("hinge exercise --check sheet.md");
  CHECK(result.code == 1);
  CHECK(result.out ==
        "sheet.md: exercise neuron, seed 7\n"
        "  line 37, δ  wrong: φ′(z) is missing\n"
        "  line 41, ∂L/∂w1  follows from line 37\n"
        "  line 45, ∂L/∂w2  follows from line 37\n"
        "  line 49, ∂L/∂b  open\n"
        "\n"
        "first wrong: line 37, δ: φ′(z) is missing\n"
        "\n"
        "6 of 8 points: 4 right, 2 follow, 1 wrong, 1 open\n"
        "right answers are rounded, to 3 digits or more\n");
}

TEST_CASE("a wild answer gives those behind it no room") {
  const Shell shell;
  for (const std::string wild : {"9.9e9", "0e9", "1e200", "50"}) {
    CAPTURE(wild);
    std::string sheet = filled_in(shell.out("hinge exercise neuron --seed 7"), "", "z", wild);
    for (const std::string line : {"a", "L", "∂L/∂a", "δ", "∂L/∂w1", "∂L/∂w2", "∂L/∂b"}) {
      sheet = filled_in(sheet, "", line, line == "δ" ? wild : "0.75");
    }
    shell.write("sheet.md", sheet);
    CHECK(shell.run("hinge exercise --check sheet.md").out.find("\n0 of 8 points") != std::string::npos);
  }
}

TEST_CASE("several sheets give a table of marks, and JSON") {
  const Shell shell;
  shell.out("hinge exercise neuron --seed 7 --solution -o a.md");
  shell.write("b.md", filled_in(shell.out("hinge exercise neuron --seed 7"), "", "δ", "-0.445"));
  const Result table = shell.run("hinge exercise --check a.md b.md");
  CHECK(table.code == 1);
  CHECK(table.out ==
        "      exercise  seed  points  wrong  open  first wrong\n"
        "a.md    neuron     7     8/8      0     0            -\n"
        "b.md    neuron     7     0/8      1     7   line 25, δ\n");
  shell.write("c.md", "no sheet");
  const Result refused = shell.run("hinge exercise --check a.md c.md b.md");
  CHECK(refused.code == 2);
  CHECK(refused.err.starts_with("error: c.md:1: this is no sheet"));
  CHECK(refused.out.find("\nc.md   refused\n") != std::string::npos);
  const Json json = Json::parse(shell.run("hinge exercise --check a.md c.md b.md --json").out);
  CHECK(json[0]["points"] == 8);
  CHECK(json[1]["error"].get<std::string>().starts_with("c.md:1: "));
  CHECK(json[2]["answers"][4] == Json({{"line", 25}, {"name", "δ"}, {"verdict", "wrong"}, {"slip", "no_slope"}}));
}

TEST_CASE("what is no sheet, or was changed outside its blanks, is refused with its line") {
  const Shell shell;
  const std::string sheet = shell.out("hinge exercise neuron --seed 7");
  struct Row {
    std::string message;
    std::string text;
  };
  const std::vector<Row> rows = {
      {"sheet.md:1: this is no sheet", ""},
      {"sheet.md:1: this is no sheet", "# hinge exercise nothing --seed 1\n"},
      {"sheet.md:1: this is no sheet", "# hinge exercise neuron --seed -1\n"},
      {"sheet.md:1: this is no sheet", "# hinge exercise neuron --seed 1 2\n"},
      {"sheet.md:1: this is no sheet", "# hinge exercise --seed 1\n"},
      {"sheet.md: is no text", std::string("\0\1\2\xFF\xFE", 5)},
      {"sheet.md: is no text", sheet + std::string("\0", 1)},
      {"holds more than 1048576 bytes", std::string(10 << 20, 'x')},
      {"sheet.md:3: this line is not that of the sheet", replaced(sheet, "Write", "Wrote")},
      {"sheet.md:8: this line is not that of the sheet", replaced(sheet, "--seed 7", "--seed 8")},
      {"sheet.md:8: this line is not that of the sheet", replaced(sheet, "x = (1.8", "x = (1.9")},
      {"sheet.md:9: this line is not that of the sheet", replaced(sheet, "b = 0.4", "b = 0.4, c = 1")},
      {R"(sheet.md:15: this line is not that of the sheet, which is "z = ____")",
       replaced(sheet, "    z = ____\n", "")},
      {"sheet.md:16: this line is not that of the sheet", replaced(sheet, "    z = ____", "    z = 1\n    z = 2")},
      {"sheet.md:15: the blank is gone", replaced(sheet, "z = ____", "z =")},
      {"sheet.md:23: the sheet ends, but", sheet.substr(0, sheet.find("    ∂L/∂a"))},
      {"sheet.md:29: surplus line", sheet + "z = 1\n"},
      {R"(sheet.md:15:9: "one" is no number)", replaced(sheet, "z = ____", "z = one")},
      {R"(sheet.md:15:9: "1 or 2" is no number)", replaced(sheet, "z = ____", "z = 1 or 2")},
      {R"(sheet.md:15:9: "\x1b[2J" is no number)", replaced(sheet, "z = ____", "z = \x1B[2J")},
  };
  for (const Row& row : rows) {
    shell.write("sheet.md", row.text);
    check_refused(shell, row.message, "exercise --check sheet.md");
  }
}

TEST_CASE("a wrong command line for exercises is refused") {
  const Shell shell;
  shell.write("there.md", "answers");
  const std::vector<Refusal> rows = {
      {R"(unknown exercise "mazr"; did you mean "mazur"?)", "mazr"},
      {"say one of NAME, --list and --check FILE", ""},
      {"say one of NAME, --list and --check FILE", "mazur --list"},
      {"say one of NAME, --list and --check FILE", "mazur --check there.md"},
      {"--seed, --solution and -o belong to the NAME", "--list --seed 1"},
      {"--json belongs to --check", "mazur --json"},
      {"--seed -1: wanted a whole number", "mazur --seed=-1"},
      {"there.md is there already, and is not overwritten", "mazur -o there.md"},
      {"none.md: No such file or directory", "--check none.md"},
  };
  check_refused(shell, rows, "exercise ");
}
