// Sums by recursive halving and doubling, collections by recursive doubling.
#include <hinge/optim/rank_exchange.h>

#include <algorithm>
#include <array>

#include <hinge/core/clock.h>

namespace hinge {

template <typename Scalar>
void RankExchange<Scalar>::swap_bytes(std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs) {
  const Clock::time_point start = Clock::now();
  ranks_->exchange(other, mine, theirs);
  bytes_ += mine.size();
  seconds_ += seconds_since(start);
}

// Sends to `other` and receives `count` numbers from it, which stay until the next call.
template <typename Scalar>
std::span<const Scalar> RankExchange<Scalar>::swap(std::size_t other, std::span<const Scalar> mine, std::size_t count) {
  if (incoming_.size() < count) incoming_.resize(count);
  const std::span<Scalar> theirs = std::span(incoming_).first(count);
  swap_bytes(other, std::as_bytes(mine), std::as_writable_bytes(theirs));
  return theirs;
}

template <typename Scalar>
std::uint64_t RankExchange<Scalar>::smallest(std::uint64_t mine) {
  for (std::size_t distance = 1; distance < ranks_->size(); distance *= 2) {
    const std::array here = {mine};
    std::array<std::uint64_t, 1> there = {};
    swap_bytes(ranks_->rank() ^ distance, std::as_bytes(std::span(here)), std::as_writable_bytes(std::span(there)));
    mine = std::min(mine, there[0]);
  }
  return mine;
}

template <typename Scalar>
void RankExchange<Scalar>::add(std::span<Scalar> gradient) {
  ranges_.clear();
  Range mine{0, gradient.size()};
  for (std::size_t distance = 1; distance < ranks_->size(); distance *= 2) {
    ranges_.push_back(mine);
    const std::size_t middle = mine.begin + (mine.end - mine.begin) / 2;
    const bool is_lower = (ranks_->rank() & distance) == 0;
    const Range kept = is_lower ? Range{mine.begin, middle} : Range{middle, mine.end};
    const Range given = is_lower ? Range{middle, mine.end} : Range{mine.begin, middle};
    const std::span<Scalar> sum = gradient.subspan(kept.begin, kept.end - kept.begin);
    const std::span<const Scalar> theirs =
        swap(ranks_->rank() ^ distance, gradient.subspan(given.begin, given.end - given.begin), sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = sum[i] + theirs[i];  // a + b = b + a, to the bit
    mine = kept;
  }
  collect_ranges(gradient);
}

// The way back: each pair that divided a range puts it together again.
template <typename Scalar>
void RankExchange<Scalar>::collect_ranges(std::span<Scalar> values) {
  for (std::size_t level = ranges_.size(); level-- > 0;) {
    const Range whole = ranges_[level];
    const std::size_t middle = whole.begin + (whole.end - whole.begin) / 2;
    const std::size_t distance = std::size_t{1} << level;
    const bool is_lower = (ranks_->rank() & distance) == 0;
    const std::span<Scalar> lower = values.subspan(whole.begin, middle - whole.begin);
    const std::span<Scalar> upper = values.subspan(middle, whole.end - middle);
    const std::span<Scalar> missing = is_lower ? upper : lower;
    const std::span<const Scalar> theirs = swap(ranks_->rank() ^ distance, is_lower ? lower : upper, missing.size());
    std::copy(theirs.begin(), theirs.end(), missing.begin());
  }
}

template <typename Scalar>
void RankExchange<Scalar>::collect(const MatrixView<Scalar>& matrix, std::span<const std::size_t> first) {
  const auto columns_of = [&](std::size_t rank, std::size_t count) {
    return matrix.columns(first[rank], first[rank + count] - first[rank]);
  };
  for (std::size_t distance = 1; distance < ranks_->size(); distance *= 2) {
    const std::size_t mine = ranks_->rank() / distance * distance;  // the ranks whose columns are here
    const std::size_t other = mine ^ distance;
    const MatrixView<Scalar> here = columns_of(mine, distance);
    const MatrixView<Scalar> missing = columns_of(other, distance);
    outgoing_.resize(here.size());
    copy(here, MatrixView<Scalar>::samples(outgoing_.data(), here.rows, here.cols));
    const std::span<const Scalar> theirs = swap(ranks_->rank() ^ distance, outgoing_, missing.size());
    copy(MatrixView<const Scalar>::samples(theirs.data(), missing.rows, missing.cols), missing);
  }
}

template class RankExchange<float>;
template class RankExchange<double>;

}  // namespace hinge
