// The guesses of hinge init, and the recipe for the network. Its figures were measured on twenty tables: with them a network
// is about as good as the better of scikit-learn's MLP and linear model.
#include "table_config.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table_format.h>

namespace hinge_command {

namespace {

using hinge::ColumnFacts;
using hinge::JsonValue;
using hinge::TableFacts;
using Strings = std::vector<std::string>;

constexpr std::size_t max_categories = 1000;    // of a column
constexpr std::size_t max_number_classes = 10;  // whole numbers that are taken for classes
constexpr std::size_t max_tokens = 5;           // different words among numbers that are taken for gaps
constexpr std::size_t few_rows = 20;            // too few to tell a category from free text

std::string in_quotes(std::string_view text) { return "\"" + hinge::printable(text) + "\""; }

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Lines of an object in JSON: members with comments, behind them where they fit, else above.
class Members {
 public:
  explicit Members(std::size_t indent) : indent_(indent, ' ') {}

  void add(std::string_view key, const std::string& value, const std::string& comment = "") {
    members_.push_back({hinge::to_json_line(key) + ": " + value, comment});
  }
  void add(std::string_view key, const JsonValue& value, const std::string& comment = "") {
    add(key, hinge::to_json_line(value), comment);
  }
  bool empty() const { return members_.empty(); }

  std::string text() const {
    constexpr std::size_t page_width = 110;
    std::string text;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto& [member, comment] = members_[i];
      const std::string line = indent_ + member + (i + 1 < members_.size() ? "," : "");
      const bool fits = line.find('\n') == std::string::npos && line.size() + comment.size() + 5 <= page_width;
      if (!comment.empty() && !fits) text.append(indent_).append("// ").append(comment).append("\n");
      text += line;
      if (!comment.empty() && fits) text.append("  // ").append(comment);
      text += '\n';
    }
    return text;
  }
  /// `{ … }`, to stand behind a key.
  std::string object() const { return "{\n" + text() + indent_.substr(2) + "}"; }

 private:
  std::string indent_;
  std::vector<std::pair<std::string, std::string>> members_;
};

// What a column is taken for. `description` is what data.columns says about it.
struct Choice {
  enum class Use {
    input,     ///< or a target
    left_out,  ///< by data.ignore
    unnamed,   ///< left out by the reader itself
  };

