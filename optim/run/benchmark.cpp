#include <hinge/optim/run/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <hinge/core/clock.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/random.h>
#include <hinge/core/statistics.h>
#include <hinge/core/threads.h>
#include <hinge/optim/weight_average.h>

namespace hinge {

namespace {

Clock::time_point from_now(double seconds) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// What a look at the clock takes.
double clock_cost() {
  constexpr int looks = 1000;
  double best = std::numeric_limits<double>::infinity();
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Clock::time_point start = Clock::now();
    Clock::time_point end = start;
    for (int i = 0; i < looks; ++i) end = Clock::now();
    best = std::min(best, seconds_between(start, end) / looks);
  }
  return best;
}

std::size_t rounded_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

struct Mean {
  double sum = 0;
  std::size_t count = 0;

  double value() const { return count == 0 ? 0 : std::max(0.0, sum / static_cast<double>(count)); }
};

// Seconds of a call, repeated for a while.
template <typename Call>
double seconds_of(double seconds, const Call& call) {
  const Clock::time_point start = Clock::now();
  const Clock::time_point deadline = from_now(seconds);
  std::size_t calls = 0;
  Clock::time_point now = start;
  do {
    call();
    ++calls;
    now = Clock::now();
  } while (now < deadline);
  return seconds_between(start, now) / static_cast<double>(calls);
}

// Run::train, as it is. Epochs have their seconds in their reports. Where not even one ends in time, its first batches
// are timed, from the start of training to one of the few looks at the clock.
class WholeSteps {
 public:
  WholeSteps(Run& run, const std::function<bool()>& goes_on)
      : run_(run), goes_on_(goes_on), start_(run.trainer().state()) {
    run.trainer().on_start([this](const StartReport&) { begin_ = Clock::now(); });
    run.trainer().on_step([this](const StepReport& report) { return after_batch(report.step); });
    run.trainer().on_epoch([this](const EpochReport& report) { return after_epoch(report.seconds); });
  }
  WholeSteps(const WholeSteps&) = delete;  // the observers refer to it
  WholeSteps& operator=(const WholeSteps&) = delete;
  ~WholeSteps() = default;

  // Seconds of a batch.
  double measure(double seconds) {
    seconds_ = 0;
    batches_ = count_ = next_look_ = 0;
    deadline_ = from_now(seconds);
    do {
      run_.trainer().restore(start_);
      run_.train();
    } while (!is_over(Clock::now()));
    return seconds_ / static_cast<double>(std::max<std::size_t>(batches_, 1));
  }

 private:
  // All ranks end together, and so they all ask after the same batches.
  bool is_over(Clock::time_point now) { return run_.trainer().any_rank(!goes_on_() || now >= deadline_); }

  Control after_batch(std::size_t batches) {
    in_epoch_ = batches;
    if (++count_ < next_look_) return Control::proceed;
    next_look_ = count_ + count_ / 8 + 1;
    const Clock::time_point now = Clock::now();
    if (!is_over(now)) return Control::proceed;
    if (batches_ == 0) {
      seconds_ = seconds_between(begin_, now);
      batches_ = batches;
    }
    return Control::stop;
  }

  Control after_epoch(double seconds) {
    seconds_ += seconds;
    batches_ += in_epoch_;
    return is_over(Clock::now()) ? Control::stop : Control::proceed;
  }

  Run& run_;
  const std::function<bool()>& goes_on_;
  TrainingState<float> start_;
  Clock::time_point begin_;
  Clock::time_point deadline_;
  double seconds_ = 0;
  std::size_t batches_ = 0;   // that these seconds are of
  std::size_t in_epoch_ = 0;  // batches of the current epoch
  std::size_t count_ = 0;
  std::size_t next_look_ = 0;
};

// The parts of a step, as Trainer::fit takes them, with a look at the clock after each.
class StepParts {
 public:
  StepParts(const Run& run, const RunConfig& config, std::size_t batch_size)
      : config_(config),
        trainer_(run.trainer()),
        loss_(run.trainer().loss()),
        network_(run.network()),
        optimizer_(config.optimizer->build<float>()),
        source_(run.data().train),
        batch_(source_.make_batch(batch_size)),
        sums_(loss_, network_.outputs()),
        dz_(network_.outputs(), batch_size) {
    optimizer_->attach(network_.parameters());
    optimizer_->set_learning_rate(0);  // takes as long, but nothing can diverge
    if (config.train.averaging > 0) average_ = WeightAverage<float>(config.train.averaging, network_.values().size());
    network_.reserve(batch_size);
  }

