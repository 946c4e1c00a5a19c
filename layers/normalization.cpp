// γ and β: their declarations, gradients and equations; and where the kernels of normalisation find their numbers.
#include <hinge/layers/normalization.h>

#include <algorithm>

namespace hinge {

template <typename Scalar>
std::vector<ParameterDeclaration> NormalizationLayer<Scalar>::declare_parameters() const {
  const auto declare = [&](const char* name, const char* symbol, double start, bool trainable) {
    return ParameterDeclaration{.name = name,
                                .rows = this->inputs(),
                                .cols = 1,
                                .start = Constant{start},
                                .trainable = trainable,
                                .decays = false,
                                .symbol = symbol};
  };
  return {declare("gamma", "γ", 1, train_gamma_), declare("beta", "β", 0, train_beta_)};
}

template <typename Scalar>
void NormalizationLayer<Scalar>::reserve_statistics(std::size_t batch, std::size_t count) {
  normalized_ = Matrix<Scalar>(this->inputs(), batch);
  for (Buffer<Scalar>* buffer : {&first_, &inverse_}) *buffer = Buffer<Scalar>(count);
  for (Buffer<double>* buffer : {&offset_, &variance_}) *buffer = Buffer<double>(count);
  for (Buffer<double>* buffer : {&sum_, &sum_with_normalized_}) *buffer = Buffer<double>(this->inputs());
}

template <typename Scalar>
kernels::Normalization<Scalar> NormalizationLayer<Scalar>::arguments(const MatrixView<const Scalar>& x,
                                                                     const MatrixView<Scalar>& y) const {
  return {.x = x.data,
          .x_row = x.row_stride,
          .normalized = nullptr,
          .normalized_row = 0,
          .y = y.data,
          .y_row = y.row_stride,
          .rows = x.rows,
          .cols = x.cols,
          .epsilon = epsilon_,
          .first = nullptr,
          .offset = nullptr,
          .variance = nullptr,
          .inverse = nullptr,
          .gamma = gamma(),
          .beta = this->parameters()[1].value().data};
}

template <typename Scalar>
kernels::Normalization<Scalar> NormalizationLayer<Scalar>::kept_arguments(const MatrixView<const Scalar>& x,
                                                                          const MatrixView<Scalar>& y) {
  kernels::Normalization<Scalar> kept = arguments(x, y);
  kept.normalized = normalized_.view().data;
  kept.normalized_row = normalized_.view().row_stride;
  kept.first = first_.data();
  kept.offset = offset_.data();
  kept.variance = variance_.data();
  kept.inverse = inverse_.data();
  return kept;
}

template <typename Scalar>
kernels::NormalizationGradient<Scalar> NormalizationLayer<Scalar>::gradient_arguments(
    const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) {
  return {.dy = dy.data,
          .dy_row = dy.row_stride,
          .normalized = normalized_.view().data,
          .normalized_row = normalized_.view().row_stride,
          .rows = dy.rows,
          .cols = dy.cols,
          .sum = sum_.data(),
          .sum_with_normalized = sum_with_normalized_.data(),
          .gamma = gamma(),
          .scale = inverse_.data(),
          .share = 0,
          .dx = dx.data,
          .dx_row = dx.row_stride};
}

template <typename Scalar>
void NormalizationLayer<Scalar>::learn(const kernels::NormalizationGradient<Scalar>& gradient, std::size_t begin,
                                       std::size_t end) {
  kernels::of<Scalar>().sum_row_gradients(gradient, begin, end);
  if (!this->pass().parameter_gradients) return;
  for (const bool is_gamma : {true, false}) {
    Parameter<Scalar>& parameter = this->parameters()[is_gamma ? 0 : 1];
    if (!parameter.trainable()) continue;
    const double* const sums = is_gamma ? gradient.sum_with_normalized : gradient.sum;
    Scalar* const to = parameter.gradient().data;
    if (this->replaces_gradients()) std::fill(to + begin, to + end, Scalar(0));
    for (std::size_t r = begin; r < end; ++r) to[r] += static_cast<Scalar>(sums[r]);
  }
}

template <typename Scalar>
std::vector<Equation> NormalizationLayer<Scalar>::equations(std::size_t unit, std::size_t sample, std::size_t k,
                                                            const std::string& of, const EquationFormat& format) const {
  const double m = static_cast<double>(first_.data()[k]) + offset_.data()[k];
  const double v = variance_.data()[k];
  const double x = this->input()(unit, sample);
  const double normalized = normalized_(unit, sample);
  const double beta = this->parameters()[1].value()(unit, 0);
  return {
      {"m", {format.number(m)}, "mean" + of},
      {"v", {format.number(v)}, "variance" + of},
      {"x̂", {format.fill("({} − {})/√({} + {})", {x, m, v, epsilon_}), format.number(normalized)}},
      {"a",
       {format.fill("{}·{} + {}", {gamma()[unit], normalized, beta}), format.number(this->output()(unit, sample))}}};
}

template <typename Scalar>
std::vector<std::string> NormalizationLayer<Scalar>::parameter_gradient_sides(std::size_t parameter, std::size_t row,
                                                                              std::size_t,
                                                                              const EquationFormat& format) const {
  const MatrixView<const Scalar> dy = this->output_gradient();
  Sum sum = format.sum();
  for (std::size_t i = 0; i < dy.cols; ++i) {
    sum.add(parameter == 0 ? format.fill("{}·{}", {dy(row, i), normalized_(row, i)}) : format.number(dy(row, i)));
  }
  return {parameter == 0 ? "Σ ∂L/∂a·x̂" : "Σ ∂L/∂a", sum.text()};
}

template class NormalizationLayer<float>;
template class NormalizationLayer<double>;

}  // namespace hinge
