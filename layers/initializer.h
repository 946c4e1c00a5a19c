// Initialisers: the first values of weights and biases.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/matrix.h>
#include <hinge/core/random.h>

namespace hinge {

/// Fan-in, the number of values that a unit sums, and fan-out, the number of units that read its output.
struct Fans {
  std::size_t in = 1;
  std::size_t out = 1;
};

/// For initialisers that treat all parameters of a layer together: weights and bias form V = (W | b), out × (in + 1).
/// Row r of V belongs to unit r, and each parameter is a block of V's columns.
struct LayerStart {
  RandomStream random;           ///< shared by all parameters of the layer, in addition to the stream of each
  std::size_t first_column = 0;  ///< the parameter's first column in V: 0 for weights, `in` for a bias
};

/// The spec of an initialiser, which fills a parameter with its first values.
///
/// Values are always drawn in double, so the float and the double network of one seed start from the same numbers up to
/// rounding. `fill(w, fans, random)` writes every element of w (rows × cols, for weights out × in) and uses index
/// r·cols + c of the stream for element (r, c). An initialiser whose parameters depend on each other has `fill(w, fans,
/// random, layer)` instead, with a LayerStart.
class HINGE_API InitializerDescription : public Description {
 public:
  static constexpr std::string_view kind = "initializer";

  template <typename T>
  static constexpr bool fills_alone = requires(const T t, MatrixView<double> w, const RandomStream& random) {
    t.fill(w, Fans{}, random);
  };
  template <typename T>
  static constexpr bool fills_jointly = requires(const T t, MatrixView<double> w, const RandomStream& random,
                                                 const LayerStart& layer) {
    t.fill(w, Fans{}, random, layer);
  };
  template <typename T>
  static constexpr bool accepts = Described<T> && (fills_alone<T> || fills_jointly<T>);

  template <typename T>
  class Holder final : public DescriptionHolder<T, InitializerDescription> {
   public:
    using DescriptionHolder<T, InitializerDescription>::DescriptionHolder;
    std::unique_ptr<InitializerDescription> clone() const override {
      return std::make_unique<Holder>(this->description_);
    }
    void fill(MatrixView<double> w, Fans fans, const RandomStream& random, const LayerStart& layer) const override {
      if constexpr (fills_jointly<T>) {
        this->description_.fill(w, fans, random, layer);
      } else {
        this->description_.fill(w, fans, random);
      }
    }
  };

