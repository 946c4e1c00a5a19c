// Processes that work on one thing together, on one machine or on many.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <hinge/core/error.h>
#include <hinge/core/export.h>

namespace hinge {

/// Another rank could not go on. The message says which, and why.
class HINGE_API RankError : public Error {
 public:
  RankError(const std::string& message, int exit_code) : Error(message), exit_code_(exit_code) {}

  /// What that process would have ended with, alone.
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

/// The processes ("ranks") that a launcher such as mpirun starts from one command. Rank 0 leads. Any number of threads.
class HINGE_API Communicator {
 public:
  Communicator() = default;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  virtual ~Communicator() = default;

  virtual std::size_t rank() const = 0;  ///< of this process, below size()
  virtual std::size_t size() const = 0;

  struct Message {
    std::size_t from;
    std::string text;
  };
  /// Sends to a rank, which may be this one. May wait until that one receives.
  virtual void send(std::size_t to, std::string_view text) = 0;
  /// The next message, from any rank; those of one rank come in the order in which they were sent. Sleeps while it waits. Throws
  /// RankError on rank 0 where another rank has called `fail`.
  virtual Message receive() = 0;

  /// Sends `mine` to another rank, which calls this too, and receives what that sends into `theirs`, of the right size. Waits
  /// without sleep: for ranks that work in step. Throws RankError as `receive` does.
  virtual void exchange(std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs) = 0;

  /// Ends all ranks because of an error: rank 0 at once, which has said why; another one by way of rank 0, whose `receive` or
  /// `exchange` throws a RankError then. Returns only where this process is alone.
  virtual void fail(const std::string& why, int exit_code) = 0;

  bool is_first() const { return rank() == 0; }
};

/// A process that is alone: rank 0 of 1.
HINGE_API Communicator& single_process();

/// The ranks of MPI, where Hinge was built with HINGE_MPI and a launcher started this process; else null. Once in a process. The
/// object ends MPI.
HINGE_API std::unique_ptr<Communicator> mpi_communicator();

}  // namespace hinge
