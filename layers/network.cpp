// Building a network from specs, and running it forward and backward.
#include <hinge/layers/network.h>

#include <algorithm>
#include <functional>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// Samples that pass through all layers together, so that their activations stay in the cache however large the batch.
constexpr std::size_t chunk_size = 256;

template <typename Scalar>
MatrixView<Scalar> batch_view(Buffer<Scalar>& buffer, std::size_t rows, std::size_t cols) {
  return {buffer.data(), rows, cols, cols, 1};
}

// A batch-contiguous view of the same values without gaps between rows: x itself, or a copy.
template <typename Scalar>
MatrixView<const Scalar> side_by_side(MatrixView<const Scalar> x, Buffer<Scalar>& buffer) {
  if (x.batch_contiguous() && x.row_stride <= chunk_size) return x;
  const MatrixView<Scalar> copied = batch_view(buffer, x.rows, x.cols);
  if (x.batch_contiguous()) {
    for (std::size_t r = 0; r < x.rows; ++r) std::copy_n(x.row(r).data(), x.cols, copied.row(r).data());
  } else if (x.sample_contiguous()) {
    kernels::of<Scalar>().transpose(x.data, x.col_stride, copied.data, copied.row_stride, x.cols, x.rows);
  } else {
    copy(x, copied);
  }
  return copied;
}

template <typename Scalar>
Stack<Scalar> build_stack(std::size_t inputs, const std::vector<LayerSpec>& specs) {
  if (inputs == 0) throw ConfigError("network: 0 inputs; it needs at least 1 feature");
  if (specs.empty()) throw ConfigError("network: no layers; it needs at least 1");
  return {inputs, specs};
}

// The parameters of each layer.
using Declarations = std::vector<std::vector<ParameterDeclaration>>;

template <typename Layers>
Declarations declared_parameters(const Layers& layers) {
  Declarations declared;
  for (const auto& numbered : layers) declared.push_back(numbered.layer->declare_parameters());
  return declared;
}

std::size_t total_size(const Declarations& declared) {
  constexpr std::size_t max_layers = 1000;
  constexpr std::size_t max_parameters = std::size_t{1} << 31;
  if (declared.size() > max_layers) {
    throw ConfigError("network: " + std::to_string(declared.size()) + " layers; at most " + std::to_string(max_layers) +
                      " make sense");
  }
  std::size_t total = 0;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    for (const ParameterDeclaration& d : declared[i]) {
      if (d.cols > 0 && d.rows > (max_parameters - total) / d.cols) {  // divided, as the product might overflow
        throw ConfigError("network: more than 2^31 parameters up to layer " + std::to_string(i + 1));
      }
      total += d.rows * d.cols;
    }
  }
  return total;
}

template <typename Layers>
std::size_t state_size(const Layers& layers) {
  std::size_t total = 0;
  for (const auto& numbered : layers) {
    for (const StateDeclaration& d : numbered.layer->declare_state()) total += d.size;
  }
  return total;
}

}  // namespace

template <typename Scalar>
Workspace<Scalar>::Workspace(const Network<Scalar>& network, std::size_t batch) {
  input(network.inputs(), batch);
  reserve(network, batch);
}

template <typename Scalar>
MatrixView<Scalar> Workspace<Scalar>::input(std::size_t rows, std::size_t cols) {
  const std::size_t size = checked_size(rows, cols);
  if (input_.size() < size) input_ = Buffer<Scalar>(size);
  return batch_view(input_, rows, cols);
}

template <typename Scalar>
void Workspace<Scalar>::require_apart(const MatrixView<const Scalar>& x, bool writes_input) const {
  const auto lies_in = [&](const Buffer<Scalar>& buffer) {
    return std::less_equal<>()(buffer.data(), x.data) && std::less<>()(x.data, buffer.data() + buffer.size());
  };
  const bool is_apart = !lies_in(output_) && !lies_in(chunk_) && !lies_in(scratch_);
  if (is_apart && !(writes_input && lies_in(input_))) return;
  throw ShapeError("predict: x lies in the workspace and would be overwritten; use a second workspace");
}

