// Running layers in a row, forward and backward.
#include <hinge/layers/stack.h>

#include <algorithm>

namespace hinge {

template <typename Scalar>
Stack<Scalar>::Stack(std::size_t inputs, std::span<const LayerSpec> specs) : specs_(specs) {
  for (const LayerSpec& spec : specs) {
    layers_.push_back(spec->build<Scalar>(inputs));
    inputs = layers_.back()->outputs();
    widest_ = std::max(widest_, inputs);
    layers_need_memory_ = layers_need_memory_ || layers_.back()->scratch_size(1) > 0;
  }
}

template <typename Scalar>
MatrixView<const Scalar> Stack<Scalar>::forward(const MatrixView<const Scalar>& x, const Pass& pass) {
  MatrixView<const Scalar> y = layers_.front()->forward(x, pass);
  for (std::size_t i = 1; i < layers_.size(); ++i) y = layers_[i]->forward(y, pass);
  return y;
}

template <typename Scalar>
MatrixView<const Scalar> Stack<Scalar>::backward(const MatrixView<const Scalar>& dy, InputGradient wanted,
                                                 Gradients mode, ThreadPool* threads) {
  if (layers_.size() == 1) return layers_[0]->backward(dy, wanted, mode, threads);
  MatrixView<const Scalar> dx = layers_.back()->backward(dy, InputGradient::compute, mode, threads);
  for (std::size_t i = layers_.size() - 2; i > 0; --i) {
    dx = layers_[i]->backward(dx, InputGradient::compute, mode, threads);
  }
  return layers_[0]->backward(dx, wanted, mode, threads);
}

// The outputs of two layers in turn, and behind them what a layer needs for itself.
template <typename Scalar>
std::size_t Stack<Scalar>::scratch_size(std::size_t batch) const {
  std::size_t of_layer = 0;
  if (layers_need_memory_) {
    for (const auto& layer : layers_) of_layer = std::max(of_layer, layer->scratch_size(batch));
  }
  return 2 * room(batch) + of_layer;
}

template <typename Scalar>
void Stack<Scalar>::predict(MatrixView<const Scalar> x, const MatrixView<Scalar>& y, Scalar* scratch) const {
  Scalar* target = scratch;
  Scalar* spare = target + room(x.cols);
  Scalar* const of_layer = spare + room(x.cols);
  for (const auto& layer : layers_) {
    const bool is_last = layer == layers_.back();
    const MatrixView<Scalar> out = is_last ? y : MatrixView<Scalar>{target, layer->outputs(), x.cols, x.cols, 1};
    if (layers_need_memory_) {
      layer->predict(x, out, of_layer);
    } else {
      layer->predict(x, out);
    }
    x = out;
    std::swap(target, spare);
  }
}

// For the outputs of the widest layer, in whole cache lines, so that the next ones are aligned too.
template <typename Scalar>
std::size_t Stack<Scalar>::room(std::size_t batch) const {
  constexpr std::size_t line = 64 / sizeof(Scalar);
  return (widest_ * batch + line - 1) / line * line;
}

template <typename Scalar>
void Stack<Scalar>::reserve(std::size_t batch) {
  for (const auto& layer : layers_) layer->reserve(batch);
}

template <typename Scalar>
void Stack<Scalar>::forget() {
  for (const auto& layer : layers_) layer->forget();
}

template class Stack<float>;
template class Stack<double>;

}  // namespace hinge
