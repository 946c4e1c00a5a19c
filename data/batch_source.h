// Where batches come from: any number of samples, in memory or not.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/random.h>
#include <hinge/data/dataset.h>

namespace hinge {

/// A sequence of samples, handed out in batches, epoch after epoch:
///
///     Batch<float> batch = source.make_batch(32);
///     source.start_epoch(RandomStream(seed, Purpose::shuffle, 0, epoch));
///     while (source.next(batch) > 0) trainer.step(batch.inputs(), batch.targets());
///
/// The samples need not fit in memory: only the current batch must. A source that reads files keeps an open file and a
/// window of samples, shuffles that window (and the order of its files) with the stream, and gives the same order for
/// the same stream; `size` may then be what a header or an index says. One thread at a time.
template <typename Scalar>
class HINGE_API BatchSource {
 public:
  BatchSource() = default;
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;
  virtual ~BatchSource() = default;

  /// The number of input values of a sample.
  virtual std::size_t features() const = 0;
  /// The number of target values of a sample; 0 means class indices.
  virtual std::size_t target_rows() const = 0;
  /// Whether every batch carries a weight for each sample.
  virtual bool has_weights() const { return false; }
  /// The number of samples that one epoch hands out.
  virtual std::size_t size() const = 0;
  /// Whether every epoch hands out the same samples with the same values, in whatever order. Only then can it be said of
  /// a dead unit of the first layer that it stays dead.
  virtual bool is_fixed() const { return false; }

  /// Goes back to the first sample. The order of the epoch depends on `order` alone, not on the epochs before it;
  /// without one the samples come in their own order, as an evaluation wants them.
  virtual void start_epoch(std::optional<RandomStream> order) = 0;

  /// The same for samples in `shards` shards, a power of 2: sample i belongs to shard i mod `shards`, and each shard has an order of
  /// its own, by its own stream of `orders`; without streams the samples come in their own order. The epoch takes a sample of each
  /// shard in turn, and `next` puts the samples of a shard side by side, those of the first shard first. One shard is as above.
  /// Throws ConfigError where the source cannot be divided: all that does not say otherwise.
  virtual void start_sharded_epoch(std::size_t shards, std::span<const RandomStream> orders);

  /// Fills the batch with the next samples of the epoch, up to its capacity, sets its size and returns it; 0 at the
  /// end. Only the last batch of an epoch is short. Throws ShapeError when the batch was made for other samples, and
  /// what reading can throw; after that, start a new epoch.
  virtual std::size_t next(Batch<Scalar>& batch) = 0;

  /// A batch that fits this source.
  Batch<Scalar> make_batch(std::size_t capacity) const {
    return Batch<Scalar>(features(), target_rows(), capacity, has_weights());
  }

 protected:
  /// Throws ShapeError with both sizes unless the batch is one that make_batch could have made.
  void check_batch(const Batch<Scalar>& batch) const;
};

/// The batches of a data set. Shuffles the samples anew for each epoch and copies them into the batch, transposed.
/// The data set must outlive this object and keep its size (else `next` throws ShapeError); its values may change between
/// epochs.
/// Allocates when it is made, and never again. A new object stands at the start of an epoch in the data's own order.
template <typename Scalar>
class HINGE_API DatasetBatches final : public BatchSource<Scalar> {
 public:
  explicit DatasetBatches(const Dataset<Scalar>& data);
  explicit DatasetBatches(const Dataset<Scalar>&&) = delete;  // would not outlive this object

  std::size_t features() const override { return data_->features(); }
  std::size_t target_rows() const override { return data_->target_rows(); }
  bool has_weights() const override { return data_->has_weights(); }
  std::size_t size() const override { return data_->size(); }
  bool is_fixed() const override { return true; }

  void start_epoch(std::optional<RandomStream> order) override;
  void start_sharded_epoch(std::size_t shards, std::span<const RandomStream> orders) override;
  std::size_t next(Batch<Scalar>& batch) override;

 private:
  std::span<const std::size_t> samples_of_batch(std::size_t first, std::size_t size);

  const Dataset<Scalar>* data_;
  std::size_t shards_ = 1;
  std::vector<std::size_t> order_;  // the samples of this epoch
  std::vector<std::size_t> batch_;  // of several shards, in the order of the batch
  std::size_t position_ = 0;        // how many of them were handed out
};

extern template class HINGE_API BatchSource<float>;
extern template class HINGE_API BatchSource<double>;
extern template class HINGE_API DatasetBatches<float>;
extern template class HINGE_API DatasetBatches<double>;

}  // namespace hinge
