// How many threads share a training step, where the user leaves that open.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/threads.h>

namespace hinge {

/// Finds by trial how many threads make steps fastest, while the steps go on: a step has the same bits with any number.
///
/// A trial compares the present number with its double or its half, three blocks of steps for each in turns, and goes by
/// the medians. More threads must win by a twentieth; fewer are taken as soon as they are no slower. A trial that changes
/// nothing is followed by a rest: fifty times as many steps, four hundred times where one thread goes on. So looking costs
/// little, and it is noticed soon when another program takes a processor away.
class HINGE_API ThreadChoice {
 public:
  /// Seconds since any moment.
  using ReadClock = std::function<double()>;

  /// Chooses from 1 to `most`, and begins with 1.
  explicit ThreadChoice(std::size_t most, ReadClock clock = {});

  /// To be called before every step: the pool for it, null for one thread. Allocates where it wants more threads than ever
  /// before, and takes fewer where the system gives no more.
  ThreadPool* next_step();

  /// The number that won the last trial.
  std::size_t threads() const { return chosen_; }

 private:
  void end_block();
  void end_trial();
  void rest();
  void start_trial();
  void start_block(std::size_t threads, std::size_t steps);
  std::size_t next_rival() const;
  ThreadPool* pool_of(std::size_t threads);

  std::size_t most_;
  ReadClock clock_;
  std::size_t chosen_ = 1;
  std::size_t rival_ = 1;  // the same as chosen_: no trial goes on
  bool looks_up_ = true;
  std::vector<double> chosen_times_;  // of the blocks of the trial, in seconds
  std::vector<double> rival_times_;
  std::size_t block_ = 1;  // steps in a block of a trial
  std::size_t left_ = 0;   // steps to come of the block or the rest
  double start_ = 0;       // of the block
  ThreadPool* pool_ = nullptr;
  std::vector<std::unique_ptr<ThreadPool>> pools_;
};

}  // namespace hinge