  const ColumnFacts* facts = nullptr;
  Use use = Use::input;
  JsonValue description = JsonValue::object();
  std::string reason = {};
  std::size_t inputs = 1;
};

// The cells that hold no number.
Strings words_of(const ColumnFacts& column, const hinge::TableFormat& format) {
  Strings words;
  for (const auto& [text, count] : column.texts) {
    const bool is_number = hinge::parse_number(text, format.decimal.front(), format.thousands).has_value();
    if (!is_number) words.push_back(text);
  }
  return words;
}

// Numbers with a few words that stand for gaps.
std::optional<Strings> tokens_of(const ColumnFacts& column, const hinge::TableFormat& format) {
  const std::size_t others = column.times + column.words;
  if (!column.is_mixed() || 10 * others > column.values() || !column.number_advice.empty()) return std::nullopt;
  Strings words = words_of(column, format);
  const bool has_many_numbers = column.distinct > max_tokens * 2 + words.size();
  if (words.empty() || words.size() > max_tokens || !has_many_numbers) return std::nullopt;
  return words;
}

bool is_called_id(const std::string& name) {
  const std::string word = lower(name);
  return word == "id" || word.ends_with("_id") || word.ends_with(" id") || name.ends_with("Id") || word == "index";
}

bool is_free_text(const ColumnFacts& column) {
  return column.distinct > max_categories || (column.values() >= few_rows && 2 * column.distinct > column.values());
}

bool is_id(const ColumnFacts& column) {
  if (column.words > 0 && column.first_word.find(' ') != std::string::npos) return false;  // a sentence, a name
  if (column.is_id_like()) return !column.holds_numbers_with_sign();
  return is_called_id(column.name) && column.gaps == 0 && column.is_whole && column.holds_numbers() &&
         column.distinct == std::min(column.values(), ColumnFacts::max_distinct);
}

Choice left_out(Choice choice, std::string reason) {
  choice.use = Choice::Use::left_out;
  choice.reason = std::move(reason);
  choice.inputs = 0;
  return choice;
}

Choice described(Choice choice, const char* key, JsonValue value, std::string reason) {
  choice.description.set(key, std::move(value));
  choice.reason += (choice.reason.empty() || reason.empty() ? "" : "; ") + reason;
  return choice;
}

Choice category(Choice choice) {
  constexpr std::size_t many = 20;  // of so many texts, not all may be here
  const ColumnFacts& column = *choice.facts;
  if (column.name.find('=') != std::string::npos) {
    return left_out(std::move(choice),
                    "a column of texts whose name holds =, which stands for the inputs of categories");
  }
  if (column.holds_numbers_with_sign() && is_free_text(column)) {
    return left_out(std::move(choice), "texts such as " + in_quotes(column.first_word) + ": numbers, but for the sign");
  }
  if (is_free_text(column)) {
    return left_out(std::move(choice), counted(column.distinct, "different text") + " in " +
                                           counted(column.values(), "cell") + ": free text, or names");
  }
  choice.inputs = column.distinct;
  if (column.is_mixed()) {
    choice = described(std::move(choice), "kind", "category",
                       counted(column.numbers, "cell") + " of numbers among " + counted(column.words, "word"));
  }
  if (column.distinct > many) {
    choice = described(std::move(choice), "unknown", "zeros",
                       counted(column.distinct, "text") + ": another one in a later table is none of them");
  }
  if (column.gaps == 0) return choice;
  ++choice.inputs;
  return described(std::move(choice), "missing", "category", counted(column.gaps, "gap") + ": an input of their own");
}

Choice time(Choice choice) {
  const auto has_clock = [](const auto& text) { return text.first.find(':') != std::string::npos; };
  const auto& texts = choice.facts->texts;
  std::vector<JsonValue> parts = {"seconds", "month", "weekday"};
  if (std::any_of(texts.begin(), texts.end(), has_clock)) parts.emplace_back("hour");
  choice.inputs = parts.size();
  choice = described(std::move(choice), "kind", "time", "dates; seconds show a trend, the other parts what recurs");
  choice.description.set("parts", std::move(parts));
  return choice;
}

// A far value would stretch a standardised column; robust clips it smoothly.
Choice number(Choice choice) {
  constexpr double far = 5;
  const double farthest = choice.facts->farthest;
  if (farthest <= far) return choice;
  return described(std::move(choice), "preprocess", "robust",
                   "a value lies " + hinge::to_text(farthest, 2) + " standard deviations from the mean");
}

Choice choose(const ColumnFacts& column, const hinge::TableFormat& format) {
  Choice choice{.facts = &column};
  if (column.values() == 0) return left_out(std::move(choice), "empty");
  if (!column.is_named) return {.facts = &column, .use = Choice::Use::unnamed, .inputs = 0};
  if (column.is_constant()) return left_out(std::move(choice), "the same value in every row");
  if (is_id(column)) {
    choice.inputs = 0;
    return described(std::move(choice), "kind", "id", "another value in every row; hinge predict repeats it");
  }
  if (const auto tokens = tokens_of(column, format)) {
    return number(described(std::move(choice), "tokens", hinge::list_of(*tokens),
                            counted(column.words + column.times, "cell") + " without a number, taken for a gap"));
  }
  if (column.holds_numbers()) return number(std::move(choice));
  return column.holds_times() ? time(std::move(choice)) : category(std::move(choice));
}

// What to learn.
struct Target {
  std::vector<const ColumnFacts*> columns = {};
  std::string reason = {};
  enum class Task { classes, labels, values } task = Task::values;
  std::string task_reason = {};
  std::size_t gaps = 0;  // and words that stand for them
};

std::string known_names(const TableFacts& facts, const std::string& name) {
  Strings names;
  for (const ColumnFacts& column : facts.columns) names.push_back(column.name);
  return hinge::suggestion(name, names);
}

const ColumnFacts& column_named(const TableFacts& facts, const std::string& name) {
  for (const ColumnFacts& column : facts.columns) {
    if (column.name == name) return column;
  }
  for (std::size_t i = 0; i < facts.columns.size(); ++i) {
    if (name == "column " + std::to_string(i + 1)) return facts.columns[i];
  }
  throw hinge::DataError("--target: the table has no column " + in_quotes(name) + known_names(facts, name));
}

const ColumnFacts* column_called_target(const TableFacts& facts) {
  for (const char* name : {"target", "label", "class", "y"}) {
    for (const ColumnFacts& column : facts.columns) {
      if (lower(column.name) == name) return &column;
    }
  }
  return nullptr;
}

const ColumnFacts& last_column(const TableFacts& facts) {
  for (std::size_t i = facts.columns.size(); i-- > 0;) {
    const ColumnFacts& column = facts.columns[i];
    if (column.is_named && column.values() > 0) return column;
  }
  throw hinge::DataError("the table has no column with values");
}

[[noreturn]] void refuse(const ColumnFacts& column, const std::string& what) {
  throw hinge::DataError("column " + in_quotes(column.name) + " " + what + "; name what to learn by --target");
}

// 1 and 1.0 are one number, but two texts.
bool has_two_spellings(const ColumnFacts& column, const hinge::TableFormat& format) {
  std::vector<std::optional<double>> numbers;
  for (const auto& [text, count] : column.texts) {
    numbers.push_back(hinge::parse_number(text, format.decimal.front(), format.thousands));
  }
  std::sort(numbers.begin(), numbers.end());
  return std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end();
}

void decide_task(Target& target, const hinge::TableFormat& format) {
  const ColumnFacts& column = *target.columns[0];
  if (column.holds_times()) refuse(column, "holds dates, which cannot be learned");
  if (column.holds_numbers() || tokens_of(column, format)) {
    const bool has_classes = column.holds_numbers() && column.is_whole && column.distinct <= max_number_classes &&
                             column.distinct < column.values();
    if (!has_classes) {
      target.task_reason = counted(column.distinct, "different number");
      return;
    }
    if (has_two_spellings(column, format)) {
      target.task_reason = "a number is written in two ways, such as 1 and 1.0; classes need one";
      return;
    }
    target.task_reason = counted(column.distinct, "whole number") + "; for values in place of classes take \"mse\"";
  } else if (is_free_text(column)) {
    refuse(column, "holds " + counted(column.distinct, "different text") + " in " + counted(column.values(), "cell"));
  } else {
    target.task_reason = counted(column.distinct, "different text");
  }
  target.task = Target::Task::classes;
}

bool is_label(const ColumnFacts* column) { return column->is_whole && column->smallest == 0 && column->largest == 1; }

void decide_tasks(Target& target) {
  for (const ColumnFacts* column : target.columns) {
    if (!column->holds_numbers()) refuse(*column, "holds texts; several targets must all be numbers");
  }
  const bool has_labels = std::all_of(target.columns.begin(), target.columns.end(), is_label);
  target.task = has_labels ? Target::Task::labels : Target::Task::values;
  target.task_reason = has_labels ? "each target is a yes or no of its own" : "several values";
}

Target choose_target(const TableFacts& facts, const Strings& names) {
  Target target;
  for (const std::string& name : names) {
    const ColumnFacts* column = &column_named(facts, name);
    if (std::find(target.columns.begin(), target.columns.end(), column) != target.columns.end()) {
      throw hinge::DataError("--target: the column " + in_quotes(column->name) + " is named twice");
    }
    target.columns.push_back(column);
  }
  if (const ColumnFacts* called = column_called_target(facts); called != nullptr && names.empty()) {
    target.columns = {called};
    target.reason = "by its name";
  }
  if (target.columns.empty()) {
    target.columns = {&last_column(facts)};
    target.reason = "the last column";
  }
  for (const ColumnFacts* column : target.columns) {
    if (column->values() == 0 || column->distinct == 1) refuse(*column, "holds no two different values");
    target.gaps += column->gaps;
  }
  target.columns.size() == 1 ? decide_task(target, facts.format) : decide_tasks(target);
  const ColumnFacts& first = *target.columns[0];
  if (target.task == Target::Task::values && tokens_of(first, facts.format)) target.gaps += first.words + first.times;
  return target;
}

// What data.columns says about a target.
Choice target_choice(const ColumnFacts& column, const Target& target, const hinge::TableFormat& format) {
  constexpr double skewed = 4;
  Choice choice{.facts = &column, .inputs = 0};
  std::size_t gaps = column.gaps;
  if (const auto tokens = tokens_of(column, format); tokens && target.task == Target::Task::values) {
    gaps += column.words + column.times;
    choice = described(std::move(choice), "tokens", hinge::list_of(*tokens), "");
  }
  if (gaps > 0) {
    choice =
        described(std::move(choice), "missing", "drop", counted(gaps, "row") + " without it cannot be learned from");
  }
  if (target.task == Target::Task::values && column.smallest >= 0 && column.skewness > skewed) {
    choice = described(std::move(choice), "preprocess", "log1p",
                       "its skewness is " + hinge::to_text(column.skewness, 3) +
                           ": ln(1 + x) is learned, and turned back in predictions");
  }
  return choice;
}

// The size of the network and of the training, from the rows to train from (n) and the inputs.
struct Recipe {
  double rows;  // n
  bool is_wide;
  bool has_values;
  double validation;
  double learning_rate;
  double weight_decay;
  std::size_t batch_size;
  std::size_t steps;  // of an epoch
  std::size_t epochs;
  std::size_t patience;

