// Threads: how many there may be, and a pool that shares work among them. The only place that starts any.
#pragma once

#include <cstddef>
#include <memory>

#include <hinge/core/export.h>

namespace hinge {

/// The processors that this process may use, at least 1: on Linux those of its affinity mask (taskset, cpuset), elsewhere
/// all. The time quota of a container is not looked at. 1 where Hinge is built without threads (HINGE_THREADS=OFF).
HINGE_API std::size_t hardware_threads();

/// Runs the parts of a task side by side: on the thread that calls, and on `size() - 1` threads of the pool.
///
/// A thread that has nothing to do watches for the next run for 0.1 to 0.2 ms, which makes runs in quick succession cheap
/// (docs/performance.md), and then sleeps. Nobody waits for a thread that sleeps or has lost its processor: the caller
/// runs the parts that no other thread has begun. Without threads (HINGE_THREADS=OFF) these are all of them.
///
/// Any number of threads may call `run`, also from within a part: while a run goes on, the parts of another one run one
/// after another on the thread that calls.
class HINGE_API ThreadPool {
 public:
  /// Throws ConfigError for 0 threads, and std::system_error where the system allows no more.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Requires that no run goes on.
  ~ThreadPool();

  /// The parts of a run.
  std::size_t size() const;

  /// Calls task(0) … task(size() - 1), each once, and returns when all have ended. task(0) is run by the caller, every other
  /// part by the same thread of the pool each time, unless that one comes too late. So a part must never wait for another.
  /// When parts throw, the others run to their end, and the exception of the first part in order is thrown again.
  /// Allocates nothing.
  template <typename Task>
  void run(const Task& task) {
    run_parts([](const void* context, std::size_t part) { (*static_cast<const Task*>(context))(part); }, &task);
  }

 private:
  using Call = void (*)(const void* context, std::size_t part);
  struct State;

  void run_parts(Call call, const void* context);

  std::unique_ptr<State> state_;
};

/// Cuts [0, count) into a range for each thread of the pool, about the same for all and with borders at multiples of `grain`,
/// and calls task(begin, end) for those that are not empty; task(0, count) without a pool. Borders follow from the numbers
/// alone, and each range is always the same thread's (as `run` says), so it finds in its cache what it left there.
template <typename Task>
void run_ranges(ThreadPool* pool, std::size_t count, std::size_t grain, const Task& task) {
  if (pool == nullptr) return task(std::size_t{0}, count);
  const std::size_t grains = count / grain + (count % grain == 0 ? 0 : 1);
  const auto border = [&](std::size_t part) {
    const std::size_t at = grains * part / pool->size() * grain;
    return at < count ? at : count;
  };
  pool->run([&](std::size_t part) {
    if (border(part) < border(part + 1)) task(border(part), border(part + 1));
  });
}

}  // namespace hinge