  // Writes the seconds of an epoch of so many batches.
  void measure(double seconds, const std::function<bool()>& goes_on, std::size_t batches, Benchmark& result) {
    order_ = gather_ = forward_ = loss_time_ = backward_ = update_ = {};
    const PassScope<float> scope(network_);
    const Clock::time_point deadline = from_now(seconds);
    last_ = Clock::now();
    do {
      start_epoch();
      add_lap(order_);
      for (std::size_t i = 1; goes_on() && source_.next(batch_) > 0; ++i) {
        add_lap(gather_);
        step(i);
        if (last_ >= deadline) break;
      }
    } while (goes_on() && last_ < deadline);
    const auto times = static_cast<double>(batches);
    result.gather = order_.value() + gather_.value() * times;
    result.forward = forward_.value() * times;
    result.loss = loss_time_.value() * times;
    result.backward = backward_.value() * times;
    result.update = update_.value() * static_cast<double>(result.steps);
  }

  // The set that Trainer::fit looks at after each epoch.
  HealthProbe<float> make_probe() {
    Batch<float> samples = source_.make_batch(std::min(config_.health.samples, source_.size()));
    source_.start_epoch(RandomStream(network_.seed(), Purpose::probe));
    source_.next(samples);
    return {std::move(samples), loss_, config_.train.batch_size};
  }
  Network<float>& network() { return network_; }

 private:
  void start_epoch() {
    ++epoch_;
    sums_.reset();
    std::optional<RandomStream> order;
    if (config_.train.shuffle) order.emplace(network_.seed(), Purpose::shuffle, 0, epoch_);
    source_.start_epoch(order);
  }

  // Batch i of the epoch, from 1.
  void step(std::size_t i) {
    const Batch<float>& batch = batch_;
    ThreadPool* const threads = trainer_.threads();
    const MatrixView<const float> output =
        network_.forward(batch.inputs(), {.training = true, .number = passes_++, .threads = threads});
    add_lap(forward_);

    const Targets<float> targets = batch.targets();
    const MatrixView<float> dz = dz_.view().columns(0, batch.size());
    const double weight = loss_.weight_sum(targets, batch.weights());
    const double scale = weight > 0 ? loss_.scale(weight) : 0;
    sums_.add(output, targets, loss_.evaluate(output, targets, batch.weights(), scale, dz));
    add_lap(loss_time_);

    const std::size_t part = (i - 1) % config_.train.accumulate;
    network_.backward(dz, InputGradient::skip, part == 0 ? Gradients::replace : Gradients::add, threads);
    add_lap(backward_);

    if (part + 1 < config_.train.accumulate && i < rounded_up(source_.size(), batch_.capacity())) return;
    optimizer_->step(network_.parameters(), threads);
    if (config_.train.averaging > 0) average_.add(network_.values());
    add_lap(update_);
  }

  void add_lap(Mean& mean) {
    const Clock::time_point now = Clock::now();
    mean.sum += seconds_between(std::exchange(last_, now), now) - clock_cost_;
    ++mean.count;
  }

