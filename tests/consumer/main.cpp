// What an application writes that uses Hinge: built against the installed library and as a part of the same build.
// Prints the weights that it trains: they must be the same whatever the application is compiled with.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include <hinge/hinge.h>

namespace {

using hinge::MatrixView;

// An activation of its own, compiled with the application's flags: z/√(1 + z²).
struct InverseRoot {
  static constexpr std::string_view type = "inverse_root";
  std::vector<hinge::Option> options() { return {}; }
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z / std::sqrt(1 + z * z);
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return 1 / ((1 + z * z) * std::sqrt(1 + z * z));
  }
};

// A layer of its own: y = 2 x.
template <typename Scalar>
class DoublingLayer final : public hinge::Layer<Scalar> {
 public:
  explicit DoublingLayer(std::size_t width) : hinge::Layer<Scalar>(width, width) {}

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override { twice(x, y); }
  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    if (!dx.empty()) twice(dy, dx);
  }

 private:
  static void twice(const MatrixView<const Scalar>& from, const MatrixView<Scalar>& to) {
    for (std::size_t r = 0; r < from.rows; ++r) {
      for (std::size_t c = 0; c < from.cols; ++c) to(r, c) = 2 * from(r, c);
    }
  }
};

struct Doubling {
  static constexpr std::string_view type = "doubling";
  std::vector<hinge::Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<hinge::Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<DoublingLayer<Scalar>>(inputs);
  }
};

// A source of its own: the four points of xor.
class Points final : public hinge::BatchSource<float> {
 public:
  std::size_t features() const override { return 2; }
  std::size_t target_rows() const override { return 1; }
  std::size_t size() const override { return 4; }
  void start_epoch(std::optional<hinge::RandomStream>) override { position_ = 0; }
  std::size_t next(hinge::Batch<float>& batch) override {
    const std::size_t count = std::min(batch.capacity(), size() - position_);
    batch.set_size(count);
    for (std::size_t i = 0; i < count; ++i, ++position_) {
      batch.inputs()(0, i) = static_cast<float>(position_ / 2);
      batch.inputs()(1, i) = static_cast<float>(position_ % 2);
      batch.values()(0, i) = batch.inputs()(0, i) == batch.inputs()(1, i) ? 0.0F : 1.0F;
    }
    return count;
  }

 private:
  std::size_t position_ = 0;
};

double train(hinge::Network<float>& net) {
  hinge::Trainer trainer(net, hinge::BinaryCrossEntropy{}, hinge::Sgd{.learning_rate = 0.2, .momentum = 0.9});
  Points points;
  return *trainer.fit(points, {.epochs = 400, .batch_size = 4}).epochs.back().train.accuracy;
}

}  // namespace

int main() {
  using namespace hinge;
  Network<float> own(2, {Dense{8, InverseRoot{}}, Doubling{}, Dense{8, Relu{}}, Dense{1}}, 1);
  if (train(own) != 1) return 1;

  Network<float> net(2, {Dense{8, Gelu{}}, Dense{8, Silu{}}, Dense{8, Relu{}}, Dense{1}}, 1);
  if (train(net) != 1) return 2;
  for (const float weight : net.values()) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &weight, sizeof bits);
    std::printf("%08x", static_cast<unsigned>(bits));
  }
  std::puts("");

  try {
    net.predict(Matrix<float>(3, 1));
  } catch (const ShapeError&) {  // thrown inside the library, caught here: also from a shared one
    return 0;
  }
  return 3;
}