  Recipe(std::size_t rows_read, std::size_t inputs, bool learns_values, double test)
      : rows(std::max(1.0, std::floor(static_cast<double>(rows_read) * (1 - test)))), has_values(learns_values) {
    is_wide = rows < 20 * static_cast<double>(inputs);
    validation = rows_read < 30 ? 0 : has_values || is_wide ? 0.15 : 0.1;
    learning_rate = has_values ? 0.003 : 0.001;
    weight_decay = (has_values ? (is_wide ? 4 : 2) : (is_wide ? 7 : 1.5)) / rows;
    batch_size = rows <= 5000 ? 32 : rows <= 100000 ? 64 : 256;
    const double batch = static_cast<double>(batch_size);
    steps = static_cast<std::size_t>(std::ceil(rows * (1 - validation) / batch));
    const auto share = [&](double count) {
      return static_cast<std::size_t>(std::ceil(count / static_cast<double>(steps)));
    };
    const double passes = rows <= 100000 ? 100 : 20;
    epochs = share(std::max(5000.0, passes * rows / batch));
    patience = std::max<std::size_t>(10, share(1000));
  }
};

constexpr double test_share = 0.2;

// A part of rounded figures, for comments and values: 0.0025.
std::string figure(double value) { return hinge::to_text(value, 2); }

class Writer {
 public:
  Writer(const TableFacts& facts, const std::string& path, const Strings& targets)
      : facts_(facts), path_(path), target_(choose_target(facts, targets)) {
    for (const ColumnFacts& column : facts.columns) {
      const bool is_target =
          std::find(target_.columns.begin(), target_.columns.end(), &column) != target_.columns.end();
      choices_.push_back(is_target ? target_choice(column, target_, facts.format) : choose(column, facts.format));
    }
    keep_an_input();
    if (target_.gaps > 0) allow_unknown_categories();
    for (const Choice& choice : choices_) inputs_ += choice.inputs;
    if (inputs_ == 0)
      throw hinge::DataError("no column is left to learn from; wanted one that is neither empty nor constant");
  }

