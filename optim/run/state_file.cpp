// States of training as tensors.
#include <hinge/optim/run/state_file.h>

#include <hinge/core/io/file.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/optim/step.h>

namespace hinge {

namespace {

constexpr const char* kind_of_file = "training state 2";

}  // namespace

void save_state(const std::string& path, const TrainingState<float>& state) {
  StateArchive archive;
  TrainingState<float> copy = state;  // one function lists it for both directions
  list_state(archive, copy);
  write_file(path, archive.bytes(kind_of_file));
}

TrainingState<float> load_state(const std::string& path) {
  StateArchive archive(read_file(path), path, kind_of_file);
  TrainingState<float> state;
  list_state(archive, state);
  archive.require_all_read();
  return state;
}

}  // namespace hinge
