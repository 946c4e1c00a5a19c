// Compares figures, and says in words what came out.
#include "compare/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <hinge/core/text.h>

#include "compare/interval.h"
#include "compare/sample_scores.h"
#include "report/page.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

constexpr double usual_confidence = 0.95;

// The scores of each contender that is a single run and has them.
using Scores = std::map<std::size_t, SampleScores>;

bool has_failed(const Contender& contender) {
  return std::all_of(contender.runs.begin(), contender.runs.end(), [](const auto& run) { return run.figures.empty(); });
}

bool all_have(const std::vector<Contender>& contenders, const std::string& figure) {
  return std::all_of(contenders.begin(), contenders.end(), [&](const Contender& contender) {
    return has_failed(contender) || !contender.values(figure).empty();
  });
}

bool have_same_loss(const std::vector<Contender>& contenders) {
  std::set<std::string> losses;
  for (const Contender& contender : contenders) {
    const JsonValue* loss = contender.config.find("loss");
    losses.insert(loss == nullptr ? "" : hinge::to_json_line(*loss));
  }
  return losses.size() == 1;
}

std::string main_figure(const std::vector<Contender>& contenders) {
  if (std::all_of(contenders.begin(), contenders.end(), has_failed)) return "";
  for (const std::string part : {"test/", "val/", "train/"}) {
    for (const char* metric : {"accuracy", "r2", "d2"}) {
      if (all_have(contenders, part + metric)) return part + metric;
    }
    if (have_same_loss(contenders) && all_have(contenders, part + "loss")) return part + "loss";
  }
  return "";
}

std::string part_of(const std::string& figure) { return figure.substr(0, figure.find('/') + 1); }

// A share of samples, each right or wrong.
bool is_share_of_samples(const std::string& figure) {
  return figure.ends_with("accuracy") && !figure.ends_with("balanced_accuracy");
}

// How many samples a figure of a run is of; NaN where that is not known.
double samples_of(const ContenderRun& run, const std::string& figure) {
  const std::string key = part_of(figure) + "samples";
  const JsonValue& summary = run.files.summary;
  for (const JsonValue* json : {&summary, summary.find("best"), summary.find("last")}) {
    if (json != nullptr && json->find(key) != nullptr) return number_at(*json, key);
  }
  return std::nan("");
}

std::optional<Range> interval_over_samples(const ContenderRun& run, const Estimate& estimate,
                                           const SampleScores* scores) {
  if (is_share_of_samples(estimate.figure)) {
    const double samples = samples_of(run, estimate.figure);
    const bool is_sound = samples >= 1 && estimate.value >= 0 && estimate.value <= 1;
    return is_sound ? std::optional(share_interval(estimate.value, samples, usual_confidence)) : std::nullopt;
  }
  const bool is_theirs = scores != nullptr && scores->figure == estimate.figure;
  return is_theirs ? mean_interval(scores->scores, usual_confidence) : std::nullopt;
}

std::vector<Estimate> estimates_of(const Contender& contender, const SampleScores* scores) {
  std::vector<Estimate> estimates;
  std::set<std::string> seen;
  for (const ContenderRun& run : contender.runs) {
    for (const hinge::Figure& figure : run.figures) {
      if (!seen.insert(figure.name).second) continue;
      const std::vector<double> values = contender.values(figure.name);
      if (values.empty()) continue;
      Estimate estimate{.figure = figure.name, .value = mean_of(values), .count = values.size()};
      estimate.interval = contender.is_study ? mean_interval(values, usual_confidence, contender.overlap())
                                             : interval_over_samples(run, estimate, scores);
      estimates.push_back(std::move(estimate));
    }
  }
  return estimates;
}

// a − b for each two runs of the same seed and fold.
std::vector<double> paired_differences(const Contender& a, const Contender& b, const std::string& figure) {
  std::vector<double> differences;
  for (const ContenderRun& one : a.runs) {
    for (const ContenderRun& other : b.runs) {
      if (one.seed != other.seed || one.fold != other.fold) continue;
      const double difference = one.figure(figure) - other.figure(figure);
      if (std::isfinite(difference)) differences.push_back(difference);
    }
  }
  return differences;
}

