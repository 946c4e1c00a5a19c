// The figures of the recipe.
#include "recipe.h"

#include <algorithm>
#include <cmath>

namespace hinge_command {

namespace {

// A row tells more where there are many classes, so the weights need less of a prior; and where rows are few for the inputs,
// one hidden layer comes closer to the linear model, which is hard to beat there.
RecipeShape shape_of(std::size_t classes, bool is_wide) {
  constexpr std::size_t few_classes = 3;
  if (classes == 0) {
    return is_wide ? RecipeShape{1, 64, 0.4, 4, 0.003, 0.15} : RecipeShape{2, 64, 0.1, 2, 0.003, 0.15};
  }
  if (classes > few_classes) {
    return is_wide ? RecipeShape{2, 64, 0.3, 4, 0.001, 0.15} : RecipeShape{2, 128, 0.3, 1.5, 0.001, 0.1};
  }
  return is_wide ? RecipeShape{1, 64, 0.5, 10, 0.001, 0.2} : RecipeShape{2, 128, 0.4, 3, 0.001, 0.15};
}

}  // namespace

Recipe::Recipe(std::size_t rows_read, std::size_t inputs, std::size_t classes, double test)
    : rows(std::max(1.0, std::floor(static_cast<double>(rows_read) * (1 - test)))),
      is_wide(rows < 20 * static_cast<double>(inputs)),
      has_values(classes == 0),
      shape(shape_of(classes, is_wide)) {
  if (rows_read < 30) shape.validation = 0;
  batch_size = rows <= 5000 ? 32 : rows <= 100000 ? 64 : 256;
  const double batch = static_cast<double>(batch_size);
  steps = static_cast<std::size_t>(std::ceil(rows * (1 - shape.validation) / batch));
  const auto share = [&](double count) {
    return static_cast<std::size_t>(std::ceil(count / static_cast<double>(steps)));
  };
  const double passes = rows <= 100000 ? 100 : 20;
  epochs = share(std::max(5000.0, passes * rows / batch));
  patience = std::max<std::size_t>(10, share(1000));
}

}  // namespace hinge_command
