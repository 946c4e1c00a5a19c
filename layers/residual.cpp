// The sums of a residual block, forward and backward.
#include <hinge/layers/residual.h>

#include <string>
#include <utility>

#include <hinge/core/affine.h>
#include <hinge/layers/stack.h>

namespace hinge {

namespace {

template <typename Scalar>
void add_up(const MatrixView<const Scalar>& a, const MatrixView<const Scalar>& b, const MatrixView<Scalar>& sum) {
  for (std::size_t r = 0; r < a.rows; ++r) {
    const Scalar* left = a.row(r).data();
    const Scalar* right = b.row(r).data();
    Scalar* out = sum.row(r).data();
    for (std::size_t i = 0; i < a.cols; ++i) out[i] = left[i] + right[i];
  }
}

// The equations are in the header.
template <typename Scalar>
class ResidualBlock final : public Layer<Scalar> {
 public:
  ResidualBlock(std::size_t inputs, std::vector<LayerSpec> specs, Stack<Scalar> stack)
      : Layer<Scalar>(inputs, stack.outputs()), specs_(std::move(specs)), stack_(std::move(stack)) {}

  std::vector<ParameterDeclaration> declare_parameters() const override {
    if (!projects()) return {};
    const Fans fans{this->inputs(), this->outputs()};
    return {{.name = "projection",
             .rows = this->outputs(),
             .cols = this->inputs(),
             .fans = fans,
             .start = HeNormal{},
             .symbol = "P",
             .is_matrix = true}};
  }

  Stack<Scalar>* inner() override { return &stack_; }
  // The report counts the units inside: a sum is never dead.
  bool has_units() const override { return false; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    Sum sum = format.sum();
    sum.add(format.number(stack_.layer(stack_.size() - 1).output()(unit, sample)));
    if (!projects()) sum.add(format.number(this->input()(unit, sample)));
    for (std::size_t k = 0; projects() && k < this->inputs(); ++k) {
      sum.add(format.fill("{}·{}", {projection()(unit, k), this->input()(k, sample)}));
    }
    const char* const letters = projects() ? "f(x) + P·x" : "f(x) + x";
    return {{"a", {letters, sum.text(), format.number(this->output()(unit, sample))}}};
  }

  std::vector<Equation> backward_equations(std::size_t unit, std::size_t sample,
                                           const EquationFormat& format) const override {
    return {{"δ", {"∂L/∂f", "∂L/∂a", format.number(this->output_gradient()(unit, sample))}}};
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    if (through_layers_.empty()) return {};
    const MatrixView<const Scalar> dy = this->output_gradient();
    Sum sum = format.sum();
    sum.add(format.number(through_layers_(input, sample)));
    if (!projects()) sum.add(format.number(dy(input, sample)));
    for (std::size_t j = 0; projects() && j < this->outputs(); ++j) {
      sum.add(format.fill("{}·{}", {projection()(j, input), dy(j, sample)}));
    }
    const auto of = [](const Layer<Scalar>& layer) { return " of layer " + std::to_string(layer.index() + 1); };
    return {"∂L/∂x" + of(stack_.layer(0)) + (projects() ? " + Pᵀ·∂L/∂a" : " + ∂L/∂a") + of(*this), sum.text()};
  }

  std::vector<std::string> parameter_gradient_sides(std::size_t, std::size_t row, std::size_t col,
                                                    const EquationFormat& format) const override {
    const MatrixView<const Scalar> dy = this->output_gradient();
    Sum sum = format.sum();
    for (std::size_t i = 0; i < dy.cols; ++i) sum.add(format.fill("{}·{}", {dy(row, i), this->input()(col, i)}));
    return {sum.text()};
  }

  // Behind what the layers need, f(x) if y holds P x.
  std::size_t scratch_size(std::size_t batch) const override {
    return stack_.scratch_size(batch) + (projects() ? this->outputs() * batch : 0);
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    Buffer<Scalar> scratch(scratch_size(x.cols));
    infer_in(x, y, scratch.data());
  }

  void infer_in(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const override {
    MatrixView<Scalar> f = y;
    if (projects()) f = {scratch + stack_.scratch_size(x.cols), y.rows, x.cols, x.cols, 1};
    stack_.predict(x, f, scratch);
    add_input(x, f, y, nullptr);
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    add_input(x, stack_.forward(x, this->pass()), y, this->pass().threads);
  }

  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    ThreadPool* const threads = this->pass().threads;
    const bool accumulate = !this->replaces_gradients();
    through_layers_ = stack_.backward(dy, dx.empty() ? InputGradient::skip : InputGradient::compute,
                                      accumulate ? Gradients::add : Gradients::replace, threads);
    if (!projects()) {
      if (!dx.empty()) add_shared(dy, through_layers_, dx, threads);  // eq. 23
      return;
    }
    const bool learns = this->pass().parameter_gradients && this->parameters()[0].trainable();
    input_gradient(projection(), dy, dx, threads, [&](const Block& block) {
      if (learns) transpose_samples(x, dy, block, scratch_);
    });
    if (!dx.empty()) add_shared(std::as_const(dx), through_layers_, dx, threads);                         // eq. 23
    if (learns) weight_gradient(dy, x, this->parameters()[0].gradient(), accumulate, threads, scratch_);  // eq. 24
  }

  bool can_replace_gradients() const override { return true; }

  void reserve_more(std::size_t batch) override {
    stack_.reserve(batch);
    if (projects()) scratch_ = Buffer<Scalar>(gradient_scratch_size(this->inputs(), this->outputs(), batch));
  }

  void forget_more() override {
    stack_.forget();
    through_layers_ = {};
  }

 private:
  bool projects() const { return this->inputs() != this->outputs(); }
  MatrixView<const Scalar> projection() const { return this->parameters()[0].value(); }

  // y = x + f or y = P x + f (eq. 22), where f = y only without P.
  void add_input(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& f, const MatrixView<Scalar>& y,
                 ThreadPool* threads) const {
    if (!projects()) return add_shared(x, f, y, threads);
    affine(projection(), MatrixView<const Scalar>(), x, y, threads, Cut::samples_or_units,
           [&](const Block& block) { add_up<Scalar>(block.of(y), block.of(f), block.of(y)); });
  }

  // An addition costs about as much as four multiply-adds of a product: three numbers pass through memory.
  static void add_shared(const MatrixView<const Scalar>& a, const MatrixView<const Scalar>& b,
                         const MatrixView<Scalar>& sum, ThreadPool* threads) {
    constexpr std::size_t grain = 16;
    run_ranges(worthwhile(threads, 4 * sum.size()), sum.cols, grain, [&](std::size_t begin, std::size_t end) {
      add_up(a.columns(begin, end - begin), b.columns(begin, end - begin), sum.columns(begin, end - begin));
    });
  }

  std::vector<LayerSpec> specs_;  // of the layers in the stack
  Stack<Scalar> stack_;
  MatrixView<const Scalar> through_layers_;  // the first term of eq. 23
  Buffer<Scalar> scratch_;                   // for the gradient of P, see core/affine.h
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> Residual::build(std::size_t inputs) const {
  std::vector<LayerSpec> specs = layers.specs();
  Stack<Scalar> stack(inputs, specs);  // looks into the vector's memory, which a move leaves where it is
  return std::make_unique<ResidualBlock<Scalar>>(inputs, std::move(specs), std::move(stack));
}

template HINGE_API std::unique_ptr<Layer<float>> Residual::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> Residual::build<double>(std::size_t) const;

}  // namespace hinge
