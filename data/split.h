// Training, validation and test parts of a data set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <hinge/data/dataset.h>

namespace hinge {

/// Two data sets without a sample in common. In each the samples keep their order.
template <typename Scalar>
struct Split {
  Dataset<Scalar> train;
  Dataset<Scalar> test;
};

/// Three data sets without a sample in common.
template <typename Scalar>
struct Parts {
  Dataset<Scalar> train;
  Dataset<Scalar> validation;
  Dataset<Scalar> test;
};

/// Draws about `test_fraction` of the samples at random for the test part. The same seed gives the same parts.
///
/// In classification the parts keep the proportions of the classes. The size of the test part, test_fraction·n rounded,
/// is divided among the classes by largest remainder [Hamilton's method]. A class of at least two samples has at least
/// one in each part, even if that changes the size. A class of one sample goes to the training part. Regression has no
/// classes and draws from all samples. Throws ConfigError unless 0 < test_fraction < 1, DataError if a part would be
/// empty.
template <typename Scalar>
HINGE_API Split<Scalar> split_stratified(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed);

/// Two stratified draws: first the test part, whose samples do not depend on `validation_fraction`, then about
/// `validation_fraction` of all samples from the rest. The draws are independent; calling split_stratified twice with
/// one seed would correlate them.
/// Throws ConfigError unless both fractions are above 0 and their sum is below 1, DataError if a part would be empty.
template <typename Scalar>
HINGE_API Parts<Scalar> split_in_three(const Dataset<Scalar>& data, double validation_fraction, double test_fraction,
                                       std::uint64_t seed);

/// Puts sample i into the test part if i mod every = offset. It draws nothing, so any other program can make the same
/// split. Throws ConfigError unless every ≥ 2 and offset < every, DataError if a part would be empty.
template <typename Scalar>
HINGE_API Split<Scalar> split_every(const Dataset<Scalar>& data, std::size_t every, std::size_t offset = 0);

// The same on indices, for samples of any kind. Each function returns the indices of the part in ascending order; the part,
// or what it leaves, may be empty. Equal arguments give equal parts.

/// What samples are divided by. With groups, all samples of a group are in one part. Else with classes, each part keeps
/// their proportions. Else every sample is drawn alike.
struct SampleKeys {
  std::size_t count = 0;
  std::span<const std::int32_t> classes = {};  ///< of each sample, ≥ 0; or none
  std::span<const double> groups = {};         ///< of each sample, equal numbers for equal groups; or none
};

/// About `fraction` of the samples at random: of classes as split_stratified divides them, of groups those that, in a random
/// order, bring the part nearer to its size. Requires 0 < fraction < 1.
HINGE_API std::vector<std::size_t> draw_part(const SampleKeys& samples, double fraction, std::uint64_t seed);

/// One of the `folds` parts, equal in size to within 1, that the samples are dealt out to at random. The samples of a class
/// are equally many in each to within 1. Groups are dealt out from the largest to the smallest, each to the fold that has
/// the fewest samples. Requires fold < folds.
HINGE_API std::vector<std::size_t> draw_fold(const SampleKeys& samples, std::size_t folds, std::size_t fold,
                                             std::uint64_t seed);

/// The samples i with i mod every = offset. Requires every > 0.
HINGE_API std::vector<std::size_t> every_row(std::size_t count, std::size_t every, std::size_t offset);

/// The indices below `count` that are not in `rows`, which are in ascending order.
HINGE_API std::vector<std::size_t> rows_except(std::size_t count, std::span<const std::size_t> rows);

/// The last fraction·count samples, rounded. Requires 0 < fraction < 1.
HINGE_API std::vector<std::size_t> last_rows(std::size_t count, double fraction);

/// Part `fold` of `folds` parts of neighbours, equal in size to within 1. Requires fold < folds.
HINGE_API std::vector<std::size_t> block_of_rows(std::size_t count, std::size_t folds, std::size_t fold);

}  // namespace hinge
