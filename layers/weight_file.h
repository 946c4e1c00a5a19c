// Weights for a network that is there, from the files of Hinge and of others.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/layers/network.h>

namespace hinge {

/// What load_weights took from a file.
struct LoadedWeights {
  std::string checksum = {};  ///< CRC-32 of the file, eight hexadecimal digits
  /// The tensor by the name of what took it: `layers.0.weight`, `fc1.weight`.
  std::map<std::string, std::string> taken = {};
  std::vector<std::string> left = {};  ///< the tensors that nothing took
};

/// Puts the tensors of a safetensors file into the parameters and the state of a network. float16, bfloat16, float32 and float64
/// are converted.
///
/// In a file of Hinge's every tensor must have the name and the shape of one of the network's. In another file the tensor is
/// - the one that `names` gives: {"layers.0", "fc1"} for a layer, {"layers.0.weight", "fc1.weight"} for one parameter; else
/// - where the file has all of the network's names, or `names` gives some, the one of the same name; else
/// - that of its place: the k-th layer with parameters takes the k-th group of tensors whose names are the same but for the
///   last word. Groups are in the order of the numbers at their ends (net.2 before net.10), matrices first (fc1, bn1, fc2); what
///   has no number (head) is where it fits. Where several orders fit, nothing is guessed.
/// The last word is that of PyTorch or Keras: weight, kernel (inputs × outputs), gamma, bias, beta, running_mean,
/// moving_variance and so on; a tensor with another one, such as num_batches_tracked, is left.
/// Throws FileError, and ModelError with the names and both shapes for what does not fit, and for numbers that the network's scalar
/// cannot hold; the network is then as it was.
template <typename Scalar>
HINGE_API LoadedWeights load_weights(Network<Scalar>& network, const std::string& path,
                                     const std::map<std::string, std::string>& names = {});
/// The same from the bytes of a file; `name` stands in messages.
template <typename Scalar>
HINGE_API LoadedWeights weights_from_bytes(Network<Scalar>& network, std::string_view bytes, std::string_view name,
                                           const std::map<std::string, std::string>& names = {});

/// A network that was made of the tensors of a file, and what they were called there.
template <typename Scalar>
struct ImportedNetwork {
  Network<Scalar> network;
  LoadedWeights weights;
  std::vector<std::string> layers = {};  ///< the file's, in their order
};

/// The multilayer perceptron that the tensors of a safetensors file are the weights of; the file may come from any program.
///
/// Groups of tensors become layers in the order in which load_weights takes them, or in that of `layers`, which names them
/// (`fc1`) and leaves the others out:
/// - a matrix is a dense layer, without a bias where the group has none; every one but the last has `activation`;
/// - a column with running statistics is a batch normalisation, with a bias alone a layer normalisation; ε is 1e-5, or 1e-3
///   where the names are those of Keras. The activation of the dense layer before it comes after it, unless the numbers of
///   the names say that it comes before: they leave a place there (net.0, net.2), or none behind (net.0, net.1, net.2);
/// - a column or number alone, not behind the last matrix, is the slope of a PReLU, in the place of `activation`.
/// Whatever holds no weights, such as dropout, leaves no trace in a file, nor does what prediction needs not.
/// Throws FileError, and ModelError for a file of Hinge's, which knows its network, for sizes that do not follow one another,
/// with both names and shapes, and for a group that is none of these.
template <typename Scalar>
HINGE_API ImportedNetwork<Scalar> import_network(const std::string& path, const ActivationSpec& activation,
                                                 const std::vector<std::string>& layers = {});

}  // namespace hinge
