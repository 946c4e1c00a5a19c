// A model that is read predicts or throws, and is written to bytes that are read again to the same bytes.
#include <string>

#include <hinge/core/config/spec.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

#include "fuzz.h"

namespace {

template <typename Scalar>
void check(const std::string& bytes) {
  std::string first;
  const auto read = [&] {
    const auto stored = hinge::model_from_bytes<Scalar>(bytes, "model", hinge::standard_model_registries());
    const hinge::Matrix<Scalar> x(stored.model.network().inputs(), 3);
    accepts([&] { stored.model.predict(x.view()); });
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
