// How the samples of an epoch and of a batch are divided into shards.
#pragma once

#include <cstddef>

namespace hinge {

/// The samples of an epoch, numbered from 0 in their order, belong to S shards in turn: sample q to shard q mod S. This is a batch of
/// them, `size` samples from `first` on, in which those of shard 0 come first, then those of shard 1, …: of each shard ⌈size/S⌉ or
/// ⌊size/S⌋. With one shard it is the batch as it comes.
struct Shards {
  std::size_t count = 1;  ///< S, a power of 2
  std::size_t first = 0;
  std::size_t size = 0;

  /// The samples of `shard` in the batch.
  std::size_t size_of(std::size_t shard) const {
    const std::size_t before = distance_to(shard);
    return before < size ? (size - before - 1) / count + 1 : 0;
  }
  /// The number in the epoch of sample k of these.
  std::size_t sample(std::size_t shard, std::size_t k) const { return first + distance_to(shard) + k * count; }

 private:
  std::size_t distance_to(std::size_t shard) const { return (shard + count - first % count) % count; }
};

}  // namespace hinge
