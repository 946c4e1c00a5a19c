// The thread pool. A share is claimed by compare-and-swap: run n sets its count from n - 1 to n, and whoever succeeds
// runs it.
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

// Tells the processor that this loop only waits, so that it saves power and leaves resources to its twin.
void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waits until the count differs from `old`: first spinning `spins` times, then asleep.
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

// The state of one share, in a cache line of its own: threads that write to different shares do not disturb each other.
struct alignas(cache_line) Share {
  Count begun = 0;  // the last run in which a thread claimed the share
  Count ended = 0;
  std::exception_ptr error = nullptr;
};

// All shares on the calling thread.
void run_in_order(std::size_t shares, void (*call)(const void*, std::size_t), const void* context) {
  std::exception_ptr first;
  for (std::size_t share = 0; share < shares; ++share) {
    try {
      call(context, share);
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace

struct ThreadPool::State {
  explicit State(std::size_t size) : shares(size), spins(size <= hardware_threads() ? max_spins : 0) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    is_ending = true;
    ++runs;
    runs.notify_all();
#ifndef HINGE_WITHOUT_THREADS
    for (std::thread& thread : threads) thread.join();
#endif
  }

  // The loop of a thread of the pool.
  void work(std::size_t share) {
    for (std::uint32_t run = 0;;) {
      run = wait_for_change(runs, run, spins);
      if (is_ending) return;
      if (run_share(share, run)) shares[share].ended.notify_one();
    }
  }

  // Returns false if another thread has claimed the share. A thread that is late by whole runs fails here too, because
  // the count is no longer run - 1. Once the claim succeeds, `call` and `context` stay those of this run until the
  // share ends.
  bool run_share(std::size_t index, std::uint32_t run) {
    Share& share = shares[index];
    std::uint32_t before = run - 1;
    // A load before the exchange: a failed exchange would take the cache line away from the thread that works on it.
    if (share.begun.load(std::memory_order_relaxed) == run) return false;
    if (!share.begun.compare_exchange_strong(before, run)) return false;
    try {
      call(context, index);
    } catch (...) {
      share.error = std::current_exception();
    }
    share.ended = run;
    return true;
  }

  // A pause takes 15 to 40 ns. With more of them the pool would take time from other programs. With fewer, threads
  // would fall asleep during the serial work between two runs of a training step, and waking them takes as long as a
  // product.
  static constexpr int max_spins = 5000;

  // All that a thread needs to begin a run, in one cache line: fetching a line from another processor takes 50 to 500
  // ns.
  alignas(cache_line) Count runs = 0;
  Call call = nullptr;
  const void* context = nullptr;

  alignas(cache_line) std::vector<Share> shares;
  int spins;
  std::atomic<bool> is_busy = false;
  std::atomic<bool> is_ending = false;
#ifndef HINGE_WITHOUT_THREADS
  std::vector<std::thread> threads = {};
#endif
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
#ifndef HINGE_WITHOUT_THREADS
  for (std::size_t share = 1; share < threads; ++share) state_->threads.emplace_back(&State::work, state_.get(), share);
#endif
}

ThreadPool::~ThreadPool() = default;

std::size_t ThreadPool::size() const { return state_->shares.size(); }

void ThreadPool::run_shares(Call call, const void* context) {
  State& state = *state_;
  if (state.is_busy.exchange(true)) return run_in_order(size(), call, context);
  state.call = call;
  state.context = context;
  const std::uint32_t run = ++state.runs;
  state.runs.notify_all();
  for (std::size_t share = 0; share < size(); ++share) state.run_share(share, run);
  std::exception_ptr first;
  for (Share& share : state.shares) {
    wait_for_change(share.ended, run - 1, state.spins);
    const std::exception_ptr error = std::exchange(share.error, nullptr);
    if (!first) first = error;
  }
  state.is_busy = false;
  if (first) std::rethrow_exception(first);
}

}  // namespace hinge
