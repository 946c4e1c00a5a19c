// The error of a batch that is too small.
#include <hinge/core/batch.h>

#include <string>

#include <hinge/core/error.h>

namespace hinge {

void fail_batch_size(std::size_t size, std::size_t capacity) {
  throw ShapeError("set_size: " + std::to_string(size) + " samples, but the batch has room for " +
                   std::to_string(capacity));
}

}  // namespace hinge
