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

/// Puts about `test_fraction` of the samples into the test part, drawn at random; the same seed gives the same parts.
///
/// In classification the parts keep the proportions of the classes: the test part's size, test_fraction·n rounded, is
/// shared out by largest remainder [Hamilton's method]. A class of at least two samples has one or more in each part,
/// which goes before the size; a class of one sample is in the training part. In regression the draw is plain.
/// Throws ConfigError unless 0 < test_fraction < 1, DataError when a part would be empty.
template <typename Scalar>
HINGE_API Split<Scalar> split_stratified(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed);

/// split_stratified twice: first the test part, the same samples whatever `validation_fraction` is, then from the rest
/// about `validation_fraction` of all samples. The two draws do not depend on each other, as they would when the caller
/// gave the same seed twice.
/// Throws ConfigError unless both fractions are above 0 and their sum is below 1, DataError when a part would be empty.
template <typename Scalar>
HINGE_API Parts<Scalar> split_in_three(const Dataset<Scalar>& data, double validation_fraction, double test_fraction,
                                       std::uint64_t seed);

/// Puts sample i into the test part when i mod every = offset: no chance in it, easy to repeat elsewhere.
/// Throws ConfigError unless every ≥ 2 and offset < every, DataError when a part would be empty.
template <typename Scalar>
HINGE_API Split<Scalar> split_every(const Dataset<Scalar>& data, std::size_t every, std::size_t offset = 0);

}  // namespace hinge
