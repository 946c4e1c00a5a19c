#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include <hinge/core/error.h>
#include <hinge/core/threads.h>

#include "support/throws.h"

using namespace hinge;

namespace {

const std::vector<std::size_t> sizes = {1, 2, 3, 7};

void sleep_for_ms(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

// Waits until `condition` holds; false when that takes longer than ten seconds.
template <typename Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < 10'000 && !condition(); ++i) sleep_for_ms(1);
  return condition();
}

}  // namespace

TEST_CASE("every part of every run is run once, and what it writes is seen by the caller and the next run") {
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    ThreadPool pool(size);
    REQUIRE(pool.size() == size);
    std::vector<std::size_t> counts(size);  // no atomics: the pool orders what parts write
    for (std::size_t run = 1; run <= 5000; ++run) {
      pool.run([&](std::size_t part) { ++counts[part]; });
      if (counts != std::vector<std::size_t>(size, run)) FAIL("wrong after run " << run);
    }
  }
}

#ifndef HINGE_WITHOUT_THREADS
TEST_CASE("parts run side by side, the first on the thread that calls, also when the others have slept") {
  ThreadPool pool(3);
  for (int run = 0; run < 20; ++run) {
    sleep_for_ms(run % 4);
    std::vector<std::thread::id> threads(3);
    std::atomic<std::size_t> begun = 0;
    std::atomic<bool> met = true;
    pool.run([&](std::size_t part) {
      threads[part] = std::this_thread::get_id();
      ++begun;
      if (!comes_true([&] { return begun == 3; })) met = false;
    });
    REQUIRE(met);
    CHECK(threads[0] == std::this_thread::get_id());
  }
}
#endif

TEST_CASE("a pool without other threads runs the parts in order") {
  ThreadPool pool(1);
  std::vector<std::size_t> parts;
  pool.run([&](std::size_t part) { parts.push_back(part); });
  CHECK(parts == std::vector<std::size_t>{0});
}

TEST_CASE("the exception of the first part in order is thrown when all have ended, and the pool goes on") {
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    ThreadPool pool(size);
    for (std::size_t first = 0; first < size; ++first) {
      std::vector<int> counts(size);
      const std::string message = error_of<std::runtime_error>([&] {
        pool.run([&](std::size_t part) {
          if (part == first) sleep_for_ms(2);  // later ones throw earlier
          ++counts[part];
          if (part >= first) throw std::runtime_error("part " + std::to_string(part));
        });
      });
      CHECK(message == "part " + std::to_string(first));
      CHECK(counts == std::vector<int>(size, 1));
    }
    std::atomic<std::size_t> parts = 0;
    pool.run([&](std::size_t) { ++parts; });
    CHECK(parts == size);
  }
}

TEST_CASE("a run from within a part and runs of several threads at once are whole, too") {
  ThreadPool pool(3);
  std::vector<std::vector<int>> counts(3, std::vector<int>(3));
  pool.run([&](std::size_t outer) {
    for (int repeat = 0; repeat < 100; ++repeat) {
      pool.run([&](std::size_t inner) { ++counts[outer][inner]; });
    }
  });
  CHECK(counts == std::vector<std::vector<int>>(3, std::vector<int>(3, 100)));
  CHECK(error_of<std::runtime_error>([&] {
          pool.run([&](std::size_t) { pool.run([](std::size_t) { throw std::runtime_error("inner"); }); });
        }) == "inner");

  std::vector<std::vector<int>> of_callers(4, std::vector<int>(3));
  std::vector<std::thread> callers;
  for (std::vector<int>& mine : of_callers) {
    callers.emplace_back([&] {
      for (int repeat = 0; repeat < 1000; ++repeat) pool.run([&](std::size_t part) { ++mine[part]; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(of_callers == std::vector<std::vector<int>>(4, std::vector<int>(3, 1000)));
}

TEST_CASE("pools come and go, also before their threads have begun") {
  std::atomic<std::size_t> parts = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    ThreadPool pool(4);
    if (repeat % 2 == 0) pool.run([&](std::size_t) { ++parts; });
  }
  CHECK(parts == 400);
}

TEST_CASE("a pool needs a thread") {
  CHECK(error_of<ConfigError>([] { ThreadPool pool(0); }) == "thread pool: threads = 0, must be >= 1");
}

TEST_CASE("threads are counted by the processors that the process may use") {
  CHECK(hardware_threads() >= 1);
#ifdef __linux__
  std::size_t pinned = 0;
  std::thread([&] {  // the mask is that of a thread
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    pinned = hardware_threads();
  })
      .join();
  CHECK(pinned == 1);
#endif
}

TEST_CASE("ranges cover all that there is once, in order of the parts, and begin at multiples of the grain") {
  for (const std::size_t size : sizes) {
    ThreadPool pool(size);
    for (const std::size_t count : {0U, 1U, 11U, 12U, 13U, 100U, 1000U}) {
      CAPTURE(size);
      CAPTURE(count);
      std::vector<std::pair<std::size_t, std::size_t>> ranges(count + 1);  // by their beginning
      run_ranges(&pool, count, 12, [&](std::size_t begin, std::size_t end) { ranges[begin] = {begin, end}; });
      std::size_t covered = 0;
      std::size_t parts = 0;
      while (covered < count) {
        CHECK(covered % 12 == 0);
        REQUIRE(ranges[covered].second > covered);
        covered = ranges[covered].second;
        ++parts;
      }
      CHECK(covered == count);
      CHECK(parts == std::min(size, (count + 11) / 12));
    }
  }
}

TEST_CASE("without a pool there is one range, also of nothing") {
  for (const std::size_t count : {0U, 5U}) {
    std::vector<std::size_t> seen;
    run_ranges(nullptr, count, 4, [&](std::size_t begin, std::size_t end) { seen.insert(seen.end(), {begin, end}); });
    CHECK(seen == std::vector<std::size_t>{0, count});
  }
}
