// Chooses the number of threads of a training step if the user leaves it open (`auto`).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/threads.h>

namespace hinge {

/// Finds by trial how many threads make steps fastest, during training: a step has the same bits with any number.
///
/// A trial compares the current number with its double or its half. It times three blocks of steps with each, in turns,
/// and compares the medians. More threads must win by a twentieth; fewer threads win if they are no slower. After a
/// trial that changes nothing comes a rest of fifty times as many steps, or four hundred times with one thread. So
/// trials cost little, and a program that takes a processor away is still noticed soon.
class HINGE_API ThreadChoice {
 public:
  /// Seconds since any moment.
  using ReadClock = std::function<double()>;

  /// Chooses from 1 to `max_threads`, and begins with 1.
  explicit ThreadChoice(std::size_t max_threads, ReadClock clock = {});

  /// The pool for the next step, null for one thread; call it before every step. It allocates when it first tries a
  /// larger number of threads. If the system cannot start them, the current number becomes the largest.
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

  std::size_t max_threads_;
  ReadClock clock_;
  std::size_t chosen_ = 1;
  std::size_t rival_ = 1;  // equal to chosen_ if no trial is going on
  bool looks_up_ = true;
  std::vector<double> chosen_times_;  // of the blocks of the trial, in seconds
  std::vector<double> rival_times_;
  std::size_t block_ = 1;  // steps in a block of a trial
  std::size_t left_ = 0;   // steps left in the block or the rest
  double start_ = 0;       // of the block
  ThreadPool* pool_ = nullptr;
  std::vector<std::unique_ptr<ThreadPool>> pools_;
};

}  // namespace hinge
