// The config that hinge init writes for a table, with a comment for each guess.
#include "table_config.h"

#include <algorithm>
#include <utility>

#include <hinge/core/config/json.h>
#include <hinge/core/text.h>

#include "commented_json.h"
#include "recipe.h"
#include "table_guesses.h"
#include "unread_numbers.h"

namespace hinge_command {

namespace {

using hinge::ColumnFacts;
using hinge::JsonValue;
using Strings = std::vector<std::string>;

constexpr double test_share = 0.2;

// A part of rounded figures, for comments and values: 0.0025.
std::string figure(double value) { return hinge::to_text(value, 2); }

std::size_t count_classes(const Target& target) {
  if (target.task == Target::Task::values) return 0;
  return target.task == Target::Task::labels ? 2 : target.classes;
}

std::string summary_of(const TableGuesses& guesses) {
  const Target& target = guesses.target;
  Strings names;
  for (const ColumnFacts* column : target.columns) names.push_back(hinge::in_quotes(column->name));
  std::string what = "values of ";
  if (target.task == Target::Task::labels) what = "labels ";
  if (target.task == Target::Task::classes) what = std::to_string(count_classes(target)) + " classes of ";
  return what + hinge::join(names) + " from " + hinge::quantity(guesses.inputs, "input");
}

Strings warnings_of(const TableGuesses& guesses) {
  Strings used;
  Strings read;
  for (const ColumnFacts* column : guesses.target.columns) used.push_back(column->name);
  for (const Choice& choice : guesses.choices) {
    if (choice.inputs > 0) used.push_back(choice.facts->name);
    if (choice.description.find("tokens") != nullptr) read.push_back(choice.facts->name);
  }
  Strings warnings = unread_numbers(*guesses.facts, read);
  for (std::string& text : guesses.facts->oddities(used)) warnings.push_back(std::move(text));
  return warnings;
}

class Writer {
 public:
  Writer(const TableGuesses& guesses, const std::string& path)
      : guesses_(guesses),
        facts_(*guesses.facts),
        target_(guesses.target),
        path_(path),
        recipe_(guesses.rows(), guesses.inputs, count_classes(target_), has_test() ? test_share : 0) {}

  std::string config(const std::string& name) const {
    Members members(2);
    members.add("$schema", JsonValue("hinge.schema.json"));
    members.add("data", data().object());
    members.add("model", model().object(), model_reason());
    members.add("loss", JsonValue(loss()), target_.task_reason);
    members.add("optimizer", optimizer(), "weight_decay: " + figure(recipe_.shape.l2) + " / rows to train from");
    members.add("train", train().object());
    return "{\n  // Written by hinge init: " + hinge::quantity(facts_.rows, "row") + " and " +
           hinge::quantity(facts_.columns.size(), "column") + ". Comments say why; change what is wrong.\n" +
           "  // See what it reads: hinge check " + name + "\n" + members.text() + "}\n";
  }

 private:
  bool has_test() const { return facts_.rows >= 10; }

  const char* loss() const {
    if (target_.task == Target::Task::classes) return "softmax_cross_entropy";
    return target_.task == Target::Task::labels ? "bce_with_logits" : "mse";
  }

  Members data() const {
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
    if (std::any_of(guesses_.choices.begin(), guesses_.choices.end(), is_time))
      by = "; for a forecast add \"by\": \"order\", to both";
    if (has_test()) {
      data.add("test", JsonValue::object({{"fraction", test_share}}), "judges the model at the end" + by);
    }
    if (recipe_.shape.validation > 0) {
      data.add("validation", JsonValue::object({{"fraction", recipe_.shape.validation}}), "decides when to stop");
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
    for (const Choice& choice : guesses_.choices) {
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
    for (const Choice& choice : guesses_.choices) {
      if (!choice.description.members.empty()) columns.add(choice.facts->name, choice.description, choice.reason);
    }
    if (!columns.empty()) data.add("columns", columns.object());
  }

  std::string model_reason() const {
    return hinge::quantity(guesses_.inputs, "input") + " and " +
           hinge::quantity(static_cast<std::size_t>(recipe_.rows), "row") + " to train from: " +
           (recipe_.is_wide ? "few rows, so a small network with much dropout" : "rows enough for a larger network") +
           (recipe_.has_values ? "; the block adds it to a linear model, as which it starts" : "");
  }

  Members model() const {
    const std::string hidden = std::string("{\"type\": \"dense\", \"units\": ") + std::to_string(recipe_.shape.units) +
                               ", \"activation\": \"relu\"}";
    const std::string dropout = "{\"type\": \"dropout\", \"rate\": " + figure(recipe_.shape.dropout) + "}";
    // Inside of a block the number must stand there.
    const std::string units = recipe_.has_values ? std::to_string(target_.columns.size()) : "\"auto\"";
    // Zeros: the network starts as the linear model beside it.
    const std::string init = recipe_.has_values ? "zeros" : "xavier_normal";
    const std::string last = "{\"type\": \"dense\", \"units\": " + units + ", \"weight_init\": \"" + init + "\"}";
    const auto list = [&](const std::string& indent) {
      std::string text;
      for (std::size_t i = 0; i < recipe_.shape.hidden_layers; ++i) {
        text.append(indent).append(hidden).append(",\n").append(indent).append(dropout).append(",\n");
      }
      return text + indent + last + "\n";
    };
    Members model(4);
    if (recipe_.has_values) {
      model.add("layers", "[\n      {\"type\": \"residual\", \"layers\": [\n" + list("        ") + "      ]}\n    ]");
    } else {
      model.add("layers", "[\n" + list("      ") + "    ]");
    }
    return model;
  }

  JsonValue optimizer() const {
    JsonValue decay(recipe_.weight_decay());
    decay.text = figure(recipe_.weight_decay());
    return JsonValue::object(
        {{"type", "adam"}, {"learning_rate", recipe_.shape.learning_rate}, {"weight_decay", decay}});
  }

  Members train() const {
    Members train(4);
    train.add("epochs", JsonValue(recipe_.epochs),
              hinge::quantity(recipe_.steps * recipe_.epochs, "step") + " at most");
    train.add("batch_size", JsonValue(recipe_.batch_size));
    if (recipe_.shape.validation > 0) {
      train.add("early_stopping", JsonValue::object({{"patience", recipe_.patience}}),
                "epochs without a better validation loss");
    }
    train.add("schedule", JsonValue::object({{"type", "cosine"}, {"period", recipe_.epochs}}));
    train.add("averaging", JsonValue(0.99), "of the weights over the last steps");
    train.add("seed", JsonValue(std::size_t{1}));
    return train;
  }

  const TableGuesses& guesses_;
  const hinge::TableFacts& facts_;
  const Target& target_;
  std::string path_;
  Recipe recipe_;
};

}  // namespace

TableConfig table_config(const hinge::TableFacts& facts, const std::string& path, const std::string& config,
                         const Strings& targets) {
  const TableGuesses guesses = guesses_of(facts, targets);
  return {Writer(guesses, path).config(config), summary_of(guesses), warnings_of(guesses)};
}

}  // namespace hinge_command
