// Cutting a batch into blocks, and refusing targets that a loss cannot use.
#include <hinge/layers/losses/sample_block.h>

#include <algorithm>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

template <typename Scalar>
LossSums BlockLoss<Scalar>::compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                                    std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const {
  LossSums sums;
  for (std::size_t first = 0; first < output.cols; first += block_size) {
    const std::size_t count = std::min(block_size, output.cols - first);
    SampleBlock<Scalar> block;  // its weights are not set to 0 first
    block.output = output.columns(first, count);
    block.targets = targets.samples(first, count);
    block.scale = static_cast<Scalar>(scale);
    block.dz = dz.empty() ? dz : dz.columns(first, count);
    if (weights.empty()) {
      std::fill_n(block.weights.data(), count, Scalar(1));
    } else {
      std::copy_n(weights.data() + first, count, block.weights.data());
    }
    compute_block(block, sums);
  }
  return sums;
}

template class BlockLoss<float>;
template class BlockLoss<double>;

std::vector<std::string> scaled_difference(std::string_view letters, double factor, double from, double to,
                                           double value, const EquationFormat& format) {
  const std::string scale = factor == 1 ? "" : format.number(factor) + "·(";
  const char* const end = factor == 1 ? "" : ")";
  std::vector<std::string> sides = {scale + std::string(letters) + end};
  if (format.number(from) != format.number(to) || value == 0)  // 1 − 1 is not −1e-12
    sides.push_back(scale + format.fill("{} − {}", {from, to}) + end);
  sides.push_back(format.number(value));
  return sides;
}

std::string minus_log(double factor, double probability, const EquationFormat& format, double rest) {
  const std::string log = "log(" + format.share(probability, rest) + ")";
  return factor == 1 ? "−" + log : format.fill("−{}·", {factor}) + log;
}

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

void require_class_weights(std::string_view loss, const NamedNumbers& weights, std::size_t outputs) {
  if (!weights.is_list()) {
    throw ConfigError(std::string(loss) +
                      ": class_weights by name or by a rule need the classes of a run; give a list of numbers");
  }
  if (weights.list.empty() || weights.list.size() == outputs) return;
  throw ShapeError(std::string(loss) + ": " + std::to_string(weights.list.size()) +
                   " class_weights, but the network has " + std::to_string(outputs) + " outputs");
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
