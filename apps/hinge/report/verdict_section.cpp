// The first thing that a reader sees: how it went, in a sentence, and the evidence.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/trainer.h>

#include "console.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// A sentence, and how grave it is: `good`, `odd`, `bad` or `live`.
struct Headline {
  const char* kind = "good";
  std::string word = {};
  std::string sentence = {};
};

// The verdict on the run, or else on its neurons.
const JsonValue* verdict_of_summary(const JsonValue& summary) {
  const JsonValue* verdict = summary.find("verdict");
  return verdict != nullptr ? verdict : summary.find("health");
}

// The name of the metric that people ask for first.
std::string main_metric(const ReportSource& source) {
  if (source.run != nullptr) return std::string(source.run->trainer().loss().metric());
  for (const char* name : {"accuracy", "r2", "d2"}) {
    if (!source.files.epochs.empty() && source.files.epochs.back().find("train/" + std::string(name)) != nullptr)
      return name;
  }
  return "accuracy";
}

// Where the model's figures stand: of the best epoch if the model has its weights, else of the last.
const JsonValue& epoch_of_model(const ReportSource& source) {
  static const JsonValue none;
  for (const char* key : {"best", "last"}) {
    if (const JsonValue* epoch = source.files.summary.find(key)) return *epoch;
  }
  return source.files.epochs.empty() ? none : source.files.epochs.back();
}

// `: test accuracy 0.961`, the figure that says most; "" where there is none.
std::string main_figure(const ReportSource& source) {
  const std::string metric = main_metric(source);
  const double of_test = number_at(source.files.summary, "test/" + metric);
  if (std::isfinite(of_test)) return ": test " + metric + " " + shown(of_test);
  for (const auto& [prefix, name] : {std::pair{"val/", "validation "}, {"train/", "training "}}) {
    const double value = number_at(epoch_of_model(source), prefix + metric);
    if (std::isfinite(value)) return ": " + (name + metric) + " " + shown(value);
  }
  return "";
}

// What hinge diagnose found wrong, where it did.
std::optional<Headline> diagnosed_headline(const JsonValue& diagnosis) {
  const std::string verdict = text_at(diagnosis, "verdict");
  const std::vector<JsonValue>& causes = list_at(diagnosis, "causes");
  const std::string cause = causes.empty() ? "" : text_at(causes.front(), "name");
  if (verdict == "fault in the data") return Headline{"odd", capitalized(verdict), as_sentence(cause)};
  if (verdict != "behind") return std::nullopt;
  return Headline{
      "odd", "Behind a sound recipe",
      as_sentence(text_at(diagnosis, "metric") + " " + shown(number_at(diagnosis, "user")) + ", where the recipe has " +
                  shown(number_at(diagnosis, "par")) + (cause.empty() ? "" : "; first cause: " + cause))};
}

Headline headline_of(const ReportSource& source) {
  const JsonValue& summary = source.files.summary;
  const std::string status = text_at(summary, "status");
  const double epochs = source.files.epochs.empty() ? 0 : number_at(source.files.epochs.back(), "epoch");
  if (source.is_live) {
    return {"live", "Training",
            "Epoch " + shown(epochs) + " of " + std::to_string(source.config.config.train.epochs) + "."};
  }
  if (status.empty())
    return {"odd", "Unfinished", "The run did not end by itself; it had finished " + counted(epochs, "epoch") + "."};
  if (status == "failed") return {"bad", "Failed", as_sentence(text_at(summary, "error"))};
  const std::string after = status + " after " + counted(number_at(summary, "epochs"), "epoch");
  const JsonValue* verdict = verdict_of_summary(summary);
  const std::string judged = verdict == nullptr ? "" : text_at(*verdict, "status");
  const std::string reason = verdict == nullptr ? "" : as_sentence(text_at(*verdict, "reason"));
  if (judged == "warn") return {"odd", "Warning", reason};
  if (!judged.empty() && judged != "pass") return {"bad", judged == "fail" ? "Did not learn" : "Alarm", reason};
  if (status == "interrupted") return {"odd", "Interrupted", as_sentence(after)};
  if (const auto found = diagnosed_headline(source.files.diagnosis)) return *found;
  return {"good", "Sound", as_sentence(after + main_figure(source))};
}

// `test accuracy 0.961`, the figure that says most, with where it comes from.
std::string tile(const std::string& value, const std::string& label) {
  return element(
      "div", {{"class", "tile"}},
      element("span", {{"class", "value"}}, escaped(value)) + element("span", {{"class", "label"}}, escaped(label)));
}

