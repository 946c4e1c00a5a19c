// Which epochs are due.
#include <hinge/optim/cadence.h>

namespace hinge {

bool Cadence::is_due(std::size_t epoch) const {
  if (epoch <= 1) return true;
  if (every_ > 0) return epoch % every_ == 0;
  std::size_t stride = 1;
  // Divided, not multiplied: no epoch is too large. Each bound, 1,000·stride, is a multiple of the next stride.
  while ((epoch - 1) / stride >= 1000) stride *= 2;
  return epoch % stride == 0;
}

}  // namespace hinge
