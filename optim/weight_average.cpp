// Moving a mean towards each new set of weights.
#include <hinge/optim/weight_average.h>

#include <algorithm>

namespace hinge {

template <typename Scalar>
void WeightAverage<Scalar>::add(std::span<const Scalar> values) {
  total_ = decay_ * total_ + 1;
  ++count_;
  const double share = 1 / total_;
  double* mean = mean_.data();
  if (count_ == 1) {  // not mean + (value − mean), which rounds
    std::copy(values.begin(), values.end(), mean);
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) mean[i] += share * (static_cast<double>(values[i]) - mean[i]);
}

template <typename Scalar>
void WeightAverage<Scalar>::write(std::span<Scalar> values) const {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Scalar>(mean_.data()[i]);
}

template <typename Scalar>
void WeightAverage<Scalar>::reset() {
  total_ = 0;
  count_ = 0;
}

template <typename Scalar>
void WeightAverage<Scalar>::restore(std::uint64_t count, std::span<const double> mean) {
  std::copy(mean.begin(), mean.end(), mean_.data());
  total_ = 0;
  // In the order of `add`, for its bits. Once the sum stays the same, it does so for ever.
  for (std::uint64_t k = 0; k < count && total_ != decay_ * total_ + 1; ++k) total_ = decay_ * total_ + 1;
  count_ = count;
}

template class WeightAverage<float>;
template class WeightAverage<double>;

}  // namespace hinge
