// A trained model that only predicts: what the C API calls, and all that hinge::predict holds.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <hinge/layers/model.h>

namespace hinge {

class StepList;

/// A model of Hinge's own layers and activations in single precision, as the steps of its prediction. Runs on the thread that
/// calls; its predictions have the bits of Model<float>. Const members are safe from any number of threads.
class HINGE_API Predictor {
 public:
  /// Reads the bytes of a model file, which may go away afterwards; `name` stands in messages. Throws ModelError as
  /// model_from_bytes does.
  Predictor(std::string_view file, std::string_view name);
  ~Predictor();
  Predictor(const Predictor&) = delete;
  Predictor& operator=(const Predictor&) = delete;

  std::size_t inputs() const;
  std::size_t outputs() const;
  /// How many classes it tells apart; 0: none.
  std::size_t classes() const;
  const ModelInfo& info() const { return info_; }

  /// Predicts samples that lie one behind the other, raw features in, probabilities or values out: `inputs` has
  /// samples·inputs() numbers, `outputs` samples·outputs(). Throws DataError when a feature is not finite (NaN is allowed
  /// where the model knows what to put in its place); `outputs` is then as it was. For up to 64 samples at once it
  /// needs so many times inputs, outputs and the two widest layers of memory, which is on the stack up to 32 KiB.
  void predict(const float* inputs, std::size_t samples, float* outputs) const;
  /// The most probable class of each sample. Throws ModelError where the model tells none apart.
  void classify(const float* inputs, std::size_t samples, std::size_t* classes) const;

 private:
  void require_finite(const float* inputs, std::size_t samples) const;
  template <typename Use>
  void for_blocks(const float* inputs, std::size_t samples, const Use& use) const;
  MatrixView<const float> predict_block(const float* inputs, std::size_t samples, float* memory) const;

  ModelInfo info_;
  std::unique_ptr<const StepList> steps_;
};

}  // namespace hinge
