// Parts are handed out by counting: run n may begin a part whose count is n - 1, whoever gets there first.
#include <hinge/core/threads.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#ifndef HINGE_WITHOUT_THREADS
#include <thread>
#endif
#ifdef __linux__
#include <sched.h>
#endif

#include <hinge/core/error.h>

namespace hinge {

namespace {

using Count = std::atomic<std::uint32_t>;

// Tells the processor that this is a loop that waits.
void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until the count is no longer `old`: `spins` times awake, then asleep.
std::uint32_t wait_for_change(const Count& count, std::uint32_t old, int spins) {
  for (int i = 0; i < spins; ++i) {
    const std::uint32_t now = count.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  count.wait(old);
  return count.load();
}

constexpr std::size_t cache_line = 64;

// Where the runs of one part stand. Its threads write here while those of other parts write elsewhere.
struct alignas(cache_line) Part {
  Count begun = 0;  // the last run in which a thread took the part
  Count ended = 0;
  std::exception_ptr error = nullptr;
};

// All parts on one thread.
void run_in_order(std::size_t parts, void (*call)(const void*, std::size_t), const void* context) {
  std::exception_ptr first;
  for (std::size_t part = 0; part < parts; ++part) {
    try {
      call(context, part);
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

#ifndef HINGE_WITHOUT_THREADS

using Threads = std::vector<std::thread>;

template <typename Work>
void start(Threads& threads, std::size_t parts, const Work& work) {
  for (std::size_t part = 1; part < parts; ++part) threads.emplace_back(work, part);
}
void join_all(Threads& threads) {
  for (std::thread& thread : threads) thread.join();
}

#else

struct Threads {};

template <typename Work>
void start(Threads&, std::size_t, const Work&) {}
void join_all(Threads&) {}

#endif

}  // namespace

struct ThreadPool::State {
  explicit State(std::size_t size) : parts(size), spins(size <= hardware_threads() ? max_spins : 0) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    is_ending = true;
    ++runs;
    runs.notify_all();
    join_all(threads);
  }

  // What a thread of the pool does.
  void work(std::size_t part) {
    for (std::uint32_t run = 0;;) {
      run = wait_for_change(runs, run, spins);
      if (is_ending) return;
      if (run_part(part, run)) parts[part].ended.notify_one();
    }
  }

  // False when another thread has taken the part. `call` and `context` are those of this run from then on until it ends.
  bool run_part(std::size_t index, std::uint32_t run) {
    Part& part = parts[index];
    std::uint32_t before = run - 1;
    // Looks first, which leaves the line to the thread that has begun.
    if (part.begun.load(std::memory_order_relaxed) == run) return false;
    if (!part.begun.compare_exchange_strong(before, run)) return false;
    try {
      call(context, index);
    } catch (...) {
      part.error = std::current_exception();
    }
    part.ended = run;
    return true;
  }

  // Pauses of 15 to 40 ns each: more would take time from others that need the processor, fewer would let threads sleep
  // while the caller does alone what lies between two runs of a training step, and to wake them takes as long as a product.
  static constexpr int max_spins = 5000;

  // What a run begins with, in one line of the cache: to fetch one from another processor takes 50 to 500 ns.
  alignas(cache_line) Count runs = 0;
  Call call = nullptr;
  const void* context = nullptr;

  alignas(cache_line) std::vector<Part> parts;
  int spins;
  std::atomic<bool> is_busy = false;
  std::atomic<bool> is_ending = false;
  Threads threads = {};
};

std::size_t hardware_threads() {
#ifdef HINGE_WITHOUT_THREADS
  return 1;
#else
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return static_cast<std::size_t>(CPU_COUNT(&allowed));
#endif
  return std::max(1U, std::thread::hardware_concurrency());
#endif
}

ThreadPool::ThreadPool(std::size_t threads) {
  if (threads == 0) throw ConfigError("thread pool: threads = 0, must be >= 1");
  state_ = std::make_unique<State>(threads);
  start(state_->threads, threads, [state = state_.get()](std::size_t part) { state->work(part); });
}

ThreadPool::~ThreadPool() = default;

std::size_t ThreadPool::size() const { return state_->parts.size(); }

void ThreadPool::run_parts(Call call, const void* context) {
  State& state = *state_;
  if (state.is_busy.exchange(true)) return run_in_order(size(), call, context);
  state.call = call;
  state.context = context;
  const std::uint32_t run = ++state.runs;
  state.runs.notify_all();
  for (std::size_t part = 0; part < size(); ++part) state.run_part(part, run);
  std::exception_ptr first;
  for (Part& part : state.parts) {
    wait_for_change(part.ended, run - 1, state.spins);
    const std::exception_ptr error = std::exchange(part.error, nullptr);
    if (!first) first = error;
  }
  state.is_busy = false;
  if (first) std::rethrow_exception(first);
}

}  // namespace hinge
