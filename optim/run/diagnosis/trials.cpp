// Training changes of a config.
#include <hinge/optim/run/diagnosis/trials.h>

#include <algorithm>
#include <atomic>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>
#include <hinge/optim/run/overrides.h>
#include <hinge/optim/run/resolution.h>
#include <hinge/optim/run/run.h>

namespace hinge {

namespace {

// A diagnosis takes ten times the work of the run by default, and each of some sixty changes is trained once or more. Of
// more rows than this, fewer are used where the work would otherwise not do.
constexpr std::size_t min_sampled_rows = 2000;
constexpr double trainings_in_mind = 100;

std::string key_of(const Overrides& overrides, std::size_t repetition) {
  std::string key = std::to_string(repetition);
  for (const std::string& each : overrides) key += "\n" + each;
  return key;
}

// What the samples depend on.
std::string data_key(const LoadedConfig& loaded) {
  const auto loss = loaded.config.loss->build<float>();
  const JsonValue* data = loaded.tree.find("data");
  return std::to_string(static_cast<int>(loss->task())) + (loss->scales_targets() ? "s" : "r") +
         (data == nullptr ? "" : to_json_line(*data));
}

}  // namespace

Trials::Trials(const LoadedConfig& loaded, const Registries& registries, TrialOptions options)
    : base_{.tree = loaded.tree, .folder = loaded.folder}, registries_(registries), options_(std::move(options)) {
  RunConfig config = loaded.config;
  base_.tree = config_of(config);  // every option, so that a change finds the key that it names
  base_ = changed({});
  parts_ = parts_for(base_);
  const Run run(base_, DataParts(*parts_));  // whether all fits together
  const auto loss = run.config().loss->build<float>();
  options_.budget = std::max(options_.budget, options_.multiple * work(base_, *parts_));
  const double rows = options_.budget / trainings_in_mind / std::max(1.0, work(base_, *parts_)) *
                      static_cast<double>(parts_->train.size());
  const std::size_t max_rows = std::max(min_sampled_rows, static_cast<std::size_t>(std::min(rows, 1e15)));
  judge_ = std::make_unique<Judge>(*parts_, *loss, run.network().outputs(), max_rows, base_.config.train.seed);
}

LoadedConfig Trials::changed(const Overrides& overrides) const {
  LoadedConfig changed{.tree = base_.tree, .folder = base_.folder};
  for (const std::string& each : overrides) override_config(changed.tree, each);
  ConfigErrors errors;
  read_config(changed.tree, changed.config, registries_, errors);
  errors.throw_if_any();
  return changed;
}

std::shared_ptr<const DataParts> Trials::parts_for(const LoadedConfig& loaded) {
  std::shared_ptr<const DataParts>& parts = prepared_[data_key(loaded)];
  if (!parts) parts = std::make_shared<DataParts>(load_data(loaded));
  return parts;
}

// Samples × weights of all epochs, which is what a pass takes; and the weights of every step, which is what an update takes.
double Trials::work(const LoadedConfig& loaded, const DataParts& parts) const {
  const RunConfig resolved = resolve_by_data(loaded.config, parts.train);
  const auto weights =
      static_cast<double>(Network<float>::count_parameters(parts.train.features(), resolved.model.layers.specs()));
  const auto rows = static_cast<double>(judge_ ? judge_->rows() : parts.train.size());
  const double steps = rows / static_cast<double>(std::min(loaded.config.train.batch_size, parts.train.size()));
  constexpr double overhead = 500;  // of a sample or a step, in weights
  return static_cast<double>(loaded.config.train.epochs) * (rows + 2 * steps) * (weights + overhead);
}

void Trials::judge_by_accuracy() {
  judge_->judge_by_accuracy();
  for (auto& [key, outcome] : outcomes_) {
    if (!outcome) continue;
    // A training that failed answers as a constant would.
    if (!outcome->failure.empty()) outcome->gains = judge_->gains_of_failure(outcome->gains.size());
    if (outcome->failure.empty()) Judge::make_plain(outcome->gains);
  }
}

std::optional<Trials::Task> Trials::task(const Overrides& overrides, std::size_t repetition) {
  try {
    Task task{.key = key_of(overrides, repetition), .config = changed(overrides), .repetition = repetition};
    task.config.config.train.seed += repetition;
    task.epochs = task.config.config.train.epochs;
    task.config.config.train.threads = 1;
    const bool is_own = overrides.empty();
    if (!is_own) task.config.config.health.samples = 0;
    task.config.config.health.recycle.every = is_own ? task.config.config.health.recycle.every : 0;
    task.parts = parts_for(task.config);
    if (task.parts->train.size() != parts_->train.size()) return {};  // other rows are judged by other folds
    return task;
  } catch (const ConfigError&) {  // a change that does not suit this config is no change
  } catch (const DataError&) {
  } catch (const ShapeError&) {
  }
  return {};
}

void Trials::run(const std::vector<Overrides>& changes, const std::vector<std::size_t>& repetitions) {
  std::vector<Task> tasks;
  constexpr std::size_t at_once = 16;  // what early stopping saves is known, and spent again, after so many
  for (const std::size_t repetition : repetitions) {
    for (const Overrides& overrides : changes) {
      const std::string key = key_of(overrides, repetition);
      if (outcomes_.contains(key) || interrupted_) continue;
      std::optional<Task> next = task(overrides, repetition);
      if (!next) {
        outcomes_[key] = std::nullopt;
        continue;
      }
      next->work = work(next->config, *next->parts);
      if (spent_ + next->work > options_.budget) {
        exhausted_ = true;
        continue;
      }
      spent_ += next->work;
      outcomes_[key] = std::nullopt;
      tasks.push_back(std::move(*next));
      if (tasks.size() < at_once) continue;
      run(tasks);
      tasks.clear();
    }
  }
  run(tasks);
}

void Trials::run(const std::vector<Task>& tasks) {
  if (tasks.empty() || interrupted_) return;
  std::vector<std::optional<Outcome>> outcomes(tasks.size());
  std::atomic<std::size_t> begun = 0;
  std::atomic<bool> was_interrupted = false;
  ThreadPool(std::min(options_.jobs, tasks.size())).run([&](std::size_t) {
    for (std::size_t i = begun++; i < tasks.size() && !was_interrupted; i = begun++) {
      if (options_.observe) options_.observe(trainings_ + i);
      outcomes[i] = train(tasks[i]);
      if (options_.is_interrupted && options_.is_interrupted()) was_interrupted = true;
    }
  });
  interrupted_ = was_interrupted;
  trainings_ += tasks.size();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (outcomes[i] && tasks[i].epochs > 0) {
      const double trained = static_cast<double>(outcomes[i]->losses.size()) / static_cast<double>(tasks[i].epochs);
      spent_ -= tasks[i].work * (1 - std::min(trained, 1.0));
    }
    outcomes_[tasks[i].key] = std::move(outcomes[i]);
  }
}

