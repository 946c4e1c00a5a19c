// Functions of whole arrays, by the kernels.
#include <hinge/core/vector.h>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

double sum_of_squares(std::span<const float> values) {
  return kernels::of<float>().sum_of_squares(values.data(), values.size());
}
double sum_of_squares(std::span<const double> values) {
  return kernels::of<double>().sum_of_squares(values.data(), values.size());
}

void scale(std::span<float> values, float factor) { kernels::of<float>().scale(values.data(), values.size(), factor); }
void scale(std::span<double> values, double factor) {
  kernels::of<double>().scale(values.data(), values.size(), factor);
}

}  // namespace hinge
