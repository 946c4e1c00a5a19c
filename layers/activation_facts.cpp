// The tables. Tests compare them with the values that the activations compute.
#include <hinge/layers/activation_facts.h>

namespace hinge {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// type, φ(z), its letters, φ′(z), range, lowest and highest value, φ′ at kinks, use, source
constexpr ActivationFacts facts[] = {
    {"elu", "z if z > 0, else α(e^z − 1)", "α = 1", "1 for z > 0, α e^z for z ≤ 0", "(−α, ∞)", -1, infinity, "α at 0",
     "Where ReLU units die and smooth outputs are wanted: negative ones pull the mean of a layer towards 0.",
     "Clevert, Unterthiner & Hochreiter, ICLR 2016"},
    {"gelu", "z Φ(z)", "Φ: the distribution function of the standard normal distribution", "Φ(z) + z e^(−z²/2) / √(2π)",
     "[−0.1700, ∞)", -0.16997121, infinity, "",
     "Common in transformers; smooth, and dips below 0. The form \"tanh\" gives other numbers.",
     "Hendrycks & Gimpel, arXiv 1606.08415"},
    {"hard_sigmoid", "min(max((z + 3)/6, 0), 1)", "", "1/6 for −3 < z < 3, else 0", "[0, 1]", 0, 1, "0 at −3 and 3",
     "A gate without exponentials. A unit with |z| ≥ 3 on every sample is dead.",
     "Courbariaux, Bengio & David, NeurIPS 2015; this slope: Howard et al., ICCV 2019"},
    {"hard_swish", "z min(max((z + 3)/6, 0), 1)", "", "0 for z ≤ −3, (2z + 3)/6 between, 1 for z ≥ 3", "[−0.375, ∞)",
     -0.375, infinity, "0 at −3, 1 at 3", "silu without exponentials. A unit with z ≤ −3 on every sample is dead.",
     "Howard et al., ICCV 2019"},
    {"hard_tanh", "min(max(z, −1), 1)", "", "1 for −1 < z < 1, else 0", "[−1, 1]", -1, 1, "0 at −1 and 1",
     "tanh without exponentials. A unit with |z| ≥ 1 on every sample is dead.", "Collobert, 2004"},
    {"identity", "z", "", "1", "(−∞, ∞)", -infinity, infinity, "",
     "The last layer: its outputs are values or logits, and the loss does the rest.", ""},
    {"leaky_relu", "z if z > 0, else α z", "α = 0.01", "1 for z > 0, α for z < 0", "(−∞, ∞)", -infinity, infinity,
     "1 at 0", "When hinge health shows ReLU units that die: a unit below 0 still learns, α times as fast.",
     "Maas, Hannun & Ng, ICML 2013"},
    {"mish", "z tanh(log(1 + e^z))", "", "t + z σ(z)(1 − t²), t = tanh(log(1 + e^z))", "[−0.3088, ∞)", -0.30884341,
     infinity, "", "Much like silu, at a higher cost.", "Misra, BMVC 2020"},
    {"prelu", "z if z > 0, else α z", "α is learned, and starts at 0.25", "1 for z > 0, α for z < 0", "(−∞, ∞)",
     -infinity, infinity, "1 at 0", "leaky_relu when the slope should come from the data, and there is enough of it.",
     "He et al., ICCV 2015"},
    {"relu", "max(z, 0)", "", "1 for z > 0, 0 for z < 0", "[0, ∞)", 0, infinity, "0 at 0",
     "The first choice for hidden layers. A unit with z ≤ 0 on every sample is dead: hinge health.",
     "Nair & Hinton, ICML 2010"},
    {"selu", "λ z if z > 0, else λα(e^z − 1)", "λ ≈ 1.0507, α ≈ 1.6733", "λ for z > 0, λα e^z for z ≤ 0",
     "(−1.7581, ∞)", -1.7580993408473766, infinity, "λα at 0",
     "Deep networks: with weights from lecun_normal, outputs keep mean 0 and variance 1.",
     "Klambauer et al., NeurIPS 2017"},
    {"sigmoid", "σ(z) = 1 / (1 + e^−z)", "", "σ(z)(1 − σ(z))", "(0, 1)", 0, 1, "",
     "Gates and textbooks. Its slope is at most 1/4 and dies away: gradients fade from layer to layer.",
     "Rumelhart, Hinton & Williams, Nature 323, 1986"},
    {"silu", "z σ(z)", "", "σ(z)(1 + z(1 − σ(z)))", "[−0.2785, ∞)", -0.27846455, infinity, "",
     "A smooth ReLU (also called swish): no kink; its slope is 0 at −1.28 alone, and below 0 beyond.",
     "Elfwing, Uchibe & Doya, Neural Networks 107, 2018"},
    {"softplus", "log(1 + e^z)", "", "σ(z)", "(0, ∞)", 0, infinity, "",
     "Where an output must be above 0; the smooth function whose limit is ReLU.", "Dugas et al., NeurIPS 2000"},
    {"softsign", "z / (1 + |z|)", "", "1 / (1 + |z|)²", "(−1, 1)", -1, 1, "",
     "tanh with a slope that dies away more slowly.", "Bergstra et al., 2009; Glorot & Bengio, AISTATS 2010"},
    {"tanh", "tanh z", "", "1 − tanh² z", "(−1, 1)", -1, 1, "",
     "Small smooth networks, with weights from xavier_normal. Saturates far from 0.",
     "LeCun et al., Efficient BackProp, 1998"},
};

constexpr KinkConvention conventions[] = {
    {"Hinge", "0, settable", "1, settable", "0.01"},
    {"PyTorch", "0", "α", "0.01"},
    {"scikit-learn", "0", "–", "–"},
    {"tiny-dnn", "0", "α", "0.01"},
    {"mlpack", "0", "1 (its text says α)", "0.03"},
    {"dlib", "0", "α", "0.01"},
    {"tiny-cuda-nn", "0", "α", "0.01, fixed"},
    {"MiniDNN", "0", "–", "–"},
    {"FANN", "steepness, 0.5", "steepness, 0.5", "0.01 × steepness, 0.005"},
};

}  // namespace

std::span<const ActivationFacts> activation_facts() { return facts; }

std::span<const KinkConvention> kink_conventions() { return conventions; }

}  // namespace hinge
