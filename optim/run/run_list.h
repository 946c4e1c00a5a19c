// Which runs of a study are to do, and who trains which: threads of this process, and other ranks.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/optim/run/study.h>

namespace hinge {

/// Where the threads that train get their runs from. Any number of threads.
class HINGE_API RunSource {
 public:
  explicit RunSource(const std::function<bool()>& is_interrupted) : is_interrupted_(is_interrupted) {}
  RunSource(const RunSource&) = delete;
  RunSource& operator=(const RunSource&) = delete;
  virtual ~RunSource() = default;

  /// The next run to train; none when no further one is to begin.
  virtual std::optional<std::size_t> begin() = 0;
  virtual void end(std::size_t index, StudyRecord record) = 0;
  /// After an error: no further run begins here, and those at work are interrupted.
  virtual void stop() { is_stopped_ = true; }
  bool is_interrupted() const { return is_stopped_ || (is_interrupted_ && is_interrupted_()); }

 private:
  std::function<bool()> is_interrupted_;
  std::atomic<bool> is_stopped_ = false;
};

/// All runs of a study into `path`, in their order, on rank 0. Those that have finished there are not to do. `mutex` is held while
/// an observer is called or a run begins.
class HINGE_API RunList final : public RunSource {
 public:
  RunList(const Study& study, const std::string& path, const Study::Observers& observers, Communicator& ranks,
          std::mutex& mutex)
      : RunSource(observers.is_interrupted),
        study_(study),
        path_(path),
        observers_(observers),
        ranks_(ranks),
        mutex_(mutex),
        records_(study.size()) {}

  std::optional<std::size_t> begin() override;
  void end(std::size_t index, StudyRecord record) override;
  void stop() override;
  /// Hands runs to the other ranks, until they have ended or an error stops this one.
  void serve();
  /// Of all runs that have begun. As these begin in order, none between two of them is missing.
  std::vector<StudyRecord> take_records();

 private:
  const Study& study_;
  std::string path_;
  const Study::Observers& observers_;
  Communicator& ranks_;
  std::mutex& mutex_;
  std::vector<StudyRecord> records_;
  std::size_t begun_ = 0;
};

/// The runs that rank 0 hands to this rank.
class HINGE_API DistantRuns final : public RunSource {
 public:
  /// Waits for the folder of the study on rank 0. Throws ConfigError where that is another one here.
  DistantRuns(Communicator& ranks, const std::function<bool()>& is_interrupted);

  const std::string& path() const { return path_; }
  std::optional<std::size_t> begin() override;
  void end(std::size_t index, StudyRecord record) override;
  /// Tells rank 0 that nothing more will come, and waits for the end of the study.
  void leave();

 private:
  Communicator& ranks_;
  std::string path_;
};

}  // namespace hinge