  const RunConfig& config_;
  const Trainer<float>& trainer_;
  const Loss<float>& loss_;
  Network<float> network_;
  std::unique_ptr<Optimizer<float>> optimizer_;
  WeightAverage<float> average_;
  DatasetBatches<float> source_;
  Batch<float> batch_;
  EvaluationSums<float> sums_;
  Matrix<float> dz_;
  std::uint64_t epoch_ = 0;
  std::uint64_t passes_ = 0;
  double clock_cost_ = clock_cost();
  Clock::time_point last_;
  Mean order_;
  Mean gather_;
  Mean forward_;
  Mean loss_time_;
  Mean backward_;
  Mean update_;
};

constexpr std::initializer_list<double Benchmark::*> step_parts = {
    &Benchmark::gather, &Benchmark::forward, &Benchmark::loss, &Benchmark::backward, &Benchmark::update};

// The parts and the whole were measured apart, so noise may make the parts the longer ones: then they are shares of it.
void settle_parts(Benchmark& result) {
  std::vector<double*> parts;
  for (const auto part : step_parts) parts.push_back(&(result.*part));
  if (result.shared) parts.assign({&result.shared->own_shards, &result.shared->exchange});
  double sum = 0;
  for (const double* part : parts) sum += *part;
  result.other = std::max(0.0, result.training - sum);
  if (sum <= result.training) return;
  for (double* part : parts) *part *= result.training / sum;
}

Benchmark median_of(const std::vector<Benchmark>& turns) {
  Benchmark result = turns.front();
  const auto settle_value = [&](auto& settled, const auto& value_of) {
    std::vector<double> values;
    for (const Benchmark& turn : turns) {
      if (const std::optional<double> value = value_of(turn)) values.push_back(*value);
    }
    if (!values.empty()) settled = median(values);
  };
  const auto settle = [&](auto field) {
    settle_value(result.*field, [field](const Benchmark& turn) { return turn.*field; });
  };
  for (const auto field : step_parts) settle(field);
  settle(&Benchmark::training);
  settle(&Benchmark::health);
  settle(&Benchmark::validation);
  for (const auto field : {&SharedSteps::own_shards, &SharedSteps::exchange, &SharedSteps::bytes_per_step}) {
    if (result.shared)
      settle_value((*result.shared).*field, [field](const Benchmark& turn) { return (*turn.shared).*field; });
  }
  for (const Benchmark& turn : turns) result.peak_gflops = std::max(result.peak_gflops, turn.peak_gflops);
  settle_parts(result);
  return result;
}

}  // namespace

double peak_gflops() {
  constexpr int repeats = 20;
  constexpr std::size_t rounds = 50'000;  // far longer than reading the clock, far shorter than a time slice
  double best = 0;
  for (int i = 0; i < repeats; ++i) {
    float result = 0;
    const Clock::time_point start = Clock::now();
    const std::size_t operations = kernels::of<float>().exercise(rounds, &result);
    best = std::max(best, 1e-9 * static_cast<double>(operations) / seconds_since(start));
  }
  return best;
}

template <typename Scalar>
std::size_t training_operations(const Network<Scalar>& network) {
  std::size_t operations = 0;
  bool learns_before = false;
  for (std::size_t i = 0; i < network.size(); ++i) {
    const auto parameters = network.layer(i).parameters();
    for (const Parameter<Scalar>& p : parameters) {
      if (!p.is_matrix()) continue;
      const std::size_t products = 1 + (p.trainable() ? 1 : 0) + (learns_before ? 1 : 0);
      operations += 2 * products * p.size();
    }
    for (const Parameter<Scalar>& p : parameters) learns_before = learns_before || p.trainable();
  }
  return operations;
}

template HINGE_API std::size_t training_operations<float>(const Network<float>&);
template HINGE_API std::size_t training_operations<double>(const Network<double>&);

std::vector<RankEstimate> estimate_ranks(const Benchmark& measured) {
  if (measured.ranks() == 1) return {};
  const SharedSteps& shared = *measured.shared;
  const auto steps = static_cast<double>(measured.steps);
  const auto batches = static_cast<double>(measured.accumulate);
  const std::size_t numbers = 2 * measured.parameters + measured.outputs * measured.batch_size;
  const auto bytes = static_cast<double>(sizeof(float) * numbers);
  const auto messages = [&](double ranks) {
    return (3 * batches + 1) * std::log2(ranks) * shared.latency + batches * (1 - 1 / ranks) * bytes / shared.bandwidth;
  };
  const auto here = static_cast<double>(shared.ranks);
  const double scale = shared.exchange / steps / messages(here);
  std::vector<RankEstimate> estimates;
  for (std::size_t ranks = 1; ranks <= shared.shards; ranks *= 2) {
    const auto n = static_cast<double>(ranks);
    const double own = shared.own_shards / steps * here / n;
    estimates.push_back({ranks, measured.other / steps + own + scale * messages(n)});
  }
  return estimates;
}

