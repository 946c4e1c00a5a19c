// Training, validation and test parts of a data set.
#pragma once

#include <cstddef>
#include <cstdint>

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

}  // namespace hinge
