// Ranks that are threads of the test.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <hinge/core/communicator.h>

class ThreadRanks {
 public:
  explicit ThreadRanks(std::size_t size) : boxes_(size) {
    for (std::size_t rank = 0; rank < size; ++rank) ranks_.push_back(std::make_unique<Rank>(*this, rank));
  }

  /// Whether rank 0 has failed: processes would be gone by then.
  bool have_ended() const { return have_ended_; }

  /// Calls work(rank) on each, with its Communicator. What rank 0 throws is thrown, and ends the others; what another one throws
  /// makes it fail.
  template <typename Work>
  void run(const Work& work) {
    std::exception_ptr error;
    std::vector<std::thread> threads;
    for (const std::unique_ptr<Rank>& rank : ranks_) {
      threads.emplace_back([&] {
        try {
          work(*rank);
        } catch (const std::exception& failure) {
          if (rank->is_first()) {
            error = std::current_exception();
            have_ended_ = true;
          }
          rank->fail(failure.what(), 1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (error) std::rethrow_exception(error);
  }

 private:
  struct Parcel {
    hinge::Communicator::Message message;
    bool is_failure;
  };

  class Rank final : public hinge::Communicator {
   public:
    Rank(ThreadRanks& all, std::size_t rank) : all_(all), rank_(rank) {}
    std::size_t rank() const override { return rank_; }
    std::size_t size() const override { return all_.boxes_.size(); }
    void send(std::size_t to, std::string_view text) override { all_.put(to, {{rank_, std::string(text)}, false}); }
    Message receive() override { return all_.take(rank_); }
    void exchange(std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs) override {
      all_.trade(rank_, other, mine, theirs);
    }
    void fail(const std::string& why, int) override {
      if (rank_ > 0) return all_.put(0, {{rank_, why}, true});
      for (std::size_t other = 1; other < size(); ++other) all_.put(other, {{0, why}, true});
    }

   private:
    ThreadRanks& all_;
    std::size_t rank_;
  };

  void put(std::size_t to, Parcel parcel) {
    const std::lock_guard lock(mutex_);
    boxes_[to].push_back(std::move(parcel));
    arrival_.notify_all();
  }

  void trade(std::size_t rank, std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs) {
    std::unique_lock lock(mutex_);
    letters_[{rank, other}].emplace_back(mine.begin(), mine.end());
    arrival_.notify_all();
    std::deque<std::vector<std::byte>>& box = letters_[{other, rank}];
    arrival_.wait(lock, [&] { return !box.empty() || have_ended_ || (rank == 0 && has_failure()); });
    if (rank == 0 && has_failure()) throw_failure(boxes_[0].front());
    if (box.empty()) throw hinge::RankError("rank " + std::to_string(other) + " is gone", 1);
    if (box.front().size() != theirs.size()) throw std::logic_error("an exchange of different sizes");
    std::copy(box.front().begin(), box.front().end(), theirs.begin());
    box.pop_front();
  }

  hinge::Communicator::Message take(std::size_t rank) {
    std::unique_lock lock(mutex_);
    arrival_.wait(lock, [&] { return !boxes_[rank].empty(); });
    const Parcel parcel = std::move(boxes_[rank].front());
    boxes_[rank].pop_front();
    if (parcel.is_failure) throw_failure(parcel);
    return parcel.message;
  }

  bool has_failure() const { return !boxes_[0].empty() && boxes_[0].front().is_failure; }
  [[noreturn]] static void throw_failure(const Parcel& parcel) {
    throw hinge::RankError("rank " + std::to_string(parcel.message.from) + ": " + parcel.message.text, 1);
  }

  std::atomic<bool> have_ended_ = false;
  std::mutex mutex_;
  std::condition_variable arrival_;
  std::vector<std::deque<Parcel>> boxes_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<std::vector<std::byte>>>
      letters_;  // of exchanges, by sender and receiver
  std::vector<std::unique_ptr<Rank>> ranks_;
};