template <typename Scalar>
void Workspace<Scalar>::reserve(const Network<Scalar>& network, std::size_t batch) {
  checked_size(std::max(network.inputs(), network.outputs()), batch);  // those that grow with the batch
  const auto grow = [](Buffer<Scalar>& buffer, std::size_t size) {
    if (buffer.size() < size) buffer = Buffer<Scalar>(size);
  };
  const std::size_t chunk = std::min(batch, chunk_size);
  grow(output_, network.outputs() * batch);
  grow(chunk_, network.inputs() * chunk);
  grow(scratch_, network.stack_.scratch_size(chunk));
}

template <typename Scalar>
Network<Scalar>::Network(std::size_t inputs, std::vector<LayerSpec> layers, std::uint64_t seed)
    : Network(inputs, std::move(layers), seed, Memory::training) {
  auto parameter = parameters_.begin();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto declared = layers_[i].layer->declare_parameters();
    const auto layer = static_cast<std::uint32_t>(i);
    const RandomStream shared(seed_, Purpose::weights, layer, ~std::uint64_t{0});
    for (std::size_t p = 0; p < declared.size(); ++p) {
      const Matrix<double> drawn = declared[p].draw(RandomStream(seed_, Purpose::weights, layer, p), shared);
      copy(drawn.view(), (parameter++)->value());
    }
  }
}

template <typename Scalar>
Network<Scalar>::Network(std::size_t inputs, std::vector<LayerSpec> layers, std::uint64_t seed, Memory memory)
    : inputs_(inputs),
      specs_(std::move(layers)),
      seed_(seed),
      stack_(build_stack<Scalar>(inputs, specs_)),
      layers_(number_layers(stack_)) {
  place_state();
  place_parameters(memory);
}

template <typename Scalar>
Network<Scalar>::Network(const Network& other, Memory memory)
    : Network(other.inputs_, other.specs_, other.seed_, memory) {
  std::copy_n(other.values_.data(), values_.size(), values_.data());
  std::copy_n(other.state_values_.data(), state_values_.size(), state_values_.data());
  adopt_frozen(other);
}

// Which parameters train, in a network of the same layers.
template <typename Scalar>
template <typename Other>
void Network<Scalar>::adopt_frozen(const Network<Other>& other) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].set_trainable(other.parameters()[i].trainable());
  }
}

template <typename Scalar>
std::size_t Network<Scalar>::count_parameters(std::size_t inputs, const std::vector<LayerSpec>& layers) {
  Stack<Scalar> stack = build_stack<Scalar>(inputs, layers);
  return total_size(declared_parameters(number_layers(stack)));
}

template <typename Scalar>
auto Network<Scalar>::number_layers(Stack<Scalar>& stack) -> std::vector<Numbered> {
  std::vector<Numbered> numbered;
  number_row(stack, "layers.", 0, numbered);
  return numbered;
}

template <typename Scalar>
void Network<Scalar>::number_row(Stack<Scalar>& row, const std::string& place, std::size_t depth,
                                 std::vector<Numbered>& numbered) {
  constexpr std::size_t max_depth = 16;  // a model file, as JSON, has room for 29
  if (depth > max_depth) throw ConfigError("network: layers are nested deeper than 16");
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t before = numbered.size() - 1;  // the last one of this row
    const std::string path = place + std::to_string(i);
    Layer<Scalar>& layer = row.layer(i);
    if (layer.inner() != nullptr) number_row(*layer.inner(), path + ".layers.", depth + 1, numbered);
    if (i > 0) numbered[before].next = numbered.size();
    numbered.push_back({&layer, &row.spec(i), path, {}});
  }
}

template <typename Scalar>
std::size_t Network<Scalar>::count_state(std::size_t inputs, const std::vector<LayerSpec>& layers) {
  Stack<Scalar> stack = build_stack<Scalar>(inputs, layers);
  return state_size(number_layers(stack));
}

template <typename Scalar>
Network<Scalar>& Network<Scalar>::operator=(const Network& other) {
  return *this = Network(other);
}

