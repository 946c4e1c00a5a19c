// Threads: how many the machine has, and a pool that shares work among them. No other place in Hinge starts threads.
#pragma once

#include <cstddef>
#include <memory>

#include <hinge/core/export.h>

namespace hinge {

/// The number of processors that this process may use, at least 1: on Linux those of its affinity mask (taskset,
/// cpuset), elsewhere all. A container's time quota is ignored. 1 if Hinge is built without threads
/// (HINGE_THREADS=OFF).
HINGE_API std::size_t hardware_threads();

/// Runs the shares of a task in parallel: on the calling thread, and on `size() - 1` threads of the pool.
///
/// An idle thread spins for 0.1 to 0.2 ms, which makes runs in quick succession cheap (docs/performance.md), and then
/// sleeps. A run never waits for a thread that sleeps or has lost its processor: the caller takes over every share that
/// no other thread has begun. Without threads (HINGE_THREADS=OFF) these are all shares.
///
/// Any number of threads may call `run`, also from within a share. While one run goes on, another one runs its shares
/// one after another on its calling thread.
class HINGE_API ThreadPool {
 public:
  /// Throws ConfigError for 0 threads, and std::system_error if the system cannot start that many.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Requires that no run is going on.
  ~ThreadPool();

  /// The number of shares of a run, which is the number of threads.
  std::size_t size() const;

  /// Calls task(0) … task(size() - 1), each once, and returns when all have ended. The caller runs task(0). Every other
  /// share runs on the same thread of the pool each time, unless that thread comes too late and the caller takes the
  /// share over; so a share must never wait for another one. If shares throw, all others still run to their end, and
  /// the exception of the share with the lowest index is rethrown. Allocates nothing.
  template <typename Task>
  void run(const Task& task) {
    run_shares([](const void* context, std::size_t share) { (*static_cast<const Task*>(context))(share); }, &task);
  }

 private:
  using Call = void (*)(const void* context, std::size_t share);
  struct State;

  void run_shares(Call call, const void* context);

  std::unique_ptr<State> state_;
};

/// Cuts [0, count) into one range for each thread of the pool, about equal and with borders at multiples of `grain`,
/// and calls task(begin, end) for each range that is not empty. Without a pool it calls task(0, count). The borders
/// depend on the numbers alone, so a thread gets the same range each time, and finds its data in its own cache.
template <typename Task>
void run_ranges(ThreadPool* pool, std::size_t count, std::size_t grain, const Task& task) {
  if (pool == nullptr) return task(std::size_t{0}, count);
  const std::size_t grains = count / grain + (count % grain == 0 ? 0 : 1);
  const auto border = [&](std::size_t share) {
    const std::size_t at = grains * share / pool->size() * grain;
    return at < count ? at : count;
  };
  pool->run([&](std::size_t share) {
    if (border(share) < border(share + 1)) task(border(share), border(share + 1));
  });
}

}  // namespace hinge