const SampleScores* find(const Scores& scores, std::size_t contender) {
  const auto found = scores.find(contender);
  return found == scores.end() ? nullptr : &found->second;
}

bool saw_same_targets(const SampleScores* a, const SampleScores* b) {
  return a != nullptr && b != nullptr && a->figure == b->figure && a->targets == b->targets;
}

// The lead of one single run over another: a − b.
Lead lead_over_samples(const Comparison& comparison, std::size_t a, std::size_t b, const Scores& scores) {
  const ContenderRun& one = comparison.contenders[a].runs.front();
  const ContenderRun& other = comparison.contenders[b].runs.front();
  const std::string& figure = comparison.figure;
  Lead lead{.other = b, .value = one.figure(figure) - other.figure(figure)};
  if (saw_same_targets(find(scores, a), find(scores, b))) {
    std::vector<double> differences = scores.at(a).scores;
    for (std::size_t i = 0; i < differences.size(); ++i) differences[i] -= scores.at(b).scores[i];
    lead.interval = mean_interval(differences, comparison.confidence);
    lead.method = "paired over " + hinge::quantity(differences.size(), "sample");
  } else if (is_share_of_samples(figure) && samples_of(one, figure) >= 1 && samples_of(other, figure) >= 1) {
    lead.interval = shares_interval(one.figure(figure), samples_of(one, figure), other.figure(figure),
                                    samples_of(other, figure), comparison.confidence);
    lead.method = "over the samples, not paired, because the data or a model cannot be read";
  } else {
    lead.method = "there is one run of each, and no score for each sample";
  }
  return lead;
}

// The lead of a study over another one or a run, or the other way round: a − b.
Lead lead_over_runs(const Comparison& comparison, std::size_t a, std::size_t b) {
  const Contender& one = comparison.contenders[a];
  const Contender& other = comparison.contenders[b];
  const double overlap = std::max(one.overlap(), other.overlap());
  const std::vector<double> pairs = paired_differences(one, other, comparison.figure);
  Lead lead{.other = b};
  if (pairs.size() > 1) {
    lead.value = mean_of(pairs);
    lead.interval = mean_interval(pairs, comparison.confidence, overlap);
    lead.method =
        "paired over " + hinge::quantity(pairs.size(), "run") + " of the same " + (one.folds > 0 ? "fold" : "seed");
    return lead;
  }
  const std::vector<double> values = one.values(comparison.figure);
  const std::vector<double> others = other.values(comparison.figure);
  lead.value = mean_of(values) - mean_of(others);
  lead.interval = unpaired_interval(values, others, comparison.confidence, overlap);
  lead.method = lead.interval ? hinge::quantity(values.size(), "run") + " against " + std::to_string(others.size()) +
                                    ", not paired"
                              : "there is one run of each";
  return lead;
}

Lead lead_of_best(const Comparison& comparison, std::size_t other, const Scores& scores) {
  const std::size_t best = *comparison.best;
  const bool are_single = !comparison.contenders[best].is_study && !comparison.contenders[other].is_study;
  Lead lead = are_single ? lead_over_samples(comparison, best, other, scores) : lead_over_runs(comparison, best, other);
  if (comparison.larger_is_better) return lead;
  lead.value = 0 - lead.value;
  if (lead.interval) lead.interval = Range{-lead.interval->high, -lead.interval->low};
  return lead;
}

// The first contender that was judged by other samples than the first of all; 0: none.
std::size_t judged_by_others(const Comparison& comparison, const Scores& scores) {
  const std::string part = part_of(comparison.figure);
  for (std::size_t i = 1; i < comparison.contenders.size(); ++i) {
    const bool is_same = have_same_samples(comparison.contenders[0], comparison.contenders[i], part);
    if (!is_same && !saw_same_targets(find(scores, 0), find(scores, i))) return i;
  }
  return 0;
}

void find_best(Comparison& comparison, const Scores& scores) {
  const double sign = comparison.larger_is_better ? 1 : -1;
  std::vector<std::size_t> taking_part;
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const Estimate* own = comparison.find(i, comparison.figure);
    if (own == nullptr) continue;
    taking_part.push_back(i);
    if (!comparison.best || sign * (own->value - comparison.find(*comparison.best, comparison.figure)->value) > 0) {
      comparison.best = i;
    }
  }
  const auto n = static_cast<double>(taking_part.size());
  comparison.confidence = 1 - (1 - usual_confidence) / std::max(1.0, n * (n - 1) / 2);
  for (const std::size_t i : taking_part) {
    if (i != *comparison.best) comparison.leads.push_back(lead_of_best(comparison, i, scores));
  }
}