// Lays all parameters one behind the other, then binds each layer to its own.
template <typename Scalar>
void Network<Scalar>::place_parameters(Memory memory) {
  const auto declared = declared_parameters(layers_);
  const std::size_t total = total_size(declared);
  if (memory == Memory::training) {
    // Value, gradient, and what is as large as both: first the weights as they are drawn, then the state of an optimiser.
    require_memory("a network of " + std::to_string(total) + " parameters", 4 * sizeof(Scalar) * std::uint64_t{total});
  }
  values_ = Buffer<Scalar>(total);
  if (memory == Memory::training) gradients_ = Buffer<Scalar>(total);

  std::size_t offset = 0;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    for (const ParameterDeclaration& d : declared[i]) {
      MatrixView<Scalar> gradient;
      if (memory == Memory::training) {
        gradient = MatrixView<Scalar>::samples(gradients_.data() + offset, d.rows, d.cols);
      }
      parameters_.emplace_back(layers_[i].path + "." + d.name, d,
                               MatrixView<Scalar>::samples(values_.data() + offset, d.rows, d.cols), gradient);
      offset += d.rows * d.cols;
    }
  }
  std::span<Parameter<Scalar>> rest(parameters_);
  for (std::size_t i = 0; i < declared.size(); ++i) {
    layers_[i].layer->bind(rest.first(declared[i].size()), static_cast<std::uint32_t>(i), seed_);
    rest = rest.subspan(declared[i].size());
  }
}

// The same for the state of the layers, which starts as declared.
template <typename Scalar>
void Network<Scalar>::place_state() {
  state_values_ = Buffer<Scalar>(state_size(layers_));
  std::span<Scalar> rest = state_values_.span();
  for (const Numbered& numbered : layers_) {
    for (const StateDeclaration& d : numbered.layer->declare_state()) {
      const std::span<Scalar> values = rest.first(d.size);
      std::fill(values.begin(), values.end(), static_cast<Scalar>(d.start));
      state_.emplace_back(numbered.path + "." + d.name, values);
      rest = rest.subspan(d.size);
    }
  }
  std::span<LayerState<Scalar>> unbound(state_);
  for (const Numbered& numbered : layers_) {
    const std::size_t count = numbered.layer->declare_state().size();
    numbered.layer->bind_state(unbound.first(count));
    unbound = unbound.subspan(count);
  }
}

template <typename Scalar>
void Network<Scalar>::drop_gradients() {
  gradients_ = {};
  for (Parameter<Scalar>& p : parameters_) p.drop_gradient();
}

template <typename Scalar>
void Network<Scalar>::check_input(std::string_view function, const MatrixView<const Scalar>& x) const {
  if (x.rows == inputs_) return;
  throw ShapeError(std::string(function) + ": the network takes " + std::to_string(inputs_) + " features, but x has " +
                   std::to_string(x.rows) + " rows (a column is a sample)");
}

template <typename Scalar>
MatrixView<Scalar> Network<Scalar>::predict(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace) const {
  check_input("predict", x);
  workspace.require_apart(x, false);
  workspace.reserve(*this, x.cols);
  const MatrixView<Scalar> output = batch_view(workspace.output_, outputs(), x.cols);
  for (std::size_t first = 0; first < x.cols; first += chunk_size) {
    const std::size_t count = std::min(chunk_size, x.cols - first);
    predict_chunk(x.columns(first, count), output.columns(first, count), workspace);
  }
  return output;
}

template <typename Scalar>
void Network<Scalar>::predict_chunk(const MatrixView<const Scalar>& samples, const MatrixView<Scalar>& output,
                                    Workspace<Scalar>& workspace) const {
  stack_.predict(side_by_side(samples, workspace.chunk_), output, workspace.scratch_.data());
}

template <typename Scalar>
Matrix<Scalar> Network<Scalar>::predict(const MatrixView<const Scalar>& x) const {
  Workspace<Scalar> workspace;
  return matrix_of(predict(x, workspace));
}

