// What batch and layer normalisation share: γ and β of each feature, the statistics of a pass, and their equations.
#pragma once

#include <string>
#include <vector>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/threads.h>
#include <hinge/layers/layer.h>

namespace hinge {

/// Where the mean m = first + offset, the variance v and 1/√(v + ε) of each row or column of a batch lie.
template <typename Scalar>
struct Moments {
  Scalar* first;
  double* offset;
  double* variance;
  Scalar* inverse;
};

/// y = γ·x̂ + β with x̂ = (x − m)/√(v + ε) (docs/backprop.md, eq. 17 and 18), where x and y are features × batch, and γ and β
/// belong to features. A layer that derives from it says what m and v are of: each row of x, or each column.
template <typename Scalar>
class NormalizationLayer : public Layer<Scalar> {
 public:
  std::vector<ParameterDeclaration> declare_parameters() const override;
  std::vector<std::string> parameter_gradient_sides(std::size_t parameter, std::size_t row, std::size_t col,
                                                    const EquationFormat& format) const override;

 protected:
  NormalizationLayer(std::size_t features, bool train_gamma, bool train_beta)
      : Layer<Scalar>(features, features), train_gamma_(train_gamma), train_beta_(train_beta) {}

  bool can_replace_gradients() const override { return true; }

  const Scalar* gamma() const { return this->parameters()[0].value().data; }
  const Scalar* beta() const { return this->parameters()[1].value().data; }

  /// Sizes the buffers for a batch with so many statistics: one for each row, or for each column.
  void reserve_statistics(std::size_t batch, std::size_t count);

  /// The threads for a pass over so many numbers. A run of the pool takes as long as one thread takes for some 4,000.
  ThreadPool* threads_for(std::size_t size) const { return size < 1 << 14 ? nullptr : this->pass().threads; }

  /// Where the moments of the last training pass lie.
  Moments<Scalar> moments() { return {first_.data(), offset_.data(), variance_.data(), inverse_.data()}; }

  // The arguments of the kernels for a whole batch.
  static kernels::Statistics<Scalar> statistics(const MatrixView<const Scalar>& x, double epsilon,
                                                const Moments<Scalar>& moments);
  kernels::Normalization<Scalar> normalization(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& normalized,
                                               const MatrixView<Scalar>& y, const Scalar* centre, const double* offset,
                                               const Scalar* inverse) const;
  kernels::NormalizationSums<Scalar> sums(const MatrixView<const Scalar>& dy, double* sum,
                                          double* sum_with_normalized) const;

  /// Σ dy·x̂ and Σ dy of features [begin, end) over the batch, and with them dγ and dβ.
  void learn(const kernels::NormalizationSums<Scalar>& sums, std::size_t begin, std::size_t end);

  /// The mean m of the last training pass.
  double mean(std::size_t k) const { return static_cast<double>(first_.data()[k]) + offset_.data()[k]; }

  /// From m and v to a, for one unit and sample; `of` says what m and v are of.
  std::vector<Equation> equations(std::size_t unit, std::size_t sample, double m, double v, double epsilon,
                                  const std::string& of, const EquationFormat& format) const;

  Matrix<Scalar> normalized_;  // x̂
  // The moments of the last training pass.
  Buffer<Scalar> first_;
  Buffer<double> offset_;
  Buffer<double> variance_;
  Buffer<Scalar> inverse_;
  // Of each feature: Σ dy and Σ dy·x̂ over the batch.
  Buffer<double> sum_;
  Buffer<double> sum_with_normalized_;

 private:
  bool train_gamma_;
  bool train_beta_;
};

extern template class NormalizationLayer<float>;
extern template class NormalizationLayer<double>;

}  // namespace hinge
