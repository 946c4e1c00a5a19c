// Refusing targets that a loss cannot use.
#include <hinge/layers/losses/target_checks.h>

#include <string>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

void require_values(std::string_view loss, bool are_classes, std::size_t outputs, std::size_t target_rows) {
  if (are_classes) {
    throw DataError(std::string(loss) + " needs target values, but the data has class indices; " +
                    "use a classification loss such as softmax_cross_entropy");
  }
  if (target_rows != outputs) {
    throw ShapeError(std::string(loss) + ": the network has " + std::to_string(outputs) +
                     " outputs, but each sample has " + std::to_string(target_rows) + " target values");
  }
}

void require_classes_below(std::string_view loss, std::size_t count, std::span<const std::int32_t> classes) {
  for (const std::int32_t c : classes) {
    if (c >= 0 && static_cast<std::size_t>(c) < count) continue;
    throw DataError(std::string(loss) + ": class " + std::to_string(c) + " is outside 0 … " +
                    std::to_string(count - 1) + "; the network needs one output for each class");
  }
}

// In memory order.
template <typename Scalar>
void require_values_between(std::string_view loss, const MatrixView<const Scalar>& values, Scalar highest,
                            std::string_view wanted) {
  const bool by_rows = values.batch_contiguous();
  const MatrixView<const Scalar> lines = by_rows ? values : values.transposed();
  for (std::size_t r = 0; r < lines.rows; ++r) {
    const Scalar* line = lines.data + r * lines.row_stride;
    bool fits = true;
    for (std::size_t c = 0; c < lines.cols; ++c)
      fits &= line[c * lines.col_stride] >= 0 && line[c * lines.col_stride] <= highest;
    if (fits) continue;
    for (std::size_t c = 0; c < lines.cols; ++c) {
      if (lines(r, c) >= 0 && lines(r, c) <= highest) continue;
      throw DataError(std::string(loss) + ": target value " + to_text(static_cast<double>(lines(r, c))) +
                      " of output " + std::to_string(by_rows ? r : c) + ", must be " + std::string(wanted));
    }
  }
}

template void require_values_between<float>(std::string_view, const MatrixView<const float>&, float, std::string_view);
template void require_values_between<double>(std::string_view, const MatrixView<const double>&, double,
                                             std::string_view);

}  // namespace hinge