  std::string config(const std::string& name) const {
    const Recipe recipe(rows(), inputs_, target_.task == Target::Task::values, has_test() ? test_share : 0);
    Members members(2);
    members.add("$schema", JsonValue("hinge.schema.json"));
    members.add("data", data(recipe).object());
    members.add("model", model(recipe).object(), model_reason(recipe));
    members.add("loss", JsonValue(loss()), target_.task_reason);
    members.add("optimizer", optimizer(recipe),
                "weight_decay: " + figure(recipe.weight_decay * recipe.rows) + " / rows to train from");
    members.add("train", train(recipe).object());
    return "{\n  // Written by hinge init: " + counted(facts_.rows, "row") + " and " +
           counted(facts_.columns.size(), "column") + ". Comments say why; change what is wrong.\n" +
           "  // See what it reads: hinge check " + name + "\n" + members.text() + "}\n";
  }

  std::string summary() const {
    Strings names;
    for (const ColumnFacts* column : target_.columns) names.push_back(in_quotes(column->name));
    std::string what = "values of ";
    if (target_.task == Target::Task::labels) what = "labels ";
    if (target_.task == Target::Task::classes) what = std::to_string(target_.columns[0]->distinct) + " classes of ";
    return what + hinge::join(names) + " from " + counted(inputs_, "input");
  }

