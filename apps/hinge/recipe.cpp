// Its figures were measured on many tables: with them a network is about as good as the better of scikit-learn's MLP and linear
// model.
#include "recipe.h"

#include <algorithm>
#include <cmath>

namespace hinge_command {

Recipe::Recipe(std::size_t rows_read, std::size_t inputs, bool learns_values, double test)
    : rows(std::max(1.0, std::floor(static_cast<double>(rows_read) * (1 - test)))), has_values(learns_values) {
  is_wide = rows < 20 * static_cast<double>(inputs);
  validation = rows_read < 30 ? 0 : has_values || is_wide ? 0.15 : 0.1;
  units = is_wide || has_values ? 64 : 128;
  dropout = has_values ? (is_wide ? 0.4 : 0.1) : (is_wide ? 0.5 : 0.3);
  learning_rate = has_values ? 0.003 : 0.001;
  weight_decay = (has_values ? (is_wide ? 4 : 2) : (is_wide ? 7 : 1.5)) / rows;
  batch_size = rows <= 5000 ? 32 : rows <= 100000 ? 64 : 256;
  const double batch = static_cast<double>(batch_size);
  steps = static_cast<std::size_t>(std::ceil(rows * (1 - validation) / batch));
  const auto share = [&](double count) {
    return static_cast<std::size_t>(std::ceil(count / static_cast<double>(steps)));
  };
  const double passes = rows <= 100000 ? 100 : 20;
  epochs = share(std::max(5000.0, passes * rows / batch));
  patience = std::max<std::size_t>(10, share(1000));
}

}  // namespace hinge_command