template <typename Scalar>
MatrixView<const Scalar> Network<Scalar>::forward(const MatrixView<const Scalar>& x, const Pass& pass) {
  check_input("forward", x);
  if (x.batch_contiguous()) return stack_.forward(x, pass);
  if (input_buffer_.cols() < x.cols) input_buffer_ = Matrix<Scalar>(inputs_, x.cols);
  const MatrixView<Scalar> copied = input_buffer_.view().columns(0, x.cols);
  copy(x, copied);
  return stack_.forward(copied, pass);
}

template <typename Scalar>
MatrixView<const Scalar> Network<Scalar>::backward(const MatrixView<const Scalar>& dz, InputGradient wanted,
                                                   Gradients mode, ThreadPool* threads) {
  return stack_.backward(dz, wanted, mode, threads);
}

template <typename Scalar>
void Network<Scalar>::zero_gradients() {
  std::fill_n(gradients_.data(), gradients_.size(), Scalar(0));
}

template <typename Scalar>
void Network<Scalar>::reserve(std::size_t batch) {
  stack_.reserve(batch);
}

template <typename Scalar>
void Network<Scalar>::forget() {
  stack_.forget();
}

template <typename Scalar>
Parameter<Scalar>& Network<Scalar>::parameter(std::string_view name) {
  return parameters_[index_of(name)];
}

template <typename Scalar>
const Parameter<Scalar>& Network<Scalar>::parameter(std::string_view name) const {
  return parameters_[index_of(name)];
}

template <typename Scalar>
std::size_t Network<Scalar>::index_of(std::string_view name) const {
  std::vector<std::string> known;
  for (const Parameter<Scalar>& p : parameters_) {
    if (p.name() == name) return known.size();
    known.push_back(p.name());
  }
  throw ModelError("the network has no parameter \"" + printable(name) + "\"" + suggestion(name, known));
}

template <typename Scalar>
template <typename Other>
Network<Other> Network<Scalar>::convert() const {
  Network<Other> other(inputs_, specs_, seed_, Network<Other>::Memory::training);
  std::transform(values_.data(), values_.data() + values_.size(), other.values().data(),
                 [](Scalar value) { return static_cast<Other>(value); });
  std::transform(state_values_.data(), state_values_.data() + state_values_.size(), other.state_values().data(),
                 [](Scalar value) { return static_cast<Other>(value); });
  other.adopt_frozen(*this);
  return other;
}

// A block is described by the layers in it, which are numbered just before it.
template <typename Scalar>
std::string Network<Scalar>::description(std::size_t index) const {
  std::size_t first = index;
  while (first > 0 && path(first - 1).starts_with(path(index) + ".layers.")) --first;
  if (first == index) return spec(index).summary();
  return std::string(spec(index).type()) + " of layers " + std::to_string(first + 1) + " to " + std::to_string(index);
}

template <typename Scalar>
std::string Network<Scalar>::summary() const {
  std::string text = "input  " + std::to_string(inputs_) + " features\n";
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    std::size_t count = 0;
    for (const Parameter<Scalar>& p : layer(i).parameters()) count += p.size();
    std::size_t state = 0;
    for (const LayerState<Scalar>& s : layer(i).state()) state += s.values().size();
    const auto depth = static_cast<std::size_t>(std::count(path(i).begin(), path(i).end(), '.') / 2);
    text += "layer " + std::to_string(i + 1) + "  " + std::string(2 * depth, ' ') + description(i) + "  -> " +
            std::to_string(layer(i).outputs()) + " outputs, " + std::to_string(count) + " parameters" +
            (state > 0 ? ", " + std::to_string(state) + " numbers of state\n" : "\n");
  }
  return text + "total  " + std::to_string(values_.size()) + " parameters\n";
}

template class Workspace<float>;
template class Workspace<double>;
template class Network<float>;
template class Network<double>;

template HINGE_API Network<float> Network<float>::convert<float>() const;
template HINGE_API Network<double> Network<float>::convert<double>() const;
template HINGE_API Network<float> Network<double>::convert<float>() const;
template HINGE_API Network<double> Network<double>::convert<double>() const;

}  // namespace hinge