void add_notes(Comparison& comparison) {
  std::vector<std::string>& notes = comparison.notes;
  bool has_single = false;
  for (const Contender& contender : comparison.contenders) {
    has_single = has_single || !contender.is_study;
    std::size_t incomplete = 0;
    for (const ContenderRun& run : contender.runs) incomplete += run.figures.empty() ? 1 : 0;
    const ContenderRun& first = contender.runs.front();
    if (!contender.is_study && incomplete > 0) {
      notes.push_back("there are no figures of " + contender.name + ": " +
                      (first.error.empty() ? "it has not ended" : "it failed: " + first.error));
    } else if (incomplete > 0) {
      notes.push_back("of " + hinge::quantity(contender.runs.size(), "run") + " of " + contender.name + ", " +
                      std::to_string(incomplete) + " failed or did not end and do not count");
    }
  }
  if (comparison.figure.starts_with("train/")) {
    notes.push_back("these are figures of the training samples, which say nothing about new ones");
  }
  if (has_single && !comparison.leads.empty()) {
    notes.push_back(
        "of a single run nobody knows what another seed would have given; hinge train CONFIG --seeds 1..5 "
        "trains a study, which can be compared too");
  }
}

std::string with_interval(const Estimate& estimate, const Contender& contender) {
  std::string text = shown(estimate.value);
  if (contender.is_study) text += " on average over " + hinge::quantity(estimate.count, "run");
  if (estimate.interval) text += " (95 % interval " + range_text(*estimate.interval) + ")";
  return text;
}

// The names of those whose distance is more than chance, or may be it.
std::string names_of_leads(const Comparison& comparison, bool more_than_chance) {
  std::vector<std::string> names;
  for (const Lead& lead : comparison.leads) {
    if (lead.is_more_than_chance() == more_than_chance) names.push_back(comparison.contenders[lead.other].name);
  }
  return hinge::join(names);
}

std::string lead_sentence(const Comparison& comparison) {
  const std::vector<Lead>& leads = comparison.leads;
  if (leads.size() == 1) {
    const Lead& lead = leads.front();
    const std::string start = "That is " + shown(lead.value) + " ahead of " + comparison.contenders[lead.other].name;
    if (!lead.interval) return start + "; whether by chance cannot be told: " + lead.method + ".";
    return start + " (95 % interval " + range_text(*lead.interval) + ", " + lead.method +
           (lead.is_more_than_chance() ? "): more than chance." : "), which may be chance.");
  }
  const std::string sure = names_of_leads(comparison, true);
  const std::string unsure = names_of_leads(comparison, false);
  if (unsure.empty()) return "It is ahead of all others by more than chance.";
  return (sure.empty() ? "" : "It is ahead of " + sure + " by more than chance. ") + std::string("Its lead over ") +
         unsure + " may be chance.";
}

std::vector<JsonValue> estimates_json(const std::vector<Estimate>& estimates) {
  return hinge::list_of(
             estimates,
             [](const Estimate& estimate) {
               JsonValue json = JsonValue::object({{"figure", estimate.figure},
                                                   {"value", hinge::number_or_null(estimate.value)},
                                                   {"runs", estimate.count}});
               if (estimate.interval)
                 json.set("interval", hinge::list_of(std::vector{estimate.interval->low, estimate.interval->high}));
               return json;
             })
      .elements;
}

JsonValue contender_json(const Comparison& comparison, std::size_t index) {
  const Contender& contender = comparison.contenders[index];
  return JsonValue::object(
      {{"path", contender.path},
       {"name", contender.name},
       {"study", contender.is_study},
       {"seeds", hinge::list_of(contender.runs, [](const ContenderRun& run) { return run.seed; })},
       {"statuses", hinge::list_of(contender.runs, [](const ContenderRun& run) { return run.status; })},
       {"figures", estimates_json(comparison.estimates[index])}});
}

