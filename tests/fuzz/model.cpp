// A model that is read predicts or throws, and is written to bytes that are read again to the same bytes. Where it predicts, the C API
// reads these bytes too, and predicts the same.
#include <cstring>
#include <string>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/layers/predictor.h>

#include "fuzz.h"

namespace {

// Of three samples of zeros.
void check_predictor(const std::string& bytes, const hinge::Matrix<float>& wanted) {
  const hinge::Predictor predictor(bytes, "model");
  const std::vector<float> x(predictor.inputs() * wanted.cols());
  std::vector<float> y(wanted.rows() * wanted.cols());
  predictor.predict(x.data(), wanted.cols(), y.data());
  const hinge::Matrix<float> samples = matrix_of(wanted.view().transposed());
  require(std::memcmp(y.data(), samples.elements().data(), y.size() * sizeof(float)) == 0, "both predict the same");
}

template <typename Scalar>
void check(const std::string& bytes) {
  std::string first;
  hinge::Matrix<Scalar> y;
  bool predicts = false;
  const auto read = [&] {
    const auto stored = hinge::model_from_bytes<Scalar>(bytes, "model", hinge::standard_model_registries());
    const hinge::Matrix<Scalar> x(stored.model.network().inputs(), 3);
    predicts = accepts([&] { y = stored.model.predict(x.view()); });
    first = hinge::model_to_bytes(stored.model, stored.notes);
  };
  if (!accepts(read)) return;
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    if (predicts) check_predictor(first, y);  // outside of `accepts`: what it throws is a finding
  }
  const auto again = hinge::model_from_bytes<Scalar>(first, "again", hinge::standard_model_registries());
  require(hinge::model_to_bytes(again.model, again.notes) == first, "a model keeps its bytes");
}

}  // namespace

void fuzz_model(std::string_view bytes) {
  check<float>(std::string(bytes));
  check<float>(resealed(bytes));
  check<double>(resealed(bytes));
}
