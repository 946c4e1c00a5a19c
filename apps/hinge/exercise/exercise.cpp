// hinge exercise: sheets to fill in by hand, and their marking.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "exercise/marking.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

struct ExerciseArguments {
  std::string name;
  std::optional<std::string> seed;
  std::optional<std::string> out;
  std::vector<std::string> sheets;
  bool list = false;
  bool solution = false;
  bool json = false;
};

constexpr const char* exercise_help =
    "Writes a sheet: a small network, its numbers, and the steps of backpropagation\n"
    "with blanks (____). Each seed has numbers of its own. Write your answers in the\n"
    "place of the blanks, as 0.593, .593, 0,593, 5.9e-1 or 3/4, with three digits or\n"
    "more. Lines that begin with > are yours, for whatever you like.\n"
    "\n"
    "--check marks filled sheets. It names the first wrong answer and the usual slip\n"
    "that leads to it, if there is one. Answers that follow rightly from a wrong one\n"
    "count as right: a mistake costs one point. Rounding to two digits or more is\n"
    "allowed, also of the numbers that you go on with.\n"
    "\n"
    "Exit code of --check: 0 if all answers are right, 1 if some are wrong or open,\n"
    "2 if a file is no sheet, or was changed outside its blanks.\n"
    "\n"
    "  hinge exercise mazur --seed 7 -o mazur.md\n"
    "  hinge exercise --check mazur.md";

// A sheet that was read, or why it could not be.
struct MarkedFile {
  std::string path;
  std::optional<FilledSheet> filled = {};
  Marking marking = {};
  std::string error = {};

  bool is_right() const { return filled && marking.count(Verdict::right) == marking.marks.size(); }
};

MarkedFile marked_file(const std::string& path) {
  MarkedFile file{.path = path};
  try {
    file.filled = read_sheet(path);
    file.marking = marked(*file.filled);
  } catch (const hinge::DataError& error) {
    file.error = error.what();
  } catch (const hinge::FileError& error) {
    file.error = error.what();
  }
  return file;
}

std::string name_in(const MarkedFile& file, const Link& link) {
  return "line " + std::to_string(file.filled->lines.at(link)) + ", " + link_name(*file.filled->sheet.exercise, link);
}

std::string with_reason(const AnswerMark& mark) {
  const std::string reason = explained(mark);
  return reason.empty() ? "" : ": " + reason;
}

std::string verdict_text(const MarkedFile& file, const AnswerMark& mark) {
  if (mark.verdict == Verdict::open) return "open";
  if (mark.verdict == Verdict::wrong) return "wrong" + with_reason(mark);
  return "follows from line " + std::to_string(file.filled->lines.at(mark.source));
}

void print_line(const std::string& text) {
  for (const std::string& line : wrapped(text, 80, 4)) std::printf("%s\n", line.c_str());
}

// Everything that is not right, and the first wrong answer.
void print_marking(const MarkedFile& file) {
  const Sheet& sheet = file.filled->sheet;
  const Marking& marking = file.marking;
  int fewest_digits = 0;  // of the rounded answers
  std::printf("%s: exercise %s, seed %zu\n", hinge::printable(file.path).c_str(),
              std::string(sheet.exercise->name).c_str(), sheet.seed);
  for (const AnswerMark& mark : marking.marks) {
    if (mark.rounded_to > 0)
      fewest_digits = fewest_digits == 0 ? mark.rounded_to : std::min(fewest_digits, mark.rounded_to);
    if (mark.verdict == Verdict::right) continue;
    print_line("  " + name_in(file, mark.link) + "  " + verdict_text(file, mark));
  }
  if (const AnswerMark* first = marking.first_wrong()) {
    std::printf("\n");
    print_line("first wrong: " + name_in(file, first->link) + with_reason(*first));
  }
  std::printf("\n%zu of %zu points: %zu right, %zu follow, %zu wrong, %zu open\n", marking.points(),
              marking.marks.size(), marking.count(Verdict::right), marking.count(Verdict::follows),
              marking.count(Verdict::wrong), marking.count(Verdict::open));
  if (fewest_digits > 0) std::printf("right answers are rounded, to %d digits or more\n", fewest_digits);
}