namespace {

// Seconds of an exchange of so many bytes with another rank: the median of several.
double seconds_with(Communicator& ranks, std::size_t other, std::size_t bytes) {
  constexpr int repeats = 21;
  std::vector<std::byte> mine(bytes);
  std::vector<std::byte> theirs(bytes);
  std::vector<double> seconds;
  for (int i = 0; i < repeats; ++i) {
    const Clock::time_point start = Clock::now();
    ranks.exchange(other, mine, theirs);
    seconds.push_back(seconds_since(start));
  }
  return median(seconds);
}

// With each of the ranks that this one talks to in a step.
void measure_network(Communicator& ranks, SharedSteps& result) {
  constexpr std::size_t long_message = std::size_t{4} << 20;
  Mean shortest;
  double longest = 1e-9;
  for (std::size_t distance = 1; distance < ranks.size(); distance *= 2) {
    const std::size_t other = ranks.rank() ^ distance;
    shortest.sum += seconds_with(ranks, other, 1);
    ++shortest.count;
    longest = std::max(longest, seconds_with(ranks, other, long_message));
  }
  result.latency = shortest.value();
  result.bandwidth = static_cast<double>(long_message) / longest;
}

// What is known without measuring.
Benchmark counts_of(const Run& run) {
  const TrainSection& train = run.config().train;
  Benchmark figures;
  figures.samples = run.data().train.size();
  figures.batch_size = std::min(train.batch_size, figures.samples);
  figures.accumulate = train.accumulate;
  figures.steps = rounded_up(rounded_up(figures.samples, figures.batch_size), train.accumulate);
  figures.parameters = run.network().values().size();
  figures.outputs = run.network().outputs();
  figures.operations = training_operations(run.network());
  return figures;
}

// What came between two looks, for an epoch.
SharedSteps between(const SharedWork& before, const SharedWork& after, std::size_t steps, SharedSteps network) {
  const auto count = static_cast<double>(std::max<std::uint64_t>(after.steps - before.steps, 1));
  const auto sent = [](const SharedWork& work) { return work.bytes_per_step * static_cast<double>(work.steps); };
  network.own_shards = (after.shard_seconds - before.shard_seconds) / count * static_cast<double>(steps);
  network.exchange = (after.exchange_seconds - before.exchange_seconds) / count * static_cast<double>(steps);
  network.bytes_per_step = (sent(after) - sent(before)) / count;
  return network;
}

}  // namespace

std::optional<Benchmark> benchmark(LoadedConfig loaded, const BenchmarkOptions& options, Communicator& ranks) {
  const std::function<bool()> goes_on = options.goes_on ? options.goes_on : [] { return true; };
  TrainSection& train = loaded.config.train;
  train.epochs = std::max<std::size_t>(train.epochs, 1);
  Run run(loaded, ranks);
  Benchmark figures = counts_of(run);
  const std::size_t batches = rounded_up(figures.samples, figures.batch_size);
  SharedSteps network{.ranks = ranks.size(), .shards = train.shards};
  if (ranks.size() > 1) measure_network(ranks, network);

  const Clock::time_point deadline = from_now(options.seconds);
  const double slice = options.seconds / 16;
  WholeSteps whole(run, goes_on);
  StepParts in_parts(run, loaded.config, figures.batch_size);
  std::optional<HealthProbe<float>> probe;
  if (loaded.config.health.samples > 0) probe.emplace(in_parts.make_probe());
  // The system gives memory when it is first written to, so the first steps are slow.
  whole.measure(slice / 8);
  if (train.shards == 1) in_parts.measure(slice / 8, goes_on, batches, figures);

  std::vector<Benchmark> turns;
  const auto is_over = [&] { return !goes_on() || (!turns.empty() && Clock::now() >= deadline); };
  while (!run.trainer().any_rank(is_over())) {
    figures.peak_gflops = peak_gflops();
    const SharedWork before = run.trainer().shared_work();
    figures.training = whole.measure(slice) * static_cast<double>(batches);
    if (train.shards > 1) figures.shared = between(before, run.trainer().shared_work(), figures.steps, network);
    figures.threads = run.trainer().threads() == nullptr ? 1 : run.trainer().threads()->size();
    if (train.shards == 1) in_parts.measure(slice, goes_on, batches, figures);
    if (probe) figures.health = seconds_of(slice / 8, [&] { probe->measure(in_parts.network()); });
    if (run.data().validation) {
      figures.validation = seconds_of(slice / 8, [&] { run.trainer().evaluate(*run.data().validation); });
    }
    turns.push_back(figures);
  }
  if (run.trainer().any_rank(!goes_on())) return std::nullopt;
  return median_of(turns);
}

}  // namespace hinge