std::optional<Outcome> Trials::train(const Task& task) const {
  DataParts parts = *task.parts;
  const Dataset<float> judging = parts.train.subset(judge_->judging_rows(task.repetition));
  parts.train = parts.train.subset(judge_->training_rows(task.repetition));
  if (task.config.config.train.early_stopping.patience == 0) parts.validation.reset();
  parts.test.reset();
  try {
    Run run(task.config, std::move(parts));
    Outcome outcome;
    run.trainer().on_epoch([&](const EpochReport& report) {
      outcome.losses.push_back(report.train.loss);
      if (report.health) outcome.health = run.verdict(*report.health);
      return Control::proceed;
    });
    RunSummary summary = train_run(run, nullptr, options_.is_interrupted);
    if (summary.status == "interrupted") return {};
    outcome.failure = summary.error;
    if (outcome.failure.empty()) {
      outcome.gains = judge_->gains(run.network(), run.trainer().loss(), run.data().targets, judging);
      const std::vector<std::vector<double>> training = {
          judge_->gains(run.network(), run.trainer().loss(), run.data().targets, run.data().train)};
      if (!training[0].empty()) outcome.training_score = judge_->score(training);
      if (outcome.gains.empty()) outcome.failure = "an output is not a finite number";
    }
    if (outcome.gains.empty()) outcome.gains = judge_->gains_of_failure(judging.size());
    return outcome;
  } catch (const ConfigError&) {  // sizes that do not fit together
  } catch (const DataError&) {
  } catch (const ShapeError&) {
  }
  return {};
}

const Outcome* Trials::find(const Overrides& overrides, std::size_t repetition) const {
  const auto found = outcomes_.find(key_of(overrides, repetition));
  return found == outcomes_.end() || !found->second ? nullptr : &*found->second;
}

std::size_t Trials::known(const Overrides& overrides) const {
  std::size_t count = 0;
  while (count < Judge::repetitions && find(overrides, count) != nullptr) ++count;
  return count;
}

std::vector<std::vector<double>> Trials::gains(const Overrides& overrides, std::size_t repetitions) const {
  std::vector<std::vector<double>> gains;
  for (std::size_t r = 0; r < repetitions; ++r) gains.push_back(find(overrides, r)->gains);
  return gains;
}

std::string Trials::real_metric() const {
  return std::string(parts_->test ? "test/" : parts_->validation ? "val/" : "train/") + judge_->metric();
}

// The user's own run, with the weights of `start` if there are any; null where these do not fit.
std::unique_ptr<Run> Trials::real_run(const LoadedConfig& config, const TrainingState<float>* start) const {
  const auto found = prepared_.find(data_key(config));
  auto run = std::make_unique<Run>(config, found == prepared_.end() ? load_data(config) : DataParts(*found->second));
  if (start == nullptr) return run;
  TrainingState<float> state = run->trainer().state();
  if (state.values.size() != start->values.size() || state.layer_state.size() != start->layer_state.size()) return {};
  state.values = start->values;
  state.layer_state = start->layer_state;
  run->trainer().restore(state);
  return run;
}

std::optional<double> Trials::real_score(const Run& run) const {
  const DataParts& data = run.data();
  const Dataset<float>& part = data.test ? *data.test : data.validation ? *data.validation : data.train;
  const Loss<float>& loss = run.trainer().loss();
  std::vector<Figure> measured = figures(run.trainer().evaluate(part), "");
  for (Figure& figure : figures(report_of(run.network(), loss, part), "")) measured.push_back(std::move(figure));
  if (judge_->whole_numbers() == 0) {
    if (const Figure* figure = find_figure(measured, judge_->metric())) return figure->value;
  }
  const std::vector<std::vector<double>> gains = {judge_->gains(run.network(), loss, data.targets, part)};
  if (gains[0].empty()) return {};
  return judge_->score(gains);
}

std::optional<double> Trials::train_really(const Overrides& overrides, const TrainingState<float>* start) const {
  LoadedConfig config = changed(overrides);
  std::size_t& epochs = config.config.train.epochs;
  if (start != nullptr && start->epoch >= epochs) return {};
  if (start != nullptr) epochs -= start->epoch;
  const std::unique_ptr<Run> run = real_run(config, start);
  if (!run || !train_run(*run, nullptr, options_.is_interrupted).is_complete()) return {};
  return real_score(*run);
}

std::optional<double> Trials::score_of_start(const TrainingState<float>& start) const {
  const std::unique_ptr<Run> run = real_run(base_, &start);
  if (!run) return {};
  return real_score(*run);
}

}  // namespace hinge
