// The benchmark: how fast a config trains on this machine, and where the time goes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/layers/network.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

namespace hinge {

/// GFLOP/s of one thread in independent multiply-adds of floats in registers, with the instruction set in use
/// (`instruction_set`). A multiply-add counts as two operations. Each call measures anew, for about 3 ms, and takes the
/// best of 20 runs, which other programs disturb least. Throws as `instruction_set` does.
HINGE_API double peak_gflops();

/// Floating-point operations that the products of dense layers need for one sample in training. A layer of w weights
/// takes 2·w forward, 2·w for the gradient of its weights unless they are not trained, and 2·w for that of its inputs
/// where a layer before it learns.
template <typename Scalar>
HINGE_API std::size_t training_operations(const Network<Scalar>& network);

struct BenchmarkOptions {
  double seconds = 2;                  ///< about how long to measure; one step of each kind is always taken
  std::function<bool()> goes_on = {};  ///< asked now and then; false ends the benchmark without a result
};

/// How the steps of a config with several shards are shared among ranks (core/communicator.h), as this rank saw it.
struct SharedSteps {
  std::size_t ranks = 1;
  std::size_t shards = 1;
  double own_shards = 0;  ///< forward, loss and backward of this rank's shards, in seconds of an epoch
  double exchange = 0;    ///< sending, receiving, and waiting for others, in seconds of an epoch
  double bytes_per_step = 0;
  double latency =
      0;  ///< of the shortest messages, in seconds: the mean over the ranks that talk; 0 on one rank, as the next
  double bandwidth =
      0;  ///< bytes a second, of long messages in both directions at once, with the rank where it is least
};

/// What an epoch takes, in seconds. A step is one of the optimiser: `accumulate` batches.
struct Benchmark {
  std::size_t samples = 0;     ///< of an epoch
  std::size_t batch_size = 0;  ///< at most `samples`
  std::size_t threads = 1;     ///< that shared the last steps
  std::size_t accumulate = 1;  ///< batches of a step
  std::size_t steps = 0;       ///< of an epoch
  std::size_t parameters = 0;
  std::size_t operations = 0;  ///< of a sample: see training_operations
  double peak_gflops = 0;      ///< of one thread; see the function of that name
  double training = 0;         ///< all steps, as in the epochs of `Run::train`: the sum of the next six
  double gather = 0;           ///< the order of the samples, and copying them into batches
  double forward = 0;
  double loss = 0;  ///< its value, ∂L/∂output, and the metrics
  double backward = 0;
  double update = 0;                      ///< the optimiser, and the mean of the weights where the config has one
  double other = 0;                       ///< checks, observers, clipping, scaling what several batches added up
  std::optional<double> health = {};      ///< the probe at the end of an epoch; none without one
  std::optional<double> validation = {};  ///< none without such samples
  std::size_t outputs = 0;                ///< of the network
  /// With several shards; then `training` is these and `other`, and the five parts before it are 0.
  std::optional<SharedSteps> shared = {};

  double epoch() const { return training + health.value_or(0) + validation.value_or(0); }
  double samples_per_second() const { return static_cast<double>(samples) / training; }
  double gflops() const { return 1e-9 * static_cast<double>(operations) * samples_per_second(); }
  std::size_t ranks() const { return shared ? shared->ranks : 1; }
  /// Of what all threads of all ranks could do, if each had a core of its own.
  double share_of_peak() const { return gflops() / (peak_gflops * static_cast<double>(threads * ranks())); }
};

/// What a step would take on so many ranks, in seconds.
struct RankEstimate {
  std::size_t ranks;
  double step;
};

/// An estimate for 1, 2, 4, … ranks up to the number of shards, from what was measured on R ≥ 2. With latency λ and bandwidth β the
/// messages of a step of a batches on N ranks would take
///   m(N) = (3·a + 1)·log₂ N·λ + a·(1 − 1/N)·(2·4·parameters + 4·outputs·batch)/β,
/// and the step, with own shards s, exchange x and the rest r as measured,
///   r + s·R/N + m(N)·x/m(R),
/// which for R is what was measured: waiting for slower ranks is taken to grow as the messages do.
HINGE_API std::vector<RankEstimate> estimate_ranks(const Benchmark& measured);

/// Measures what the config describes. In turns: `Run::train` as a whole, hardly looking at the clock, always from the
/// first weights; then the parts of a step one after another, on a copy of the network, with a look at the clock after
/// each, whose own cost is taken off; then the probe and the validation. A figure is the median of the turns. Leaves no
/// files. Nothing when `goes_on` answered false. Throws what training throws. With several shards not the parts of a step are
/// measured but how `ranks`, which all call this, share it.
HINGE_API std::optional<Benchmark> benchmark(LoadedConfig loaded, const BenchmarkOptions& options = {},
                                             Communicator& ranks = single_process());

}  // namespace hinge
