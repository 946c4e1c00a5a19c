// Shuffling a data set and gathering its samples into batches.
#include <hinge/data/batch_source.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <span>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/shards.h>

namespace hinge {

namespace {

std::string shape_text(std::size_t features, std::size_t target_rows, bool weighted) {
  return std::to_string(features) + " features, " +
         (target_rows == 0 ? "classes" : std::to_string(target_rows) + " target values") +
         (weighted ? " and weights" : " and no weights");
}

// to(·, i) = from(·, samples[i]). Reads along samples and writes along the batch, so it transposes.
template <typename Scalar>
void gather_columns(MatrixView<const Scalar> from, std::span<const std::size_t> samples, MatrixView<Scalar> to) {
  assert(from.sample_contiguous() && to.batch_contiguous());
  kernels::of<Scalar>().gather(from.data, from.col_stride, samples.data(), samples.size(), from.rows, to.data,
                               to.row_stride);
}

template <typename Element>
void gather_elements(std::span<const Element> from, std::span<const std::size_t> samples, std::span<Element> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[samples[i]];
}

// Asks for samples that will be gathered in a while, where they come from far: shuffled ones lie anywhere in memory. Of large
// ones the processor itself sees soon enough where they go on, and they would fill the cache. Inlined early, or GCC would take
// this for a function without an effect and leave its calls out.
template <typename Scalar>
[[gnu::always_inline]] inline void prefetch_columns(MatrixView<const Scalar> from,
                                                    std::span<const std::size_t> samples) {
  constexpr std::size_t line = 64;
  constexpr std::size_t second_level_cache = 1 << 20;
  constexpr std::size_t first_level_cache = 32768;
  const std::size_t bytes = from.rows * sizeof(Scalar);
  if (bytes * from.cols <= second_level_cache || bytes * samples.size() > first_level_cache) return;
  for (const std::size_t i : samples) {
    const auto* const sample = reinterpret_cast<const char*>(from.data + i * from.col_stride);
    for (std::size_t b = 0; b < bytes; b += line) __builtin_prefetch(sample + b);
    __builtin_prefetch(sample + bytes - 1);  // a sample may begin within a line
  }
}

}  // namespace

template <typename Scalar>
void BatchSource<Scalar>::check_batch(const Batch<Scalar>& batch) const {
  const bool fits = batch.features() == features() && batch.target_rows() == target_rows() &&
                    batch.has_weights() == has_weights() && batch.capacity() > 0;
  if (fits) return;
  throw ShapeError("a batch of " + shape_text(batch.features(), batch.target_rows(), batch.has_weights()) +
                   " with room for " + std::to_string(batch.capacity()) + " samples, but the source gives " +
                   shape_text(features(), target_rows(), has_weights()) + "; make the batch with make_batch()");
}

template <typename Scalar>
void BatchSource<Scalar>::start_sharded_epoch(std::size_t shards, std::span<const RandomStream> orders) {
  if (shards > 1) {
    throw ConfigError("shards = " + std::to_string(shards) + ", but these samples come in one order: must be 1");
  }
  start_epoch(orders.empty() ? std::nullopt : std::optional(orders.front()));
}

template <typename Scalar>
DatasetBatches<Scalar>::DatasetBatches(const Dataset<Scalar>& data) : data_(&data), order_(data.size()) {
  start_epoch(std::nullopt);
}

template <typename Scalar>
void DatasetBatches<Scalar>::start_epoch(std::optional<RandomStream> order) {
  // From 0 … n − 1 each time, not from the last epoch's order: so a resumed run needs to know the epoch only.
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (order) shuffle(order_, *order);
  position_ = 0;
  shards_ = 1;
}

template <typename Scalar>
void DatasetBatches<Scalar>::start_sharded_epoch(std::size_t shards, std::span<const RandomStream> orders) {
  start_epoch(shards > 1 || orders.empty() ? std::nullopt : std::optional(orders.front()));
  shards_ = shards;
  if (shards == 1 || orders.empty()) return;
  for (std::size_t s = 0; s < shards; ++s) {
    std::vector<std::size_t>& samples = batch_;
    samples.clear();
    for (std::size_t i = s; i < order_.size(); i += shards) samples.push_back(i);
    shuffle(samples, orders[s]);
    for (std::size_t k = 0; k < samples.size(); ++k) order_[s + k * shards] = samples[k];
  }
}

// The samples from `first` on, those of a shard side by side.
template <typename Scalar>
std::span<const std::size_t> DatasetBatches<Scalar>::samples_of_batch(std::size_t first, std::size_t size) {
  if (shards_ == 1) return std::span<const std::size_t>(order_).subspan(first, size);
  const Shards batch{shards_, first, size};
  batch_.clear();
  for (std::size_t s = 0; s < shards_; ++s) {
    for (std::size_t k = 0; k < batch.size_of(s); ++k) batch_.push_back(order_[batch.sample(s, k)]);
  }
  return batch_;
}

template <typename Scalar>
std::size_t DatasetBatches<Scalar>::next(Batch<Scalar>& batch) {
  this->check_batch(batch);
  if (data_->size() != order_.size()) {
    throw ShapeError("the data set has " + std::to_string(data_->size()) + " samples, but had " +
                     std::to_string(order_.size()) + " when its batches were made");
  }
  batch.set_size(std::min(batch.capacity(), order_.size() - position_));
  const std::span<const std::size_t> samples = samples_of_batch(position_, batch.size());
  gather_columns(data_->inputs(), samples, batch.inputs());
  gather_columns(data_->values(), samples, batch.values());
  gather_elements(data_->classes(), samples, batch.classes());
  gather_elements(data_->weights(), samples, batch.weights());
  position_ += batch.size();
  const std::size_t coming = std::min(batch.capacity(), order_.size() - position_);
  const auto next_samples = std::span<const std::size_t>(order_).subspan(position_, coming);
  prefetch_columns(data_->inputs(), next_samples);
  prefetch_columns(data_->values(), next_samples);
  return batch.size();
}

template class BatchSource<float>;
template class BatchSource<double>;
template class DatasetBatches<float>;
template class DatasetBatches<double>;

}  // namespace hinge