  virtual std::unique_ptr<InitializerDescription> clone() const = 0;
  virtual void fill(MatrixView<double> w, Fans fans, const RandomStream& random, const LayerStart& layer) const = 0;
};

/// Any initialiser, by value: `InitializerSpec start = HeNormal{};`. An application's own is a struct with `fill`.
using InitializerSpec = Spec<InitializerDescription>;

/// The initialisers that Hinge brings, by name.
HINGE_API Registry<InitializerDescription> standard_initializers();

/// w ~ N(0, 2/in): keeps the variance of the signal through layers of ReLU. [He et al., ICCV 2015, eq. 10]
struct HINGE_API HeNormal {
  static constexpr std::string_view type = "he_normal";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ U(−l, l) with l = √(6/in): the variance of HeNormal.
struct HINGE_API HeUniform {
  static constexpr std::string_view type = "he_uniform";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ N(0, 2/(in + out)): for tanh and other functions of slope 1 at 0. [Glorot & Bengio, AISTATS 2010, eq. 12]
struct HINGE_API XavierNormal {
  static constexpr std::string_view type = "xavier_normal";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ U(−l, l) with l = √(6/(in + out)). [Glorot & Bengio, AISTATS 2010, eq. 16]
struct HINGE_API XavierUniform {
  static constexpr std::string_view type = "xavier_uniform";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ N(0, 1/in). [LeCun et al., Efficient BackProp, 1998, eq. 16]
struct HINGE_API LecunNormal {
  static constexpr std::string_view type = "lecun_normal";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ U(−l, l) with l = √(3/in): the variance of LecunNormal.
struct HINGE_API LecunUniform {
  static constexpr std::string_view type = "lecun_uniform";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ N(mean, stddev²), whatever the size of the layer.
struct HINGE_API Normal {
  static constexpr std::string_view type = "normal";
  double mean = 0;
  double stddev = 0.01;
  std::vector<Option> options() {
    return {{"mean", &mean, Range::any(), "the mean"},
            {"stddev", &stddev, Range::at_least(0), "the standard deviation"}};
  }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ N(mean, stddev²), given |w − mean| ≤ cut·stddev, whatever the size of the layer; a value beyond is drawn again.
/// As in PyTorch and Keras, stddev is the deviation before the cut. With cut = 2 that of w is 0.8796·stddev, in general
/// √(1 − 2·cut·φ(cut) / (2Φ(cut) − 1))·stddev, with the standard normal density φ and distribution function Φ.
struct HINGE_API TruncatedNormal {
  static constexpr std::string_view type = "truncated_normal";
  double mean = 0;
  double stddev = 0.02;
  double cut = 2;
  std::vector<Option> options() {
    return {{"mean", &mean, Range::any(), "the mean"},
            {"stddev", &stddev, Range::at_least(0), "the standard deviation before the cut"},
            {"cut", &cut, Range::at_least(0.1), "how many standard deviations from the mean a value may lie"}};
  }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w ~ U(low, high), whatever the size of the layer. low must not be above high.
struct HINGE_API Uniform {
  static constexpr std::string_view type = "uniform";
  double low = -0.05;
  double high = 0.05;
  std::vector<Option> options() {
    return {{"low", &low, Range::any(), "the smallest value"}, {"high", &high, Range::any(), "the bound above"}};
  }
  std::vector<OptionError> errors() const {
    if (low > high) return {{"low", "must not be above high"}};
    return {};
  }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// W with W Wᵀ = gain²·I, or WᵀW = gain²·I if it has more rows than columns. A square W multiplies the length of every
/// vector by the gain. W is uniform over all such matrices (the Haar measure); its elements have mean 0 and variance
/// gain²/max(rows, cols), but are not independent. A bias becomes one vector of length gain. Takes 4·min(rows,
/// cols)²·max(rows, cols) operations: 1 s for 1024 × 1024, 12 s for 2048 × 2048. [Saxe, McClelland & Ganguli, ICLR
/// 2014]
struct HINGE_API Orthogonal {
  static constexpr std::string_view type = "orthogonal";
  double gain = 1;
  std::vector<Option> options() { return {{"gain", &gain, Range::any(), "the length of the rows or columns"}}; }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// The weights and the bias of a unit together, in + 1 entries, ~ N(0, 0.6007²/in). Then one entry, chosen at random,
/// is drawn from Beta(2, 1) on [0, 1] instead. So every unit has a positive entry, and narrow deep networks of ReLU are
/// born dead far less often: 10 layers of width 2 on one input are constant on [−√3, √3] in 24 of 100 draws, and in 88
/// with He's weights and zero biases. [Lu, Shin, Su & Karniadakis, Commun. Comput. Phys. 28, 2020; arXiv 1903.06733]
///
/// Use it for both `weight_init` and `bias_init` of a layer, which then make the same choice. The choice is always
/// among in + 1 entries, so the weights do not depend on the bias. If only one of the two uses it, a unit whose choice
/// fell on the other has no positive entry (with weights alone, 1 unit of in + 1).
struct HINGE_API RandomizedAsymmetric {
  static constexpr std::string_view type = "randomized_asymmetric";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random, const LayerStart& layer) const;
};

/// w = 0, for biases. Equal weights get equal gradients and stay equal, so a hidden layer of zeros cannot learn.
struct HINGE_API Zeros {
  static constexpr std::string_view type = "zeros";
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// w = value.
struct HINGE_API Constant {
  static constexpr std::string_view type = "constant";
  double value = 0;
  std::vector<Option> options() { return {{"value", &value, Range::any(), "the value of every element"}}; }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

/// Given values, row by row: for W the weights of unit 0, then of unit 1, … (out × in).
/// Throws ShapeError unless there is one value for each element.
struct HINGE_API Given {
  static constexpr std::string_view type = "given";
  std::vector<double> values = {};
  std::vector<Option> options() { return {{"values", &values, Range::any(), "all elements, row by row"}}; }
  void fill(MatrixView<double> w, Fans fans, const RandomStream& random) const;
};

}  // namespace hinge