void print_table(const std::vector<MarkedFile>& files) {
  Table table;
  table.add({"", "exercise", "seed", "points", "wrong", "open", "first wrong"});
  for (const MarkedFile& file : files) {
    const std::string name = hinge::printable(file.path);
    if (!file.filled) {
      table.add({name, "refused"});
      continue;
    }
    const AnswerMark* first = file.marking.first_wrong();
    table.add({name, std::string(file.filled->sheet.exercise->name), std::to_string(file.filled->sheet.seed),
               std::to_string(file.marking.points()) + "/" + std::to_string(file.marking.marks.size()),
               std::to_string(file.marking.count(Verdict::wrong)), std::to_string(file.marking.count(Verdict::open)),
               first == nullptr ? "-" : name_in(file, first->link)});
  }
  table.print();
}

JsonValue marking_json(const MarkedFile& file) {
  JsonValue json = JsonValue::object({{"file", file.path}});
  if (!file.filled) {
    json.set("error", file.error);
    return json;
  }
  constexpr const char* verdicts[] = {"right", "follows", "wrong", "open"};
  const Sheet& sheet = file.filled->sheet;
  json.set("exercise", sheet.exercise->name);
  json.set("seed", sheet.seed);
  json.set("points", file.marking.points());
  json.set("answers", hinge::list_of(file.marking.marks, [&](const AnswerMark& mark) {
             JsonValue answer = JsonValue::object({{"line", file.filled->lines.at(mark.link)},
                                                   {"name", link_name(*sheet.exercise, mark.link)},
                                                   {"verdict", verdicts[static_cast<std::size_t>(mark.verdict)]}});
             if (mark.slip != Slip::none) answer.set("slip", name_of(mark.slip));
             return answer;
           }));
  return json;
}

int check_sheets(const ExerciseArguments& arguments) {
  std::vector<MarkedFile> files;
  bool is_refused = false;
  bool is_right = true;
  for (const std::string& path : arguments.sheets) {
    const MarkedFile& file = files.emplace_back(marked_file(path));
    if (!file.filled) print_text(stderr, "error: " + file.error);
    is_refused = is_refused || !file.filled;
    is_right = is_right && file.is_right();
  }
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(hinge::list_of(files, marking_json)).c_str());
  } else if (files.size() > 1) {
    print_table(files);
  } else if (!is_refused) {
    print_marking(files.front());
  }
  return is_refused ? exit_user_error : is_right ? exit_success : exit_failure;
}

int list_exercises() {
  Table table(Table::Numbers::none);
  for (const Exercise& exercise : exercises()) {
    table.add({std::string(exercise.name), std::string(exercise.meaning),
               std::to_string(links_of(exercise).size()) + " blanks"});
  }
  table.print();
  return exit_success;
}

void require_one_task(const ExerciseArguments& arguments) {
  const int tasks = int(!arguments.name.empty()) + int(arguments.list) + int(!arguments.sheets.empty());
  if (tasks != 1) {
    throw hinge::ConfigError("exercise: say one of NAME, --list and --check FILE; see hinge exercise --help");
  }
  if (arguments.name.empty() && (arguments.seed || arguments.out || arguments.solution)) {
    throw hinge::ConfigError("exercise: --seed, --solution and -o belong to the NAME of an exercise");
  }
  if (arguments.sheets.empty() && arguments.json) throw hinge::ConfigError("exercise: --json belongs to --check");
}

int exercise(const ExerciseArguments& arguments) {
  require_one_task(arguments);
  if (arguments.list) return list_exercises();
  if (!arguments.sheets.empty()) return check_sheets(arguments);
  const Sheet sheet = make_sheet(arguments.name, parse_count("--seed", arguments.seed, 1, 0));
  const std::string text = arguments.solution ? solved_sheet(sheet) : blank_sheet(sheet);
  if (!arguments.out) {
    std::printf("%s", text.c_str());
    return exit_success;
  }
  if (hinge::file_exists(*arguments.out)) {  // it may be filled in
    throw hinge::ConfigError(hinge::printable(*arguments.out) + " is there already, and is not overwritten");
  }
  hinge::write_file(*arguments.out, text);
  return exit_success;
}

}  // namespace

void add_exercise(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "exercise", "Writes exercises in backpropagation, and marks them", exercise);
  command.footer(exercise_help);
  command.add_option("name", arguments.name, "the exercise: one of --list");
  command.add_flag("--list", arguments.list, "shows the exercises");
  command.add_option("--seed", arguments.seed, "chooses the numbers; else 1")->type_name("N");
  command.add_flag("--solution", arguments.solution, "fills the sheet in, and shows the equations");
  command.add_option("-o,--out", arguments.out, "writes the sheet to a file that is not there yet")->type_name("FILE");
  command.add_option("--check", arguments.sheets, "marks filled sheets; several give a table")->type_name("FILE");
  command.add_flag("--json", arguments.json, "prints the marks as JSON");
}

}  // namespace hinge_command
