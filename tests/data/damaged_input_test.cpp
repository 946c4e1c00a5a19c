// Damage: whatever bytes a reader is given, it returns a sound data set or throws an Error. Run with sanitizers.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/data/csv.h>
#include <hinge/data/idx.h>
#include <hinge/data/proben1.h>
#include "support/temporary_folder.h"

using namespace hinge;
using namespace std::string_view_literals;

namespace {

using Reader = std::function<void(std::string_view)>;

// Every beginning of the text, each of its bytes replaced by those that mean something to a reader, and bytes put in,
// taken out and repeated at random.
std::vector<std::string> damaged(const std::string& text, std::uint64_t seed) {
  constexpr std::string_view special = "\0\n\r\t \"',;|=-+.0123456789eE?xN\x7f\x80\xff"sv;
  std::vector<std::string> texts;
  for (std::size_t size = 0; size < text.size(); ++size) texts.push_back(text.substr(0, size));
  const RandomStream random(seed, Purpose::user);
  std::uint64_t draw = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int n = 0; n < 4; ++n) {
      texts.push_back(text);
      texts.back()[i] = special[random.integer(draw++, special.size())];
    }
    texts.push_back(text);
    texts.back()[i] = static_cast<char>(texts.back()[i] ^ (1 << random.integer(draw++, 8)));
  }
  for (int n = 0; n < 300; ++n) {
    std::string many = text;
    for (int change = 0; change < 5; ++change) {
      const std::size_t i = random.integer(draw++, many.size());
      const std::size_t count = 1 + random.integer(draw++, 6);
      switch (random.integer(draw++, 3)) {
        case 0:
          many.insert(i, count, special[random.integer(draw++, special.size())]);
          break;
        case 1:
          many.erase(i, many.size() > count + 1 ? count : 0);
          break;
        default:
          many.insert(random.integer(draw++, many.size()), many.substr(i, 10 * count));
      }
    }
    texts.push_back(many);
  }
  return texts;
}

// How many of the damaged texts were refused with an Error. Anything else that is thrown fails the test.
std::size_t refusals(const std::string& text, std::uint64_t seed, const Reader& read) {
  std::size_t refused = 0;
  for (const std::string& damage : damaged(text, seed)) {
    // Memory of exactly the size, so that a sanitizer sees a byte read too far.
    const auto bytes = std::make_unique<char[]>(damage.size());
    damage.copy(bytes.get(), damage.size());
    try {
      read({bytes.get(), damage.size()});
    } catch (const Error& error) {
      const std::string_view message = error.what();
      CHECK(message.size() < 2000);
      CHECK(message.find_first_of("\0\x1b\r"sv) ==
            std::string_view::npos);  // \n stands between the mistakes of a table
      ++refused;
    } catch (const std::exception& error) {
      FAIL("threw " << error.what() << " for " << damage);
    }
  }
  return refused;
}

void check_sound(const Dataset<float>& data, bool gaps) {
  bool sound = data.size() > 0 && data.features() > 0 && data.feature_names().size() == data.features();
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t row = 0; row < data.features(); ++row) {
      const float value = data.inputs()(row, i);
      sound = sound && (std::isfinite(value) || (gaps && std::isnan(value)));
    }
  }
  CHECK(sound);
}

}  // namespace

TEST_CASE("a damaged CSV text is read as something sound or refused") {
  const std::string text =
      "\xEF\xBB\xBFwidth,\"col\"\"our\",n,kind\r\n1.5,red,-3e2,cat\n\"2\",\"bl,\n\"\"ue\",?,dog\n\n 3 "
      ",NA,7,cat\n4,red,8,dog";
  const CsvOptions good{.encode = Encode::onehot, .missing = Missing::keep};
  const auto train = parse_csv<float>(text, "t.csv", good);
  for (const Missing missing : {Missing::error, Missing::drop, Missing::keep}) {
    const CsvOptions options{.target = "kind", .encode = Encode::onehot, .missing = missing};
    const bool gaps = missing == Missing::keep;
    CHECK(refusals(text, 1, [&](auto bytes) { check_sound(parse_csv<float>(bytes, "t.csv", options), gaps); }) > 100);
    CHECK(refusals(text, 2, [&](auto bytes) {
            const auto data = parse_csv_like<float>(bytes, "t.csv", train.names(), options);
            check_sound(data, gaps);
            CHECK(data.names().features == train.names().features);
          }) > 100);
    CHECK(refusals(text, 3, [&](auto bytes) {
            const auto inputs = parse_csv_inputs<float>(bytes, "t.csv", train.feature_names(), options);
            CHECK(inputs.values.size() == inputs.features * inputs.report.lines.size());
          }) > 100);
  }
}

TEST_CASE("a damaged PROBEN1 text is read as something sound or refused") {
  const std::string text =
      "bool_in=1\nreal_in=1\nbool_out=2\nreal_out=0\ntraining_examples=2\nvalidation_examples=1\ntest_examples=1\n"
      "1 0.5 1 0\n0 -1e-1 0 1\r\n1 2 1 0 \n\n0 3 0 1";
  CHECK(refusals(text, 4, [](auto bytes) {
          const auto parts = parse_proben1<float>(bytes, "t.dt");
          for (const auto* part : {&parts.train, &parts.validation, &parts.test}) check_sound(*part, false);
        }) > 100);
}

TEST_CASE("a damaged IDX file is read as something sound or refused") {
  const TemporaryFolder folder;
  const std::string images("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02\x01\x02\x03\x04\x05\x06\x07\x08"sv);
  const std::string labels("\0\0\x08\x01\0\0\0\x02\0\x01"sv);
  const std::string good_images = folder.write("images", images);
  const std::string good_labels = folder.write("labels", labels);
  CHECK(refusals(images, 5, [&](auto bytes) {
          check_sound(read_idx<float>(folder.write("damaged", bytes), good_labels), false);
        }) > 100);
  CHECK(refusals(labels, 6, [&](auto bytes) {
          check_sound(read_idx<float>(good_images, folder.write("damaged", bytes)), false);
        }) > 20);
}