  Strings warnings() const {
    Strings used;
    for (const ColumnFacts* column : target_.columns) used.push_back(column->name);
    for (const Choice& choice : choices_) {
      if (choice.inputs > 0) used.push_back(choice.facts->name);
    }
    return facts_.oddities(used);
  }

 private:
  // A table whose only column but the target counts its rows: a series.
  void keep_an_input() {
    for (const Choice& choice : choices_) {
      if (choice.inputs > 0) return;
    }
    for (Choice& choice : choices_) {
      const JsonValue* kind = choice.description.find("kind");
      if (kind != nullptr && kind->text == "id" && choice.facts->holds_numbers()) choice = {.facts = choice.facts};
    }
  }

  // A row without a target is not learned from, and may be the only one with its category.
  void allow_unknown_categories() {
    for (Choice& choice : choices_) {
      const bool is_category =
          choice.inputs > 0 && choice.facts->words > 0 && choice.description.find("tokens") == nullptr;
      if (!is_category || choice.description.find("unknown") != nullptr) continue;
      choice = described(std::move(choice), "unknown", "zeros", "it may occur only where the target is missing");
    }
  }

  std::size_t rows() const { return facts_.rows - std::min(facts_.rows - 1, target_.gaps); }
  bool has_test() const { return facts_.rows >= 10; }

  const char* loss() const {
    if (target_.task == Target::Task::classes) return "softmax_cross_entropy";
    return target_.task == Target::Task::labels ? "bce_with_logits" : "mse";
  }

  Members data(const Recipe& recipe) const {
    Members data(4);
    data.add("type", JsonValue("csv"));
    data.add("path", JsonValue(path_));
    add_format(data);
    add_target(data);
    add_ignored(data);
    add_columns(data);
    data.add("missing", JsonValue("mean"), "how gaps are filled, here and in later tables");
    data.add("preprocess", JsonValue("standard"), "mean 0 and deviation 1; the 0 and 1 of categories stay");
    const auto is_time = [](const Choice& choice) { return choice.facts->holds_times(); };
    std::string by = target_.task == Target::Task::classes ? "; classes keep their proportions" : "";
    if (std::any_of(choices_.begin(), choices_.end(), is_time)) by = "; for a forecast add \"by\": \"order\", to both";
    if (has_test()) {
      data.add("test", JsonValue::object({{"fraction", test_share}}), "judges the model at the end" + by);
    }
    if (recipe.validation > 0) {
      data.add("validation", JsonValue::object({{"fraction", recipe.validation}}), "decides when to stop");
    }
    return data;
  }

  void add_format(Members& data) const {
    if (facts_.is_arff) return;
    const hinge::TableFormat& format = facts_.format;
    const auto guessed = "guessed from the first rows";
    if (format.delimiter != ",") data.add("delimiter", JsonValue(format.delimiter), guessed);
    if (format.decimal != ".") data.add("decimal", JsonValue(format.decimal), guessed);
    if (!format.thousands.empty()) data.add("thousands", JsonValue(format.thousands), guessed);
    if (format.header == "false") {
      data.add("header", JsonValue(false), "the first line is a sample; columns are called column 1, column 2, …");
    }
  }

