// Weights as lines of text, and back.
#include <hinge/optim/run/weight_record.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Little-endian bytes, whatever the machine.
std::vector<std::uint32_t> bytes_of(std::span<const float> values) {
  std::vector<std::uint32_t> bytes;
  bytes.reserve(4 * values.size() + 2);
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (const int shift : {0, 8, 16, 24}) bytes.push_back(bits >> shift & 0xFFU);
  }
  return bytes;
}

std::string base64_of(std::span<const float> values) {
  std::vector<std::uint32_t> bytes = bytes_of(values);
  const std::size_t count = bytes.size();
  bytes.resize(count + 2);
  std::string text;
  text.reserve((count + 2) / 3 * 4);
  for (std::size_t i = 0; i < count; i += 3) {
    const std::uint32_t group = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (const int shift : {18, 12, 6, 0}) text += base64_digits[group >> shift & 63U];
  }
  for (std::size_t i = count; i % 3 != 0; ++i) text[text.size() - (3 - i % 3)] = '=';
  return text;
}

// Nothing where the text is not that of so many numbers.
std::optional<std::vector<float>> floats_of(std::string_view base64, std::size_t count) {
  if (base64.size() != (4 * count + 2) / 3 * 4) return {};
  base64 = base64.substr(0, (4 * count * 8 + 5) / 6);  // without padding
  std::vector<std::uint32_t> words(count);
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t byte = 0;
  for (const char c : base64) {
    const std::size_t digit = base64_digits.find(c);
    if (digit == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    words[byte / 4] |= (bits >> held & 0xFFU) << 8 * (byte % 4);
    ++byte;
  }
  std::vector<float> values;
  for (const std::uint32_t word : words) values.push_back(std::bit_cast<float>(word));
  return values;
}

std::optional<std::vector<float>> member_floats(const JsonValue& line, const char* key, std::size_t count) {
  const JsonValue* text = line.find(key);
  if (text == nullptr || text->kind != JsonValue::Kind::string) return {};
  return floats_of(text->text, count);
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
