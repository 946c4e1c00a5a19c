// Adding up weights.
#include <hinge/optim/weight_average.h>

#include <algorithm>

namespace hinge {

template <typename Scalar>
void WeightAverage<Scalar>::add(std::span<const Scalar> values) {
  const auto kept = static_cast<Scalar>(decay_);
  const auto fresh = static_cast<Scalar>(1 - decay_);
  Scalar* sums = sums_.data();
  for (std::size_t i = 0; i < values.size(); ++i) sums[i] = kept * sums[i] + fresh * values[i];
  remaining_ *= decay_;
  ++count_;
}

template <typename Scalar>
void WeightAverage<Scalar>::write(std::span<Scalar> values) const {
  const auto total = static_cast<Scalar>(1 - remaining_);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = sums_.data()[i] / total;
}

template <typename Scalar>
void WeightAverage<Scalar>::reset() {
  std::fill_n(sums_.data(), sums_.size(), Scalar(0));
  remaining_ = 1;
  count_ = 0;
}

template <typename Scalar>
void WeightAverage<Scalar>::restore(std::size_t count, std::span<const Scalar> sums) {
  std::copy(sums.begin(), sums.end(), sums_.data());
  remaining_ = 1;
  // Not a power: these are the bits of `add`. Once a product stays the same, all that follow do.
  for (std::size_t k = 0; k < count && remaining_ != remaining_ * decay_; ++k) remaining_ *= decay_;
  count_ = count;
}

template class WeightAverage<float>;
template class WeightAverage<double>;

}  // namespace hinge
