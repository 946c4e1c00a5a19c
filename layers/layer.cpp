// Shape checks, buffers and views of the last pass, for all layers.
#include <hinge/layers/layer.h>

#include <string>

#include <hinge/core/error.h>

namespace hinge {

namespace {

std::string shape(std::size_t rows, std::size_t cols) { return std::to_string(rows) + " x " + std::to_string(cols); }

// φ′(z) of one unit and sample. Computed for all units, since each may have a φ with parameters of its own.
template <typename Scalar>
Scalar slope_of(const Layer<Scalar>& layer, std::size_t unit, std::size_t sample) {
  const MatrixView<const Scalar> z = layer.pre_activation().columns(sample, 1);
  Matrix<Scalar> slopes(z.rows, 1);
  layer.activation()->derivative(z, slopes);
  return slopes(unit, 0);
}

// Why a unit passes no gradient, if it passes none: it is off, or at a limit of a bounded function.
template <typename Scalar>
std::string blocked_remark(const Layer<Scalar>& layer, std::size_t unit, std::size_t sample) {
  if (slope_of(layer, unit, sample) != 0) return "";
  if (layer.output()(unit, sample) != 0 || layer.activation()->saturates()) {
    return "saturated: slope 0, passes no gradient";
  }
  const Scalar z = layer.pre_activation()(unit, sample);
  const std::string where = z < 0 ? "z < 0" : z > 0 ? "z > 0" : "z = 0";
  return where + ": off, passes no gradient";
}

}  // namespace

template <typename Scalar>
void Layer<Scalar>::bind(std::span<Parameter<Scalar>> parameters, std::uint32_t index, std::uint64_t seed) {
  parameters_ = parameters;
  index_ = index;
  seed_ = seed;
  bind_more();
}

template <typename Scalar>
void Layer<Scalar>::check_input(std::string_view function, const MatrixView<const Scalar>& x) const {
  if (x.rows != inputs_) {
    throw ShapeError(std::string(function) + ": the layer takes " + std::to_string(inputs_) + " inputs, but x has " +
                     std::to_string(x.rows) + " rows");
  }
  if (!x.batch_contiguous()) throw ShapeError(std::string(function) + ": x must be batch-contiguous");
}

template <typename Scalar>
MatrixView<const Scalar> Layer<Scalar>::forward(const MatrixView<const Scalar>& x, const Pass& pass) {
  check_input("forward", x);
  reserve(x.cols);
  const MatrixView<Scalar> y = y_buffer_.view().columns(0, x.cols);
  x_ = x;
  y_ = y;
  dy_ = {};
  pass_ = pass;
  train_forward(x, y);
  return y_;
}

template <typename Scalar>
MatrixView<const Scalar> Layer<Scalar>::backward(const MatrixView<const Scalar>& dy, InputGradient wanted,
                                                 Gradients mode, ThreadPool* threads) {
  if (y_.data == nullptr) throw ShapeError("backward: call forward first");
  if (dy.rows != y_.rows || dy.cols != y_.cols) {
    throw ShapeError("backward: the gradient is " + shape(dy.rows, dy.cols) + ", but the last output was " +
                     shape(y_.rows, y_.cols));
  }
  if (!dy.batch_contiguous()) throw ShapeError("backward: the gradient must be batch-contiguous");
  MatrixView<Scalar> dx;
  if (wanted == InputGradient::compute) {
    if (dx_buffer_.cols() < y_buffer_.cols()) dx_buffer_ = Matrix<Scalar>(inputs_, y_buffer_.cols());
    dx = dx_buffer_.view().columns(0, x_.cols);
  }
  dy_ = dy;
  pass_.threads = threads;
  replaces_gradients_ = mode == Gradients::replace;
  if (replaces_gradients_ && !can_replace_gradients()) {
    for (Parameter<Scalar>& p : parameters_) p.zero_gradient();
  }
  backpropagate(x_, y_, dy, dx);
  if (!state_.empty() && pass_.training && pass_.updates_state) {
    update_state();
    pass_.updates_state = false;
  }
  return dx;
}

template <typename Scalar>
void Layer<Scalar>::check_prediction(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const {
  check_input("predict", x);
  if (y.rows != outputs_ || y.cols != x.cols) {
    throw ShapeError("predict: y is " + shape(y.rows, y.cols) + ", but must be " + shape(outputs_, x.cols));
  }
  if (!y.batch_contiguous()) throw ShapeError("predict: y must be batch-contiguous");
}

template <typename Scalar>
void Layer<Scalar>::predict(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const {
  check_prediction(x, y);
  infer(x, y);
}

template <typename Scalar>
void Layer<Scalar>::predict(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const {
  check_prediction(x, y);
  infer_in(x, y, scratch);
}

template <typename Scalar>
void Layer<Scalar>::reserve(std::size_t batch) {
  if (batch <= y_buffer_.cols() && y_buffer_.rows() == outputs_) return;
  forget();
  reserve_more(batch);
  y_buffer_ = Matrix<Scalar>(outputs_, batch);
}

template <typename Scalar>
void Layer<Scalar>::forget() {
  x_ = {};
  y_ = {};
  dy_ = {};
  forget_more();
}

template <typename Scalar>
bool Layer<Scalar>::blocks_gradient(std::size_t unit, std::size_t sample) const {
  return activation() != nullptr && slope_of(*this, unit, sample) == 0;
}

template <typename Scalar>
std::vector<Equation> Layer<Scalar>::forward_equations(std::size_t unit, std::size_t sample,
                                                       const EquationFormat& format) const {
  const double a = y_(unit, sample);
  if (activation() == nullptr) return {{"a", {format.number(a)}}};
  const double z = pre_activation()(unit, sample);
  const std::string name(activation_spec() == nullptr ? "φ" : activation_spec()->type());
  std::string remark = activation()->parameter_equation(unit, z, format);
  const std::string blocked = blocked_remark(*this, unit, sample);
  if (!remark.empty() && !blocked.empty()) remark += "; ";
  return {{"a", {format.fill(name + "({})", {z}), format.number(a)}, remark + blocked}};
}

template <typename Scalar>
std::vector<Equation> Layer<Scalar>::backward_equations(std::size_t unit, std::size_t sample,
                                                        const EquationFormat& format) const {
  if (activation() == nullptr) return {};
  const double slope = slope_of(*this, unit, sample);
  std::vector<Equation> equations;
  std::vector<std::string> sides = activation()->slope_sides(pre_activation()(unit, sample), format);
  if (!sides.empty()) {
    sides.push_back(format.number(slope));
    equations.push_back({"φ′(z)", std::move(sides)});
  }
  equations.push_back({"δ",
                       {"∂L/∂a·φ′(z)", format.fill("{}·{}", {dy_(unit, sample), slope}),
                        format.number(pre_activation_gradient()(unit, sample))},
                       blocked_remark(*this, unit, sample)});
  return equations;
}

template class Layer<float>;
template class Layer<double>;

}  // namespace hinge
