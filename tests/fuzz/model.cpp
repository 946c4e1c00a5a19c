// A model that is read predicts or throws, and is written to bytes that are read again to the same bytes. Where it predicts, the C API
// reads it too, and predicts the same.
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
void check_predictor(const std::string& bytes, const hinge::Matrix<float>& x, const hinge::Matrix<float>& wanted) {
  const hinge::Predictor predictor(bytes, "model");
  std::vector<float> y(wanted.rows() * wanted.cols());
  predictor.predict(x.elements().data(), x.cols(), y.data());
  const hinge::Matrix<float> samples = matrix_of(wanted.view().transposed());
  require(std::memcmp(y.data(), samples.elements().data(), y.size() * sizeof(float)) == 0, "both predict the same");
}

template <typename Scalar>
void check(const std::string& bytes) {
  std::string first;
  const auto read = [&] {
    const auto stored = hinge::model_from_bytes<Scalar>(bytes, "model", hinge::standard_model_registries());
    const hinge::Matrix<Scalar> x(stored.model.network().inputs(), 3);
    hinge::Matrix<Scalar> y;
    const bool predicts = accepts([&] { y = stored.model.predict(x.view()); });
    if constexpr (sizeof(Scalar) == sizeof(float)) {
      if (predicts) check_predictor(bytes, x, y);
    }
    first = hinge::model_to_bytes(stored.model, stored.notes);
  };
  if (!accepts(read)) return;
  const auto again = hinge::model_from_bytes<Scalar>(first, "again", hinge::standard_model_registries());
  require(hinge::model_to_bytes(again.model, again.notes) == first, "a model keeps its bytes");
}

}  // namespace

void fuzz_model(std::string_view bytes) {
  check<float>(std::string(bytes));
  check<float>(resealed(bytes));
  check<double>(resealed(bytes));
}
