// Timed trials of one number of threads against another.
#include <hinge/core/threads.h>
#include <hinge/optim/thread_choice.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace hinge {

namespace {

constexpr std::size_t blocks = 3;  // of each number in a trial
constexpr double shortest_block = 200e-6;
// The length of a rest, in trials. If one thread won, more are usually much slower, and trying them often would cost 7
// to 9 %. If more won, another program may take one of the processors, which shorter rests notice sooner.
constexpr std::size_t rest_trials_of_one = 400;
constexpr std::size_t rest_trials = 50;
constexpr std::size_t first_steps = 10;  // not timed: they touch their memory for the first time

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median_time(std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

ThreadChoice::ThreadChoice(std::size_t max_threads, ReadClock clock)
    : max_threads_(max_threads), clock_(clock ? std::move(clock) : ReadClock(steady_seconds)), left_(first_steps) {
  chosen_times_.reserve(blocks);
  rival_times_.reserve(blocks);
}

ThreadPool* ThreadChoice::next_step() {
  if (max_threads_ <= 1) return nullptr;
  if (left_ == 0) end_block();
  --left_;
  return pool_;
}

void ThreadChoice::end_block() {
  if (rival_ == chosen_) return start_trial();
  const double seconds = clock_() - start_;
  if (seconds < shortest_block && chosen_times_.empty()) {  // too short to time
    block_ *= 2;
    return start_block(chosen_, block_);
  }
  const bool is_rivals = chosen_times_.size() > rival_times_.size();
  (is_rivals ? rival_times_ : chosen_times_).push_back(seconds);
  if (rival_times_.size() == blocks) return end_trial();
  start_block(is_rivals ? chosen_ : rival_, block_);
}

void ThreadChoice::start_trial() {
  rival_ = next_rival();
  if (rival_ == chosen_) {
    looks_up_ = !looks_up_;
    rival_ = next_rival();
  }
  try {
    pool_of(rival_);
  } catch (const std::system_error&) {
    max_threads_ = chosen_;
    return rest();
  }
  chosen_times_.clear();
  rival_times_.clear();
  start_block(chosen_, block_);
}

void ThreadChoice::end_trial() {
  const double now = median_time(chosen_times_);
  const double then = median_time(rival_times_);
  // Equal times favour fewer threads, which leave processors to others.
  const bool rival_wins = looks_up_ ? then < 0.95 * now : then <= now;
  if (!rival_wins) {
    looks_up_ = !looks_up_;
    return rest();
  }
  chosen_ = rival_;
  if (next_rival() != chosen_) return start_trial();
  looks_up_ = !looks_up_;
  rest();
}

void ThreadChoice::rest() {
  rival_ = chosen_;
  const std::size_t trials = chosen_ == 1 ? rest_trials_of_one : rest_trials;
  start_block(chosen_, trials * 2 * blocks * block_);
}

void ThreadChoice::start_block(std::size_t threads, std::size_t steps) {
  pool_ = pool_of(threads);
  left_ = steps;
  start_ = clock_();
}

// The next number in the direction of the trial, or the current number if there is none.
std::size_t ThreadChoice::next_rival() const {
  return looks_up_ ? std::min(2 * chosen_, max_threads_) : std::max<std::size_t>(chosen_ / 2, 1);
}

ThreadPool* ThreadChoice::pool_of(std::size_t threads) {
  if (threads == 1) return nullptr;
  for (const auto& pool : pools_) {
    if (pool->size() == threads) return pool.get();
  }
  return pools_.emplace_back(std::make_unique<ThreadPool>(threads)).get();
}

}  // namespace hinge
