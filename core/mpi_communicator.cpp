// Ranks that MPI connects: the one file that knows it, compiled with HINGE_MPI.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include <mpi.h>

#include <hinge/core/communicator.h>

namespace hinge {

namespace {

constexpr int message_tag = 1;
constexpr int failure_tag = 2;  // a message whose first byte is the exit code
constexpr int exchange_tag = 3;

// MPI itself waits by asking again and again, which would take a processor from the training. Between two questions a thread sleeps
// for a fiftieth of the wait so far: what it waits for comes that much later at most.
class Wait {
 public:
  void nap() {
    constexpr std::chrono::microseconds shortest{500};
    constexpr std::chrono::milliseconds longest{10};
    const std::chrono::duration<double> share = (std::chrono::steady_clock::now() - start_) / 50.0;
    std::this_thread::sleep_for(std::clamp<std::chrono::duration<double>>(share, shortest, longest));
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class MpiCommunicator final : public Communicator {
 public:
  MpiCommunicator() {
    int level = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
    if (level < MPI_THREAD_SERIALIZED) throw ConfigError("MPI: this library was built without support for threads");
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  ~MpiCommunicator() override { MPI_Finalize(); }

  std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
  std::size_t size() const override { return static_cast<std::size_t>(size_); }

  void send(std::size_t to, std::string_view text) override {
    if (to != rank()) return send(static_cast<int>(to), text, message_tag);
    const std::lock_guard lock(mutex_);
    own_.push_back({to, std::string(text)});
  }

  Message receive() override {
    Wait wait;
    std::optional<Message> message;
    while (!(message = take())) wait.nap();
    return *std::move(message);
  }

  void exchange(std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs) override {
    constexpr std::size_t at_once = std::size_t{1} << 30;  // MPI counts in int
    while (!mine.empty() || !theirs.empty()) {
      const std::size_t sent = std::min(at_once, mine.size());
      const std::size_t received = std::min(at_once, theirs.size());
      exchange_part(static_cast<int>(other), mine.first(sent), theirs.first(received));
      mine = mine.subspan(sent);
      theirs = theirs.subspan(received);
    }
  }

  void fail(const std::string& why, int exit_code) override {
    if (size_ == 1) return;
    if (rank_ == 0) MPI_Abort(MPI_COMM_WORLD, exit_code);
    send(0, static_cast<char>(exit_code) + why, failure_tag);
    for (Wait wait;; wait.nap()) continue;  // until rank 0 ends all
  }

 private:
  // The next message, if it has come.
  std::optional<Message> take() {
    const std::lock_guard lock(mutex_);
    if (!own_.empty()) {
      Message message = std::move(own_.front());
      own_.pop_front();
      return message;
    }
    throw_failure();
    return arrived(message_tag);
  }

  // By tag: numbers of an exchange, which may overtake a message, are no text.
  std::optional<Message> arrived(int tag) {
    int is_there = 0;
    MPI_Status status = {};
    MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &is_there, &status);
    if (is_there == 0) return std::nullopt;
    int count = 0;
    MPI_Get_count(&status, MPI_CHAR, &count);
    std::string text(static_cast<std::size_t>(count), '\0');
    MPI_Recv(text.data(), count, MPI_CHAR, status.MPI_SOURCE, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return Message{static_cast<std::size_t>(status.MPI_SOURCE), std::move(text)};
  }

  void throw_failure() {
    if (rank_ != 0) return;
    const std::optional<Message> failure = arrived(failure_tag);
    if (!failure) return;
    throw RankError("rank " + std::to_string(failure->from) + ": " + failure->text.substr(1), failure->text[0]);
  }

  // Asks again and again, as the other rank is about to do the same; it may need this processor for that. Where a rank has failed this
  // one may wait for ever, so rank 0 looks for that.
  void exchange_part(int other, std::span<const std::byte> mine, std::span<std::byte> theirs) {
    std::array<MPI_Request, 2> requests = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    {
      const std::lock_guard lock(mutex_);
      MPI_Isend(mine.data(), static_cast<int>(mine.size()), MPI_BYTE, other, exchange_tag, MPI_COMM_WORLD,
                &requests[0]);
      MPI_Irecv(theirs.data(), static_cast<int>(theirs.size()), MPI_BYTE, other, exchange_tag, MPI_COMM_WORLD,
                &requests[1]);
    }
    constexpr int impatient = 1000;  // questions, some tenths of a millisecond
    for (int asked = 0; !are_done(requests); ++asked) {
      if (asked > impatient) std::this_thread::yield();
    }
  }

  bool are_done(std::array<MPI_Request, 2>& requests) {
    const std::lock_guard lock(mutex_);
    try {
      throw_failure();
    } catch (const RankError&) {  // what comes later must not be written where something else is by then
      MPI_Cancel(&requests[1]);
      MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
      throw;
    }
    int flag = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &flag, MPI_STATUSES_IGNORE);
    return flag != 0;
  }

  // Not MPI_Send, which may wait for its receiver: that may be waiting for another thread here.
  void send(int to, std::string_view text, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    {
      const std::lock_guard lock(mutex_);
      MPI_Isend(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, tag, MPI_COMM_WORLD, &request);
    }
    for (Wait wait; !is_done(request); wait.nap()) continue;
  }

  bool is_done(MPI_Request& request) {
    const std::lock_guard lock(mutex_);
    int flag = 0;
    MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
    return flag != 0;
  }

  int rank_ = 0;
  int size_ = 1;
  std::mutex mutex_;         // MPI_THREAD_SERIALIZED: one call at a time
  std::deque<Message> own_;  // from this rank to itself
};

// A launcher sets one of them: Open MPI's mpirun, others and Slurm through PMI, Slurm and others through PMIx. MPI_Init without a
// launcher takes most of a second.
constexpr std::array launcher_variables = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};

bool has_launcher() {
  for (const char* name : launcher_variables) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<Communicator> mpi_communicator() {
  return has_launcher() ? std::make_unique<MpiCommunicator>() : nullptr;
}

}  // namespace hinge
