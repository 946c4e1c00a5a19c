// The model: a network and everything needed to use it on raw data.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/core/output_transform.h>
#include <hinge/core/preprocessing.h>

namespace hinge {

/// What a model knows beside its network. Names may be empty; where given, their number must fit the network.
struct ModelInfo {
  Preprocessing inputs = {};   ///< raw features → what the network was trained on
  Preprocessing targets = {};  ///< raw target values → what the network was trained on (regression); one column may
                               ///< serve all outputs
  std::vector<double> imputed_values =
      {};  ///< a raw value for each feature where it is missing (NaN); empty: none may be
  OutputTransform output_transform = OutputTransform::identity;
  std::vector<std::string> feature_names = {};
  std::vector<std::string> class_names = {};
  std::vector<std::string> target_names = {};

  /// Whether the outputs are about classes: they are probabilities, or the names of the classes are known.
  bool is_classifier() const { return gives_probabilities(output_transform) || !class_names.empty(); }
};

/// A trained network that takes raw features and gives probabilities, or values in the units of the training data.
/// Const members are safe from any number of threads, each with its own workspace. A model that was moved from can only
/// be assigned to or destroyed.
template <typename Scalar>
class HINGE_API Model {
 public:
  /// Throws ModelError when names, preprocessing or output transform do not fit the network.
  Model(Network<Scalar> network, ModelInfo info);
  Model(const Model& other);
  Model(Model&& other) noexcept;
  Model& operator=(Model other) noexcept;
  ~Model();

  /// The network without memory for gradients; a copy of it has that and can be trained. Include
  /// <hinge/layers/network.h> to use it.
  const Network<Scalar>& network() const { return *network_; }
  const ModelInfo& info() const { return info_; }
  bool is_classifier() const { return info_.is_classifier(); }

  /// x holds raw features × samples, of either order. With a softmax or sigmoid transform the result holds probabilities
  /// (outputs × samples), with class names but no such transform scores, else values in the targets' own units. It lives in the workspace until its next use.
  /// Throws ShapeError when the number of features is wrong or x lies in the workspace itself, DataError when a feature is
  /// not finite; NaN is allowed where the model knows what to put in its place.
  MatrixView<Scalar> predict(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace) const;
  /// The same with memory of its own.
  Matrix<Scalar> predict(const MatrixView<const Scalar>& x) const;
  /// The same for one sample. Allocates nothing once the workspace has its size.
  std::span<Scalar> predict(std::span<const Scalar> features, Workspace<Scalar>& workspace) const;

  /// The same for raw features in double, whatever Scalar is: they are filled and scaled before they are rounded, and the
  /// values come back to their own units in double. For time stamps and other numbers that a float cannot tell apart.
  Matrix<double> predict_in_double(const MatrixView<const double>& x, Workspace<Scalar>& workspace) const;

  /// The most probable class of each sample, or that of the highest score, as an index into class_names; the first of
  /// equals. With a single sigmoid output, class 1 where its probability is above one half. Throws ModelError for a
  /// regression model.
  std::vector<std::size_t> classify(MatrixView<const Scalar> x) const;
  /// The same into memory of the caller, an element for each sample (else ShapeError); and for one sample. They allocate
  /// nothing once the workspace has its size.
  void classify(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace, std::span<std::size_t> classes) const;
  std::size_t classify(std::span<const Scalar> features, Workspace<Scalar>& workspace) const;
  /// The classes that `predict_in_double` has predicted.
  std::vector<std::size_t> classes_of(MatrixView<const double> predictions) const;

 private:
  ModelInfo info_;
  std::unique_ptr<Network<Scalar>> network_;  // a program that only predicts need not compile what it is
};

extern template class HINGE_API Model<float>;
extern template class HINGE_API Model<double>;

}  // namespace hinge
