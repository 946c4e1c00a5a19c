// Models on disk: safetensors files that any reader of the format can open.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <hinge/core/fwd.h>
#include <hinge/layers/model.h>

namespace hinge {

/// Texts that are stored with a model, by name.
using ModelNotes = std::map<std::string, std::string>;

/// A model and its notes.
template <typename Scalar>
struct StoredModel {
  Model<Scalar> model;
  ModelNotes notes = {};
  std::string name = {};  ///< of the file, for messages
};

/// The bytes of a model file: its parameters as tensors (`layers.0.weight`, out × in), then the layers' state
/// (`layers.1.running_mean`), and in the metadata
/// `format_version` (2; version 1 has no methods in its preprocessing), `network`, `preprocessing`, `names` and `output_link` as JSON texts, the `notes`, and a checksum
/// (core/io/safetensors.h). The same model gives the same bytes, wherever and whenever they are written.
/// Throws ModelError when a note has the name of one of these, when two features or targets or two classes have one
/// name, and as write_tensors does: for parameters that are not finite, and for a metadata beyond 16 MiB.
template <typename Scalar>
HINGE_API std::string model_to_bytes(const Model<Scalar>& model, const ModelNotes& notes = {});

/// Throws as `model_to_bytes` does for all but the values of the parameters: to know before training.
template <typename Scalar>
HINGE_API void check_savable(const Network<Scalar>& network, const ModelInfo& info, const ModelNotes& notes = {});

/// Reads what `model_to_bytes` wrote; `name` stands in messages. The layers must be known to `registries`
/// (`standard_model_registries`, and what the application added). Parameters of the other scalar are converted.
/// Throws ModelError with the name and what is wrong, also for a double that no float can hold; nothing of a damaged file
/// is used.
template <typename Scalar>
HINGE_API StoredModel<Scalar> model_from_bytes(std::string_view bytes, std::string_view name,
                                               const Registries& registries);

/// The same from and to files. Throw as these, and FileError; a file is written as a whole or not at all.
template <typename Scalar>
HINGE_API void save_model(const std::string& path, const Model<Scalar>& model, const ModelNotes& notes = {});
template <typename Scalar>
HINGE_API StoredModel<Scalar> load_model(const std::string& path, const Registries& registries);
/// The same for a model of nothing but Hinge's own layers, activations and initialisers.
template <typename Scalar>
HINGE_API StoredModel<Scalar> load_model(const std::string& path);

/// The layers, activations and initialisers that Hinge brings.
HINGE_API Registries standard_model_registries();

}  // namespace hinge