std::string tiles(const ReportSource& source) {
  const JsonValue& summary = source.files.summary;
  const JsonValue& epoch = epoch_of_model(source);
  const std::string metric = main_metric(source);
  std::string text;
  const auto add = [&](const JsonValue& json, const std::string& key, const std::string& label) {
    const double value = number_at(json, key);
    if (std::isfinite(value)) text += tile(shown(value), label);
  };
  add(summary, "test/" + metric, "test " + metric);
  add(summary, "test/loss", "test loss");
  add(epoch, "val/" + metric, "validation " + metric);
  if (number_at(summary, "test/loss") != number_at(summary, "test/loss")) add(epoch, "val/loss", "validation loss");
  add(epoch, "train/" + metric, "training " + metric);
  add(epoch, "train/loss", "training loss");
  if (const double seconds = number_at(summary, "seconds"); std::isfinite(seconds))
    text += tile(duration_text(seconds), "training time");
  add(summary, "parameters", "parameters");
  return element("div", {{"class", "tiles"}}, "\n" + text);
}

std::string loss_evidence(const ReportSource& source) {
  const auto& epochs = source.files.epochs;
  if (epochs.size() < 2) return "";
  const double first = number_at(epochs.front(), "train/loss");
  const double last = number_at(epochs.back(), "train/loss");
  if (!std::isfinite(first) || !std::isfinite(last)) return "";
  return "The training loss " + std::string(last < first ? "fell" : "rose") + " from " + shown(first) +
         " after epoch " + shown(number_at(epochs.front(), "epoch")) + " to " + shown(last) + " after epoch " +
         shown(number_at(epochs.back(), "epoch")) + ".";
}

std::string neuron_evidence(const ReportSource& source) {
  if (source.files.looks.empty()) return "";
  double units = 0;
  double dead = 0;
  double born = 0;
  double non_finite = 0;
  for (const JsonValue& layer : list_at(source.files.looks.back(), "layers")) {
    units += number_at(layer, "units");
    dead += number_at(layer, "dead");
    non_finite += number_at(layer, "non_finite");
    born += std::min(number_at(layer, "born_dead"), number_at(layer, "dead"));
  }
  if (!(units > 0)) return "";
  if (non_finite > 0) return shown(non_finite) + " of " + counted(units, "hidden unit") + " are not finite.";
  if (dead == 0) return "None of the " + counted(units, "hidden unit") + " is dead.";
  return shown(dead) + " of " + counted(units, "hidden unit") + (dead == 1 ? " is" : " are") + " dead (" +
         fixed(100 * dead / units, 1) + " %)" + (born > 0 ? ", " + shown(born) + " from the start." : ".");
}

// What a pass does not say: that the model is good on new samples, and as good as its data allow.
std::vector<std::string> limits_of_pass(const ReportSource& source) {
  std::vector<std::string> sentences;
  const bool has_new_samples = std::isfinite(number_at(source.files.summary, "test/loss")) ||
                               std::isfinite(number_at(epoch_of_model(source), "val/loss"));
  if (!has_new_samples) sentences.emplace_back("Only training samples were judged, which say nothing about new ones.");
  if (text_at(source.files.diagnosis, "verdict").empty()) {
    sentences.emplace_back(
        "Sound means that nothing went wrong in training; hinge diagnose measures whether these data allow a better "
        "figure.");
  }
  return sentences;
}

std::vector<std::string> evidence(const ReportSource& source) {
  std::vector<std::string> sentences;
  if (const JsonValue* verdict = verdict_of_summary(source.files.summary)) {
    for (const JsonValue& cause : list_at(*verdict, "causes"))
      sentences.push_back(as_sentence(text_at(cause, "evidence")));
    for (const char* key : {"advice", "note"}) sentences.push_back(as_sentence(text_at(*verdict, key)));
    // The first cause is the headline already.
    if (!sentences.empty() && sentences.front() == as_sentence(text_at(*verdict, "reason")))
      sentences.erase(sentences.begin());
  }
  // What the causes say already is not said again.
  const auto is_said = [&](std::string_view words) {
    return std::any_of(sentences.begin(), sentences.end(),
                       [&](const std::string& each) { return each.find(words) != std::string::npos; });
  };
  if (!is_said("raining loss is ")) sentences.push_back(loss_evidence(source));
  if (!is_said(" dead (")) sentences.push_back(neuron_evidence(source));
  std::erase(sentences, "");
  return sentences;
}

}  // namespace

std::string verdict_section(const ReportSource& source) {
  const Headline headline = headline_of(source);
  std::string items;
  std::vector<std::string> sentences = evidence(source);
  if (std::string_view(headline.kind) == "good") {
    for (std::string& each : limits_of_pass(source)) sentences.push_back(std::move(each));
  }
  for (const std::string& sentence : sentences) items += element("li", {}, escaped(sentence));
  std::string text = element("p", {{"class", "verdict " + std::string(headline.kind)}},
                             element("strong", {}, escaped(headline.word)) + " " + escaped(headline.sentence));
  if (!items.empty()) text += element("ul", {}, "\n" + items);
  if (!source.missing.empty()) {
    text += paragraph("The data of the run could not be read, so pictures of results are missing: " + source.missing,
                      "remark");
  }
  return text + tiles(source);
}

}  // namespace hinge_command
