// A process that is alone.
#include <hinge/core/communicator.h>

namespace hinge {

namespace {

class SingleProcess final : public Communicator {
 public:
  std::size_t rank() const override { return 0; }
  std::size_t size() const override { return 1; }
  void send(std::size_t, std::string_view) override { fail_alone(); }
  Message receive() override { fail_alone(); }
  void exchange(std::size_t, std::span<const std::byte>, std::span<std::byte>) override { fail_alone(); }
  void fail(const std::string&, int) override {}

 private:
  [[noreturn]] static void fail_alone() { throw ConfigError("communicator: this process is the only rank"); }
};

}  // namespace

Communicator& single_process() {
  static SingleProcess alone;
  return alone;
}

#ifndef HINGE_MPI
std::unique_ptr<Communicator> mpi_communicator() { return nullptr; }
#endif

}  // namespace hinge