  void add_target(Members& data) const {
    Strings names;
    for (const ColumnFacts* column : target_.columns) names.push_back(column->name);
    if (names.size() == 1) data.add("target", JsonValue(names[0]), target_.reason);
    if (names.size() > 1) data.add("targets", hinge::list_of(names));
  }

  void add_ignored(Members& data) const {
    std::vector<const Choice*> ignored;
    for (const Choice& choice : choices_) {
      if (choice.use == Choice::Use::left_out) ignored.push_back(&choice);
    }
    std::string list;
    for (const Choice* choice : ignored) {
      const bool is_last = choice == ignored.back();
      list +=
          "      " + hinge::to_json_line(choice->facts->name) + (is_last ? "" : ",") + "  // " + choice->reason + "\n";
    }
    if (!list.empty()) data.add("ignore", "[\n" + list + "    ]");
  }

  void add_columns(Members& data) const {
    Members columns(6);
    for (const Choice& choice : choices_) {
      if (!choice.description.members.empty()) columns.add(choice.facts->name, choice.description, choice.reason);
    }
    if (!columns.empty()) data.add("columns", columns.object());
  }

  std::string model_reason(const Recipe& recipe) const {
    return counted(inputs_, "input") + " and " + counted(static_cast<std::size_t>(recipe.rows), "row") +
           " to train from: " +
           (recipe.is_wide ? "few rows, so a small network with much dropout" : "rows enough for a larger network") +
           (recipe.has_values ? "; the block adds it to a linear model" : "");
  }

  Members model(const Recipe& recipe) const {
    const std::string hidden = std::string("{\"type\": \"dense\", \"units\": ") +
                               (recipe.is_wide || recipe.has_values ? "64" : "128") + ", \"activation\": \"relu\"}";
    const double rate = recipe.has_values ? (recipe.is_wide ? 0.4 : 0.1) : (recipe.is_wide ? 0.5 : 0.3);
    const std::string dropout = "{\"type\": \"dropout\", \"rate\": " + figure(rate) + "}";
    // Inside of a block the number must stand there.
    const std::string units = recipe.has_values ? std::to_string(target_.columns.size()) : "\"auto\"";
    const std::string last = "{\"type\": \"dense\", \"units\": " + units + ", \"weight_init\": \"xavier_normal\"}";
    const auto list = [&](const std::string& indent) {
      std::string text;
      for (const std::string* layer : {&hidden, &dropout, &hidden, &dropout}) text += indent + *layer + ",\n";
      return text + indent + last + "\n";
    };
    Members model(4);
    if (recipe.has_values) {
      model.add("layers", "[\n      {\"type\": \"residual\", \"layers\": [\n" + list("        ") + "      ]}\n    ]");
    } else {
      model.add("layers", "[\n" + list("      ") + "    ]");
    }
    return model;
  }

  JsonValue optimizer(const Recipe& recipe) const {
    JsonValue decay(recipe.weight_decay);
    decay.text = figure(recipe.weight_decay);
    return JsonValue::object({{"type", "adam"}, {"learning_rate", recipe.learning_rate}, {"weight_decay", decay}});
  }

  Members train(const Recipe& recipe) const {
    Members train(4);
    train.add("epochs", JsonValue(recipe.epochs), counted(recipe.steps * recipe.epochs, "step") + " at most");
    train.add("batch_size", JsonValue(recipe.batch_size));
    if (recipe.validation > 0) {
      train.add("early_stopping", JsonValue::object({{"patience", recipe.patience}}),
                "epochs without a better validation loss");
    }
    train.add("schedule", JsonValue::object({{"type", "cosine"}, {"period", recipe.epochs}}));
    train.add("averaging", JsonValue(0.99), "of the weights over the last steps");
    train.add("seed", JsonValue(std::size_t{1}));
    return train;
  }

  const TableFacts& facts_;
  std::string path_;
  Target target_;
  std::vector<Choice> choices_;
  std::size_t inputs_ = 0;
};

}  // namespace

TableConfig table_config(const TableFacts& facts, const std::string& path, const std::string& config,
                         const Strings& targets) {
  const Writer writer(facts, path, targets);
  return {writer.config(config), writer.summary(), writer.warnings()};
}

}  // namespace hinge_command
