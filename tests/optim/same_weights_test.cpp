// Weights after twenty epochs, as checksums: one for each family of instruction sets, whatever the processor. Under qemu this is a
// test of 64-bit ARM (preset aarch64); tests/playground/engine_test.mjs compares WebAssembly with the baseline.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/io/checksum.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/run/run.h>

using namespace hinge;

namespace {

std::string trained_weights(const std::string& config, const std::string& optimizer) {
  Run run(std::string(HINGE_SOURCE_DIR) + "/configs/" + config + ".json",
          {"optimizer=" + optimizer, "train.epochs=20", "train.threads=1"});
  run.train();
  Checksum checksum;
  for (const Parameter<float>& parameter : run.network().parameters()) {
    const Matrix<float> value = matrix_of(parameter.value());
    checksum.add({reinterpret_cast<const char*>(value.elements().data()), value.elements().size_bytes()});
  }
  return checksum.text();
}

}  // namespace

TEST_CASE("six configs train the same weights on every processor whose products round as often") {
  struct Row {
    std::string config;
    std::string optimizer;
    std::string once;   // AVX2, AVX-512, NEON
    std::string twice;  // the baselines of x86-64 and of ARM
  };
  const std::vector<Row> rows = {
      {"xor", "sgd", "453b6c80", "71049e9f"},
      {"xor", "adam", "62fab854", "803da671"},
      {"sine", "sgd", "c14127da", "2c38ead2"},
      {"sine", "adam", "35f5cd53", "3094dcb0"},
      {"spirals", "sgd", "7dfa25a3", "171ec0ec"},
      {"spirals", "adam", "b4b1642e", "bf8e1de2"},
      {"iris", "sgd", "23956e52", "d34f45ba"},
      {"iris", "adam", "da5b953e", "7f74637c"},
      {"digits", "sgd", "ef2da80c", "f992c54a"},
      {"digits", "adam", "27679a8e", "02178b77"},
      {"digits_batch_norm", "sgd", "c7d818a1", "9d02574e"},
      {"digits_batch_norm", "adam", "141768c8", "4dbd18e4"},
  };
  const bool rounds_twice = std::string_view(kernels::active().name) == "baseline";
  for (const Row& row : rows) {
    CAPTURE(row.config);
    CAPTURE(row.optimizer);
    CHECK(trained_weights(row.config, row.optimizer) == (rounds_twice ? row.twice : row.once));
  }
}
