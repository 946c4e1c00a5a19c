// Weights as lines of text, and back.
#include <hinge/optim/run/weight_record.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <hinge/core/base64.h>
#include <hinge/core/bits.h>
#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// Little-endian, whatever the machine.
std::string base64_of(std::span<const float> values) {
  std::string bytes(4 * values.size(), '\0');
  char* next = bytes.data();
  for (const float value : values) {
    const auto bits = bit_cast<std::uint32_t>(value);
    for (const unsigned shift : {0U, 8U, 16U, 24U}) *next++ = static_cast<char>(bits >> shift & 0xFFU);
  }
  return to_base64(bytes);
}

std::vector<float> floats_of(std::string_view bytes) {
  std::vector<float> values(bytes.size() / 4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t k = 4; k-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[4 * i + k]);
    values[i] = bit_cast<float>(bits);
  }
  return values;
}

// Nothing where the text is not that of so many numbers.
std::optional<std::vector<float>> member_floats(const JsonValue& line, const char* key, std::size_t count) {
  const JsonValue* text = line.find(key);
  if (text == nullptr || text->kind != JsonValue::Kind::string) return {};
  const auto bytes = from_base64(text->text);
  if (!bytes || bytes->size() != 4 * count) return {};
  return floats_of(*bytes);
}

RecordedWeights weights_of(const JsonValue& line, const Network<float>& network, const std::string& place) {
  const JsonValue* epoch = line.find("epoch");
  const auto number = epoch == nullptr ? std::nullopt : parse_size(epoch->text);
  auto values = member_floats(line, "values", network.values().size());
  auto state = member_floats(line, "state", network.state_values().size());
  if (!number || !values || !state) {
    throw DataError(place + ": no line of a run of this network, which has " + std::to_string(network.values().size()) +
                    " parameters");
  }
  return {*number, std::move(*values), std::move(*state)};
}

}  // namespace

bool is_recorded_epoch(std::size_t epoch) {
  const std::size_t odd = epoch == 0 ? 0 : epoch >> std::countr_zero(epoch);
  return odd == 1 || odd == 3;
}

std::string weight_line(std::size_t epoch, const Network<float>& network) {
  return R"({"epoch": )" + std::to_string(epoch) + R"(, "values": ")" + base64_of(network.values()) +
         R"(", "state": ")" + base64_of(network.state_values()) + "\"}";
}

std::vector<RecordedWeights> read_weights(const std::string& path, const Network<float>& network) {
  const std::string text = read_file(path);
  std::vector<RecordedWeights> all;
  std::size_t number = 0;
  for (std::size_t start = 0, end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start)) {
    const std::string place = printable(path) + ":" + std::to_string(++number);
    all.push_back(weights_of(parse_json(std::string_view(text).substr(start, end - start), place), network, place));
  }
  return all;
}

}  // namespace hinge