JsonValue lead_json(const Comparison& comparison, const Lead& lead) {
  JsonValue json = JsonValue::object({{"over", comparison.contenders[lead.other].path},
                                      {"lead", hinge::number_or_null(lead.value)},
                                      {"more_than_chance", lead.is_more_than_chance()},
                                      {"method", lead.method}});
  if (lead.interval) json.set("interval", hinge::list_of(std::vector{lead.interval->low, lead.interval->high}));
  return json;
}

}  // namespace

const Estimate* Comparison::find(std::size_t contender, const std::string& name) const {
  const auto& own = estimates.at(contender);
  const auto found = std::find_if(own.begin(), own.end(), [&](const Estimate& each) { return each.figure == name; });
  return found == own.end() ? nullptr : &*found;
}

Comparison compare(std::vector<Contender> contenders) {
  Comparison comparison{.contenders = std::move(contenders)};
  const std::vector<Contender>& all = comparison.contenders;
  comparison.differences = config_differences(all);
  comparison.figure = main_figure(all);
  comparison.larger_is_better = !comparison.figure.ends_with("loss");
  Scores scores;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].is_study) {
      const ContenderRun& run = all[i].runs.front();
      const double wanted = run.figure(comparison.figure);
      if (auto own = std::isfinite(wanted) ? sample_scores(run.folder, wanted) : std::nullopt) scores[i] = *own;
    }
    comparison.estimates.push_back(estimates_of(all[i], hinge_command::find(scores, i)));
  }
  if (comparison.figure.empty()) {
    comparison.notes.push_back("they have no figure in common by which one could be best");
  } else if (const std::size_t other = judged_by_others(comparison, scores); other > 0) {
    comparison.notes.push_back("the samples that judged " + all[other].name + " are not those of " + all[0].name +
                               ", so none can be called better");
  } else {
    find_best(comparison, scores);
  }
  add_notes(comparison);
  return comparison;
}

std::string spoken_figure(const std::string& figure) {
  const std::string part = part_of(figure);
  const std::string name = figure.substr(part.size());
  return part == "val/"     ? "validation " + name
         : part == "train/" ? "training " + name
         : part == "test/"  ? "test " + name
                            : figure;
}

std::string range_text(const Range& range) { return shown(range.low) + " to " + shown(range.high); }

Headline headline_of(const Comparison& comparison) {
  if (!comparison.best)
    return {"odd", "Not comparable", comparison.notes.empty() ? "" : as_sentence(comparison.notes.front())};
  const Contender& best = comparison.contenders[*comparison.best];
  const std::string figure = spoken_figure(comparison.figure);
  const std::string value = with_interval(*comparison.find(*comparison.best, comparison.figure), best);
  if (comparison.leads.empty()) return {"good", best.name, capitalized(figure) + " " + value + "."};
  const auto is_certain = [](const Lead& lead) { return lead.is_more_than_chance(); };
  const bool is_clear = std::all_of(comparison.leads.begin(), comparison.leads.end(), is_certain);
  const std::string first =
      best.name + " has the " + (comparison.larger_is_better ? "highest " : "lowest ") + figure + ": " + value + ". ";
  return {is_clear ? "good" : "odd", is_clear ? best.name + " is best" : "No clear winner",
          first + lead_sentence(comparison)};
}

JsonValue json_of(const Comparison& comparison) {
  const Headline headline = headline_of(comparison);
  JsonValue json = JsonValue::object({{"result", headline.word}, {"sentence", headline.text}});
  json.set("figure", comparison.figure);
  json.set("best", comparison.best ? JsonValue(comparison.contenders[*comparison.best].path) : JsonValue());
  json.set("confidence", comparison.confidence);
  json.set("leads", hinge::list_of(comparison.leads, [&](const Lead& lead) { return lead_json(comparison, lead); }));
  std::vector<JsonValue> contenders;
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) contenders.push_back(contender_json(comparison, i));
  json.set("contenders", std::move(contenders));
  json.set("config", hinge::list_of(comparison.differences, [](const ConfigDifference& difference) {
             return JsonValue::object({{"key", difference.key}, {"values", hinge::list_of(difference.values)}});
           }));
  json.set("notes", hinge::list_of(comparison.notes));
  return json;
}

}  // namespace hinge_command
