// Backpropagation written in Eigen: the equations of docs/backprop.md for dense layers, ReLU, leaky ReLU and softmax
// cross-entropy, trained by SGD. Network<double> takes the same steps, and its parameters must agree to 1e-12.
#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include <Eigen/Core>

#include <hinge/core/eigen.h>
#include <hinge/hinge.h>

namespace {

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// φ(z) = z for z > 0, else α z. With α = 0 it is ReLU, with α = 1 the identity.
struct Layer {
  MatrixXd W;
  VectorXd b;
  double alpha;
  MatrixXd X = {}, Z = {};  // of the last forward pass

  MatrixXd forward(const MatrixXd& x) {
    X = x;
    Z = (W * X).colwise() + b;                                    // (1)
    return (Z.array() > 0).select(Z.array(), alpha * Z.array());  // (2) with (3) or (4)
  }

  // Computes all gradients from dA, makes an SGD step and returns dX.
  MatrixXd backward(const MatrixXd& dA, double learning_rate) {
    const double at_zero = alpha == 0 ? 0 : 1;  // φ has no derivative at 0: Hinge's convention
    const auto slope = [&](double z) { return z > 0 ? 1 : z < 0 ? alpha : at_zero; };
    const MatrixXd dZ = dA.cwiseProduct(Z.unaryExpr(slope));  // (5)
    MatrixXd dX = W.transpose() * dZ;                         // (8)
    W -= learning_rate * dZ * X.transpose();                  // (15) with the gradient (6)
    b -= learning_rate * dZ.rowwise().sum();                  // (15) with the gradient (7)
    return dX;
  }
};

// ∂L/∂O of the mean over the batch: (p − y)/B with the softmax p of each column.
MatrixXd softmax_cross_entropy_gradient(const MatrixXd& O, const MatrixXd& Y) {
  const ArrayXXd e = (O.rowwise() - O.colwise().maxCoeff()).array().exp();
  const ArrayXXd p = e.rowwise() / e.colwise().sum();       // (11)
  return (p.matrix() - Y) / static_cast<double>(O.cols());  // (12)
}

}  // namespace

int main() {
  constexpr int steps = 200;
  constexpr double learning_rate = 0.1;
  hinge::Network<double> net(4, {hinge::Dense{16, hinge::Relu{}}, hinge::Dense{8, hinge::LeakyRelu{}}, hinge::Dense{3}},
                             1);
  hinge::Trainer trainer(net, hinge::SoftmaxCrossEntropy{}, hinge::Sgd{.learning_rate = learning_rate});

  const double alphas[] = {0, 0.01, 1};
  std::vector<Layer> layers;
  for (std::size_t i = 0; i < net.size(); ++i) {
    const auto parameters = net.layer(i).parameters();
    layers.push_back({parameters[0].value().eigen(), parameters[1].value().eigen(), alphas[i]});
  }

  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  const MatrixXd X = MatrixXd::NullaryExpr(4, 30, [&] { return normal(random); });
  const MatrixXd Y =
      MatrixXd::NullaryExpr(3, 30, [](Eigen::Index k, Eigen::Index i) { return k == i % 3 ? 1.0 : 0.0; });
  for (int step = 0; step < steps; ++step) {
    MatrixXd A = X;
    for (Layer& layer : layers) A = layer.forward(A);
    MatrixXd dA = softmax_cross_entropy_gradient(A, Y);
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) dA = layer->backward(dA, learning_rate);
    trainer.step(hinge::view(X), {.classes = {}, .values = hinge::view(Y)});
  }

  double largest = 0;
  for (std::size_t i = 0; i < net.size(); ++i) {
    const auto parameters = net.layer(i).parameters();
    largest = std::max({largest, (layers[i].W - parameters[0].value().eigen()).cwiseAbs().maxCoeff(),
                        (layers[i].b - parameters[1].value().eigen()).cwiseAbs().maxCoeff()});
  }
  std::printf("%d steps: parameters of Eigen and of Hinge differ by %.1e at most\n", steps, largest);
  return largest < 1e-12 ? 0 : 1;
}
