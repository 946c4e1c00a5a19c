// Lookups by hash.
#include <hinge/data/table/text_index.h>

#include <cstring>

namespace hinge {

namespace {

template <typename Word>
std::uint64_t bytes_at(const char* bytes) {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// From other bits than the place, and never 0.
std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash >> 56 | 1); }

}  // namespace

// Multiplies and folds eight bytes at a time, as wyhash does; the last ones may overlap. Most cells are one or two such
// steps, which take two thirds of the time of std::hash.
std::uint64_t TextIndex::hash_of(std::string_view text) {
  constexpr std::uint64_t factor = 0x9E3779B97F4A7C15;  // 2⁶⁴ / golden ratio
  const char* const end = text.data() + text.size();
  std::uint64_t hash = text.size();
  const auto add = [&](std::uint64_t word) {
    hash = (hash ^ word) * factor;
    hash ^= hash >> 32;
  };
  for (const char* next = text.data(); end - next > 8; next += 8) add(bytes_at<std::uint64_t>(next));
  if (text.size() >= 8) {
    add(bytes_at<std::uint64_t>(end - 8));
  } else if (text.size() >= 4) {
    add(bytes_at<std::uint32_t>(text.data()) << 32 | bytes_at<std::uint32_t>(end - 4));
  } else if (!text.empty()) {
    add(bytes_at<std::uint8_t>(text.data()) << 16 | bytes_at<std::uint8_t>(text.data() + text.size() / 2) << 8 |
        bytes_at<std::uint8_t>(end - 1));
  }
  return hash * factor;
}

std::size_t TextIndex::find(std::string_view text, std::uint64_t hash) const {
  for (std::size_t i = place_of(hash); tags_[i] != 0; i = (i + 1) & (tags_.size() - 1)) {
    if (tags_[i] == tag_of(hash) && texts_[numbers_[i]] == text) return numbers_[i];
  }
  return none;
}

std::size_t TextIndex::add(std::string_view text) {
  if (2 * (size() + 1) > tags_.size()) grow();
  insert(text, size());
  texts_.emplace_back(text);
  return size() - 1;
}

void TextIndex::insert(std::string_view text, std::size_t number) {
  const std::uint64_t hash = hash_of(text);
  std::size_t i = place_of(hash);
  while (tags_[i] != 0) i = (i + 1) & (tags_.size() - 1);
  tags_[i] = tag_of(hash);
  numbers_[i] = static_cast<std::uint32_t>(number);
}

void TextIndex::grow() {
  tags_.assign(2 * tags_.size(), 0);
  numbers_.resize(tags_.size());
  for (std::size_t number = 0; number < size(); ++number) insert(texts_[number], number);
}

}  // namespace hinge
